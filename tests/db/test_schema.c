/* test_schema.c -- tables as data: what SQLite's statements say, conditions by meaning, names. */
#include <criterion/criterion.h>

#include "models.h"

#include "db/diff.h"
#include "db/sql_token.h"

static cf_arena *arena;
static cf_error  err;

static void setup(void)
{
    arena = cf_arena_new();
    cf_error_clear(&err);
}

static void teardown(void)
{
    cf_arena_free(arena);
}

TestSuite(schema, .init = setup, .fini = teardown);

typedef struct same_case {
    const char *written, *printed;
} same_case;

Test(schema, conditions_are_the_same_however_an_engine_spells_them)
{
    /* As people write them; as PostgreSQL 15 prints them. */
    static const same_case cases[] = {
        { "amount >= 0", "(amount >= (0)::numeric)" },
        { "status IN ('a', 'b')", "((status)::text = ANY ((ARRAY['a'::character varying, "
                                  "'b'::character varying])::text[]))" },
        { "kind in ('a','b')", "(kind = ANY (ARRAY['a'::text, 'b'::text]))" },
        { "n IN (1, 2)", "(n = ANY (ARRAY[1, 2]))" },
        { "n not in (1, 2)", "(n <> ALL (ARRAY[1, 2]))" },
        { "status IN ('a')", "((status)::text = 'a'::text)" },
        { "n BETWEEN 1 AND 9", "((n >= 1) AND (n <= 9))" },
        { "n BETWEEN 1 AND 9 AND m > 0", "(((n >= 1) AND (n <= 9)) AND (m > 0))" },
        { "a IS NOT NULL OR b IS NOT NULL", "((a IS NOT NULL) OR (b IS NOT NULL))" },
        { "length(name) > 2", "(length((name)::text) > 2)" },
        { "email LIKE '%@%'", "((email)::text ~~ '%@%'::text)" },
        { "email NOT LIKE '% %'", "((email)::text !~~ '% %'::text)" },
        { "a != b", "(a <> b)" },
        { "NOT (a = b)", "(NOT (a = b))" },
        { "\"order\" > 1", "(\"order\" > 1)" },
        { "key = 1", "(key = 1)" },
        { "price = 1.50", "(price = 1.5)" },
        { "d > '2020-01-01'", "(d > '2020-01-01'::date)" },
        { "a + b * 2 < c", "((a + (b * 2)) < c)" },
        { "n > -1", "(n > '-1'::integer)" },
        { "live = TRUE", "(live = true)" },
        { "CAST(a AS INTEGER) = 1", "((a)::integer = 1)" },
        { "a <> 'it''s'", "((a)::text <> 'it''s'::text)" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bool        a, b;
        const char *x = cf__expression(arena, NULL, cases[i].written, &a);
        const char *y = cf__expression(arena, NULL, cases[i].printed, &b);

        cr_expect(a && b, "%s", cases[i].written);
        cr_expect_str_eq(x, y, "%s: %s and %s", cases[i].written, x, y);
        /* What comes out is SQL that means the same. */
        cr_expect_str_eq(cf__expression(arena, NULL, x, NULL), x, "%s", x);
    }
}

Test(schema, different_conditions_stay_different)
{
    static const same_case cases[] = {
        { "a = 1", "a = 2" },
        { "a > 1", "a >= 1" },
        { "a = 'x'", "a = 'X'" },
        { "a AND b OR c", "a AND (b OR c)" },
        { "a - (b - c) = 0", "a - b - c = 0" },
        { "a IN (1, 2)", "a NOT IN (1, 2)" },
        { "\"A\" = 1", "a = 1" },
        { "a IS NULL", "a IS NOT NULL" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        cr_expect_str_neq(cf__expression(arena, NULL, cases[i].written, NULL),
                          cf__expression(arena, NULL, cases[i].printed, NULL), "%s",
                          cases[i].written);
}

Test(schema, what_is_beyond_the_parser_is_compared_word_by_word)
{
    bool  understood = true;
    char *deep = cf_strdup(arena, "a BETWEEN 1 AND 2");

    cr_assert_str_eq(cf__expression(arena, NULL, "tags[1]  =  A[2] AND \"B\"", &understood),
                     "tags[ 1 ] = a[ 2 ] and \"B\"");
    cr_assert_not(understood);
    /* A condition that would double with every word stays small. */
    for (int i = 0; i < 60; i++)
        deep = cf_printf(arena, "%s BETWEEN 1 AND 2", deep);
    cr_assert_lt(strlen(cf__expression(arena, NULL, deep, NULL)), 4000);
    for (int i = 0; i < 200; i++)
        deep = cf_printf(arena, "(%s)", deep);
    cf__expression(arena, NULL, deep, &understood);
    cr_assert_not(understood);
}

Test(schema, a_column_is_renamed_in_a_condition_and_nowhere_else)
{
    cr_assert_str_eq(
        cf__expression_rename(arena, "a > 'a' AND \"a\" < aa -- a\n", "a", "the order"),
        "\"the order\" > 'a' AND \"the order\" < aa -- a\n");
}

Test(schema, the_statements_that_sqlite_keeps_are_read)
{
    cf__schema_table t;
    const char      *sql =
        "CREATE TABLE \"odd one\" (\n"
        "  [id] INTEGER CONSTRAINT pk PRIMARY KEY ASC ON CONFLICT ABORT AUTOINCREMENT, -- a ) comment\n"
        "  'name' VARCHAR ( 80 ) COLLATE NOCASE NOT NULL ON CONFLICT FAIL DEFAULT 'x,(' UNIQUE,\n"
        "  price decimal(10, 2) DEFAULT -1.50 CHECK (price <> 3 OR (name = ')')),\n"
        "  total INT GENERATED ALWAYS AS (price * 2) STORED,\n"
        "  made DATETIME DEFAULT (strftime('%Y', 'now')) /* then */ NULL,\n"
        "  bare,\n"
        "  parent REFERENCES \"odd one\" ON DELETE SET NULL ON UPDATE NO ACTION DEFERRABLE INITIALLY "
        "DEFERRED,\n"
        "  CONSTRAINT both UNIQUE (name, price DESC) ON CONFLICT IGNORE\n"
        "  CHECK (bare IS NULL),\n"
        "  FOREIGN KEY (bare, price) REFERENCES other (x, y) MATCH FULL ON DELETE CASCADE\n"
        ") STRICT";

    cr_assert(cf__sqlite_read_table(arena, cf_str_of(sql), &t, &err), "%s", err.message);
    cr_assert_str_eq(t.name, "odd one");
    cr_assert_eq(t.ncolumns, 7);
    cr_assert(t.autoincrement && t.columns[0].generated);
    cr_assert_str_eq(t.key_name, "pk");
    cr_assert_eq(t.columns[1].type.length, 80);
    cr_assert_str_eq(t.columns[1].extra, "COLLATE NOCASE");
    cr_assert_str_eq(t.columns[1].standard.text, "x,(");
    cr_assert_str_eq(t.columns[2].standard.text, "-1.50");
    cr_assert_eq(t.columns[2].type.precision, 10);
    cr_assert(t.columns[3].computed);
    cr_assert_eq(t.columns[4].standard.kind, CF__DEFAULT_NOW);
    cr_assert_eq(t.columns[5].type.kind, CF__TYPE_OTHER);
    cr_assert_eq(t.nindexes, 2);
    cr_assert_str_eq(t.indexes[1].name, "both");
    cr_assert(t.indexes[1].parts[1].descending);
    cr_assert_eq(t.nchecks, 2);
    cr_assert_str_eq(t.checks[0].column, "price");
    cr_assert_eq(t.nforeigns, 2);
    cr_assert_eq(t.foreigns[0].on_delete, CF__SET_NULL);
    cr_assert_str_eq(t.foreigns[0].extra, "DEFERRABLE INITIALLY DEFERRED");
    cr_assert_str_eq(t.foreigns[1].parents[1], "y");
    cr_assert_str_eq(t.options, "STRICT");
}

Test(schema, a_comment_in_a_condition_swallows_nothing)
{
    cf__schema_table t, again;
    cf_buf           out = cf_buf_in(arena, 0);

    cr_assert(cf__sqlite_read_table(arena,
                                    CF_STR("CREATE TABLE t (a INTEGER CHECK (a > 0 -- sure\n"
                                           "), b TEXT)"),
                                    &t, &err));
    cf__ddl_table(&out, &t, NULL, CF__SQLITE, NULL);
    cr_assert(cf__sqlite_read_table(arena, cf_buf_view(&out), &again, &err), "%s: %s", err.message,
              cf_buf_cstr(&out));
    cr_assert_str_eq(t.checks[0].canonical, again.checks[0].canonical);
    cr_assert(cf__table_same(&t, &again));
}

Test(schema, a_comment_at_the_end_of_a_models_condition_swallows_nothing)
{
    cf__schema_check check = { .name = "c", .sql = "a > 0 -- sure" };
    cf__key_part     part = { "a", false };
    cf__schema_index index = { .name = "i", .parts = &part, .nparts = 1, .where = "a > 0 -- sure" };
    cf__schema_table t = { .name = "t", .checks = &check, .nchecks = 1 }, again;
    cf__schema_column column = { .name = "a", .type = { .kind = CF__TYPE_INT64 } };
    cf_buf            out = cf_buf_in(arena, 0);

    t.columns = &column;
    t.ncolumns = 1;
    cf__ddl_table(&out, &t, NULL, CF__SQLITE, NULL);
    cr_assert(cf__sqlite_read_table(arena, cf_buf_view(&out), &again, &err), "%s",
              cf_buf_cstr(&out));
    cr_assert_str_eq(again.checks[0].canonical, "a > 0");
    cf_buf_clear(&out);
    cr_assert(cf__ddl_index(&out, &t, &index, CF__SQLITE));
    cr_assert_str_eq(cf_buf_cstr(&out), "CREATE INDEX i ON t (a) WHERE a > 0 -- sure\n;\n");
}

Test(schema, a_comment_after_a_rule_is_not_part_of_it)
{
    cf__schema_table t, again;
    cf_buf           out = cf_buf_in(arena, 0);

    cr_assert(cf__sqlite_read_table(arena,
                                    CF_STR("CREATE TABLE t (a INTEGER DEFAULT 1 -- one\n"
                                           ", b TEXT COLLATE nocase -- any case\n"
                                           ", c INTEGER AS (a + 1) -- next\n, d TEXT)"),
                                    &t, &err));
    cr_assert_str_eq(t.columns[0].standard.sql, "1");
    cr_assert_str_eq(t.columns[1].extra, "COLLATE nocase");
    cf__ddl_table(&out, &t, NULL, CF__SQLITE, NULL);
    cr_assert(cf__sqlite_read_table(arena, cf_buf_view(&out), &again, &err), "%s: %s", err.message,
              cf_buf_cstr(&out));
    cr_assert(cf__table_same(&t, &again));
    cr_assert_eq(again.ncolumns, 4);
}

Test(schema, a_types_odd_name_keeps_its_quotes)
{
    cf__schema_table t, again;
    cf_buf           out = cf_buf_in(arena, 0);

    cr_assert(cf__sqlite_read_table(
        arena, CF_STR("CREATE TABLE t (a \"x, y\", b \"check\", c [p) q] (3), d \"INTEGER\")"), &t,
        &err));
    cr_assert_str_eq(t.columns[0].type.text, "\"x, y\"");
    cr_assert_str_eq(t.columns[3].type.text, "INTEGER");
    cf__ddl_table(&out, &t, NULL, CF__SQLITE, NULL);
    cr_assert(cf__sqlite_read_table(arena, cf_buf_view(&out), &again, &err), "%s: %s", err.message,
              cf_buf_cstr(&out));
    cr_assert_eq(again.ncolumns, 4);
    cr_assert(cf__table_same(&t, &again));
}

Test(schema, a_dollar_quotes_only_on_postgresql)
{
    cf_str    text = CF_STR("$a$ ) $a$ x");
    cf__lexer lexer;

    cf__lexer_start(&lexer, text);
    cr_assert_eq(lexer.token.kind, CF__TOKEN_STRING);
    cr_assert_str_eq(cf__sql_string(arena, &lexer.token), " ) ");
    cf__lexer_start_sqlite(&lexer, text);
    cr_assert_eq(lexer.token.kind, CF__TOKEN_WORD);
    cr_assert(cf_str_is(lexer.token.text, "$a$"));
    cf__lexer_next(&lexer);
    cr_assert(cf__lexer_is(&lexer, ")"));
}

Test(schema, statements_that_are_none_are_refused)
{
    static const char *const cases[] = {
        "",
        "CREATE",
        "CREATE TABLE",
        "CREATE TABLE t",
        "CREATE TABLE t (",
        "CREATE TABLE t (a",
        "CREATE TABLE t (a CHECK (1)",
        "CREATE TABLE t (a REFERENCES)",
        "CREATE TABLE t (a 'x",
        "CREATE TABLE t (a REFERENCES b ON DELETE WHAT)",
        "CREATE TABLE t (FOREIGN KEY (a) b)",
        "CREATE TABLE t (a, FOREIGN KEY (a, b) REFERENCES c (d))",
        "CREATE VIEW v AS SELECT 1",
        "CREATE TABLE t (a /* ",
        "CREATE TABLE t (a DEFAULT (1",
        "CREATE TABLE t (a, b, A)",
        "CREATE TABLE t (a)) STRICT",
        "CREATE TABLE t (a) STRICT (b)",
    };
    cf__schema_table t;
    cf__schema_index index;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cf_error_clear(&err);
        cr_expect_not(cf__sqlite_read_table(arena, cf_str_of(cases[i]), &t, &err), "%s", cases[i]);
        cr_expect(err.code && err.message[0], "%s", cases[i]);
        cr_expect_not(cf__sqlite_read_index(arena, cf_str_of(cases[i]), &index, &err));
    }
}

Test(schema, types_are_compared_by_meaning)
{
    static const struct {
        const char *live;
        cf__flavor  flavor;
        cf__type    model;
        bool        key, fits;
    } cases[] = {
        { "character varying(80)", CF__POSTGRESQL, { CF__TYPE_TEXT, .length = 80 }, false, true },
        { "VARCHAR(80)", CF__SQLITE, { CF__TYPE_TEXT, .length = 80 }, false, true },
        { "NVARCHAR ( 80 )", CF__SQLITE, { CF__TYPE_TEXT, .length = 80 }, false, true },
        { "VARCHAR(80)", CF__SQLITE, { CF__TYPE_TEXT, .length = 81 }, false, false },
        { "TEXT", CF__SQLITE, { CF__TYPE_TEXT, .length = 80 }, false, false },
        { "VARCHAR(20)", CF__SQLITE, { CF__TYPE_TEXT, .any_length = true }, false, true },
        { "INTEGER", CF__SQLITE, { CF__TYPE_INT64 }, false, true },
        { "INTEGER", CF__SQLITE, { CF__TYPE_INT32 }, false, true },
        { "integer", CF__POSTGRESQL, { CF__TYPE_INT64 }, false, false },
        { "integer", CF__POSTGRESQL, { CF__TYPE_INT64 }, true, true },
        { "timestamp without time zone", CF__POSTGRESQL, { CF__TYPE_TIME }, false, true },
        { "DATETIME", CF__SQLITE, { CF__TYPE_TIME }, false, true },
        { "real", CF__POSTGRESQL, { CF__TYPE_DOUBLE }, false, true },
        { "numeric(12,2)", CF__POSTGRESQL, { CF__TYPE_DECIMAL, 0, 12, 2 }, false, true },
        { "numeric(12,3)", CF__POSTGRESQL, { CF__TYPE_DECIMAL, 0, 12, 2 }, false, false },
        { "TEXT", CF__SQLITE, { CF__TYPE_JSON }, false, true },
        { "text", CF__POSTGRESQL, { CF__TYPE_JSON }, false, false },
        { "CHAR(36)", CF__SQLITE, { CF__TYPE_UUID }, false, true },
        { "tsvector", CF__POSTGRESQL, { CF__TYPE_TEXT }, false, false },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cf__type live = cf__type_of(arena, cf_str_of(cases[i].live), cases[i].flavor);

        cr_expect_eq(cf__type_fits(&live, &cases[i].model, cases[i].key), cases[i].fits,
                     "case %zu: %s", i, cases[i].live);
    }
}

Test(schema, defaults_are_compared_by_meaning)
{
    static const struct {
        const char      *live;
        cf__default_kind kind;
        const char      *text;
    } cases[] = {
        { "'draft'::character varying", CF__DEFAULT_LITERAL, "draft" },
        { "\"draft\"", CF__DEFAULT_LITERAL, "draft" },
        { "now()", CF__DEFAULT_NOW, NULL },
        { "CURRENT_TIMESTAMP", CF__DEFAULT_NOW, NULL },
        { "(strftime('%Y-%m-%d %H:%M:%f000', 'now'))", CF__DEFAULT_NOW, NULL },
        { "timezone('utc'::text, now())", CF__DEFAULT_NOW, NULL },
        { "(0)::numeric", CF__DEFAULT_LITERAL, "0" },
        { "'-17'::integer", CF__DEFAULT_LITERAL, "-17" },
        { "( - 3 )", CF__DEFAULT_LITERAL, "-3" },
        { "NULL", CF__DEFAULT_NONE, NULL },
        { "NULL::character varying", CF__DEFAULT_NONE, NULL },
        { "true", CF__DEFAULT_LITERAL, "true" },
        { "nextval('a_seq'::regclass)", CF__DEFAULT_OTHER, "nextval('a_seq'::regclass)" },
        { "'a' || 'b'", CF__DEFAULT_OTHER, "'a' || 'b'" },
        { "1 + 1", CF__DEFAULT_OTHER, "1 + 1" },
    };
    cf__type    boolean = { CF__TYPE_BOOL };
    cf__default one = cf__default_of(arena, CF_STR("1"), CF__SQLITE);
    cf__default yes = { .kind = CF__DEFAULT_LITERAL, .text = "true" };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cf__default d = cf__default_of(arena, cf_str_of(cases[i].live), CF__POSTGRESQL);

        cr_expect_eq(d.kind, cases[i].kind, "%s", cases[i].live);
        cr_expect(cf__same_text(d.text, cases[i].text), "%s: %s", cases[i].live, d.text);
    }
    cr_assert(cf__default_fits(&one, &yes, &boolean));
}

Test(schema, defaults_that_a_type_prints_its_own_way_are_the_same)
{
    static const struct {
        cf__type_kind kind;
        const char   *live, *model;
        bool          fits;
    } cases[] = {
        { CF__TYPE_TIME, "2026-01-02 03:04:05+00", "2026-01-02 03:04:05", true },
        { CF__TYPE_TIME, "2026-01-02 03:04:05+00", "2026-01-02T03:04:05Z", true },
        { CF__TYPE_TIME, "2026-01-02 03:04:05+00", "2026-01-02 03:04:06", false },
        { CF__TYPE_CLOCK, "09:30:00", "09:30", true },
        { CF__TYPE_CLOCK, "09:30:01", "09:30", false },
        { CF__TYPE_UUID, "0b9c9d5e-6f1f-4f0f-8f5c-0123456789ab",
          "0B9C9D5E-6F1F-4F0F-8F5C-0123456789AB", true },
        { CF__TYPE_JSON, "{\"b\": 1, \"aa\": [1, 2]}", "{\"aa\":[1,2],\"b\":1}", true },
        { CF__TYPE_JSON, "{}", "[]", false },
        { CF__TYPE_JSON, "{\"on\": 1}", "{\"on\": 1.0}", true },
        { CF__TYPE_JSON, "{\"on\": [0, 1]}", "{\"on\": [0, true]}", false },
        { CF__TYPE_TEXT, "09:30:00", "09:30", false },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cf__default live = { .kind = CF__DEFAULT_LITERAL, .text = cases[i].live };
        cf__default model = { .kind = CF__DEFAULT_LITERAL, .text = cases[i].model };
        cf__type    type = { cases[i].kind };

        cr_expect_eq(cf__default_fits(&live, &model, &type), cases[i].fits, "%s", cases[i].model);
    }
}

Test(schema, postgresqls_names_are_known)
{
    const char *columns[] = { "a_rather_long_column_name_that_goes_on", "b" };

    cr_assert_str_eq(cf__constraint_name(arena, NULL, "post", (const char *[]){ "slug" }, 1, "key"),
                     "post_slug_key");
    cr_assert_str_eq(cf__constraint_name(arena, NULL, "post", NULL, 0, "pkey"), "post_pkey");
    cr_assert_str_eq(cf__constraint_name(arena, "given", "post", columns, 1, "key"), "given");
    cr_assert_eq(strlen(cf__constraint_name(arena, NULL, "a_table_with_a_long_name_as_well_as_that",
                                            columns, 2, "fkey")),
                 63);
}

Test(schema, names_are_quoted_where_they_must_be)
{
    static const char *const plain[] = { "post", "user_id", "a1", "_x" };
    static const char *const quoted[] = { "user", "order", "Post",   "two words", "1a",
                                          "",     "é",     "select", "key",       "to" };

    for (size_t i = 0; i < 4; i++)
        cr_expect(cf__name_is_plain(cf_str_of(plain[i])), "%s", plain[i]);
    for (size_t i = 0; i < 10; i++)
        cr_expect_not(cf__name_is_plain(cf_str_of(quoted[i])), "%s", quoted[i]);
}

/* ---- tables made anew ---- */

static cf_database *with(const char *sql)
{
    cf_database *database = cf_database_open(arena, "sqlite://:memory:", NULL, &err);
    cf__conn    *conn = cf__schema_begin(database, &err);

    cr_assert(conn && database->engine->script(conn, cf_str_of(sql), &err) &&
                  database->engine->commit(conn, &err),
              "%s", err.message);
    return database;
}

static const char *value_of(cf_database *database, const char *sql)
{
    cf_db    *db = cf_db_new(arena, database);
    cf_result result;
    cf_value  value;

    if (!cf_db_execute(db, sql, NULL, 0, &result, &err) || !cf_db_commit(db, &err))
        return "error";
    if (!result.rows->len)
        return "";
    value = result.rows->items[0].as.map->entries[0].value;
    return value.type == CF_TYPE_INT ? cf_printf(arena, "%lld", (long long)value.as.integer)
                                     : cf_str_dup(arena, cf_str_n(value.as.text, value.len));
}

Test(schema, a_table_made_anew_keeps_triggers_views_and_its_count_of_keys)
{
    cf_database *database = with(
        "CREATE TABLE tag (id INTEGER PRIMARY KEY AUTOINCREMENT, name VARCHAR(40) NOT NULL UNIQUE "
        "COLLATE NOCASE);\n"
        "CREATE TABLE log (n TEXT);\n"
        "CREATE VIEW names AS SELECT name FROM tag;\n"
        "CREATE TRIGGER told AFTER INSERT ON tag BEGIN INSERT INTO log VALUES (new.name); END;\n"
        "CREATE TRIGGER cleared AFTER DELETE ON log BEGIN DELETE FROM tag; END;\n"
        "CREATE INDEX by_length ON tag (length(name));\n"
        "INSERT INTO tag (id, name) VALUES (7, 'seven'), (9, 'nine');\nDELETE FROM tag WHERE id = 9;");
    const cf_model *const list[] = { &Tag_model, NULL }; /* name is .max = 50 */
    cf__schema            live, models, again;
    cf__diff              d;
    cf_buf                sql = cf_buf_in(arena, 0);
    cf__conn             *conn;

    cr_assert(cf__schema_live(arena, database, &live, &err));
    cr_assert(cf__schema_of_models(arena, cf_models_new(arena, list, &err), &models, &err));
    cr_assert(cf__diff_run(arena, &live, &models, NULL, &d, &err));
    cr_assert_eq(d.nchanges, 1, "%zu", d.nchanges);
    cr_assert_str_eq(d.changes[0].text, "column tag.name: VARCHAR(40) becomes VARCHAR(50)");
    cr_assert_eq(d.nnotes, 2); /* The table log, the index by_length. */
    cr_assert(cf__plan(&d, true, CF__SQLITE, &sql, &err));
    conn = cf__schema_begin(database, &err);
    cr_assert(database->engine->script(conn, cf_buf_view(&sql), &err), "%s\n%s", err.message,
              cf_buf_cstr(&sql));
    cr_assert(database->engine->commit(conn, &err), "%s", err.message);
    cr_assert_str_eq(value_of(database, "INSERT INTO tag (name) VALUES ('ten') RETURNING id"),
                     "10");
    cr_assert_str_eq(value_of(database, "SELECT count(*) FROM log"), "3");
    cr_assert_str_eq(value_of(database, "SELECT count(*) FROM names"), "2");
    cr_assert_str_eq(value_of(database, "SELECT name FROM sqlite_schema WHERE name = 'by_length'"),
                     "by_length");
    cr_assert(cf__schema_live(arena, database, &again, &err));
    cr_assert(cf__diff_run(arena, &again, &models, NULL, &d, &err));
    cr_assert_eq(d.nchanges, 0);
}

/* Brings a database to the models by the plan for SQLite. */
static void bring(cf_database *database, const cf_model *const *list,
                  const cf_compare_options *options)
{
    cf__schema live, models;
    cf__diff   d;
    cf_buf     sql = cf_buf_in(arena, 0);
    cf__conn  *conn;

    cr_assert(cf__schema_live(arena, database, &live, &err));
    cr_assert(cf__schema_of_models(arena, cf_models_new(arena, list, &err), &models, &err));
    cr_assert(cf__diff_run(arena, &live, &models, options, &d, &err), "%s", err.message);
    cr_assert(cf__plan(&d, true, CF__SQLITE, &sql, &err), "%s", err.message);
    conn = cf__schema_begin(database, &err);
    cr_assert(database->engine->script(conn, cf_buf_view(&sql), &err), "%s\n%s", err.message,
              cf_buf_cstr(&sql));
    cr_assert(database->engine->commit(conn, &err), "%s", err.message);
}

Test(schema, rows_get_the_next_numbers_in_a_new_key_that_counts)
{
    const cf_model *const list[] = { &Tag_model, NULL };
    const char *const     starts[] = {
            "CREATE TABLE tag (name VARCHAR(50) NOT NULL UNIQUE);\n"
                "INSERT INTO tag (name) VALUES ('a'), ('b'), ('c');",
            "CREATE TABLE tag (name VARCHAR(50) PRIMARY KEY NOT NULL);\n"
                "INSERT INTO tag (name) VALUES ('a'), ('b'), ('c');",
    };

    for (size_t i = 0; i < 2; i++) {
        cf_database *database = with(starts[i]);

        bring(database, list, NULL);
        cr_expect_str_eq(value_of(database, "SELECT group_concat(id) FROM tag"), "1,2,3");
        cr_expect_str_eq(value_of(database, "INSERT INTO tag (name) VALUES ('d') RETURNING id"),
                         "4");
    }
}

Test(schema, rows_get_the_value_that_is_given_rather_than_the_default)
{
    cf_database       *database = with("CREATE TABLE note (code TEXT PRIMARY KEY NOT NULL, "
                                             "profile_id BIGINT);\n"
                                             "INSERT INTO note (code) VALUES ('a'), ('b');");
    const char *const  fills[] = { "note.stars=5", NULL };
    cf_compare_options options = { .fills = fills };

    bring(database, test_models, &options);
    cr_assert_str_eq(value_of(database, "SELECT sum(stars) FROM note"), "10");
    cr_assert_str_eq(value_of(database, "INSERT INTO note (code) VALUES ('c') RETURNING stars"),
                     "3");
}

Test(schema, what_looks_like_a_rename_is_a_question)
{
    cf_database *database = with("CREATE TABLE label (id INTEGER PRIMARY KEY, name VARCHAR(50) NOT "
                                 "NULL UNIQUE);");
    const cf_model *const list[] = { &Tag_model, NULL };
    const char *const renames[] = { "label=tag", NULL }, *const wrong[] = { "lable=tag", NULL };
    cf_compare_options options = { .drop_unknown = true };
    cf__schema         live, models;
    cf__diff           d;

    cr_assert(cf__schema_live(arena, database, &live, &err));
    cr_assert(cf__schema_of_models(arena, cf_models_new(arena, list, &err), &models, &err));
    cr_assert(cf__diff_run(arena, &live, &models, &options, &d, &err));
    cr_assert_eq(d.nquestions, 1);
    cr_assert_str_eq(d.questions[0].option, "label=tag");
    options.no_renames = true;
    cr_assert(cf__diff_run(arena, &live, &models, &options, &d, &err));
    cr_assert_eq(d.nquestions, 0);
    cr_assert_eq(d.nchanges, 2);
    options.renames = renames;
    cr_assert(cf__diff_run(arena, &live, &models, &options, &d, &err), "%s", err.message);
    cr_assert_eq(d.nchanges, 1);
    cr_assert_eq(d.changes[0].sign, '>');
    options.renames = wrong;
    cr_assert_not(cf__diff_run(arena, &live, &models, &options, &d, &err));
    cr_assert(strstr(err.message, "there is no table 'lable'"), "%s", err.message);
}
