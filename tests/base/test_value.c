/* test_value.c -- the dynamic type: text forms, equality, order, containers, calls. */
#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <carafe/value.h>

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

TestSuite(value, .init = setup, .fini = teardown);

static const char *repr(cf_value v)
{
    cf_buf out = cf_buf_in(arena, 0);

    cr_assert(cf_to_repr(&eval, v, &out));
    return cf_buf_cstr(&out);
}

static const char *text(cf_value v)
{
    cf_buf out = cf_buf_in(arena, 0);

    cr_assert(cf_to_text(&eval, v, &out));
    return cf_buf_cstr(&out);
}

/* [1, 2.0, 'x', None, True] */
static cf_value sample(void)
{
    cf_list *list = cf_list_new(arena);

    cf_list_add(list, cf_int(1));
    cf_list_add(list, cf_float(2));
    cf_list_add(list, cf_string("x"));
    cf_list_add(list, cf_none());
    cf_list_add(list, cf_bool(true));
    return cf_from_list(list);
}

Test(value, is_sixteen_bytes)
{
    cr_assert_eq(sizeof(cf_value), 16);
}

Test(value, c_expressions_become_values_by_their_type)
{
    int  n = -3;
    char writable[] = "w";

    cr_assert_eq(cf_value_of(n).as.integer, -3);
    cr_assert_eq(cf_value_of(INT64_MAX).as.integer, INT64_MAX);
    cr_assert_eq(cf_value_of(2.5).as.number, 2.5);
    cr_assert_eq(cf_value_of((bool)true).type, CF_TYPE_BOOL);
    cr_assert(cf_str_is(cf_text(cf_value_of(writable)), "w"));
    cr_assert(cf_str_is(cf_text(cf_value_of("lit")), "lit"));
    cr_assert_eq(cf_value_of((const char *)NULL).type, CF_TYPE_NONE);
    cr_assert_eq(cf_value_of(cf_list_new(arena)).type, CF_TYPE_LIST);
    cr_assert_eq(cf_value_of((cf_map *)NULL).type, CF_TYPE_NONE);
    cr_assert_str_eq(CF_VAR(n).name, "n");
}

Test(value, text_and_repr_are_pythons)
{
    cf_map  *map = cf_map_new(arena);
    cf_list *tuple = cf_tuple_new(arena);

    cf_map_set(map, "a", cf_int(1));
    cf_map_put(map, cf_int(2), cf_string("it's"));
    cf_list_add(tuple, cf_int(1));
    cr_assert_str_eq(repr(sample()), "[1, 2.0, 'x', None, True]");
    cr_assert_str_eq(repr(cf_from_map(map)), "{'a': 1, 2: \"it's\"}");
    cr_assert_str_eq(repr(cf_from_list(tuple)), "(1,)");
    cr_assert_str_eq(repr(cf_string("a\n\t'\"\\\x01é\u200b")), "'a\\n\\t\\'\"\\\\\\x01é\\u200b'");
    cr_assert_str_eq(repr(cf_safe("<b>")), "Markup('<b>')");
    cr_assert_str_eq(text(cf_safe("<b>")), "<b>");
    cr_assert_str_eq(text(cf_undefined("x")), "");
    cr_assert_str_eq(text(cf_none()), "None");
    cr_assert_str_eq(text(cf_bool(false)), "False");
}

Test(value, floats_print_as_pythons_repr)
{
    static const struct {
        double      number;
        const char *text;
    } cases[] = {
        { 1, "1.0" },
        { -0.0, "-0.0" },
        { 0.1, "0.1" },
        { 1.0 / 3, "0.3333333333333333" },
        { 100, "100.0" },
        { 123456789012345680, "1.2345678901234568e+17" },
        { 1e15, "1000000000000000.0" },
        { 1e16, "1e+16" },
        { 1e22, "1e+22" },
        { 0.0001, "0.0001" },
        { 0.00001, "1e-05" },
        { 1.5e-7, "1.5e-07" },
        { 5e-324, "5e-324" },
        { 1.7976931348623157e308, "1.7976931348623157e+308" },
        { 2.5, "2.5" },
        { 3.14159, "3.14159" },
        { 0.30000000000000004, "0.30000000000000004" },
        { INFINITY, "inf" },
        { -INFINITY, "-inf" },
        { NAN, "nan" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_str_eq(text(cf_float(cases[i].number)), cases[i].text);
}

Test(value, every_float_reads_back_and_decimals_are_short)
{
    uint64_t bits = 88172645463325252u;
    char     number[32], want[32];

    for (int i = 0; i < 200000; i++) {
        double random;

        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        memcpy(&random, &bits, sizeof random);
        number[cf_float_text(random, number)] = '\0';
        cr_assert(isnan(random) || strtod(number, NULL) == random, "%s", number);
        number[cf_float_text(i / 1000.0, number)] = '\0';
        snprintf(want, sizeof want, i % 1000 ? "%.12g" : "%.12g.0", i / 1000.0);
        if (i >= 1000)
            cr_assert_str_eq(number, want);
    }
}

Test(value, truth_is_pythons)
{
    cf_list *empty = cf_list_new(arena);

    cr_assert_not(cf_truth(cf_undefined(NULL)));
    cr_assert_not(cf_truth(cf_none()));
    cr_assert_not(cf_truth(cf_int(0)));
    cr_assert_not(cf_truth(cf_float(0)));
    cr_assert_not(cf_truth(cf_string("")));
    cr_assert_not(cf_truth(cf_from_list(empty)));
    cr_assert_not(cf_truth(cf_from_map(cf_map_new(arena))));
    cr_assert(cf_truth(cf_int(-1)));
    cr_assert(cf_truth(cf_string("0")));
    cr_assert(cf_truth(sample()));
}

Test(value, equality_crosses_number_types_and_safe_text)
{
    cr_assert(cf_equal(cf_int(1), cf_float(1)));
    cr_assert(cf_equal(cf_int(1), cf_bool(true)));
    cr_assert(cf_equal(cf_string("a"), cf_safe("a")));
    cr_assert(cf_equal(sample(), sample()));
    cr_assert(cf_equal(cf_none(), cf_none()));
    cr_assert_not(cf_equal(cf_int(1), cf_string("1")));
    cr_assert_not(cf_equal(cf_float(NAN), cf_float(NAN)));
    cr_assert_not(cf_equal(cf_int(INT64_MAX), cf_float(0x1p63)));
    cr_assert_not(cf_equal(cf_int((INT64_C(1) << 53) + 1), cf_float(0x1p53)));
    cr_assert_not(cf_equal(cf_from_list(cf_list_new(arena)), cf_from_list(cf_tuple_new(arena))));
}

Test(value, maps_are_equal_whatever_their_order)
{
    cf_map *a = cf_map_new(arena), *b = cf_map_new(arena);

    cf_map_set(a, "x", cf_int(1));
    cf_map_set(a, "y", sample());
    cf_map_set(b, "y", sample());
    cf_map_set(b, "x", cf_float(1));
    cr_assert(cf_equal(cf_from_map(a), cf_from_map(b)));
    cf_map_set(b, "x", cf_int(2));
    cr_assert_not(cf_equal(cf_from_map(a), cf_from_map(b)));
}

Test(value, order_is_pythons_and_refused_between_strangers)
{
    int order = 9;

    cr_assert(cf_compare(cf_int(1), cf_float(1.5), &order, &failure) && order < 0);
    cr_assert(cf_compare(cf_string("b"), cf_string("a"), &order, &failure) && order > 0);
    cr_assert(cf_compare(sample(), sample(), &order, &failure) && order == 0);
    cr_assert(cf_compare(cf_int(INT64_MAX), cf_int(INT64_MAX - 1), &order, NULL) && order > 0);
    cr_assert_not(cf_compare(cf_int(1), cf_string("1"), &order, &failure));
    cr_assert_eq(failure.code, CF_ETYPE);
    cr_assert_not(cf_compare(cf_none(), cf_none(), &order, &failure));
}

Test(value, hashes_agree_with_equality)
{
    cr_assert_eq(cf_hash(cf_int(3)), cf_hash(cf_float(3)));
    cr_assert_eq(cf_hash(cf_int(1)), cf_hash(cf_bool(true)));
    cr_assert_eq(cf_hash(cf_float(0)), cf_hash(cf_float(-0.0)));
    cr_assert_eq(cf_hash(cf_string("k")), cf_hash(cf_safe("k")));
}

Test(value, a_knotted_list_prints_and_compares_without_end_of_stack)
{
    cf_list *a = cf_list_new(arena), *b = cf_list_new(arena);

    cf_list_add(a, cf_from_list(a));
    cf_list_add(b, cf_from_list(b));
    cr_assert_not_null(strstr(repr(cf_from_list(a)), "..."));
    cr_assert_not(cf_equal(cf_from_list(a), cf_from_list(b)));
}

Test(value, maps_keep_their_order_through_growth_replacement_and_removal)
{
    cf_map *map = cf_map_new(arena);

    for (int i = 0; i < 1000; i++)
        cf_map_put(map, cf_string_printf(arena, "k%d", i), cf_int(i));
    cf_map_set(map, "k500", cf_int(-1));
    for (int i = 0; i < 1000; i += 2)
        cr_assert(cf_map_remove(map, cf_string_printf(arena, "k%d", i)));
    cr_assert_not(cf_map_remove(map, cf_string("k0")));
    cr_assert_eq(map->len, 500);
    for (size_t i = 0; i < map->len; i++) {
        int n = (int)i * 2 + 1;

        cr_assert(cf_equal(map->entries[i].key, cf_string_printf(arena, "k%d", n)));
        cr_assert(cf_equal(cf_map_get(map, cf_printf(arena, "k%d", n)), cf_int(n)));
    }
    cr_assert_eq(cf_map_get(map, "k2").type, CF_TYPE_UNDEFINED);
    cf_map_set(map, "k2", cf_int(2));
    cr_assert(cf_equal(map->entries[500].key, cf_string("k2")));
}

Test(value, map_keys_follow_equality)
{
    cf_map *map = cf_map_new(arena);

    for (int i = 0; i < 50; i++)
        cf_map_put(map, cf_int(i), cf_int(i));
    cr_assert_eq(cf_map_find(map, cf_float(7))->as.integer, 7);
    cr_assert_eq(cf_map_find(map, cf_bool(true))->as.integer, 1);
    cr_assert_null(cf_map_find(map, cf_string("7")));
    cr_assert_null(cf_map_find(map, cf_float(7.5)));
}

Test(value, a_copied_map_is_its_own)
{
    cf_map *map = cf_map_new(arena), *copy;

    cf_map_set(map, "a", cf_int(1));
    copy = cf_map_copy(arena, map);
    cf_map_set(copy, "a", cf_int(2));
    cr_assert_eq(cf_map_get(map, "a").as.integer, 1);
}

Test(value, length_counts_characters_items_and_entries)
{
    cf_value bytes = cf_string("é");

    cr_assert_eq(cf_length(&eval, cf_string("Grüße")), 5);
    bytes.bytes = true;
    cr_assert_eq(cf_length(&eval, bytes), 2);
    cr_assert_eq(cf_length(&eval, sample()), 5);
    cr_assert_eq(cf_length(&eval, cf_int(5)), -1);
}

Test(value, items_may_be_counted_from_the_end)
{
    cf_value out;

    cr_assert(cf_get_item(&eval, sample(), cf_int(-1), &out) && out.type == CF_TYPE_BOOL);
    cr_assert(cf_get_item(&eval, sample(), cf_int(5), &out) && out.type == CF_TYPE_UNDEFINED);
    cr_assert(cf_get_item(&eval, cf_string("aéz"), cf_int(1), &out));
    cr_assert_str_eq(text(out), "é");
    cr_assert(cf_get_item(&eval, cf_string("aéz"), cf_int(-4), &out));
    cr_assert_eq(out.type, CF_TYPE_UNDEFINED);
    cr_assert(cf_get_item(&eval, cf_none(), cf_int(0), &out) && out.type == CF_TYPE_UNDEFINED);
}

Test(value, walking_gives_characters_items_and_keys)
{
    cf_map             *map = cf_map_new(arena);
    cf_value            item, sources[] = { cf_string("hé"), sample(), cf_from_map(map) };
    static const size_t counts[] = { 2, 5, 1 };

    cf_map_set(map, "k", cf_int(1));
    for (size_t i = 0; i < 3; i++) {
        cf_iter iter;
        bool    done = false;
        size_t  count = 0;

        cr_assert(cf_iterate(&eval, sources[i], &iter));
        while (cf_iter_next(&iter, &eval, &item, &done) && !done)
            count++;
        cr_assert_eq(count, counts[i]);
    }
    cr_assert_not(cf_iterate(&eval, cf_int(3), &(cf_iter){ 0 }));
    cr_assert_eq(failure.code, CF_ETYPE);
}

static bool add(cf_call *call, cf_value *result)
{
    static const char *const names[] = { "a", "b", NULL };

    if (!cf_args_check(call, "add", 1, 2, names))
        return false;
    *result = cf_int(cf_arg(call, 0, "a").as.integer + cf_arg(call, 1, "b").as.integer);
    return true;
}

Test(value, calls_check_their_arguments_as_python_does)
{
    cf_value callee = cf_make_function(arena, "add", add, NULL), out;
    cf_value args[] = { cf_int(1), cf_int(2), cf_int(3) };
    cf_kwarg b = { CF_STR("b"), cf_int(40) }, a = { CF_STR("a"), cf_int(1) };
    cf_kwarg c = { CF_STR("c"), cf_int(1) };

    cr_assert(cf_call_value(&eval, callee, args, 2, NULL, 0, &out) && out.as.integer == 3);
    cr_assert(cf_call_value(&eval, callee, args, 1, &b, 1, &out) && out.as.integer == 41);
    cr_assert_not(cf_call_value(&eval, callee, args, 3, NULL, 0, &out));
    cr_assert_not(cf_call_value(&eval, callee, args, 0, NULL, 0, &out));
    cr_assert_not_null(strstr(failure.message, "missing required argument: 'a'"));
    cr_assert_not(cf_call_value(&eval, callee, args, 1, &a, 1, &out));
    cr_assert_not_null(strstr(failure.message, "multiple values"));
    cr_assert_not(cf_call_value(&eval, callee, args, 1, &c, 1, &out));
    cr_assert_not_null(strstr(failure.message, "unexpected keyword argument 'c'"));
    cr_assert_not(cf_call_value(&eval, cf_int(1), NULL, 0, NULL, 0, &out));
    cr_assert_not_null(strstr(failure.message, "not callable"));
}
