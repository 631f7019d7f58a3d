/* test_url_map.c -- rules: what they match, what they refuse, and the URLs they make. */
#include <criterion/criterion.h>

#include <carafe/url_map.h>

typedef struct rules {
    cf_arena   *arena;
    cf_url_map *map;
} rules;

static rules rules_new(const cf_rule_options *list, size_t n)
{
    cf_error err = { 0 };
    rules    r = { .arena = cf_arena_new() };

    r.map = cf_url_map_new(r.arena, NULL);
    for (size_t i = 0; i < n; i++)
        cr_assert(cf_url_map_add(r.map, &list[i], &err), "%s", err.message);
    cr_assert(cf_url_map_compile(r.map, &err), "%s", err.message);
    return r;
}

#define RULES(...)                                                                                 \
    rules_new((const cf_rule_options[]){ __VA_ARGS__ },                                            \
              sizeof((const cf_rule_options[]){ __VA_ARGS__ }) / sizeof(cf_rule_options))

static cf_url_match match(const rules *r, const char *path, cf_method method)
{
    cf_url_base  base = { .server_name = CF_STR("example.org"), .script_name = CF_STR("/") };
    cf_url_match m;

    cf_url_map_match(r->map, r->arena, &base, cf_str_of(path), method, false, (cf_str){ 0 }, &m);
    return m;
}

static const char *build(const rules *r, const char *endpoint, const cf_named *values, size_t n,
                         cf_error *err)
{
    cf_url_base base = { .server_name = CF_STR("example.org"), .script_name = CF_STR("/") };
    cf_str      url;

    return cf_url_map_build(r->map, r->arena, &base, cf_str_of(endpoint), values, n, NULL, &url,
                            err)
               ? url.ptr
               : NULL;
}

Test(url_map, the_most_specific_rule_wins_whatever_the_order)
{
    rules r = RULES(
        { .rule = "/<path:rest>", .endpoint = "path" }, { .rule = "/<name>", .endpoint = "name" },
        { .rule = "/<int:id>", .endpoint = "int" }, { .rule = "/new", .endpoint = "new" },
        { .rule = "/post-<int:id>", .endpoint = "post" });
    static const char *const cases[][2] = {
        { "/new", "new" },  { "/7", "int" },       { "/seven", "name" },
        { "/a/b", "path" }, { "/post-3", "post" }, { "/post-x", "name" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cf_url_match m = match(&r, cases[i][0], CF_GET);
        cr_assert_eq(m.kind, CF_MATCH_FOUND, "%s", cases[i][0]);
        cr_assert_str_eq(cf_rule_endpoint(m.rule), cases[i][1], "%s", cases[i][0]);
    }
    cf_arena_free(r.arena);
}

Test(url_map, converters_take_what_their_arguments_allow)
{
    rules r = RULES({ .rule = "/s/<string(length=2):v>", .endpoint = "e" },
                    { .rule = "/m/<string(minlength=2, maxlength=3):v>", .endpoint = "e" },
                    { .rule = "/i/<int(min=3, max=5):v>", .endpoint = "e" },
                    { .rule = "/n/<int(signed=True):v>", .endpoint = "e" },
                    { .rule = "/d/<int(fixed_digits=4):v>", .endpoint = "e" },
                    { .rule = "/f/<float:v>", .endpoint = "e" },
                    { .rule = "/g/<float(signed=True, max=1.5):v>", .endpoint = "e" },
                    { .rule = "/a/<any(about, help, 'x,y'):v>", .endpoint = "e" },
                    { .rule = "/u/<uuid:v>", .endpoint = "e" });
    static const struct {
        const char *path;
        bool        found;
    } cases[] = {
        { "/s/de", true },
        { "/s/deu", false },
        { "/s/üß", true },
        { "/m/a", false },
        { "/m/abc", true },
        { "/m/abcd", false },
        { "/i/2", false },
        { "/i/3", true },
        { "/i/5", true },
        { "/i/6", false },
        { "/i/-4", false },
        { "/n/-4", true },
        { "/n/4", true },
        { "/n/4x", false },
        { "/d/0012", true },
        { "/d/12", false },
        { "/f/1.5", true },
        { "/f/1", false },
        { "/f/-1.5", false },
        { "/g/-1.5", true },
        { "/g/1.6", false },
        { "/a/help", true },
        { "/a/x,y", true },
        { "/a/hel", false },
        { "/u/a8098c1a-f86e-11da-bd1a-00112444be1e", true },
        { "/u/a8098c1af86e11dabd1a00112444be1e", false },
        { "/i/99999999999999999999", false },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_assert_eq(match(&r, cases[i].path, CF_GET).kind == CF_MATCH_FOUND, cases[i].found, "%s",
                     cases[i].path);
    cr_assert_eq(match(&r, "/d/0012", CF_GET).args[0].value.as.integer, 12);
    cf_arena_free(r.arena);
}

static bool read_hex(const cf_converter_args *args, cf_arena *arena, cf_str text, cf_value *out)
{
    int64_t n = 0;

    (void)args, (void)arena;
    for (size_t i = 0; i < text.len; i++)
        n = n * 16 + (text.ptr[i] <= '9' ? text.ptr[i] - '0' : text.ptr[i] - 'a' + 10);
    *out = cf_int(n);
    return true;
}

static bool write_hex(const cf_converter_args *args, cf_value value, cf_buf *out)
{
    (void)args;
    cf_buf_printf(out, "%llx", (long long)value.as.integer);
    return value.type == CF_TYPE_INT;
}

Test(url_map, an_app_brings_its_own_converter)
{
    static const cf_converter hex = {
        .name = "hex", .pattern = "[0-9a-f]+", .weight = 40, .read = read_hex, .write = write_hex
    };
    cf_error err = { 0 };
    rules    r = { .arena = cf_arena_new() };
    cf_named value = { "n", cf_int(255) };

    r.map = cf_url_map_new(r.arena, NULL);
    cf_url_map_converter(r.map, &hex);
    cr_assert(
        cf_url_map_add(r.map, &(cf_rule_options){ .rule = "/x/<hex:n>", .endpoint = "hex" }, &err));
    cr_assert(cf_url_map_compile(r.map, &err));
    cr_assert_eq(match(&r, "/x/ff", CF_GET).args[0].value.as.integer, 255);
    cr_assert_eq(match(&r, "/x/fg", CF_GET).kind, CF_MATCH_NOT_FOUND);
    cr_assert_str_eq(build(&r, "hex", &value, 1, &err), "/x/ff");
    cf_arena_free(r.arena);
}

Test(url_map, a_slash_too_few_redirects_and_one_too_many_is_not_found)
{
    rules r = RULES({ .rule = "/branch/", .endpoint = "b" }, { .rule = "/leaf", .endpoint = "l" });
    cf_url_match m = match(&r, "/branch", CF_GET);

    cr_assert_eq(m.kind, CF_MATCH_REDIRECT);
    cr_assert(cf_str_is(m.location, "http://example.org/branch/"));
    cr_assert_eq(match(&r, "/leaf/", CF_GET).kind, CF_MATCH_NOT_FOUND);
    m = match(&r, "/a//leaf", CF_GET);
    cr_assert_eq(m.kind, CF_MATCH_NOT_FOUND);
    m = match(&r, "/branch//", CF_GET);
    cr_assert_eq(m.kind, CF_MATCH_REDIRECT);
    cf_arena_free(r.arena);
}

Test(url_map, a_wrong_method_tells_the_ones_there_are)
{
    rules        r = RULES({ .rule = "/x", .endpoint = "a", .methods = CF_GET },
                           { .rule = "/x", .endpoint = "b", .methods = CF_PUT });
    cf_url_match m = match(&r, "/x", CF_POST);

    cr_assert_eq(m.kind, CF_MATCH_BAD_METHOD);
    cr_assert_eq(m.allowed, CF_GET | CF_HEAD | CF_PUT);
    cr_assert_str_eq(cf_rule_endpoint(match(&r, "/x", CF_PUT).rule), "b");
    cr_assert_str_eq(cf_rule_endpoint(match(&r, "/x", CF_HEAD).rule), "a");
    cf_arena_free(r.arena);
}

Test(url_map, a_malformed_rule_says_where_and_what)
{
    static const struct {
        const char *rule, *message;
    } cases[] = {
        { "x", "must begin with '/'" },
        { "/<int:id", "'<' is not closed" },
        { "/<id>/<id>", "variable 'id' is used twice" },
        { "/<itn:id>", "there is no converter 'itn'; did you mean 'int'?" },
        { "/<int(mim=3):id>", "has no argument 'mim'; did you mean 'min'?" },
        { "/<int(min=x):id>", "argument 'min' must be a number" },
        { "/<>", "is no variable" },
        { "/<int:>", "is no variable" },
        { "/<any():x>", "takes the values to match" },
        { "/<path(1):x>", "takes no arguments" },
        { "/<int(min=3 max=4):x>", "separated by ','" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cf_arena   *arena = cf_arena_new();
        cf_url_map *map = cf_url_map_new(arena, NULL);
        cf_error    err = { 0 };
        cr_assert_not(cf_url_map_add(
            map, &(cf_rule_options){ .rule = cases[i].rule, .endpoint = "e" }, &err));
        cr_assert_not_null(strstr(err.message, cases[i].message), "%s: %s", cases[i].rule,
                           err.message);
        cr_assert_not_null(strstr(err.message, cases[i].rule));
        cf_arena_free(arena);
    }
}

Test(url_map, building_without_what_the_rule_needs_says_what)
{
    rules    r = RULES({ .rule = "/article/<slug>", .endpoint = "blog.read" });
    cf_error err = { 0 };
    cf_named slug = { "slug", cf_string("a b/ü") };

    cr_assert_null(build(&r, "blog.raed", NULL, 0, &err));
    cr_assert_not_null(strstr(err.message, "did you mean 'blog.read'?"), "%s", err.message);
    cr_assert_null(build(&r, "blog.read", NULL, 0, &err));
    cr_assert_not_null(strstr(err.message, "needs the value 'slug'"), "%s", err.message);
    cr_assert_str_eq(build(&r, "blog.read", &slug, 1, &err), "/article/a%20b/%C3%BC");
    cf_arena_free(r.arena);
}

/* What a regular expression may do on one path is bounded; the walk over the rules is too. */
Test(url_map, a_long_hostile_path_takes_no_long_time, .timeout = 10)
{
    rules  r = RULES({ .rule = "/<path:a>-<path:b>-<path:c>/x/<path:d>/y", .endpoint = "e" },
                     { .rule = "/<path:a>/<path:b>/<path:c>/z", .endpoint = "f" });
    cf_buf path = { 0 };

    for (int i = 0; i < 4000; i++)
        cf_buf_puts(&path, i % 2 ? "/a" : "-a");
    cr_assert_eq(match(&r, cf_buf_cstr(&path), CF_GET).kind, CF_MATCH_NOT_FOUND);
    cf_buf_free(&path);
    cf_arena_free(r.arena);
}
