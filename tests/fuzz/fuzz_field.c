/* fuzz_field.c -- header values: lists, options, pairs, credentials, what a client accepts. */
#include <stdint.h>
#include <stdlib.h>

#include <carafe/accept.h>
#include <carafe/field.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void accept(cf_arena *arena, cf_str text)
{
    cf_str offers[] = { CF_STR("text/html"), CF_STR("application/json;v=1"),
                        CF_STR("en-GB"),     CF_STR("utf-8"),
                        CF_STR("gzip"),      CF_STR("*/*") };
    size_t count = sizeof offers / sizeof offers[0];

    for (int kind = CF_ACCEPT_PLAIN; kind <= CF_ACCEPT_CHARSET; kind++) {
        cf_accept parsed = cf_accept_parse(arena, (cf_accept_kind)kind, text);
        cf_str    best = cf_accept_best(&parsed, offers, count, (cf_str){ 0 });
        for (size_t i = 0; i < parsed.len; i++)
            if (!(parsed.items[i].quality >= 0 && parsed.items[i].quality <= 1))
                abort();
        /* Languages may be chosen by their first tag alone. */
        if (best.ptr && kind != CF_ACCEPT_LANGUAGE && cf_accept_quality(&parsed, best) <= 0)
            abort();
    }
}

static void quoting(cf_arena *arena, cf_str text)
{
    cf_buf out = cf_buf_in(arena, 0);

    cf_field_quote(&out, text, true);
    if (!cf_str_eq(cf_field_unquote(arena, cf_buf_view(&out)), text))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cf_arena        *arena = cf_arena_new();
    cf_str           text = cf_str_n((const char *)data, size), *items, rest = text, item;
    cf_params        options = cf_params_in(arena), pairs = cf_params_in(arena);
    cf_authorization authorization;
    cf_buf           out = cf_buf_in(arena, 0);

    cf_field_write_options(&out, cf_field_options(arena, text, &options), &options);
    cf_field_pairs(arena, text, &pairs);
    cf_field_write_pairs(&out, &pairs);
    cf_field_list(arena, text, &items);
    while (cf_field_next(&rest, &item))
        if (!item.len)
            abort();
    cf_field_has(text, "chunked");
    cf_cache_control(text, "max-age");
    cf_authorization_parse(arena, text, &authorization, NULL);
    cf_media_type(arena, text);
    quoting(arena, text);
    accept(arena, text);
    cf_arena_free(arena);
    return 0;
}
