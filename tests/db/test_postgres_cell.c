/* test_postgres_cell.c -- cells of PostgreSQL's results: binary forms read as their texts would be.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "db/postgres.h"
#include "models.h"

static cf_arena      *arena;
static cf__pg_scratch scratch;

static void setup(void)
{
    arena = cf_arena_new();
}

static void teardown(void)
{
    cf__pg_scratch_reset(&scratch);
    cf_arena_free(arena);
}

TestSuite(postgres_cell, .init = setup, .fini = teardown);

/* Bytes in hexadecimal with spaces, as a cell of a type; what it holds as a text. */
static const char *read_cell(Oid type, const char *hex)
{
    static const char *const cells[] = { "null", "int",   "float", "time",
                                         "date", "clock", "text",  "bytes" };
    char                     bytes[200], made[32];
    cf__datum                datum;
    cf_str                   text;
    size_t                   len = 0;

    for (const char *at = hex; *at; at += at[2] ? 3 : 2)
        bytes[len++] = (char)strtol(at, NULL, 16);
    cf__pg_read_binary(&scratch, type, cf_str_n(cf_strndup(arena, bytes, len), len), &datum);
    if (datum.cell == CF__CELL_INT)
        return cf_printf(arena, "int %lld", (long long)datum.as.integer);
    if (datum.cell == CF__CELL_FLOAT)
        return cf_printf(arena, "float %.17g", datum.as.number);
    text = datum.cell >= CF__CELL_TEXT ? datum.as.text : cf__datum_text(&datum, made);
    return cf_printf(arena, "%s %.*s", cells[datum.cell], CF_STR_ARG(text));
}

Test(postgres_cell, binary_forms_are_read)
{
    static const struct {
        Oid         type;
        const char *hex, *expected;
    } cases[] = {
        { 16, "01", "int 1" },
        { 16, "00", "int 0" },
        { 20, "ff ff ff ff ff ff ff fe", "int -2" },
        { 20, "7f ff ff ff ff ff ff ff", "int 9223372036854775807" },
        { 21, "80 00", "int -32768" },
        { 23, "00 00 01 00", "int 256" },
        { 26, "ff ff ff ff", "int 4294967295" },
        { 701, "3f f8 00 00 00 00 00 00", "float 1.5" },
        { 25, "68 c3 a9", "text h\xC3\xA9" },
        { 3802, "01 5b 5d", "text []" },
        { 17, "61 62", "bytes ab" },
        { 1082, "00 00 00 00", "date 2000-01-01" },
        { 1082, "ff f4 db f9", "date 0001-01-01" },
        { 1082, "00 2c 95 d3", "date 9999-12-31" },
        { 1083, "00 00 00 14 1d d7 5f ff", "clock 23:59:59.999999" },
        { 1184, "00 00 00 00 00 00 00 00", "time 2000-01-01 00:00:00" },
        { 1114, "ff ff ff ff ff f8 5e e0", "time 1999-12-31 23:59:59.5" },
        { 2950, "00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff",
          "text 00112233-4455-6677-8899-aabbccddeeff" },
        /* numeric: groups, weight, sign, places; groups of four digits. */
        { 1700, "00 00 00 00 00 00 00 00", "int 0" },
        { 1700, "00 01 00 00 40 00 00 00 00 05", "int -5" },
        { 1700, "00 01 00 01 00 00 00 00 00 0c", "int 120000" },
        { 1700, "00 02 00 00 00 00 00 02 00 0c 13 88", "text 12.50" },
        { 1700, "00 01 ff ff 00 00 00 02 01 f4", "text 0.05" },
        { 1700, "00 01 ff fe 40 00 00 06 00 64", "text -0.000001" },
        { 1700, "00 00 00 00 00 00 00 03", "text 0.000" },
        { 1700, "00 03 00 01 00 00 00 04 00 01 09 29 11 d7", "text 12345.4567" },
        { 1700, "00 00 00 00 c0 00 00 00", "text NaN" },
        { 1700, "00 01 00 05 00 00 00 00 00 01", "text 100000000000000000000" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        cr_expect_str_eq(read_cell(cases[i].type, cases[i].hex), cases[i].expected, "%u: %s",
                         cases[i].type, cases[i].hex);
}

Test(postgres_cell, what_c_cannot_hold_is_a_text_that_fits_no_time)
{
    cr_expect_str_eq(read_cell(1184, "7f ff ff ff ff ff ff ff"), "text infinity");
    cr_expect_str_eq(read_cell(1184, "80 00 00 00 00 00 00 00"), "text -infinity");
    cr_expect_str_eq(read_cell(1082, "7f ff ff ff"), "text infinity");
    cr_expect_str_eq(read_cell(1082, "00 2c 95 d4"), "text a time outside the years 1 to 9999");
    cr_expect_str_eq(read_cell(1083, "00 00 00 14 1d d7 60 00"), "text 24:00:00");
}

Test(postgres_cell, malformed_bytes_are_said_to_be)
{
    static const struct {
        Oid         type;
        const char *hex;
    } cases[] = {
        { 20, "00 00 00 01" },
        { 23, "" },
        { 16, "" },
        { 2950, "00 11" },
        { 3802, "" },
        { 3802, "02 5b 5d" },
        { 1083, "ff ff ff ff ff ff ff ff" },
        { 1700, "00 01 00 00 00 00 00 00" },
        { 1700, "00 01 00 00 00 00 00 00 27 10" },
        { 1700, "00 00 00 00 12 34 00 00" },
        { 1700, "00 00 00 00 00 00 7f ff" },
        { 600, "00" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        cr_expect_str_eq(read_cell(cases[i].type, cases[i].hex), "text malformed bytes", "%u: %s",
                         cases[i].type, cases[i].hex);
}

/* ---- on a server ---- */

static cf_database *database;
static cf_error     err;

static void execute(const char *sql)
{
    cf_db *db = cf_db_new(arena, database);

    cr_assert(cf_db_execute(db, sql, NULL, 0, NULL, &err), "%s: %s", sql, err.message);
    cr_assert(cf_db_commit(db, &err), "%s", err.message);
}

/* The first reads of a statement give text, later ones are in binary form. */
Test(postgres_cell, a_row_is_the_same_however_often_it_is_read)
{
    static const char *const names[] = { "batch",    "payee", "amount", "rate",  "due",
                                         "reminder", "state", "before", "number" };
    cf_db                   *db;
    Bill                    *bill;
    cf_value                 first[9];

    database = test_database(arena, true);
    db = cf_db_new(arena, database);
    bill = cf_db_new_row(db, Bill);
    bill->payee = "Wasser, \xC3\xA9lectricit\xC3\xA9";
    bill->batch = cf_uuid_random();
    cr_assert(cf_decimal_parse(CF_STR("12345678.90"), &bill->amount));
    cr_assert(cf_decimal_parse(CF_STR("-0.000001"), &bill->rate));
    bill->due = (cf_date){ 1999, 2, 28 };
    bill->reminder = (cf_clock){ 23 * CF_HOUR + 1 };
    bill->number = -7;
    cf_db_add(db, bill);
    cr_assert(cf_db_commit(db, &err), "%s", err.message);
    for (int i = 0; i < 6; i++) {
        Bill *read = cf_db_get(cf_db_new(arena, database), Bill, cf_uuid_value(arena, bill->id));

        cr_assert(read);
        cr_expect(cf_uuid_equal(read->id, bill->id));
        for (size_t j = 0; j < 9; j++) {
            if (!i)
                first[j] = cf_row_get(read, cf_str_of(names[j]));
            cr_expect(cf_equal(cf_row_get(read, cf_str_of(names[j])), first[j]), "%s, read %d",
                      names[j], i);
        }
    }
}

Test(postgres_cell, a_column_whose_type_changes_is_read_all_the_same)
{
    static const char *const types[] = { "BIGINT", "REAL", "NUMERIC(12)", "SMALLINT", "TEXT" };
    cf_db                   *db;
    Part                    *part;

    if (!test_on_postgres())
        return;
    database = test_database(arena, true);
    db = cf_db_new(arena, database);
    execute("INSERT INTO bill (id, payee, made, amount, state, number) VALUES "
            "('00112233-4455-6677-8899-aabbccddeeff', 'x', '2026-01-01', 1, 'open', 1)");
    execute("INSERT INTO part (id, bill_id, place, name) VALUES "
            "(1, '00112233-4455-6677-8899-aabbccddeeff', 5, 'p')");
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        execute(cf_printf(arena, "ALTER TABLE part ALTER COLUMN place TYPE %s", types[i]));
        for (int j = 0; j < 6; j++) {
            db = cf_db_new(arena, database);
            part = cf_db_get(db, Part, cf_int(1));
            /* The server refuses a statement once that was prepared for another type. */
            if (!part && !j)
                continue;
            cr_assert(part, "%s, read %d: %s", types[i], j, cf_db_error(db)->message);
            cr_expect_eq(part->place, 5, "%s, read %d", types[i], j);
        }
    }
}

Test(postgres_cell, a_time_that_c_cannot_hold_is_an_error_in_every_form)
{
    cf_db *db;

    if (!test_on_postgres())
        return;
    database = test_database(arena, true);
    execute("INSERT INTO \"user\" (id, email, active, created_at) VALUES (1, 'a@x', true, "
            "'infinity')");
    for (int i = 0; i < 6; i++) {
        db = cf_db_new(arena, database);
        cr_assert_null(cf_db_get(db, User, cf_int(1)));
        cr_assert_eq(cf_db_error(db)->code, CF_ETYPE, "read %d", i);
        cr_assert_not_null(strstr(cf_db_error(db)->message, "user.created_at holds 'infinity'"),
                           "%s", cf_db_error(db)->message);
    }
}
