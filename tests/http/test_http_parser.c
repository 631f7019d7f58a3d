/* test_http_parser.c -- request heads: what is read, what is refused and with which status. */
#include <criterion/criterion.h>

#include <stdlib.h>

#include <carafe/http_parser.h>

static cf_arena *arena;

static void setup(void)
{
    arena = cf_arena_new();
}

static void teardown(void)
{
    cf_arena_free(arena);
}

TestSuite(http_parser, .init = setup, .fini = teardown);

/* Feeds bytes in pieces that are freed after each call. */
static cf_http_result feed(cf_http_parser *parser, cf_str *bytes, size_t chunk)
{
    cf_http_result result = CF_HTTP_MORE;

    while (result == CF_HTTP_MORE && bytes->len) {
        size_t size = bytes->len < chunk ? bytes->len : chunk;
        char  *piece = malloc(size);
        cf_str input = { piece, size };
        memcpy(piece, bytes->ptr, size);
        result = cf_http_parser_feed(parser, &input);
        *bytes = cf_str_slice(*bytes, size - input.len, bytes->len);
        free(piece);
    }
    return result;
}

static cf_http_result parse(cf_http_parser *parser, const cf_http_limits *limits, cf_str bytes,
                            size_t chunk)
{
    cf_http_parser_init(parser, limits);
    cf_http_parser_start(parser, arena);
    return feed(parser, &bytes, chunk);
}

static const cf_http_request *parse_text(const char *text)
{
    static cf_http_parser parser;

    cr_assert_eq(parse(&parser, NULL, cf_str_of(text), 1000), CF_HTTP_DONE, "%s: %s", text,
                 parser.error.message);
    return parser.request;
}

Test(http_parser, a_request_is_taken_apart)
{
    const cf_http_request *r = parse_text("POST /a%20b?x=1&y#z HTTP/1.1\r\nHost: example.com:80\r\n"
                                          "X-Empty:\r\nX-Spaces: \t a  b \t\r\n"
                                          "Content-Length: 3\r\n\r\n");

    cr_assert_eq(r->method, CF_POST);
    cr_assert(cf_str_is(r->target, "/a%20b?x=1&y#z"));
    cr_assert(cf_str_is(r->path, "/a%20b"));
    cr_assert(cf_str_is(r->query, "x=1&y"));
    cr_assert(cf_str_is(r->host, "example.com:80"));
    cr_assert_eq(r->version, 11);
    cr_assert(r->keep_alive);
    cr_assert_eq(r->headers.len, 4);
    cr_assert(cf_str_is(cf_headers_get(&r->headers, "x-spaces"), "a  b"));
    cr_assert_eq(cf_headers_get(&r->headers, "x-empty").len, 0);
    cr_assert_eq(r->body.length, 3);
}

typedef struct refusal {
    int         status;
    const char *text;
} refusal;

#define LINE "GET / HTTP/1.1\r\n"
#define HEAD LINE "Host: a\r\n"

static const refusal refusals[] = {
    /* request lines */
    { 400, "GET /\r\n\r\n" },
    { 400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n" },
    { 400, "GET / HTTP/1.1 \r\nHost: a\r\n\r\n" },
    { 400, "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n" },
    { 400, " GET / HTTP/1.1\r\n" },
    { 400, "GET\t/ HTTP/1.1\r\n" },
    { 400, "GET / HTTP/1.1\nHost: a\n\n" },
    { 400, "GET / HTTP/1.1\rHost: a\r\n\r\n" },
    { 400, "GET / http/1.1\r\n" },
    { 400, "GET / HTTP/1.10\r\n" },
    { 400, "GET / HTTP/11\r\n" },
    { 400, "GET /\xc3\xa9 HTTP/1.1\r\n" },
    { 400, "GET /\x7f HTTP/1.1\r\n" },
    { 400, "\x16\x03\x01\x02" },
    { 400, "\rGET / HTTP/1.1\r\n" },
    { 505, "GET / HTTP/2.0\r\n" },
    { 505, "GET / HTTP/1.2\r\n" },
    { 505, "GET / HTTP/0.9\r\n" },
    { 501, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" },
    { 501, "SLUDGE / HTTP/1.1\r\n" },
    { 501, "get / HTTP/1.1\r\n" },
    { 501, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
    /* targets */
    { 400, "GET * HTTP/1.1\r\nHost: a\r\n\r\n" },
    { 400, "GET a/b HTTP/1.1\r\nHost: a\r\n\r\n" },
    { 400, "GET http:/a HTTP/1.1\r\nHost: a\r\n\r\n" },
    { 400, "GET http://a@/x HTTP/1.1\r\nHost: a\r\n\r\n" },
    { 400, "GET http://[::1/x HTTP/1.1\r\nHost: a\r\n\r\n" },
    { 400, "CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n" },
    { 400, "CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n" },
    { 400, "CONNECT a:70000 HTTP/1.1\r\nHost: a\r\n\r\n" },
    /* hosts */
    { 400, LINE "\r\n" },
    { 400, HEAD "Host: a\r\n\r\n" },
    { 400, LINE "Host: a b\r\n\r\n" },
    { 400, LINE "Host: a/b\r\n\r\n" },
    { 400, LINE "Host: a@b\r\n\r\n" },
    { 400, LINE "Host: a:b\r\n\r\n" },
    { 400, LINE "Host: :80\r\n\r\n" },
    { 400, LINE "Host: [::1\r\n\r\n" },
    { 400, LINE "Host: [::g]\r\n\r\n" },
    /* fields */
    { 400, HEAD "A : b\r\n\r\n" },
    { 400, HEAD "A\r\n\r\n" },
    { 400, HEAD ": b\r\n\r\n" },
    { 400, HEAD "A\x01: b\r\n\r\n" },
    { 400, HEAD "A: b\x01\r\n\r\n" },
    { 400, HEAD "A: b\x7f\r\n\r\n" },
    { 400, HEAD "A: b\rc\r\n\r\n" },
    { 400, HEAD "A: b\nC: d\r\n\r\n" },
    { 400, HEAD "A: b\r\n c\r\n\r\n" },
    { 400, HEAD "A: b\r\n\tc\r\n\r\n" },
    { 400, LINE " Host: a\r\n\r\n" },
    { 400, HEAD "A: b\r\n\rx" },
    /* lengths */
    { 400, HEAD "Content-Length: 1\r\nContent-Length: 2\r\n\r\n" },
    { 400, HEAD "Content-Length: 1\r\nContent-Length: 1\r\n\r\n" },
    { 400, HEAD "Content-Length: 1, 1\r\n\r\n" },
    { 400, HEAD "Content-Length: +1\r\n\r\n" },
    { 400, HEAD "Content-Length: -1\r\n\r\n" },
    { 400, HEAD "Content-Length: 1 2\r\n\r\n" },
    { 400, HEAD "Content-Length: 0x1\r\n\r\n" },
    { 400, HEAD "Content-Length: 1.0\r\n\r\n" },
    { 400, HEAD "Content-Length:\r\n\r\n" },
    { 413, HEAD "Content-Length: 99999999999999999999999\r\n\r\n" },
    { 413, HEAD "Content-Length: 16777217\r\n\r\n" },
    { 400, HEAD "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n" },
    { 400, HEAD "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n" },
    { 400, HEAD "Transfer-Encoding: identity\r\n\r\n" },
    { 400, HEAD "Transfer-Encoding: gzip\r\n\r\n" },
    { 400, HEAD "Transfer-Encoding: chunked, gzip\r\n\r\n" },
    { 400, HEAD "Transfer-Encoding: chunked, chunked\r\n\r\n" },
    { 400, HEAD "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" },
    { 400, HEAD "Transfer-Encoding: \"chunked\"\r\n\r\n" },
    { 400, HEAD "Transfer-Encoding: chunked;q=1\r\n\r\n" },
    { 400, HEAD "Transfer-Encoding: \x0b"
                "chunked\r\n\r\n" },
    { 400, HEAD "Transfer-Encoding:\r\n\r\n" },
    { 400, HEAD "Transfer-Encoding: ,\r\n\r\n" },
    { 501, HEAD "Transfer-Encoding: xchunked\r\n\r\n" },
    { 400, "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" },
    { 417, HEAD "Expect: 200-maybe\r\n\r\n" },
};

Test(http_parser, what_two_servers_could_read_in_two_ways_is_refused)
{
    static cf_http_parser parser;

    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        for (size_t chunk = 1; chunk < 2000; chunk *= 6) {
            cf_str bytes = cf_str_of(refusals[i].text);
            cr_assert_eq(parse(&parser, NULL, bytes, chunk), CF_HTTP_FAILED, "%s",
                         refusals[i].text);
            cr_assert_eq(parser.status, refusals[i].status, "%d for %s (%s)", parser.status,
                         refusals[i].text, parser.error.message);
            cr_assert(parser.error.message[0] != '\0');
            cf_arena_reset(arena);
        }
    }
}

Test(http_parser, a_nul_is_refused_everywhere)
{
    static const char head[] = "GET / HTTP/1.1\r\nHost: a\r\nB: c\r\n\r\n";
    char              text[sizeof head];
    cf_http_parser    parser;

    for (size_t i = 0; i < sizeof head - 1; i++) {
        memcpy(text, head, sizeof head);
        text[i] = '\0';
        cr_assert_eq(parse(&parser, NULL, cf_str_n(text, sizeof head - 1), 100), CF_HTTP_FAILED,
                     "at %zu", i);
        cr_assert_eq(parser.status, 400);
    }
}

Test(http_parser, limits_have_their_statuses_and_are_exact)
{
    static const cf_http_limits limits = {
        .max_line = 24, .max_headers = 30, .max_header_count = 2, .max_body = 5
    };
    static const refusal cases[] = {
        { 0, "GET /456789012 HTTP/1.1\r\nHost: a\r\n\r\n" },
        { 0, "GET /4567890123 HTTP/1.1\r\nHost: a\r\n\r\n" },
        { 414, "GET /45678901234 HTTP/1.1\r\nHost: a\r\n\r\n" },
        { 0, "GET / HTTP/1.1\r\nHost: a\r\nB: 3456789012345678\r\n\r\n" },
        { 431, "GET / HTTP/1.1\r\nHost: a\r\nB: 34567890123456789\r\n\r\n" },
        { 431, "GET / HTTP/1.1\r\nHost: a\r\nB: c\r\nC: d\r\n\r\n" },
        { 0, "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n" },
    };
    static cf_http_parser parser;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t chunk = 1; chunk < 200; chunk *= 5) {
            cf_http_result result = parse(&parser, &limits, cf_str_of(cases[i].text), chunk);
            cr_assert_eq(result, cases[i].status ? CF_HTTP_FAILED : CF_HTTP_DONE, "%s: %s",
                         cases[i].text, parser.error.message);
            cr_assert_eq(parser.status, cases[i].status, "%d for %s", parser.status, cases[i].text);
        }
    }
}

Test(http_parser, an_endless_line_is_refused_as_soon_as_it_is_too_long)
{
    cf_http_parser parser;
    char           text[9000];

    memset(text, 'a', sizeof text);
    memcpy(text, "GET /", 5);
    cr_assert_eq(parse(&parser, NULL, cf_str_n(text, 8194), 4000), CF_HTTP_MORE);
    cr_assert_eq(parse(&parser, NULL, cf_str_n(text, 8195), 4000), CF_HTTP_FAILED);
    cr_assert_eq(parser.status, 414);
}

Test(http_parser, forms_of_the_target)
{
    const cf_http_request *r;

    r = parse_text("GET http://user:pw@other.example:81?q=1 HTTP/1.1\r\nHost: a\r\n\r\n");
    cr_assert(cf_str_is(r->host, "other.example:81"));
    cr_assert(cf_str_is(r->path, "/"));
    cr_assert(cf_str_is(r->query, "q=1"));
    r = parse_text("OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n");
    cr_assert(cf_str_is(r->path, "*"));
    cr_assert_eq(r->host.len, 0);
    r = parse_text("CONNECT a.b:443 HTTP/1.1\r\nHost: a.b:443\r\nContent-Length: 5\r\n\r\n");
    cr_assert(r->upgrade);
    cr_assert_not(r->keep_alive);
    cr_assert_eq(r->body.length, 0);
    cr_assert_eq(r->method, CF_OTHER_METHOD);
    r = parse_text("GET //evil/x HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n");
    cr_assert(cf_str_is(r->path, "//evil/x"));
}

Test(http_parser, keep_alive_follows_version_and_connection)
{
    static const struct {
        bool        keep;
        const char *text;
    } cases[] = {
        { true, HEAD "\r\n" },
        { false, HEAD "Connection: close\r\n\r\n" },
        { false, HEAD "Connection: x, Close , keep-alive\r\n\r\n" },
        { false, "GET / HTTP/1.0\r\n\r\n" },
        { true, "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n" },
        { false, "GET / HTTP/1.0\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_assert_eq(parse_text(cases[i].text)->keep_alive, cases[i].keep, "%s", cases[i].text);
    cr_assert(parse_text(HEAD "Connection: upgrade\r\nUpgrade: websocket\r\n\r\n")->upgrade);
    cr_assert_not(parse_text(HEAD "Upgrade: websocket\r\n\r\n")->upgrade);
    cr_assert(parse_text(HEAD "Expect: 100-Continue\r\n\r\n")->expect_continue);
    cr_assert_not(parse_text("GET / HTTP/1.0\r\nExpect: x\r\n\r\n")->expect_continue);
}

Test(http_parser, pipelined_requests_and_blank_lines_before_them)
{
    cf_http_parser parser;
    cf_str         bytes = CF_STR("\r\n\nGET /1 HTTP/1.1\r\nHost: a\r\n\r\n\r\n"
                                          "GET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTT");

    cf_http_parser_init(&parser, NULL);
    for (int i = 1; i <= 2; i++) {
        cf_http_parser_start(&parser, arena);
        cr_assert_eq(cf_http_parser_feed(&parser, &bytes), CF_HTTP_DONE);
        cr_assert_eq(parser.request->path.ptr[1], '0' + i);
    }
    cf_http_parser_start(&parser, arena);
    cr_assert_not(cf_http_parser_begun(&parser));
    cr_assert_eq(cf_http_parser_feed(&parser, &bytes), CF_HTTP_MORE);
    cr_assert(cf_http_parser_begun(&parser));
    cr_assert_eq(bytes.len, 0);
}

Test(http_parser, a_flood_of_blank_lines_is_refused)
{
    cf_http_parser parser;
    char           lines[200];

    memset(lines, '\n', sizeof lines);
    cr_assert_eq(parse(&parser, NULL, cf_str_n(lines, sizeof lines), 1), CF_HTTP_FAILED);
    cr_assert_eq(parser.status, 400);
}

Test(http_parser, a_failed_parser_stays_failed_until_it_starts_again)
{
    cf_http_parser parser;
    cf_str         more = CF_STR(HEAD "\r\n");

    cr_assert_eq(parse(&parser, NULL, CF_STR("\x01"), 1), CF_HTTP_FAILED);
    cr_assert_eq(cf_http_parser_feed(&parser, &more), CF_HTTP_FAILED);
    more = CF_STR(HEAD "\r\n");
    cf_http_parser_start(&parser, parser.arena);
    cr_assert_eq(cf_http_parser_feed(&parser, &more), CF_HTTP_DONE);
    cr_assert_eq(parser.status, 0);
}

Test(http_parser, a_registered_coding_inside_chunks_is_marked)
{
    const cf_http_request *r = parse_text(HEAD "Transfer-Encoding: gzip, Chunked\r\n\r\n");

    cr_assert(r->coded);
    cr_assert_eq(r->body.length, -1);
    cr_assert_not(parse_text(HEAD "Transfer-Encoding: chunked\r\n\r\n")->coded);
}
