/* test_condition.c -- conditions as people write them, and as a live database gives them back. */
#include <criterion/criterion.h>

#include "models.h"

#include "db/schema.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* clang-format off */
static const char *const both[] = {
    "amount > 0",
    "amount >= 0",
    "amount >= 0.01",
    "amount = 0.50",
    "amount <= 1e3",
    "amount > .5",
    "amount BETWEEN 0 AND 100",
    "amount not between -5 and 5",
    "amount > -1",
    "amount > -1.5",
    "amount >= - 1",
    "ratio > 0",
    "ratio <= 1.0",
    "ratio BETWEEN 0.0 AND 1.0",
    "ratio >= -0.5",
    "ratio = 1e-3",
    "n > 0",
    "n >= 1 AND n <= 5",
    "n IN (1, 2, 3)",
    "n IN (-1, 0, 1)",
    "n in (5)",
    "n NOT IN (0)",
    "n NOT IN (7, 8)",
    "NOT n IN (1, 2)",
    "NOT (n IN (1, 2))",
    "n <> 0",
    "n != 0",
    "n % 2 = 0",
    "n * 2 > m + 1",
    "n - m - 1 > 0",
    "n - (m - 1) > 0",
    "n / 2 < m",
    "-n < 5",
    "- (n + 1) < 0",
    "n > - m",
    "n = m",
    "n < m OR n IS NULL",
    "n IS NULL OR m IS NULL",
    "n IS NOT NULL",
    "n ISNULL",
    "n NOTNULL",
    "(n IS NULL) = (m IS NULL)",
    "(n IS NULL) <> (m IS NULL)",
    "n IS NULL AND m IS NOT NULL OR n IS NOT NULL AND m IS NULL",
    "(n > 0 AND m > 0) OR (n < 0 AND m < 0)",
    "n > 0 AND (m > 0 AND name <> '')",
    "n > 0 AND m > 0 AND name <> ''",
    "((n > 0))",
    "NOT (n > 0 AND m > 0)",
    "NOT n > 0",
    "NOT live",
    "NOT live OR n > 0",
    "live",
    "live = TRUE",
    "live = true",
    "live <> false",
    "live IS TRUE",
    "live IS NOT TRUE",
    "live IS FALSE",
    "live IS NOT FALSE",
    "live OR n > 3",
    "n IN (1, m)",
    "n IN (1, 2, m)",
    "n IN (m, 3)",
    "n NOT IN (1, m)",
    "n NOT IN (1, 2, m)",
    "name <> ''",
    "name != ''",
    "name = 'a'",
    "name = 'it''s'",
    "name = 'say \"hi\"'",
    "name = ''",
    "name = '%'",
    "name = 'back\\slash'",
    "name = ' spaced  out '",
    "name LIKE '%@%'",
    "name NOT LIKE '% %'",
    "name like 'a_b%'",
    "name LIKE '50!%%' ESCAPE '!'",
    "name NOT LIKE '50!%%' ESCAPE '!'",
    "NOT name LIKE 'x%'",
    "name IN ('a', 'b', 'c')",
    "name in ('a','b')",
    "name NOT IN ('root', 'admin')",
    "name = 'a' OR name = 'b'",
    "name IN ('it''s', 'b')",
    "status IN ('draft', 'published')",
    "status = 'draft'",
    "status <> 'draft' OR n > 0",
    "status = 'draft' AND amount = 0 OR status = 'published' AND amount > 0",
    "status IS NULL OR status IN ('a', 'b')",
    "code = 'M'",
    "code IN ('M', 'F')",
    "code IN ('M', 'F', 'X') AND code IS NOT NULL",
    "length(name) > 2",
    "length(name) BETWEEN 3 AND 20",
    "length(status) <= 10",
    "LENGTH(name) > 0",
    "length(trim(name)) > 0",
    "trim(name) <> ''",
    "ltrim(name) = name",
    "rtrim(name, 'x') = name",
    "trim(status) <> ''",
    "lower(name) = name",
    "name = lower(name)",
    "upper(status) = status",
    "lower(trim(name)) = name",
    "coalesce(n, 0) > 0",
    "COALESCE(n, m, 0) >= 0",
    "coalesce(name, '') <> ''",
    "coalesce(status, '') <> ''",
    "nullif(n, 0) IS NOT NULL",
    "abs(n) < 100",
    "abs(amount) < 100",
    "round(amount, 2) = amount",
    "round(amount) = amount",
    "mod(n, 2) = 0",
    "substr(name, 1, 1) = 'a'",
    "substring(name, 1, 1) = 'a'",
    "replace(name, ' ', '') = name",
    "name || status <> ''",
    "name || 'x' || status <> 'y'",
    "(name || 'x') || status <> 'y'",
    "day > '2020-01-01'",
    "day BETWEEN '2020-01-01' AND '2029-12-31'",
    "day <= CURRENT_DATE",
    "day < current_date + 365",
    "day IN ('2020-01-01', '2021-01-01')",
    "born < died",
    "died IS NULL OR died >= born",
    "at > '2000-01-01'",
    "at > '2000-01-01 12:30:00'",
    "at > '2000-01-01 12:30'",
    "at > '2000-01-01T12:30:00Z'",
    "at > '2000-01-01 00:00:00+00'",
    "local > '2000-01-01'",
    "at <= CURRENT_TIMESTAMP",
    "at > local",
    "opens < closes",
    "opens >= '09:00'",
    "opens BETWEEN '06:00' AND '22:00:00'",
    "name <> '10:30'",
    "name IN ('10:30', '2020-01-01 00:00:00')",
    "lower(name) <> '10:30'",
    "CASE name WHEN '10:30' THEN n = 1 ELSE n = 2 END",
    "coalesce(opens, '10:30') < closes",
    "coalesce(name, '10:30') <> status",
    "name > '10:30' OR opens > '10:30'",
    "n / 2.0 > m",
    "amount / 2 > 1",
    "total / 1.0 > amount / 3",
    "CASE WHEN n > 0 THEN m > 0 ELSE TRUE END",
    "CASE WHEN n > 0 THEN m > 0 END",
    "CASE WHEN n > 0 THEN m > 0 ELSE NULL END",
    "CASE n WHEN 1 THEN m = 1 WHEN 2 THEN m = 2 ELSE false END",
    "CASE status WHEN 'a' THEN n = 1 ELSE n = 2 END",
    "case when status = 'a' then 1 else 0 end = 1",
    "(CASE WHEN n IS NULL THEN 0 ELSE 1 END) + (CASE WHEN m IS NULL THEN 0 ELSE 1 END) = 1",
    "CASE WHEN n IS NOT NULL THEN 1 ELSE 0 END + CASE WHEN m IS NOT NULL THEN 1 ELSE 0 END <= 1",
    "CASE WHEN name = 'it''s' THEN 'x' ELSE 'y' END = 'x'",
    "n IS DISTINCT FROM m",
    "n IS NOT DISTINCT FROM m",
    "name IS DISTINCT FROM ''",
    "CAST(n AS integer) > 5",
    "CAST(n AS text) <> ''",
    "cast(name as varchar(10)) = name",
    "CAST(amount AS numeric(10, 2)) = amount",
    "big > 10000000000",
    "big > -10000000000",
    "big < 9223372036854775807",
    "big % 1000 = 0",
    "small > 0",
    "small BETWEEN 0 AND 5",
    "real4 > 0.5",
    "n & 1 = 1",
    "n | 1 = 1",
    "n << 1 > 0",
    "power(n, 2) < 100",
    "sqrt(n) < 10",
    "data IS NOT NULL",
    "data <> '{}'",
    "n = 1 OR n = 2 OR n = 3",
    "n = 1 OR (n = 2 OR n = 3)",
    "(n = 1 OR n = 2) AND (m = 1 OR m = 2)",
    "n = 1 AND m = 2 OR n = 2 AND m = 1",
    "\"order\" > 0",
    "\"order\" IS NOT NULL AND \"Mixed Name\" > 0",
    "\"group\" <> ''",
    "key > 0",
    "\"user\" <> ''",
    "value > 0",
    "uid <> '00000000-0000-0000-0000-000000000000'",
    "raw <> '\\x00'",
    "length(raw) < 100",
    "kind = 'happy'",
    "kind IN ('happy', 'sad')",
    "kind <> 'sad'",
    "n >= 0 AND n <= 100 AND n % 5 = 0",
    "amount * n = total",
    "total = amount * n - amount",
    "total = round(amount * n, 2)",
    "total >= amount + 0.10 * amount",
    "total - amount >= 0 OR total IS NULL",
    "n > 1 + 2 * 3",
    "(n + 1) * 2 > 3",
    "n + 1 > m * -1",
    "+n > 0",
    "n = +1",
    "n > -(-1)",
    "n > - - 1",
    "0 < n",
    "0 < n AND n < 10",
    "5 > n",
    "'a' <> name",
    "1 = 1",
    "TRUE",
    "n IN (1,2) OR m IN (3,4)",
    "(n, m) = (1, 2)",
    "n BETWEEN m AND m + 10",
    "n BETWEEN 1 AND 2 OR m BETWEEN 3 AND 4",
    "NOT (n BETWEEN 1 AND 2)",
    "n BETWEEN 1 AND 2 AND m BETWEEN 3 AND 4",
    "n BETWEEN 1 AND CASE WHEN m > 0 THEN 5 ELSE 10 END",
    "lower(name) NOT IN ('root', 'admin')",
    "length(name) = length(trim(name))",
    "length(replace(name, 'a', '')) > 0",
    "name = upper(substr(name, 1, 1)) || lower(substr(name, 2))",
    "upper(name) <> lower(name)",
    "coalesce(nullif(trim(name), ''), 'x') <> 'x'",
    "status = 'a' AND name IS NOT NULL OR status <> 'a' AND name IS NULL",
    "(status = 'paid') = (at IS NOT NULL)",
    "code LIKE 'A%'",
    "code <> ''",
    "length(code) = 1",
    "amount IN (1, 2.5, 10)",
    "ratio IN (0.5, 1)",
    "big IN (1, 2)",
    "big IN (1, 10000000000)",
    "small IN (1, 2, 3)",
    "small IN (1)",
    "at IN ('2000-01-01', '2001-01-01')",
    "opens IN ('09:00', '10:00')",
    "live IN (true, false)",
    "uid IN ('00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000001')",
    "status NOT IN ('x', 'y') AND n > 0",
    "status IN (name, 'x')",
    "status LIKE 'a%' OR status LIKE 'b%'",
    "status || name <> ''",
    "status = name",
    "status > 'a'",
    "status BETWEEN 'a' AND 'm'",
    "name BETWEEN 'a' AND 'm'",
    "random() < 2",
    "n <> 0 /* never */ AND m > 0 -- and so on",
};

/* What only PostgreSQL takes. */
static const char *const postgres[] = {
    "(data ->> 'a') IN ('b', 'c')",
    "data ->> 'a' IS NOT NULL",
    "data ->> 'a' = 'b'",
    "data -> 'a' = '1'",
    "name = E'tab\\there'",
    "name ILIKE 'abc%'",
    "name NOT ILIKE 'abc%'",
    "name ~ '^[a-z]+$'",
    "name ~* '^[a-z]+$'",
    "name !~ '\\d'",
    "name !~* '^x'",
    "name SIMILAR TO '(a|b)%'",
    "name NOT SIMILAR TO '(a|b)%'",
    "TRIM(BOTH FROM name) <> ''",
    "trim(both ' ' from name) <> ''",
    "trim(leading 'x' from name) = name",
    "trim(trailing from name) = name",
    "btrim(name) = name",
    "greatest(n, m) > 0",
    "least(n, m) < 10",
    "char_length(name) > 3",
    "character_length(status) > 3",
    "octet_length(name) < 100",
    "substring(name from 1 for 1) = 'a'",
    "SUBSTRING(name FROM 2) = 'a'",
    "substring(name for 2) = 'ab'",
    "substring(name from '^..') = 'ab'",
    "left(name, 1) = 'a'",
    "right(name, 1) = 'a'",
    "position('@' in name) > 1",
    "strpos(name, '@') > 1",
    "concat(name, status) <> ''",
    "md5(name) <> ''",
    "day >= DATE '2020-01-01'",
    "at >= TIMESTAMP WITH TIME ZONE '2000-01-01 00:00:00+00'",
    "local > timestamp '2000-01-01 10:00'",
    "at <= now()",
    "at > now() - interval '1 day'",
    "at > CURRENT_TIMESTAMP - INTERVAL '7 days'",
    "opens >= TIME '09:00:00'",
    "extract(year from day) > 2000",
    "EXTRACT(YEAR FROM day) = 2020",
    "extract(dow from at) <> 0",
    "extract(epoch from at) > 0",
    "date_part('year', day) > 2000",
    "date_trunc('day', local) = local",
    "at AT TIME ZONE 'UTC' > '2000-01-01'",
    "age(local) > interval '1 year'",
    "num_nonnulls(n, m) = 1",
    "num_nulls(n, m) < 2",
    "n::integer > 5",
    "n::numeric > 0.5",
    "amount::integer > 5",
    "name::varchar = 'x'",
    "(name)::text = 'x'",
    "day::timestamp > '2000-01-01'",
    "at::date > '2000-01-01'",
    "name COLLATE \"C\" = 'x'",
    "name < 'x' COLLATE \"C\"",
    "lower(name) COLLATE \"C\" = 'x'",
    "n # 1 = 0",
    "n ^ 2 < 100",
    "data #>> '{a,b}' = 'x'",
    "data @> '{\"a\": 1}'",
    "jsonb_typeof(data) = 'object'",
    "data = '{}'::jsonb",
    "tags <@ ARRAY['a', 'b']",
    "tags @> ARRAY['a']",
    "tags && ARRAY['a', 'b']",
    "'a' = ANY (tags)",
    "NOT 'a' = ANY (tags)",
    "'a' <> ALL (tags)",
    "array_length(tags, 1) > 0",
    "cardinality(tags) < 10",
    "n = ANY (ARRAY[1, 2, 3])",
    "n = ANY ('{1,2,3}')",
    "n > ANY (ARRAY[1, 2])",
    "n < ALL (ARRAY[10, 20])",
    "name LIKE ANY (ARRAY['a%', 'b%'])",
    "name NOT LIKE ALL (ARRAY['a%', 'b%'])",
    "(n, m) IN ((1, 2), (3, 4))",
    "(n IS NOT NULL)::int + (m IS NOT NULL)::int = 1",
    "n::text ~ '^[0-9]+$'",
    "code ~ '^[A-Z]{1}$'",
    "amount = ANY (ARRAY[1, 2.5])",
    "status ~ '^[a-z]+$'",
    "version() <> ''",
    "current_user <> 'x'",
};
/* clang-format on */

static const char columns[] =
    "\"order\" INTEGER, \"Mixed Name\" INTEGER, \"group\" TEXT, \"key\" INTEGER, \"user\" TEXT, "
    "value INTEGER, n INTEGER, m INTEGER, big BIGINT, small SMALLINT, real4 REAL, "
    "ratio DOUBLE PRECISION, amount NUMERIC(10,2), total NUMERIC(12,2), name TEXT, "
    "status VARCHAR(20), code CHAR(1), live BOOLEAN, day DATE, born DATE, died DATE, at %s, "
    "local TIMESTAMP, opens TIME, closes TIME, uid UUID, data %s, tags %s, raw %s, kind %s";

static void make(cf_db *db, const char *types, const char *condition, size_t i)
{
    cf_error    err = { 0 };
    const char *sql = cf_printf(cf_db_arena(db),
                                "CREATE TABLE c%03zu (%s, CONSTRAINT rule CHECK (%s\n))", i, types,
                                condition);

    cr_assert(cf_db_execute(db, sql, NULL, 0, NULL, &err), "%s: %s", condition, err.message);
}

/* That what stands in the database is what was written, and so is what inspect would write. */
static void compare(cf_arena *arena, const cf__schema *live, const char *condition, size_t i)
{
    const cf__schema_table *table = cf__schema_find(live, cf_printf(arena, "c%03zu", i));
    const char             *written = cf__expression(arena, table, condition, NULL);

    cr_assert(table && table->nchecks == 1, "%s", condition);
    cr_expect_str_eq(table->checks[0].canonical, written, "%s: read as %s: %s instead of %s",
                     condition, table->checks[0].sql, table->checks[0].canonical, written);
    cr_expect_str_eq(cf__expression(arena, table, table->checks[0].sql, NULL), written, "%s",
                     condition);
    cr_expect_str_eq(cf__expression(arena, table, written, NULL), written, "%s", condition);
}

static void run(cf_db *db, const char *sql)
{
    cf_error err = { 0 };

    cr_assert(cf_db_execute(db, sql, NULL, 0, NULL, &err), "%s: %s", sql, err.message);
}

/* A check as PostgreSQL prints it. */
static const char *printed_check(cf_db *db, const char *table)
{
    cf_result result;
    cf_error  err = { 0 };

    cr_assert(
        cf_db_execute(db,
                      cf_printf(cf_db_arena(db),
                                "SELECT pg_get_expr(conbin, conrelid) AS sql FROM pg_constraint "
                                "WHERE conrelid = '%s'::regclass AND contype = 'c'",
                                table),
                      NULL, 0, &result, &err),
        "%s", err.message);
    return cf_str_dup(cf_db_arena(db), cf_text(result.rows->items[0].as.map->entries[0].value));
}

/* "(2)::numeric" that is divided or divides: inspect writes 2.0. */
static bool is_divided(const char *text, const char *cast)
{
    const char *digits = cast - 1;

    if (strncmp(cast, "::numeric", 9) != 0 || digits <= text || *digits != ')')
        return false;
    while (digits > text && strchr("0123456789", digits[-1]))
        digits--;
    return digits > text && digits[-1] == '(' &&
           (strncmp(cast + 9, " / ", 3) == 0 ||
            (digits - text >= 3 && strncmp(digits - 3, "/ (", 3) == 0));
}

/* "::text::numeric", of all that a printed condition casts. */
static const char *casts_of(cf_arena *arena, const char *printed)
{
    cf_buf      out = cf_buf_in(arena, 0);
    const char *at = printed;

    while ((at = strstr(at, "::"))) {
        size_t len = 2 + strspn(at + 2, "abcdefghijklmnopqrstuvwxyz");

        if (!is_divided(printed, at))
            cf_buf_str(&out, cf_str_n(at, len));
        at += len;
    }
    return cf_buf_cstr(&out);
}

Test(condition, comes_back_from_a_database_as_it_was_written)
{
    bool         pg = test_on_postgres();
    cf_arena    *arena = cf_arena_new();
    cf_database *database = test_database(arena, true);
    cf_db       *db = cf_db_new(arena, database);
    const char  *types = pg ? cf_printf(arena, columns, "TIMESTAMPTZ", "JSONB", "TEXT[]", "BYTEA",
                                        "mood")
                            : cf_printf(arena, columns, "TIMESTAMP", "TEXT", "TEXT", "BLOB", "TEXT");
    size_t       count = COUNT(both) + (pg ? COUNT(postgres) : 0);
    cf__schema   live;
    cf_error     err = { 0 };

    if (pg)
        cr_assert(
            cf_db_execute(db, "CREATE TYPE mood AS ENUM ('happy', 'sad')", NULL, 0, NULL, &err));
    for (size_t i = 0; i < count; i++)
        make(db, types, i < COUNT(both) ? both[i] : postgres[i - COUNT(both)], i);
    cr_assert(cf_db_commit(db, &err), "%s", err.message);
    cr_assert(cf__schema_live(arena, database, &live, &err), "%s", err.message);
    for (size_t i = 0; i < count; i++)
        compare(arena, &live, i < COUNT(both) ? both[i] : postgres[i - COUNT(both)], i);
    cf_arena_free(arena);
}

/* What inspect writes means the same: PostgreSQL casts in it what it did in the first one. */
Test(condition, that_inspect_writes_is_cast_by_postgresql_as_the_one_it_read)
{
    cf_arena    *arena = cf_arena_new();
    cf_database *database = test_database(arena, true);
    cf_db       *db = cf_db_new(arena, database);
    const char  *types = cf_printf(arena, columns, "TIMESTAMPTZ", "JSONB", "TEXT[]", "BYTEA",
                                   "mood");
    size_t       count = COUNT(both) + COUNT(postgres);
    cf__schema   live;
    cf_error     err = { 0 };

    if (!test_on_postgres())
        cr_skip_test("only on PostgreSQL");
    run(db, "CREATE TYPE mood AS ENUM ('happy', 'sad')");
    for (size_t i = 0; i < count; i++)
        make(db, types, i < COUNT(both) ? both[i] : postgres[i - COUNT(both)], i);
    cr_assert(cf_db_commit(db, &err), "%s", err.message);
    cr_assert(cf__schema_live(arena, database, &live, &err), "%s", err.message);
    for (size_t i = 0; i < count; i++) {
        const char *name = cf_printf(arena, "c%03zu", i);

        const char *written = cf__schema_find(&live, name)->checks[0].sql;
        const char *before = printed_check(db, name), *after;

        /* A cast that does nothing: PostgreSQL keeps it, and inspect does not. */
        if (i >= COUNT(both) && strcmp(postgres[i - COUNT(both)], "name::varchar = 'x'") == 0)
            continue;
        run(db, cf_printf(arena, "DROP TABLE %s", name));
        make(db, types, written, i);
        after = printed_check(db, name);
        cr_expect_str_eq(casts_of(arena, after), casts_of(arena, before), "%s: %s instead of %s",
                         written, after, before);
    }
    cf_arena_free(arena);
}
