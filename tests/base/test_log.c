/* test_log.c -- lines for people and for machines, which nobody can forge. */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <carafe/json.h>
#include <carafe/log.h>
#include <carafe/time.h>

static cf_buf lines;

static void keep(void *data, const char *line, size_t size)
{
    (void)data;
    cf_buf_add(&lines, line, size);
}

static const char *logged(void)
{
    return cf_buf_cstr(&lines);
}

static void setup_log(bool json)
{
    cf_time_freeze((cf_time){ INT64_C(1795451133123456) });
    cf_log_setup(&(cf_log_options){ .json = json, .sink = keep });
}

static void teardown(void)
{
    cf_buf_free(&lines);
}

TestSuite(log, .fini = teardown);

Test(log, text_has_time_level_process_and_facts)
{
    char     want[256];
    cf_named facts[] = { CF_NAMED("path", "/a b"), CF_NAMED("status", 200),
                         CF_NAMED("who", (const char *)NULL) };

    setup_log(false);
    cf_log_with(CF_INFO, "request", facts, 3);
    snprintf(want, sizeof want,
             "2026-11-23 16:25:33.123 INFO    [%ld] request path=\"/a b\" status=200 who=None\n",
             (long)getpid());
    cr_assert_str_eq(logged(), want);
}

Test(log, outside_input_cannot_forge_lines_or_move_the_cursor)
{
    setup_log(false);
    cf_log(CF_WARNING, "bad name: %s", "x\n2026 ERROR forged\r\033[2J\x7f\xff\u202e\xc2\x85é");
    cr_assert_not_null(strstr(logged(), "bad name: x\\n2026 ERROR forged\\r\\x1b[2J\\x7f\\xff"
                                        "\\u202e\\u0085é\n"));
    cr_assert_eq(cf_str_chr(cf_buf_view(&lines), '\n'), lines.len - 1);
}

Test(log, quotes_in_facts_are_escaped)
{
    cf_named fact = CF_NAMED("agent", "a \"b\" \\ c=d");

    setup_log(false);
    cf_log_with(CF_INFO, "m", &fact, 1);
    cr_assert_not_null(strstr(logged(), "agent=\"a \\\"b\\\" \\\\ c=d\"\n"));
}

Test(log, json_lines_parse_back)
{
    cf_arena *arena = cf_arena_new();
    cf_named  facts[] = { CF_NAMED("path", "/\"\n\xff"), CF_NAMED("missing", cf_undefined("x")),
                          CF_NAMED("ms", 1.5) };
    cf_value  v;

    setup_log(true);
    cf_log_with(CF_ERROR, "it \"broke\"", facts, 3);
    cr_assert(cf_json_parse(arena, cf_buf_view(&lines), &v, NULL), "%s", logged());
    cr_assert(cf_equal(cf_map_get(v.as.map, "level"), cf_string("error")));
    cr_assert(cf_equal(cf_map_get(v.as.map, "message"), cf_string("it \"broke\"")));
    cr_assert(cf_equal(cf_map_get(v.as.map, "time"), cf_string("2026-11-23T16:25:33.123456Z")));
    cr_assert(cf_equal(cf_map_get(v.as.map, "ms"), cf_float(1.5)));
    cr_assert_eq(cf_map_get(v.as.map, "missing").type, CF_TYPE_NONE);
    cf_arena_free(arena);
}

Test(log, a_line_too_long_is_cut_and_stays_one_line)
{
    cf_arena *arena = cf_arena_new();
    char     *huge = cf_printf(arena, "%0200000d", 1);
    cf_named  fact = CF_NAMED("huge", huge);
    cf_value  v;

    setup_log(false);
    cf_log(CF_INFO, "%s", huge);
    cr_assert_leq(lines.len, 65536);
    cr_assert_eq(lines.ptr[lines.len - 1], '\n');
    cf_buf_clear(&lines);
    setup_log(true);
    cf_log_with(CF_INFO, "kept", &fact, 1);
    cr_assert(cf_json_parse(arena, cf_buf_view(&lines), &v, NULL));
    cr_assert(cf_equal(cf_map_get(v.as.map, "message"), cf_string("kept")));
    cf_arena_free(arena);
}

Test(log, levels_below_the_set_one_are_silent)
{
    setup_log(false);
    cf_log(CF_DEBUG, "quiet");
    cr_assert_not(cf_log_enabled(CF_DEBUG));
    cr_assert_eq(lines.len, 0);
    cf_log_setup(&(cf_log_options){ .level = CF_ERROR, .sink = keep });
    cf_log(CF_WARNING, "quiet");
    cr_assert_eq(lines.len, 0);
    cf_log(CF_ERROR, "loud");
    cr_assert_gt(lines.len, 0);
}

Test(log, an_error_is_logged_with_code_input_and_source)
{
    cf_error err = { 0 };

    cf_fail(&err, CF_ESYNTAX, "unexpected '}'");
    cf_fail_in(&err, "page.html", 3, 7);
    setup_log(false);
    cf_log_error(&err, "rendering %s", "page");
    cr_assert_not_null(strstr(logged(), "rendering page error=\"unexpected '}'\" code=ESYNTAX "
                                        "input=page.html:3:7 source="));
    cr_assert_not_null(strstr(logged(), "test_log.c:"));
    cf_log_error(NULL, "nothing known");
}

Test(log, a_file_gets_no_colours)
{
    char path[] = "/tmp/carafe-log-XXXXXX", text[256] = "";
    int  fd = mkstemp(path);

    cr_assert_geq(fd, 0);
    cf_log_setup(&(cf_log_options){ .fd = fd });
    cf_log(CF_ERROR, "plain");
    cr_assert_gt(pread(fd, text, sizeof text - 1, 0), 0);
    cr_assert_null(strchr(text, '\033'));
    close(fd);
    unlink(path);
}
