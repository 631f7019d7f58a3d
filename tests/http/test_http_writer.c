/* test_http_writer.c -- response heads, headers, methods and statuses. */
#include <criterion/criterion.h>

#include <carafe/http_writer.h>

static cf_arena *arena;

static void setup(void)
{
    arena = cf_arena_new();
}

static void teardown(void)
{
    cf_arena_free(arena);
}

TestSuite(http_writer, .init = setup, .fini = teardown);

static const char *write_head(cf_http_head head, const cf_http_response *response,
                              cf_http_framing want)
{
    cf_buf out = cf_buf_in(arena, 0);

    cr_assert_eq(cf_http_write_head(&out, &head, response), want);
    return cf_buf_cstr(&out);
}

static bool no_stream(void *data, const cf_sink *sink, cf_error *err)
{
    (void)data;
    (void)sink;
    (void)err;
    return true;
}

Test(http_writer, a_plain_answer)
{
    cf_http_response r = { .status = 200, .headers = cf_headers_in(arena), .body = CF_STR("hi") };
    char             date[40];

    cr_assert_eq(cf_http_date_line((cf_time){ 784111777 * CF_SECOND }, date), 37);
    cf_headers_push(&r.headers, CF_STR("Content-Type"), CF_STR("text/plain"));
    cf_headers_push(&r.headers, CF_STR("Content-Length"), CF_STR("99"));
    cf_headers_push(&r.headers, CF_STR("Connection"), CF_STR("close"));
    cr_assert_str_eq(
        write_head((cf_http_head){ CF_GET, 11, true, { date, 37 } }, &r, CF_FRAME_LENGTH),
        "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
        "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n");
}

Test(http_writer, who_keeps_the_connection_open)
{
    cf_http_response r = { .status = 404, .headers = cf_headers_in(arena) };

    cr_assert_str_eq(write_head((cf_http_head){ CF_GET, 10, true, { 0 } }, &r, CF_FRAME_NONE),
                     "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: keep-alive\r\n"
                     "\r\n");
    cr_assert_str_eq(write_head((cf_http_head){ CF_GET, 11, false, { 0 } }, &r, CF_FRAME_NONE),
                     "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    r.close = true;
    cr_assert_str_eq(write_head((cf_http_head){ CF_GET, 11, true, { 0 } }, &r, CF_FRAME_NONE),
                     "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

Test(http_writer, answers_without_content)
{
    cf_http_response r = { .status = 204, .headers = cf_headers_in(arena), .body = CF_STR("x") };
    cf_http_head     get = { CF_GET, 11, true, { 0 } }, head = { CF_HEAD, 11, true, { 0 } };

    cr_assert_str_eq(write_head(get, &r, CF_FRAME_NONE), "HTTP/1.1 204 No Content\r\n\r\n");
    r.status = 304;
    cr_assert_str_eq(write_head(get, &r, CF_FRAME_NONE), "HTTP/1.1 304 Not Modified\r\n\r\n");
    r.status = 200;
    cr_assert_str_eq(write_head(head, &r, CF_FRAME_NONE),
                     "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n");
    r.body = CF_STR("");
    cf_headers_push(&r.headers, CF_STR("content-length"), CF_STR("77"));
    cr_assert_str_eq(write_head(head, &r, CF_FRAME_NONE),
                     "HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n");
}

Test(http_writer, streams_and_files)
{
    cf_http_response r = {
        .status = 200, .headers = cf_headers_in(arena), .stream = no_stream, .stream_length = -1
    };
    cf_http_head get = { CF_GET, 11, true, { 0 } }, old = { CF_GET, 10, true, { 0 } };

    cr_assert_str_eq(write_head(get, &r, CF_FRAME_CHUNKED),
                     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    cr_assert_str_eq(write_head(old, &r, CF_FRAME_CLOSE),
                     "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    r.stream_length = 7;
    cr_assert_str_eq(write_head(get, &r, CF_FRAME_LENGTH),
                     "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n");
    r = (cf_http_response){ .status = 206, .headers = r.headers, .file = 1, .file_length = 12 };
    cr_assert_str_eq(write_head(get, &r, CF_FRAME_LENGTH),
                     "HTTP/1.1 206 Partial Content\r\nContent-Length: 12\r\n\r\n");
}

Test(http_writer, a_buffer_that_is_full_says_so)
{
    cf_http_response r = { .status = 200, .headers = cf_headers_in(arena) };
    cf_http_head     head = { CF_GET, 11, true, { 0 } };
    cf_buf           out = cf_buf_in(arena, 50);

    cf_http_write_head(&out, &head, &r);
    cr_assert(out.overflow);
    cr_assert_eq(out.len, 0);
}

Test(http_writer, chunk_lines)
{
    cf_buf out = cf_buf_in(arena, 0);

    cf_http_write_chunk_head(&out, 255);
    cr_assert_str_eq(cf_buf_cstr(&out), "ff\r\n");
}

Test(http_writer, headers_refuse_what_would_split_a_response)
{
    cf_headers h = cf_headers_in(arena);
    cf_error   err = { 0 };

    cr_assert(cf_headers_add(&h, "X-A", CF_STR(" 1\t"), &err));
    cr_assert(cf_headers_add(&h, "x-a", CF_STR("2"), &err));
    cr_assert(cf_str_is(cf_headers_joined(arena, &h, "X-a"), "1, 2"));
    cr_assert_eq(cf_headers_count(&h, "x-A"), 2);
    cr_assert_not(cf_headers_add(&h, "X", CF_STR("a\r\nSet-Cookie: b"), &err));
    cr_assert_eq(err.code, CF_EINVAL);
    cr_assert_not(cf_headers_add(&h, "X", CF_STR("a\0b"), &err));
    cr_assert_not(cf_headers_add(&h, "X: y", CF_STR("a"), &err));
    cr_assert_not(cf_headers_set(&h, "X-A", CF_STR("a\nb"), &err));
    cr_assert_eq(h.len, 2);
    cr_assert(cf_headers_set(&h, "X-A", cf_headers_get(&h, "X-A"), &err));
    cr_assert_eq(h.len, 1);
    cr_assert(cf_str_is(cf_headers_get(&h, "x-a"), "1"));
    cf_headers_remove(&h, "X-A");
    cr_assert_null(cf_headers_get(&h, "x-a").ptr);
}

Test(http_writer, methods_and_statuses)
{
    cr_assert_eq(cf_method_of(CF_STR("DELETE")), CF_DELETE);
    cr_assert_eq(cf_method_of(CF_STR("delete")), CF_OTHER_METHOD);
    cr_assert_str_eq(cf_method_name(CF_PATCH), "PATCH");
    cr_assert(cf_method_known(CF_STR("PROPFIND")));
    cr_assert_not(cf_method_known(CF_STR("BREW")));
    cr_assert_str_eq(cf_status_text(431), "Request Header Fields Too Large");
    cr_assert_str_eq(cf_status_text(299), "Unknown");
}
