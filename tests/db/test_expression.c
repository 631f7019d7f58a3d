/* test_expression.c -- conditions' common form, and the one that both engines understand. */
#include <criterion/criterion.h>

#include "models.h"

#include "db/schema.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* A table as it is read from PostgreSQL. */
static cf__schema_table typed_table(cf_arena *arena)
{
    static const char *const types[][2] = {
        { "status", "character varying(20)" },
        { "name", "text" },
        { "kind", "mood" },
        { "title", "citext" },
        { "code", "character(1)" },
        { "n", "integer" },
        { "big", "bigint" },
        { "amount", "numeric(10,2)" },
        { "ratio", "double precision" },
        { "little", "smallint" },
        { "single", "real" },
        { "day", "date" },
        { "born", "date" },
        { "opens", "time without time zone" },
        { "closes", "time without time zone" },
        { "at", "timestamp with time zone" },
    };
    cf__schema_table table = { .name = "t" };

    for (size_t i = 0; i < COUNT(types); i++) {
        cf__schema_column *column = CF__PUSH(arena, table.columns, table.ncolumns);

        column->name = types[i][0];
        column->type = cf__type_of(arena, cf_str_of(types[i][1]), CF__POSTGRESQL);
    }
    return table;
}

/* Written and printed, and what runs on either engine. */
Test(expression, that_is_written_for_both_engines_keeps_the_casts_that_matter)
{
    static const char *const cases[][2] = {
        { "((status)::text = 'a'::text)", "status = 'a'" },
        { "(kind = 'happy'::mood)", "kind = 'happy'" },
        { "((kind)::text ~~ 'h%'::text)", "CAST(kind AS text) LIKE 'h%'" },
        { "((n)::text <> ''::text)", "CAST(n AS text) <> ''" },
        { "((name)::character varying(3) = 'a'::text)",
          "((name)::character varying(3) = 'a'::text)" },
        { "((status)::character varying(20) = 'a'::text)", "status = 'a'" },
        { "((code)::text = 'a'::text)", "CAST(code AS text) = 'a'" },
        { "(code = 'a'::bpchar)", "code = 'a'" },
        { "((name)::bpchar = 'a'::bpchar)", "((name)::bpchar = 'a'::bpchar)" },
        { "((n)::smallint > 5)", "((n)::smallint > 5)" },
        { "((little)::integer > 5)", "CAST(little AS integer) > 5" },
        { "(single > (0.1)::double precision)", "single > 0.1" },
        { "(single > (0.1)::real)", "(single > (0.1)::real)" },
        { "((ratio)::real > ratio)", "((ratio)::real > ratio)" },
        { "(amount > 1.555::numeric(10,2))", "(amount > 1.555::numeric(10,2))" },
        { "(name = CURRENT_USER)", "(name = CURRENT_USER)" },
        { "(at > LOCALTIMESTAMP)", "(at > LOCALTIMESTAMP)" },
        { "(ROW(n, big) < ROW(1, 2))", "(n, big) < (1, 2)" },
        { "((name)::citext = 'a'::citext)", "((name)::citext = 'a'::citext)" },
        { "((title)::text = 'a'::text)", "CAST(title AS text) = 'a'" },
        { "(title = 'a'::citext)", "title = 'a'" },
        { "(((n)::numeric * 0.5) > (1)::numeric)", "(CAST(n AS numeric) * 0.5) > 1" },
        { "(ratio > ((n)::double precision / 2.0))",
          "ratio > (CAST(n AS double precision) / 2.0)" },
        { "((amount / (2)::numeric) > 0.3)", "(amount / 2.0) > 0.3" },
        { "(((n)::numeric / (2)::numeric) > 0.3)", "(CAST(n AS numeric) / 2.0) > 0.3" },
        { "((unknown / (2)::numeric) > 0.3)", "(unknown / CAST(2 AS numeric)) > 0.3" },
        { "((ratio / (2)::double precision) > ratio)", "(ratio / 2) > ratio" },
        { "(((1)::numeric / (2)::numeric) < amount)", "(1.0 / 2.0) < amount" },
        { "((amount)::numeric(10,0) = amount)", "((amount)::numeric(10,0) = amount)" },
        { "((n * (1000000)::bigint) > 0)", "(n * CAST(1000000 AS bigint)) > 0" },
        { "(big > '10000000000'::bigint)", "big > 10000000000" },
        { "(abs(amount) < (100)::numeric)", "abs(amount) < 100" },
        { "(COALESCE(amount, (0)::numeric) > (0)::numeric)", "coalesce(amount, 0) > 0" },
        { "((code)::integer > 5)", "CAST(code AS integer) > 5" },
        { "(day > '2020-01-01'::date)", "day > '2020-01-01'" },
        { "(day > ('2020-01-01'::date + 1))", "(day > ('2020-01-01'::date + 1))" },
        { "(COALESCE(day, '2020-01-01'::date) > born)", "coalesce(day, '2020-01-01') > born" },
        { "((at)::date > '2020-01-01'::date)", "((at)::date > '2020-01-01'::date)" },
        { "(at > (now() - '1 day'::interval))", "(at > (now() - '1 day'::interval))" },
        { "(opens > '09:00:00'::time without time zone)", "opens > '09:00:00'" },
        { "(name <> '09:00'::text)", "name <> '09:00'" },
        { "(ratio < 'infinity'::double precision)", "ratio < 'infinity'" },
        { "(lower(name) = ANY (ARRAY['a'::text, 'b'::text]))", "lower(name) IN ('a', 'b')" },
        { "(unknown > (1)::numeric)", "unknown > CAST(1 AS numeric)" },
    };
    cf_arena        *arena = cf_arena_new();
    cf__schema_table table = typed_table(arena);

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *written = cf__expression_portable(arena, &table, cases[i][0]);

        cr_expect_str_eq(written, cases[i][1], "%s: %s", cases[i][0], written);
        cr_expect_str_eq(cf__expression(arena, &table, written, NULL),
                         cf__expression(arena, &table, cases[i][0], NULL), "%s", written);
    }
    cf_arena_free(arena);
}

Test(expression, tells_texts_from_times)
{
    static const struct {
        const char *a, *b;
        bool        same;
    } cases[] = {
        { "name = '10:30'", "name = '10:30:00'", false },
        { "name = '10:30'", "((name)::text = '10:30'::text)", true },
        { "'10:30' = name", "'10:30:00' = name", false },
        { "name IN ('10:30', 'x')", "name IN ('10:30:00', 'x')", false },
        { "name BETWEEN '10:30' AND 'x'", "name BETWEEN '10:30:00' AND 'x'", false },
        { "name LIKE '10:30'", "name LIKE '10:30:00'", false },
        { "lower(name) = '10:30'", "lower(name) = '10:30:00'", false },
        { "CASE name WHEN '10:30' THEN TRUE END", "CASE name WHEN '10:30:00' THEN TRUE END",
          false },
        { "coalesce(name, '10:30') = 'x'", "coalesce(name, '10:30:00') = 'x'", false },
        { "name <> '2020-01-01'", "name <> '2020-01-01 00:00:00'", false },
        { "opens = '10:30'", "(opens = '10:30:00'::time without time zone)", true },
        { "opens IN ('10:30')", "opens IN ('10:30:00')", true },
        { "coalesce(opens, '10:30') < closes", "coalesce(opens, '10:30:00') < closes", true },
        { "day = '2020-01-01'", "day = '2020-01-01 00:00:00'", true },
        { "opens = '10:30'", "opens = '10:31'", false },
        { "amount / 2 > 1", "(amount / (2)::numeric) > (1)::numeric", true },
        { "amount / 2.0 > 1", "(amount / (2)::numeric) > (1)::numeric", true },
        { "n / 2.0 > 1", "((n)::numeric / 2.0) > (1)::numeric", true },
        { "n / 2 > 1", "n / 2.0 > 1", false },
        { "f(n) / 2 > 1", "(f(n) / (2)::numeric) > (1)::numeric", true },
        { "name = current_user", "(name = CURRENT_USER)", true },
        { "user = 'a'", "\"user\" = 'a'", false },
        { "(n, big) < (1, 2)", "(ROW(n, big) < ROW(1, 2))", true },
        { "CAST(name AS time) < '12:30'",
          "((name)::time without time zone < '12:30:00'::time without time zone)", true },
        { "CAST(name AS timestamp) > '2020-01-01'",
          "((name)::timestamp without time zone > '2020-01-01 00:00:00'::timestamp without time "
          "zone)",
          true },
        { "substr(name, 3)::time <> '12:30'",
          "(substr(name, 3))::time without time zone <> '12:30:00'::time without time zone", true },
        { "lower(name)::timestamptz > '2020-01-01'",
          "(lower(name))::timestamp with time zone > '2020-01-01 00:00:00+00'::timestamp with "
          "time zone",
          true },
        { "status::time BETWEEN '10:30' AND '12:30'",
          "(((status)::time without time zone >= '10:30:00'::time without time zone) AND "
          "((status)::time without time zone <= '12:30:00'::time without time zone))",
          true },
        { "(name || ' 10:00')::timestamp > '2020-01-01'",
          "((name || ' 10:00'::text))::timestamp without time zone > '2020-01-01 00:00:00'::"
          "timestamp without time zone",
          true },
    };
    cf_arena        *arena = cf_arena_new();
    cf__schema_table table = typed_table(arena);

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *a = cf__expression(arena, &table, cases[i].a, NULL);
        const char *b = cf__expression(arena, &table, cases[i].b, NULL);

        cr_expect_eq(strcmp(a, b) == 0, cases[i].same, "%s and %s", a, b);
        cr_expect_str_eq(cf__expression(arena, &table, a, NULL), a);
    }
    cf_arena_free(arena);
}

/* With a fraction, if of zeros, a division has one too. */
Test(expression, tells_whole_numbers_from_others)
{
    static const char *const cases[][2] = {
        { "a / 2.0 > 1", "(a / 2.0) > 1" },
        { "a / 2.00 > 1", "(a / 2.0) > 1" },
        { "a / 2 > 1", "(a / 2) > 1" },
        { "a > 0.00", "a > 0.0" },
        { "a > -0", "a > 0" },
        { "a > 2.50e1", "a > 25.0" },
        { "a > 1e2", "a > 100" },
        { "a > 10.0", "a > 10.0" },
        { "a > -010.500", "a > -10.5" },
        { "a > 1e-2", "a > 0.01" },
        { "a > 2::numeric", "a > 2" },
        { "a > 00.0", "a > 0.0" },
    };
    cf_arena *arena = cf_arena_new();

    for (size_t i = 0; i < COUNT(cases); i++)
        cr_expect_str_eq(cf__expression(arena, NULL, cases[i][0], NULL), cases[i][1], "%s: %s",
                         cases[i][0], cf__expression(arena, NULL, cases[i][0], NULL));
    cf_arena_free(arena);
}

/* Malformed ones, and those at the limits: what comes out of any is its own common form. */
Test(expression, has_a_common_form_that_is_its_own)
{
    static const char *const cases[] = {
        "a<=\x8f>b",
        "a::`b = c AND d = 'x'::text",
        "a::int AND OR NOT b::",
        "NOT NOT a::text OR b",
        "a[1] > 0",
        "ARRAY [1]",
        "- - - 1",
        "-(-a) - -1",
        "$A$ x b$A$c",
        "$a$ B$A$ $A$",
        "\"and\"(1)",
        "\"trim\"(a, 'b')",
        "\"position\"(a, b)",
        "position(a in b)",
        "extract('YEAR' from a)",
        "a between 1 and 2 between 3 and 4",
        "a in (b, (1), 2)",
        "a in ()",
        "(a, b) in ((1, 2), c)",
        "a is not b = c",
        "a at time zone b",
        "a /* x */ [b c]",
        "e 'x' E'\\n'",
        "1e3 = 1e-200",
        "0x1f = a",
        "'2020-01-01T00:00Z' = '12:30'",
        "a like like_escape(b, c)",
        "a ~ similar_to_escape(b)",
        "case when a then null else null end",
        "a :: numeric(1,",
        "'5' :: numeric :: text = -'6'::int",
        "\"select\" = select",
        "a.b.c = d.e(f)",
        "a = any (array[1])",
        "/* open",
    };
    cf_arena *arena = cf_arena_new();

    for (size_t i = 0; i < COUNT(cases); i++) {
        bool        understood, again;
        const char *form = cf__expression(arena, NULL, cases[i], &understood);

        cr_expect_str_eq(cf__expression(arena, NULL, form, &again), form, "%s", form);
        cr_expect_eq(understood, again, "%s", form);
    }
    cf_arena_free(arena);
}
