/* fuzz_date.c -- dates of HTTP and ISO 8601; what is read is written and read alike. */
#include <stdint.h>
#include <stdlib.h>

#include <carafe/time.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cf_arena *arena = cf_arena_new();
    cf_str    text = cf_str_n((const char *)data, size);
    cf_time   t, again;
    char      http[30];

    if (cf_time_from_http(text, &t)) {
        cf_time_http(t, http);
        if (!cf_time_from_http(cf_str_of(http), &again) || again.us != t.us)
            abort();
    }
    if (cf_time_from_iso(text, &t) && t.us > INT64_C(-62135510400) * CF_SECOND &&
        t.us < INT64_C(253402214400) * CF_SECOND &&
        (!cf_time_from_iso(cf_str_of(cf_time_iso(arena, t)), &again) || again.us != t.us))
        abort();
    cf_time_format(arena, (cf_time){ (int64_t)size << 40 }, cf_str_dup(arena, text));
    cf_arena_free(arena);
    return 0;
}
