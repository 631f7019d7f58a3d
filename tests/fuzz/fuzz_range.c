/* fuzz_range.c -- conditional and range requests: a header line each, answered for a small file. */
#include <stdint.h>
#include <stdlib.h>

#include <carafe/conditional.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = { "Range",         "If-Range",          "If-Match",
                                     "If-None-Match", "If-Modified-Since", "If-Unmodified-Since" };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cf_arena     *arena = cf_arena_new();
    cf_headers    headers = cf_headers_in(arena);
    cf_str        rest = cf_str_n((const char *)data, size), line;
    cf_validators current = { { CF_STR("tag"), false }, { 784111777 * CF_SECOND }, true };
    cf_range      range;
    int64_t       length = size ? data[0] : 0;

    for (size_t i = 0; rest.len && i < 20; i++) {
        cf_str_cut(rest, '\n', &line, &rest);
        cf_headers_push(&headers, cf_str_of(names[i % 6]), line);
    }
    cf_condition_check(&headers, CF_GET, &current, true);
    cf_condition_check(&headers, CF_PUT, &current, false);
    if (cf_range_select(&headers, CF_GET, &current, length, &range) == CF_RANGE_PART &&
        (range.first < 0 || range.first > range.last || range.last >= length))
        abort();
    if (headers.len) {
        cf_buf  out = cf_buf_in(arena, 0);
        cf_etag etag;
        cf_content_range_parse(headers.items[0].value, &range, &length);
        if (cf_etag_parse(headers.items[0].value, &etag))
            cf_etag_write(&out, etag, NULL);
    }
    cf_arena_free(arena);
    return 0;
}
