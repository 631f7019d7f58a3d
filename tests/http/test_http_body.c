/* test_http_body.c -- bodies by length and in chunks. */
#include <criterion/criterion.h>

#include <stdlib.h>

#include <carafe/http_parser.h>

static const char head[] = "POST / HTTP/1.1\r\nHost: a\r\n";

typedef struct result {
    cf_http_result state;
    int            status;
    size_t         left; /* Bytes behind the body. */
    char           text[256];
} result;

/* Reads the body of a request with a field, in pieces. */
static result read_body(const char *field, cf_str bytes, size_t chunk)
{
    static const cf_http_limits limits = { .max_body = 100 };
    cf_arena                   *arena = cf_arena_new();
    cf_buf                      content = cf_buf_in(arena, 0);
    cf_http_parser              parser;
    cf_str input = cf_str_of(cf_printf(arena, "%s%s\r\n\r\n", head, field)), piece;
    result r = { .state = CF_HTTP_MORE };

    cf_http_parser_init(&parser, &limits);
    cf_http_parser_start(&parser, arena);
    cr_assert_eq(cf_http_parser_feed(&parser, &input), CF_HTTP_DONE);
    while ((r.state == CF_HTTP_MORE || r.state == CF_HTTP_PIECE) && bytes.len) {
        cf_str part = cf_str_slice(bytes, 0, chunk);
        size_t before = part.len;
        do {
            r.state = cf_http_body_next(&parser.body, &part, &piece, &parser.error);
            cf_buf_str(&content, piece);
        } while (r.state == CF_HTTP_PIECE);
        bytes = cf_str_slice(bytes, before - part.len, bytes.len);
    }
    r.left = bytes.len;
    r.status = parser.body.status;
    cr_assert_eq(cf_http_body_done(&parser.body), r.state == CF_HTTP_DONE);
    cr_assert_lt(content.len, sizeof r.text);
    memcpy(r.text, content.len ? content.ptr : "", content.len);
    cf_arena_free(arena);
    return r;
}

Test(http_body, length_takes_exactly_its_bytes)
{
    for (size_t chunk = 1; chunk < 20; chunk++) {
        result r = read_body("Content-Length: 5", CF_STR("helloGET"), chunk);
        cr_assert_eq(r.state, CF_HTTP_DONE);
        cr_assert_str_eq(r.text, "hello");
        cr_assert_eq(r.left, 3);
    }
    cr_assert_eq(read_body("Content-Length: 9", CF_STR("hello"), 2).state, CF_HTTP_MORE);
}

Test(http_body, without_length_there_is_none)
{
    cf_http_body body = { 0 };
    cf_str       input = CF_STR("GET"), piece;

    cr_assert(cf_http_body_done(&body));
    cr_assert_eq(cf_http_body_next(&body, &input, &piece, NULL), CF_HTTP_DONE);
    cr_assert_eq(input.len, 3);
}

Test(http_body, chunks_extensions_and_trailers)
{
    static const char *const bodies[] = {
        "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\nGET",
        "005\r\nhello\r\n6;a;b=c;d=\"e\\\"f;\"\r\n world\r\n000\r\nA: b\r\nC:\r\n\r\nGET",
        "5 ; a = b\r\nhello\r\n6\t;a\r\n world\r\n0;x=\"\"\r\n\r\nGET",
        "B;a=\"b\"; c\r\nhello world\r\n0\r\n\r\nGET",
    };

    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        for (size_t chunk = 1; chunk < 40; chunk++) {
            result r = read_body("Transfer-Encoding: chunked", cf_str_of(bodies[i]), chunk);
            cr_assert_eq(r.state, CF_HTTP_DONE, "%s", bodies[i]);
            cr_assert_str_eq(r.text, "hello world");
            cr_assert_eq(r.left, 3);
        }
    }
}

#define FIFTY "01234567890123456789012345678901234567890123456789"

Test(http_body, malformed_chunks_are_refused)
{
    static const struct {
        int         status;
        const char *text;
    } cases[] = {
        { 400, "\r\n" },
        { 400, "g\r\n" },
        { 400, "0x5\r\nhello\r\n" },
        { 400, "+5\r\nhello\r\n" },
        { 400, "-1\r\n" },
        { 400, " 5\r\nhello\r\n" },
        { 400, "5 \r\nhello\r\n" },
        { 400, "5\nhello\r\n" },
        { 400, "5\rhello\r\n" },
        { 400, "5\r\nhelloX\r\n" },
        { 400, "5\r\nhello\n" },
        { 400, "5\r\nhello\rX" },
        { 400, "5;\r\nhello\r\n" },
        { 400, "5;=b\r\n" },
        { 400, "5;a=\r\n" },
        { 400, "5;a=\"b\r\n" },
        { 400, "5;a=\"b\"c\r\n" },
        { 400, "5;a\nb\r\n" },
        { 400, "5;a \r\n" },
        { 413, "FFFFFFFFFFFFFFFF\r\n" },
        { 413, "100000000000000000000\r\n" },
        { 413, "000000000000000000000\r\n" },
        { 413, "65\r\n" },
        { 413, "32\r\n" FIFTY "\r\n33\r\n" FIFTY },
        { 400, "0\r\nA b: c\r\n" },
        { 400, "0\r\n: c\r\n" },
        { 400, "0\r\nA\r\n" },
        { 400, "0\r\nA: b\n" },
        { 400, "0\r\n A: b\r\n" },
        { 400, "0\r\n\rX" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t chunk = 1; chunk < 40; chunk += 13) {
            cf_str text = cf_str_of(cases[i].text);
            result r = read_body("Transfer-Encoding: chunked", text, chunk);
            cr_assert_eq(r.state, CF_HTTP_FAILED, "%s", cases[i].text);
            cr_assert_eq(r.status, cases[i].status, "%d for %s", r.status, cases[i].text);
        }
    }
}

static cf_str repeated(const char *first, char c, size_t count)
{
    char *text = malloc(strlen(first) + count);

    memcpy(text, first, strlen(first));
    memset(text + strlen(first), c, count);
    return cf_str_n(text, strlen(first) + count);
}

Test(http_body, extensions_and_trailers_are_bounded)
{
    cf_str long_extension = repeated("5;", 'a', 20000),
           long_trailer = repeated("0\r\nA:", 'b', 20000);
    result r;

    r = read_body("Transfer-Encoding: chunked", long_extension, 1000);
    cr_assert_eq(r.state, CF_HTTP_FAILED);
    cr_assert_eq(r.status, 400);
    r = read_body("Transfer-Encoding: chunked", long_trailer, 1000);
    cr_assert_eq(r.state, CF_HTTP_FAILED);
    cr_assert_eq(r.status, 431);
    free((char *)long_extension.ptr);
    free((char *)long_trailer.ptr);
}
