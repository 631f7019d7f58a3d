/* test_field.c -- lists, options, quoting, credentials, and what a client accepts. */
#include <criterion/criterion.h>

#include <carafe/accept.h>
#include <carafe/field.h>

static cf_arena *arena;

static void setup(void)
{
    arena = cf_arena_new();
}

static void teardown(void)
{
    cf_arena_free(arena);
}

TestSuite(field, .init = setup, .fini = teardown);

Test(field, lists)
{
    cf_str *items, rest = CF_STR(" a ,, \"b,\\\"c\" ,d=\"e,f\""), item;

    cr_assert(cf_field_next(&rest, &item) && cf_str_is(item, "a"));
    cr_assert(cf_field_next(&rest, &item) && cf_str_is(item, "\"b,\\\"c\""));
    cr_assert(cf_field_next(&rest, &item) && cf_str_is(item, "d=\"e,f\""));
    cr_assert_not(cf_field_next(&rest, &item));
    cr_assert_eq(cf_field_list(arena, CF_STR("a, \"b,\\\"c\", d=\"e\""), &items), 3);
    cr_assert(cf_str_is(items[1], "b,\"c"));
    cr_assert(cf_str_is(items[2], "d=\"e\""));
    cr_assert_eq(cf_field_list(arena, CF_STR("a, \"b"), &items), 0);
    cr_assert_eq(cf_field_list(arena, CF_STR("\"b\\"), &items), 0);
    cr_assert(cf_field_has(CF_STR("x, Close"), "close"));
    cr_assert_not(cf_field_has(CF_STR("closed"), "close"));
}

Test(field, quoting)
{
    cf_buf out = cf_buf_in(arena, 0);

    cf_field_quote(&out, CF_STR("a"), false);
    cf_field_quote(&out, CF_STR("a"), true);
    cf_field_quote(&out, CF_STR(""), false);
    cf_field_quote(&out, CF_STR("a \"\\"), false);
    cr_assert_str_eq(cf_buf_cstr(&out), "a\"a\"\"\"\"a \\\"\\\\\"");
    cr_assert(cf_str_is(cf_field_unquote(arena, CF_STR("\"a \\\"\\\\\"")), "a \"\\"));
    cr_assert(cf_str_is(cf_field_unquote(arena, CF_STR("\"")), "\""));
    cr_assert(cf_str_is(cf_field_unquote(arena, CF_STR("a\"")), "a\""));
}

/* name=value pairs of a header, joined for comparing */
static const char *options(const char *text)
{
    cf_params o = cf_params_in(arena);
    cf_str    value = cf_field_options(arena, cf_str_of(text), &o);
    cf_buf    out = cf_buf_in(arena, 0);

    cf_buf_str(&out, value);
    for (size_t i = 0; i < o.len; i++)
        cf_buf_printf(&out, "|%.*s=%.*s", CF_STR_ARG(o.items[i].name),
                      CF_STR_ARG(o.items[i].value));
    return cf_buf_cstr(&out);
}

Test(field, options)
{
    cr_assert_str_eq(options("text/html; Charset=\"UTF-8\";x=1 ; y"),
                     "text/html|charset=UTF-8|x=1");
    cr_assert_str_eq(options("a; b=\"c;d\\\"%22\\\\\"; e=f"), "a|b=c;d\"\"\\|e=f");
    cr_assert_str_eq(options("a; b=\"unclosed; c=d"), "a|c=d");
    cr_assert_str_eq(options("a; b=1; b=2"), "a|b=2");
    cr_assert_str_eq(options("a; n*=UTF-8''%e2%98%83; m*=iso-8859-1'en'%e9"),
                     "a|n=\xe2\x98\x83|m=\xc3\xa9");
    cr_assert_str_eq(options("a; f*0*=utf-8''x%20; f*1=\"y \"; f*2*=%7A"), "a|f=x y z");
    cr_assert_str_eq(options("a; n*=klingon''%e9"), "a|n=%e9");
    cr_assert_str_eq(options("; a=b"), "");
}

Test(field, options_written)
{
    cf_params o = cf_params_in(arena);
    cf_buf    out = cf_buf_in(arena, 0);

    cf_params_add(&o, CF_STR("filename"), CF_STR("a b"));
    cf_params_push(&o, CF_STR("none"), (cf_str){ 0 });
    cf_params_add(&o, CF_STR("n*"), CF_STR("UTF-8''x"));
    cf_field_write_options(&out, CF_STR("attachment"), &o);
    cr_assert_str_eq(cf_buf_cstr(&out), "attachment; filename=\"a b\"; n*=UTF-8''x");
    cf_buf_clear(&out);
    cf_field_write_pairs(&out, &o);
    cr_assert_str_eq(cf_buf_cstr(&out), "filename=\"a b\", none, n*=UTF-8''x");
}

Test(field, credentials)
{
    cf_authorization a;

    cr_assert(cf_authorization_parse(arena, CF_STR("BASIC dXNlcjpwYTpzcw=="), &a, NULL));
    cr_assert(cf_str_is(a.scheme, "basic") && cf_str_is(a.user, "user") &&
              cf_str_is(a.password, "pa:ss"));
    cr_assert(cf_authorization_parse(arena, CF_STR("Bearer abc.def=="), &a, NULL));
    cr_assert(cf_str_is(a.token, "abc.def=="));
    cr_assert(cf_authorization_parse(arena, CF_STR("Digest username=\"u\", nc=1"), &a, NULL));
    cr_assert(cf_str_is(cf_params_get(&a.parameters, "username"), "u"));
    cr_assert_not(cf_authorization_parse(arena, CF_STR("Basic !!"), &a, NULL));
    cr_assert_not(cf_authorization_parse(arena, CF_STR("Basic dXNlcg=="), &a, NULL));
    cr_assert_not(cf_authorization_parse(arena, CF_STR("Basic"), &a, NULL));
    cr_assert_not(cf_authorization_parse(arena, CF_STR(""), &a, NULL));
}

Test(field, cache_control)
{
    cr_assert(cf_str_is(cf_cache_control(CF_STR("no-cache, Max-Age=\"60\""), "max-age"), "60"));
    cr_assert_not_null(cf_cache_control(CF_STR("no-cache"), "no-cache").ptr);
    cr_assert_null(cf_cache_control(CF_STR("no-cache"), "no-store").ptr);
    cr_assert(cf_str_is(cf_media_type(arena, CF_STR(" Text/HTML ; charset=x")), "text/html"));
}

static cf_str best(cf_accept_kind kind, const char *header, const char *a, const char *b)
{
    cf_accept accept = cf_accept_parse(arena, kind, cf_str_of(header));
    cf_str    offers[2] = { cf_str_of(a), cf_str_of(b) };

    return cf_accept_best(&accept, offers, b ? 2 : 1, CF_STR("none"));
}

Test(field, the_best_of_the_offers)
{
    static const struct {
        cf_accept_kind kind;
        const char    *header, *a, *b, *want;
    } cases[] = {
        { CF_ACCEPT_MIME, "text/html,application/json;q=0.9", "application/json", "text/html",
          "text/html" },
        { CF_ACCEPT_MIME, "*/*", "application/json", "text/html", "application/json" },
        { CF_ACCEPT_MIME, "text/*, application/json", "text/html", "application/json",
          "application/json" },
        { CF_ACCEPT_MIME, "text/html;level=1", "text/html", NULL, "none" },
        { CF_ACCEPT_MIME, "text/html; level=1", "text/html;level=1", NULL, "text/html;level=1" },
        { CF_ACCEPT_MIME, "text/html;q=0, */*", "text/html", "text/plain", "text/plain" },
        { CF_ACCEPT_MIME, "text/html;q=2", "text/html", NULL, "none" },
        { CF_ACCEPT_MIME, "text/html;q=x", "text/html", NULL, "none" },
        { CF_ACCEPT_MIME, "*/html", "text/html", NULL, "none" },
        { CF_ACCEPT_MIME, "", "text/html", NULL, "none" },
        { CF_ACCEPT_PLAIN, "gzip;q=0.5, br", "gzip", "BR", "BR" },
        { CF_ACCEPT_PLAIN, "identity;q=0", "identity", NULL, "none" },
        { CF_ACCEPT_LANGUAGE, "en-GB", "de", "en", "en" },
        { CF_ACCEPT_LANGUAGE, "en", "de", "en_GB", "en_GB" },
        { CF_ACCEPT_LANGUAGE, "de-at, en;q=0.5", "en", "de_AT", "de_AT" },
        { CF_ACCEPT_LANGUAGE, "fr", "de", "en", "none" },
        { CF_ACCEPT_CHARSET, "latin1", "utf-8", "ISO-8859-1", "ISO-8859-1" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cf_str got = best(cases[i].kind, cases[i].header, cases[i].a, cases[i].b);
        cr_assert(cf_str_is(got, cases[i].want), "%s: %.*s", cases[i].header, CF_STR_ARG(got));
    }
}
