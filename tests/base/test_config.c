/* test_config.c -- settings: .env files, types, precedence, checking at once. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <carafe/asset.h>
#include <carafe/config.h>
#include <carafe/log.h>

#include "base/env_file.h"

static cf_arena *arena;
static cf_error  failure;

static void setup(void)
{
    arena = cf_arena_new();
    failure = (cf_error){ 0 };
}

static void teardown(void)
{
    cf_arena_free(arena);
}

TestSuite(config, .init = setup, .fini = teardown);

static const cf_setting settings[] = {
    { .name = "T_NAME", .fallback = "carafe" },
    { .name = "T_KEY", .required = true, .secret = true, .help = "32 random characters" },
    { .name = "T_DEBUG", .type = CF_SETTING_BOOL, .fallback = "true" },
    { .name = "T_PORT", .type = CF_SETTING_INT, .fallback = "5000", .min = 1, .max = 65535 },
    { .name = "T_BODY", .type = CF_SETTING_SIZE, .fallback = "16M" },
    { .name = "T_AGE", .type = CF_SETTING_SECONDS, .fallback = "31d" },
    { .name = "T_ADMINS", .type = CF_SETTING_LIST },
    { 0 },
};

static cf_map *env(const char *text)
{
    cf_map *map = cf_map_new(arena);

    cr_assert(cf__env_parse(arena, cf_str_of(text), ".env", map, &failure), "%s", failure.message);
    return map;
}

static cf_config *load(const char *text)
{
    char       path[] = "/tmp/carafe-env-XXXXXX";
    int        fd = mkstemp(path);
    cf_config *config;

    cr_assert_geq(fd, 0);
    close(fd);
    cr_assert(cf_file_write(path, cf_str_of(text), &failure));
    config = cf_config_load(arena, path, &failure);
    unlink(path);
    cr_assert_not_null(config, "%s", failure.message);
    cf_config_declare(config, settings);
    return config;
}

Test(config, env_files_have_plain_and_quoted_values)
{
    static const struct {
        const char *text, *value;
    } cases[] = {
        { "K=v", "v" },
        { "K = spaced out  ", "spaced out" },
        { "export K=v", "v" },
        { "\n# c\n\n  K=v # comment", "v" },
        { "K=a#b", "a#b" },
        { "K=# all comment", "" },
        { "K=", "" },
        { "K=''", "" },
        { "K='$HOME \\n # raw' # c", "$HOME \\n # raw" },
        { "K=\"a\\tb\\n\\\"c\\\" \\\\ \\$x\"", "a\tb\n\"c\" \\ $x" },
        { "K=\"line 1\nline 2\"", "line 1\nline 2" },
        { "K='line 1\nline 2'\nL=x", "line 1\nline 2" },
        { "K=it's", "it's" },
        { "K=a=b=c", "a=b=c" },
        { "K=1\nK=2", "2" },
        { "K=v\r\nL=w\r\n", "v" },
        { "\xef\xbb\xbfK=v", "v" },
        { "export=1\nK=x", "x" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cf_value value = cf_map_get(env(cases[i].text), "K");

        cr_expect(cf_equal(value, cf_string(cases[i].value)), "'%s' gave '%.*s'", cases[i].text,
                  CF_STR_ARG(cf_text(value)));
    }
}

Test(config, malformed_env_files_are_refused_with_their_line)
{
    static const struct {
        const char *text;
        int         line;
    } cases[] = {
        { "A=1\nnonsense", 2 },        { "A=1\n=x", 2 }, { "1A=x", 1 },
        { "A=1\nB=\"open\nC=2\n", 2 }, { "A='x' y", 1 }, { "A=\"\\q\"", 1 },
        { "A=\"x\ny\" z", 2 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cf_error_clear(&failure);
        cr_expect_not(
            cf__env_parse(arena, cf_str_of(cases[i].text), ".env", cf_map_new(arena), &failure));
        cr_expect_eq(failure.code, CF_EPARSE);
        cr_expect_eq(failure.input_line, cases[i].line, "'%s': %s", cases[i].text, failure.message);
        cr_expect_str_eq(failure.input, ".env");
    }
    cr_assert_not(cf__env_parse(arena, cf_str_n("A=\0", 3), ".env", cf_map_new(arena), &failure));
    cr_assert_not(cf__env_parse(arena, CF_STR("A=\xff"), ".env", cf_map_new(arena), &failure));
}

Test(config, the_environment_wins_over_the_file_over_the_default)
{
    cf_config *config;

    setenv("T_NAME", "from environment", 1);
    config = load("T_NAME=from file\nT_PORT=8080\n");
    cr_assert_str_eq(cf_config_text(config, "T_NAME"), "from environment");
    cr_assert_eq(cf_config_int(config, "T_PORT"), 8080);
    cr_assert_eq(cf_config_int(config, "T_BODY"), 16 << 20);
    cf_config_set(config, "T_NAME", "set");
    cr_assert_str_eq(cf_config_text(config, "T_NAME"), "set");
    cr_assert_null(cf_config_text(config, "T_NOBODY_KNOWS"));
}

Test(config, a_missing_file_is_fine_and_an_unreadable_one_is_not)
{
    cr_assert_not_null(cf_config_load(arena, "/nonexistent/.env", &failure));
    cr_assert_not_null(cf_config_load(arena, NULL, &failure));
    cr_assert_null(cf_config_load(arena, "/tmp", &failure));
    cr_assert_not_null(strstr(failure.message, "/tmp"));
}

Test(config, booleans_numbers_and_lists_are_read_by_type)
{
    static const char *const no[] = { "0", "false", "No", "OFF", "f" };
    static const char *const yes[] = { "1", "TRUE", "yes", "on", " true " };
    cf_config         *config = load("T_BODY=64k\nT_AGE=15m\nT_ADMINS= a@x.org, ,b@x.org ,\n");
    const char *const *items, *const *again;

    for (size_t i = 0; i < 5; i++) {
        cf_config_set(config, "T_DEBUG", no[i]);
        cr_expect_not(cf_config_bool(config, "T_DEBUG"), "%s", no[i]);
        cf_config_set(config, "T_DEBUG", yes[i]);
        cr_expect(cf_config_bool(config, "T_DEBUG"), "%s", yes[i]);
    }
    cf_config_set(config, "T_DEBUG", "");
    cr_assert(cf_config_bool(config, "T_DEBUG"));
    cr_assert_eq(cf_config_int(config, "T_BODY"), 65536);
    cr_assert_eq(cf_config_int(config, "T_AGE"), 900);
    cr_assert_eq(cf_config_list(config, "T_ADMINS", &items), 2);
    cr_assert_str_eq(items[0], "a@x.org");
    cr_assert_str_eq(items[1], "b@x.org");
    cf_config_list(config, "T_ADMINS", &again);
    cr_assert_eq(items, again);
    cf_config_set(config, "T_ADMINS", "");
    cr_assert_eq(cf_config_list(config, "T_ADMINS", &items), 0);
}

Test(config, everything_wrong_is_told_at_once_and_no_secret)
{
    cf_config *config = load("T_DEBUG=maybe\nT_PORT=70000\nT_BODY=16X\nT_AGE=999999999999999d\n");

    cr_assert_not(cf_config_check(config, true, &failure));
    cr_assert_not_null(strstr(failure.message, "5 settings"));
    cr_assert_not_null(strstr(failure.message, "\n  T_KEY is not set: 32 random characters"));
    cr_assert_not_null(strstr(failure.message, "\n  T_DEBUG is 'maybe', but must be true or"));
    cr_assert_not_null(strstr(failure.message,
                              "\n  T_PORT is '70000', but must be a whole number from 1 to 65535"));
    cr_assert_not_null(strstr(failure.message, "\n  T_BODY is '16X'"));
    cr_assert_not_null(strstr(failure.message, "\n  T_AGE is"));
    cr_assert_eq(cf_config_int(config, "T_PORT"), 5000);
    config = load("T_KEY=hush\n");
    cr_assert(cf_config_check(config, true, &failure));
    config = load("");
    cr_assert(cf_config_check(config, false, &failure));
    cr_assert_not(cf_config_check(config, true, &failure));
}

Test(config, more_errors_than_fit_are_counted)
{
    static cf_setting many[101];
    cf_config        *config = load("");

    for (int i = 0; i < 100; i++)
        many[i] = (cf_setting){ .name = cf_printf(arena, "T_MANY_%d", i), .required = true };
    cf_config_declare(config, many);
    cr_assert_not(cf_config_check(config, true, &failure));
    cr_assert_not_null(strstr(failure.message, "101 settings must be corrected"));
    cr_assert_not_null(strstr(failure.message, " more"));
    cr_assert_lt(strlen(failure.message), sizeof failure.message - 1);
}

static char last_line[512];

static void keep_line(void *data, const char *line, size_t size)
{
    (void)data;
    snprintf(last_line, sizeof last_line, "%.*s", (int)size, line);
}

Test(config, a_slip_in_the_file_is_pointed_out)
{
    cf_config *config = load("T_PROT=80\nELSE=1\n");

    cf_log_setup(&(cf_log_options){ .sink = keep_line });
    cr_assert(cf_config_check(config, false, &failure));
    cr_assert_not_null(strstr(last_line, "T_PROT"));
    cr_assert_not_null(strstr(last_line, "did you mean T_PORT?"));
}

Test(config, a_later_declaration_replaces_the_default)
{
    static const cf_setting own[] = { { .name = "T_NAME", .fallback = "mine" }, { 0 } };
    cf_config              *config = load("");
    size_t                  count = 0;

    cf_config_declare(config, own);
    cr_assert_str_eq(cf_config_text(config, "T_NAME"), "mine");
    while (cf_config_setting(config, count))
        count++;
    cr_assert_eq(count, 7);
}

Test(config, templates_see_types_and_no_secrets)
{
    cf_value v = cf_config_value(arena, load("T_KEY=hush\n"));

    cr_assert_eq(cf_map_get(v.as.map, "T_PORT").as.integer, 5000);
    cr_assert_eq(cf_map_get(v.as.map, "T_DEBUG").as.boolean, true);
    cr_assert(cf_equal(cf_map_get(v.as.map, "T_KEY"), cf_string("********")));
    cr_assert_eq(cf_map_get(v.as.map, "T_ADMINS").type, CF_TYPE_LIST);
}
