/* fuzz_cookie.c -- Cookie fields; and any value set as a cookie must be read back the same. */
#include <stdint.h>
#include <stdlib.h>

#include <carafe/cookie.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void round_trip(cf_arena *arena, cf_str value)
{
    cf_cookie cookie = { .name = CF_STR("name"), .value = value, .secure = true };
    cf_buf    out = cf_buf_in(arena, 0);
    cf_params read = cf_params_in(arena);
    cf_error  err = { 0 };

    if (!cf_cookie_write(&out, &cookie, &err)) {
        if (err.code != CF_ELIMIT)
            abort();
        return;
    }
    for (size_t i = 0; i < out.len; i++)
        if ((unsigned char)out.ptr[i] < 0x20 || (unsigned char)out.ptr[i] > 0x7e)
            abort();
    cf_cookies_parse(&read, cf_buf_view(&out), 0);
    if (!cf_str_eq(cf_params_get(&read, "name"), cf_str_to_utf8(arena, value)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cf_arena *arena = cf_arena_new();
    cf_str    text = cf_str_n((const char *)data, size);
    cf_params cookies = cf_params_in(arena);

    cf_cookies_parse(&cookies, text, 50);
    if (cookies.len > 50)
        abort();
    for (size_t i = 0; i < cookies.len; i++)
        if (!cookies.items[i].name.len || !cf_str_is_utf8(cookies.items[i].value))
            abort();
    round_trip(arena, text);
    cf_arena_free(arena);
    return 0;
}
