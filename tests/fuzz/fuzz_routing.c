/* fuzz_routing.c -- rules and paths from outside: the first line is a rule, the others are paths.
 */
#include <carafe/url_map.h>

#include <stdlib.h>

/* A path that matched and whose values build again must lead to the same rule. */
static void check(const cf_url_map *map, cf_arena *arena, cf_str path)
{
    cf_url_base  base = { .server_name = CF_STR("example.org") };
    cf_url_match match;
    cf_str       url;
    cf_error     err = { 0 };

    path = cf_str_to_utf8(arena, path);
    if (!path.len || path.ptr[0] != '/' || memchr(path.ptr, '\0', path.len))
        return;
    cf_url_map_match(map, arena, &base, path, CF_GET, false, CF_STR("q=1"), &match);
    if (match.kind == CF_MATCH_REDIRECT && !match.location.len)
        abort();
    if (match.kind != CF_MATCH_FOUND)
        return;
    if (match.nargs > CF_URL_ARGS || !match.rule)
        abort();
    if (!cf_url_map_build(map, arena, &base, cf_str_of(cf_rule_endpoint(match.rule)), match.args,
                          match.nargs, NULL, &url, &err) &&
        !err.message[0])
        abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static const char *const fixed[] = { "/", "/post/<int:id>", "/post/<slug>/", "/f/<path:p>/x" };
    cf_arena                *arena = cf_arena_new();
    cf_url_map              *map = cf_url_map_new(arena, NULL);
    cf_str                   rest = { (const char *)data, size > 4096 ? 4096 : size }, line;
    cf_error                 err = { 0 };

    cf_str_cut(rest, '\n', &line, &rest);
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        cf_url_map_add(map, &(cf_rule_options){ .rule = fixed[i], .endpoint = "fixed" }, &err);
    if (!memchr(line.ptr ? line.ptr : "", '\0', line.len) && cf_str_is_utf8(line) &&
        !cf_url_map_add(
            map, &(cf_rule_options){ .rule = cf_str_dup(arena, line), .endpoint = "own" }, &err) &&
        !err.message[0])
        abort();
    if (cf_url_map_compile(map, &err))
        while (rest.len) {
            cf_str_cut(rest, '\n', &line, &rest);
            check(map, arena, line);
        }
    cf_arena_free(arena);
    return 0;
}
