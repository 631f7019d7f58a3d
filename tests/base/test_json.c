/* test_json.c -- JSON in and out. */
#include <criterion/criterion.h>

#include <math.h>

#include <carafe/json.h>
#include <carafe/record.h>

static cf_arena *arena;
static cf_error  failure;
static cf_eval   eval;

static void setup(void)
{
    arena = cf_arena_new();
    failure = (cf_error){ 0 };
    eval = (cf_eval){ .arena = arena, .err = &failure };
}

static void teardown(void)
{
    cf_arena_free(arena);
}

TestSuite(json, .init = setup, .fini = teardown);

static cf_value parse(const char *text)
{
    cf_value value = cf_undefined(NULL);

    cr_assert(cf_json_parse(arena, cf_str_of(text), &value, &failure), "%s: %s", text,
              failure.message);
    return value;
}

static const char *write_with(cf_value value, const cf_json_options *options)
{
    cf_buf out = cf_buf_in(arena, 0);

    cr_assert(cf_json_write(&eval, value, options, &out, &failure), "%s", failure.message);
    return cf_buf_cstr(&out);
}

Test(json, what_is_read_is_written_alike)
{
    static const char *const texts[] = {
        "null",
        "true",
        "[]",
        "{}",
        "\"\"",
        "-1",
        "9223372036854775807",
        "-9223372036854775808",
        "1.0",
        "2.5e-08",
        "[1,[2,[3,{}]]]",
        "{\"b\":1,\"a\":{\"z\":null,\"y\":[false]}}",
        "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001 é €😀\"",
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cr_expect_str_eq(write_with(parse(texts[i]), NULL), texts[i]);
}

Test(json, types_are_kept_and_keys_keep_their_order)
{
    cf_value v = parse("{\"one\":1,\"two\":2.0,\"ten\":\"10\",\"nul\":\"a\\u0000b\"}");

    cr_assert_eq(cf_map_get(v.as.map, "one").type, CF_TYPE_INT);
    cr_assert_eq(cf_map_get(v.as.map, "two").type, CF_TYPE_FLOAT);
    cr_assert_eq(cf_map_get(v.as.map, "ten").type, CF_TYPE_STRING);
    cr_assert_eq(cf_map_get(v.as.map, "nul").len, 3);
    cr_assert(cf_equal(v.as.map->entries[0].key, cf_string("one")));
    cr_assert(cf_equal(v.as.map->entries[3].key, cf_string("nul")));
}

Test(json, malformed_texts_are_refused_with_their_place)
{
    static const char *const bad[] = {
        "",
        " ",
        "nul",
        "[1,]",
        "{\"a\":1,}",
        "[1",
        "\"\t\"",
        "01",
        "1.",
        "+1",
        "'a'",
        "[1]x",
        "{\"a\"}",
        "{a:1}",
        "\"\\x\"",
        "\"\\ud800\"",
        "NaN",
        "Infinity",
        "-",
        "1e400",
        "\"\xff\"",
        "[1] // c",
        "99999999999999999999",
        "{\"a\":1,\"a\":2}",
        "\xef\xbb\xbf[]",
    };
    cf_value v;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cf_error_clear(&failure);
        cr_expect_not(cf_json_parse(arena, cf_str_of(bad[i]), &v, &failure), "%s", bad[i]);
        cr_expect_eq(failure.code, CF_EPARSE, "%s", bad[i]);
    }
    cr_assert_not(cf_json_parse(arena, CF_STR("{\n  \"a\": tru\n}"), &v, &failure));
    cr_assert_eq(failure.input_line, 2);
    cr_assert_gt(failure.input_column, 0);
    cr_assert_not_null(strstr(failure.message, "line 2"));
    cr_assert_not(cf_json_parse(arena, cf_str_n("1\0", 2), &v, &failure));
}

Test(json, nesting_is_bounded_both_ways)
{
    char     text[6000];
    cf_list *knot = cf_list_new(arena);
    cf_buf   out = cf_buf_in(arena, 0);
    cf_value v;

    memset(text, '[', CF_JSON_DEPTH);
    memset(text + CF_JSON_DEPTH, ']', CF_JSON_DEPTH);
    cr_assert(cf_json_parse(arena, cf_str_n(text, 2 * CF_JSON_DEPTH), &v, &failure));
    memset(text, '[', 3000);
    memset(text + 3000, ']', 3000);
    cr_assert_not(cf_json_parse(arena, cf_str_n(text, 6000), &v, &failure));
    cr_assert_eq(failure.code, CF_ELIMIT);
    cr_assert_not(cf_json_parse(
        arena, cf_str_n(text + 3000 - CF_JSON_DEPTH - 1, 2 * CF_JSON_DEPTH + 2), &v, &failure));
    cr_assert_eq(failure.code, CF_ELIMIT);
    cf_list_add(knot, cf_from_list(knot));
    cr_assert_not(cf_json_write(&eval, cf_from_list(knot), NULL, &out, &failure));
    cr_assert_eq(failure.code, CF_ELIMIT);
}

Test(json, options_shape_the_text)
{
    cf_value v = parse("{\"b\":[1,{\"x\":[]}],\"a\":\"</script>&'é\u2028😀\\u007f\"}");

    cr_assert_str_eq(write_with(v, &(cf_json_options){ .spaced = true, .sort_keys = true }),
                     "{\"a\": \"</script>&'é\u2028😀\x7f\", \"b\": [1, {\"x\": []}]}");
    cr_assert_str_eq(write_with(cf_map_get(v.as.map, "a"), &(cf_json_options){ .ascii = true }),
                     "\"</script>&'\\u00e9\\u2028\\ud83d\\ude00\\u007f\"");
    cr_assert_str_eq(write_with(cf_map_get(v.as.map, "a"), &(cf_json_options){ .html_safe = true }),
                     "\"\\u003c/script\\u003e\\u0026\\u0027é\\u2028😀\x7f\"");
    cr_assert_str_eq(write_with(v, &(cf_json_options){ .indent = 2, .ascii = true }),
                     "{\n  \"b\": [\n    1,\n    {\n      \"x\": []\n    }\n  ],\n"
                     "  \"a\": \"</script>&'\\u00e9\\u2028\\ud83d\\ude00\\u007f\"\n}");
}

Test(json, keys_that_are_no_text_become_it_as_in_python)
{
    cf_map *map = cf_map_new(arena);
    cf_buf  out = cf_buf_in(arena, 0);

    cf_map_put(map, cf_int(1), cf_int(1));
    cf_map_put(map, cf_float(2.5), cf_int(2));
    cf_map_put(map, cf_none(), cf_int(3));
    cr_assert_str_eq(write_with(cf_from_map(map), NULL), "{\"1\":1,\"2.5\":2,\"null\":3}");
    cf_map_put(map, cf_from_list(cf_tuple_new(arena)), cf_int(4));
    cr_assert_not(cf_json_write(&eval, cf_from_map(map), NULL, &out, &failure));
    cr_assert_eq(failure.code, CF_ETYPE);
}

Test(json, what_json_cannot_say_is_refused)
{
    cf_value bad[] = { cf_undefined("user"), cf_float(NAN), cf_float(-INFINITY),
                       cf_make_function(arena, "f", NULL, NULL) };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cf_buf out = cf_buf_in(arena, 0);

        cr_expect_not(cf_json_write(&eval, bad[i], NULL, &out, &failure));
        cr_expect_eq(failure.code, CF_ETYPE);
    }
}

Test(json, ill_formed_utf8_is_written_as_replacement_characters)
{
    cr_assert_str_eq(write_with(cf_string("a\xff\xc3"), NULL), "\"a\xef\xbf\xbd\xef\xbf\xbd\"");
}

Test(json, a_full_buffer_is_an_error)
{
    cf_buf out = cf_buf_in(arena, 20);

    cr_assert_not(
        cf_json_write(&eval, parse("[\"0123456789\",\"0123456789\"]"), NULL, &out, &failure));
    cr_assert_eq(failure.code, CF_ELIMIT);
}

Test(json, a_time_is_written_as_iso)
{
    cf_time t;

    cr_assert(cf_time_from_iso(CF_STR("2026-11-23T16:25:33Z"), &t));
    cr_assert_str_eq(write_with(cf_time_value(arena, t), NULL), "\"2026-11-23T16:25:33Z\"");
}
