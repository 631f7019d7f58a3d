/* test_date.c -- calendar dates, times of day and UUIDs: read, written, as objects. */
#include <criterion/criterion.h>

#include <carafe/json.h>
#include <carafe/record.h>

static cf_arena *arena;

static void setup(void)
{
    arena = cf_arena_new();
}

static void teardown(void)
{
    cf_arena_free(arena);
}

TestSuite(date, .init = setup, .fini = teardown);

Test(date, only_real_days_are_read)
{
    static const struct {
        const char *text;
        bool        ok;
    } cases[] = {
        { "2026-11-27", true },  { "2024-02-29", true },   { "0001-01-01", true },
        { "9999-12-31", true },  { "2023-02-29", false },  { "2026-13-01", false },
        { "2026-00-10", false }, { "2026-1-2", false },    { "0000-01-01", false },
        { "2026-11-31", false }, { "2026-11-27 ", false }, { "2026-11-27T00:00", false },
        { "", false },           { "27.11.2026", false },  { "-026-11-27", false },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        cf_date date = { 0 };
        char    text[11];

        cr_expect_eq(cf_date_parse(cf_str_of(cases[i].text), &date), cases[i].ok, "%s",
                     cases[i].text);
        cf_date_text(date, text);
        cr_expect_str_eq(text, cases[i].ok ? cases[i].text : "0000-00-00");
    }
}

Test(date, days_are_counted_across_months_and_years)
{
    cf_date leap = { 2024, 2, 28 }, last = { 9999, 12, 31 };

    cr_assert_eq(cf_date_compare(cf_date_add(leap, 1), (cf_date){ 2024, 2, 29 }), 0);
    cr_assert_eq(cf_date_compare(cf_date_add(leap, 2), (cf_date){ 2024, 3, 1 }), 0);
    cr_assert_eq(cf_date_compare(cf_date_add(leap, -365), (cf_date){ 2023, 2, 28 }), 0);
    cr_assert_eq(cf_date_days(leap, (cf_date){ 2025, 2, 28 }), 366);
    cr_assert_not(cf_date_is_valid(cf_date_add(last, 1)));
    cr_assert_not(cf_date_is_valid(cf_date_add(leap, INT64_MAX)));
    cr_assert_eq(cf_date_weekday((cf_date){ 2026, 11, 27 }), 4);
    cr_assert_lt(cf_date_compare((cf_date){ 0 }, leap), 0);
    cf_time_freeze((cf_time){ cf_date_time(leap).us + 23 * CF_HOUR });
    cr_assert_eq(cf_date_compare(cf_today(), leap), 0);
    cr_assert_eq(cf_date_compare(cf_date_of_time((cf_time){ -1 }), (cf_date){ 1969, 12, 31 }), 0);
}

Test(date, times_of_day_are_read_and_written)
{
    static const struct {
        const char *text, *written; /* NULL: refused. */
    } cases[] = {
        { "16:25", "16:25:00" },
        { "16:25:33", "16:25:33" },
        { "00:00", "00:00:00" },
        { "23:59:59.999999", "23:59:59.999999" },
        { "16:25:33.5", "16:25:33.500000" },
        { "24:00", NULL },
        { "16:60", NULL },
        { "16:25:60", NULL },
        { "16", NULL },
        { "16:25:33.", NULL },
        { "16:25:33.1234567", NULL },
        { "6:25", NULL },
        { "", NULL },
        { "16:25Z", NULL },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        cf_clock clock;
        char     text[16];
        bool     ok = cf_clock_parse(cf_str_of(cases[i].text), &clock);

        cr_expect_eq(ok, cases[i].written != NULL, "%s", cases[i].text);
        if (!ok)
            continue;
        cf_clock_text(clock, text);
        cr_expect_str_eq(text, cases[i].written);
    }
    cr_assert_eq(cf_clock_of_time((cf_time){ -CF_HOUR }).us, 23 * CF_HOUR);
}

Test(date, uuids_are_random_and_read_in_either_form)
{
    cf_uuid a = cf_uuid_random(), b = cf_uuid_random(), read;
    char    text[37];

    cr_assert_not(cf_uuid_equal(a, b));
    cr_assert_eq(a.bytes[6] >> 4, 4);
    cr_assert_eq(a.bytes[8] >> 6, 2);
    cf_uuid_text(a, text);
    cr_assert(cf_uuid_parse(cf_str_of(text), &read));
    cr_assert(cf_uuid_equal(a, read));
    cr_assert(cf_uuid_parse(CF_STR("6F1C33A80D8E4B0E9F0A3A1F5F3B2C11"), &read));
    cf_uuid_text(read, text);
    cr_assert_str_eq(text, "6f1c33a8-0d8e-4b0e-9f0a-3a1f5f3b2c11");
    cr_assert_not(cf_uuid_parse(CF_STR("6f1c33a8-0d8e-4b0e-9f0a-3a1f5f3b2c1g"), &read));
    cr_assert_not(cf_uuid_parse(CF_STR("6f1c33a8+0d8e-4b0e-9f0a-3a1f5f3b2c11"), &read));
    cr_assert_not(cf_uuid_parse(CF_STR("6f1c33a8"), &read));
    cr_assert_not(cf_uuid_parse(CF_STR(""), &read));
    cr_assert(cf_uuid_is_none((cf_uuid){ { 0 } }));
}

/* ---- as objects ---- */

static const char *shown(cf_value v)
{
    cf_buf  out = cf_buf_in(arena, 0);
    cf_eval eval = { .arena = arena };

    cr_assert(cf_to_text(&eval, v, &out));
    return cf_buf_cstr(&out);
}

static int64_t part(cf_value v, const char *name)
{
    cf_eval  eval = { .arena = arena };
    cf_value out = cf_none();

    cr_assert(cf_get_attr(&eval, v, cf_str_of(name), &out));
    return out.type == CF_TYPE_INT ? out.as.integer : -1;
}

Test(date, objects_show_parts_and_compare)
{
    cf_value day = cf_date_value(arena, (cf_date){ 2026, 11, 27 });
    cf_value next = cf_date_value(arena, (cf_date){ 2026, 11, 28 });
    cf_value noon = cf_clock_value(arena, (cf_clock){ 12 * CF_HOUR + 1 });
    cf_uuid  id = cf_uuid_random();
    cf_error err = { 0 };
    int      order;

    cr_assert_str_eq(shown(day), "2026-11-27");
    cr_assert_str_eq(shown(noon), "12:00:00.000001");
    cr_assert_eq(part(day, "year"), 2026);
    cr_assert_eq(part(day, "month"), 11);
    cr_assert_eq(part(day, "day"), 27);
    cr_assert_eq(part(noon, "hour"), 12);
    cr_assert_eq(part(noon, "microsecond"), 1);
    cr_assert(cf_compare(day, next, &order, &err) && order < 0);
    cr_assert(cf_equal(day, cf_date_value(arena, (cf_date){ 2026, 11, 27 })));
    cr_assert_not(cf_equal(day, noon));
    cr_assert_not(cf_compare(day, noon, &order, &err));
    cr_assert_eq(err.code, CF_ETYPE);
    cr_assert(cf_equal(cf_uuid_value(arena, id), cf_uuid_value(arena, id)));
    cr_assert_eq(part(cf_uuid_value(arena, id), "version"), 4);
    cr_assert(cf_is(cf_date_value(arena, (cf_date){ 0 }), CF_TYPE_NONE));
    cr_assert(cf_is(cf_uuid_value(arena, (cf_uuid){ { 0 } }), CF_TYPE_NONE));
}

Test(date, json_is_iso_text)
{
    cf_list *list = cf_list_new(arena);
    cf_buf   out = cf_buf_in(arena, 0);
    cf_eval  eval = { .arena = arena };
    cf_uuid  id;

    cr_assert(cf_uuid_parse(CF_STR("6f1c33a8-0d8e-4b0e-9f0a-3a1f5f3b2c11"), &id));
    cf_list_add(list, cf_date_value(arena, (cf_date){ 2026, 1, 2 }));
    cf_list_add(list, cf_clock_value(arena, (cf_clock){ 0 }));
    cf_list_add(list, cf_uuid_value(arena, id));
    cf_list_add(list, cf_decimal_value(arena, (cf_decimal){ 1250, 2 }));
    cr_assert(cf_json_write(&eval, cf_from_list(list), NULL, &out, NULL));
    cr_assert_str_eq(cf_buf_cstr(&out),
                     "[\"2026-01-02\",\"00:00:00\",\"6f1c33a8-0d8e-4b0e-9f0a-3a1f5f3b2c11\","
                     "\"12.50\"]");
}

/* ---- in records ---- */

typedef enum bill_state { BILL_OPEN, BILL_PAID, BILL_LOST } bill_state;

typedef struct bill {
    cf_date    due;
    cf_clock   at;
    cf_decimal amount;
    cf_uuid    token;
    bill_state state;
} bill;

static const cf_field fields[] = { CF_FIELD(bill, due), CF_FIELD(bill, at), CF_FIELD(bill, amount),
                                   CF_FIELD(bill, token),
                                   CF_ENUM_FIELD(bill, state, "open paid lost") };

Test(date, fields_are_set_from_texts_and_read_back)
{
    static const char *const texts[] = { "2026-11-27", "09:30:00", "12.50",
                                         "6f1c33a8-0d8e-4b0e-9f0a-3a1f5f3b2c11", "paid" };
    cf_error                 err = { 0 };
    bill                     b = { 0 };

    for (size_t i = 0; i < 5; i++) {
        cr_assert(cf_field_set(arena, &fields[i], &b, cf_string(texts[i]), &err), "%s",
                  err.message);
        cr_assert_str_eq(shown(cf_field_get(arena, &fields[i], &b)), texts[i]);
        cr_assert_not(cf_field_set(arena, &fields[i], &b, cf_string("nonsense"), &err));
        cr_assert(strstr(err.message, fields[i].name), "%s", err.message);
        cr_assert_str_eq(shown(cf_field_get(arena, &fields[i], &b)), texts[i]);
    }
    cr_assert_eq(b.state, BILL_PAID);
    for (size_t i = 0; i < 5; i++)
        cr_assert(cf_field_set(arena, &fields[i], &b, cf_none(), &err));
    cr_assert_eq(b.due.month + b.at.us + b.amount.coefficient + b.state, 0);
}

Test(date, a_time_becomes_its_day_or_time_of_day)
{
    cf_time  t = { cf_date_time((cf_date){ 2026, 11, 27 }).us + 16 * CF_HOUR };
    cf_error err = { 0 };
    bill     b = { 0 };

    cr_assert(cf_field_set(arena, &fields[0], &b, cf_time_value(arena, t), &err));
    cr_assert(cf_field_set(arena, &fields[1], &b, cf_time_value(arena, t), &err));
    cr_assert_eq(cf_date_compare(b.due, (cf_date){ 2026, 11, 27 }), 0);
    cr_assert_eq(b.at.us, 16 * CF_HOUR);
}
