/* text.c -- texts made to fit. */
#include "base.h"

const char *clip(cf_arena *arena, const char *text, size_t max)
{
    cf_str all = cf_str_of(text), rest = all;
    size_t count = 0, keep = 0;

    while (rest.len && count < max) {
        if (++count == max)
            keep = all.len - rest.len;
        cf_utf8_next(&rest);
    }
    if (!rest.len)
        return text;
    return cf_printf(arena, "%.*s…", CF_STR_ARG(cf_str_slice(all, 0, keep)));
}
