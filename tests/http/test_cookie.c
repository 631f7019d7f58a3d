/* test_cookie.c -- cookies in both directions. */
#include <criterion/criterion.h>

#include <carafe/cookie.h>

static cf_arena *arena;

static void setup(void)
{
    arena = cf_arena_new();
}

static void teardown(void)
{
    cf_arena_free(arena);
}

TestSuite(cookie, .init = setup, .fini = teardown);

static const char *set(cf_cookie cookie)
{
    cf_buf   out = cf_buf_in(arena, 0);
    cf_error err = { 0 };

    return cf_cookie_write(&out, &cookie, &err) ? cf_buf_cstr(&out) : NULL;
}

Test(cookie, reading)
{
    cf_params c = cf_params_in(arena);

    cf_cookies_parse(
        &c, CF_STR("a=1; b = x y ;; =z; c; d=\"q;\\\"\\054\\342\\230\\203\"; a=2; e=\"f;g"), 0);
    cr_assert_eq(c.len, 7);
    cr_assert(cf_str_is(cf_params_get(&c, "a"), "1"));
    cr_assert(cf_str_is(cf_params_get(&c, "b"), "x y"));
    cr_assert(cf_str_is(cf_params_get(&c, "c"), ""));
    cr_assert(cf_str_is(cf_params_get(&c, "d"), "q;\",\xe2\x98\x83"));
    cr_assert(cf_str_is(cf_params_get(&c, "e"), "\"f"));
    cr_assert(cf_str_is(cf_params_get(&c, "g"), ""));
}

Test(cookie, only_so_many_are_read)
{
    cf_params c = cf_params_in(arena);

    cf_cookies_parse(&c, CF_STR("a=1;b=2;c=3"), 2);
    cr_assert_eq(c.len, 2);
}

Test(cookie, attributes)
{
    cr_assert_str_eq(set((cf_cookie){ .name = CF_STR("a"), .value = CF_STR("b") }), "a=b; Path=/");
    cr_assert_str_eq(
        set((cf_cookie){ .name = CF_STR("a"),
                         .value = CF_STR("b c,\xc3\xa9"),
                         .path = CF_STR("/x y;"),
                         .domain = CF_STR(".B\u00fcr.de:80"),
                         .max_age = 60,
                         .http_only = true,
                         .secure = true,
                         .same_site = CF_SAMESITE_LAX }),
        "a=\"b c\\054\\303\\251\"; Domain=xn--br-xka.de; Max-Age=60; Secure; HttpOnly; "
        "Path=/x%20y%3B; SameSite=Lax");
    cr_assert_str_eq(
        set((cf_cookie){
            .name = CF_STR("a"), .path = CF_STR(""), .remove = true, .partitioned = true }),
        "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Secure; Partitioned");
    cr_assert_str_eq(set((cf_cookie){ .name = CF_STR("a"),
                                      .path = CF_STR(""),
                                      .expires = { 784111777 * CF_SECOND } }),
                     "a=; Expires=Sun, 06 Nov 1994 08:49:37 GMT");
}

Test(cookie, what_browsers_would_drop_is_refused)
{
    static char long_value[4096];
    cf_buf      out = cf_buf_in(arena, 0);
    cf_error    err = { 0 };
    cf_cookie   big = { .name = CF_STR("a"), .value = { long_value, sizeof long_value } };

    memset(long_value, 'x', sizeof long_value);
    cr_assert_not(cf_cookie_write(&out, &big, &err));
    cr_assert_eq(err.code, CF_ELIMIT);
    cr_assert_null(set((cf_cookie){ .name = CF_STR("") }));
    cr_assert_null(set((cf_cookie){ .name = CF_STR("a b") }));
    cr_assert_null(set((cf_cookie){ .name = CF_STR("a;b") }));
    cr_assert_null(set((cf_cookie){ .name = CF_STR("a"), .domain = CF_STR("x;y") }));
    cr_assert_null(set((cf_cookie){ .name = CF_STR("a"), .domain = CF_STR("x\r\ny") }));
    cr_assert_null(
        set((cf_cookie){ .name = CF_STR("__Host-a"), .secure = true, .domain = CF_STR("x") }));
    cr_assert_null(set((cf_cookie){ .name = CF_STR("__Secure-a") }));
    cr_assert_not_null(set((cf_cookie){ .name = CF_STR("__Host-a"), .secure = true }));
}
