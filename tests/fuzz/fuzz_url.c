/* fuzz_url.c -- addresses, query strings, paths and file names from outside. */
#include <stdint.h>
#include <stdlib.h>

#include <carafe/params.h>
#include <carafe/url.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
    if (!good)
        abort();
}

/* What is split and written again is the same text. */
static void split(cf_arena *arena, cf_str text)
{
    cf_url url;
    cf_buf out = cf_buf_in(arena, 0);

    if (!cf_url_split(text, &url, NULL))
        return;
    cf_url_write(&out, &url);
    check(cf_str_eq(cf_buf_view(&out), text));
}

static void encode(cf_arena *arena, cf_str text)
{
    cf_buf out = cf_buf_in(arena, 0), plus = cf_buf_in(arena, 0);

    cf_url_encode(&out, text, "/");
    check(cf_str_eq(cf_url_decode(arena, cf_buf_view(&out)), text));
    cf_url_encode_plus(&plus, text);
    check(cf_str_eq(cf_url_decode_plus(arena, cf_buf_view(&plus)), text));
}

static void query(cf_arena *arena, cf_str text)
{
    cf_params params = cf_params_in(arena), again = cf_params_in(arena);
    cf_buf    out = cf_buf_in(arena, 0);

    if (!cf_params_parse(&params, text, 100, NULL))
        return;
    cf_params_write(&out, &params);
    check(cf_params_parse(&again, cf_buf_view(&out), 100, NULL) && again.len == params.len);
    for (size_t i = 0; i < params.len; i++)
        check(cf_str_eq(params.items[i].name, again.items[i].name) &&
              cf_str_eq(params.items[i].value, again.items[i].value) &&
              cf_str_is_utf8(params.items[i].value));
}

static void addresses(cf_arena *arena, cf_str text)
{
    cf_str uri;

    if (!cf_str_is_utf8(text))
        return;
    uri = cf_iri_to_uri(arena, text);
    check(cf_str_is_utf8(cf_uri_to_iri(arena, uri)));
    check(cf_str_is_utf8(cf_uri_to_iri(arena, text)));
}

static void paths(cf_arena *arena, cf_str text)
{
    cf_str path = cf_path_join(arena, CF_STR("folder"), text);
    cf_str name = cf_secure_filename(arena, text);
    cf_str segment, rest = path;

    while (rest.len) {
        cf_str_cut(rest, '/', &segment, &rest);
        check(!cf_str_is(segment, ".."));
    }
    check(!path.ptr || cf_str_starts(path, CF_STR("folder")));
    check(cf_str_chr(name, '/') == CF_NPOS && (!name.len || name.ptr[0] != '.'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cf_arena *arena = cf_arena_new();
    cf_str    text = cf_str_n((const char *)data, size), first, second;

    split(arena, text);
    encode(arena, text);
    query(arena, text);
    addresses(arena, text);
    paths(arena, text);
    cf_host_is_valid(text);
    cf_str_cut(text, '\n', &first, &second);
    cf_url_join(arena, first, second);
    cf_host_to_unicode(arena, first);
    if (cf_url_is_local(text))
        check(text.ptr[0] == '/' && cf_str_chr(text, '\\') == CF_NPOS);
    cf_arena_free(arena);
    return 0;
}
