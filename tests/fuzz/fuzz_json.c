/* fuzz_json.c -- JSON that is read, written and read again gives the same value. */
#include <stdint.h>
#include <stdlib.h>

#include <carafe/json.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(cf_arena *arena, cf_value value, const cf_json_options *options)
{
    cf_buf   text = cf_buf_in(arena, 0);
    cf_value again;

    if (!cf_json_write(NULL, value, options, &text, NULL) ||
        !cf_json_parse(arena, cf_buf_view(&text), &again, NULL) || !cf_equal(value, again))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cf_arena *arena = cf_arena_new();
    cf_value  value;
    cf_error  err = { 0 };

    if (cf_json_parse(arena, cf_str_n((const char *)data, size), &value, &err)) {
        check(arena, value, NULL);
        check(arena, value, &(cf_json_options){ .ascii = true, .html_safe = true, .indent = 1 });
    } else if (!err.code) {
        abort();
    }
    cf_arena_free(arena);
    return 0;
}
