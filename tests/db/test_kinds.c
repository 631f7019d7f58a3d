/* test_kinds.c -- every kind of column: stored and read back exactly, NULL, defaults, rules. */
#include "fixture.h"

TestSuite(kinds, .init = fixture_database, .fini = fixture_end);

static cf_decimal dec(const char *text)
{
    cf_decimal d = { 0 };

    cr_assert(cf_decimal_parse(cf_str_of(text), &d), "%s", text);
    return d;
}

static void expect_decimal(cf_decimal d, const char *text)
{
    char out[24];

    cf_decimal_text(d, out);
    cr_expect_str_eq(out, text);
}

static Bill *new_bill(const char *payee, int64_t number)
{
    Bill *bill = cf_db_new_row(db, Bill);

    bill->payee = payee;
    bill->number = number;
    cf_db_add(db, bill);
    return bill;
}

/* The same row as another session reads it. */
static Bill *read_again(const Bill *bill)
{
    Bill *other = cf_db_get(cf_db_new(arena, database), Bill, cf_uuid_value(arena, bill->id));

    cr_assert(other);
    return other;
}

Test(kinds, values_come_back_as_they_were_stored)
{
    Bill *bill = new_bill("Water", 1), *read;

    bill->batch = cf_uuid_random();
    bill->amount = dec("12345678.90");
    bill->rate = dec("0.000001");
    bill->due = (cf_date){ 2026, 2, 28 };
    bill->made = (cf_date){ 1, 1, 1 };
    bill->reminder = (cf_clock){ 23 * CF_HOUR + 59 * CF_MINUTE + 123456 };
    bill->state = BILL_LOST;
    bill->before = BILL_PAID;
    commit();
    read = read_again(bill);
    cr_assert(cf_uuid_equal(read->id, bill->id));
    cr_assert(cf_uuid_equal(read->batch, bill->batch));
    expect_decimal(read->amount, "12345678.90");
    expect_decimal(read->rate, "0.000001");
    cr_assert_eq(cf_date_compare(read->due, bill->due), 0);
    cr_assert_eq(cf_date_compare(read->made, bill->made), 0);
    cr_assert_eq(read->reminder.us, bill->reminder.us);
    cr_assert_eq(read->state, BILL_LOST);
    cr_assert_eq(read->before, BILL_PAID);
    cr_assert_not(cf_db_is_dirty(cf_row_db(read)));
}

Test(kinds, every_decimal_of_two_places_is_exact)
{
    for (int i = 0; i < 400; i++) {
        Bill *bill = new_bill("Cents", i);

        bill->amount = (cf_decimal){ i * 2477 % 100000, 2 };
        bill->rate = (cf_decimal){ INT64_C(999999999999999) - i, 6 };
    }
    commit();
    db = cf_db_new(arena, database);
    cf_list *bills = cf_query_all(cf_query_order_by(cf_db_query(db, Bill), "number"));
    Bill    *bill;

    cr_assert_eq(bills->len, 400);
    CF_EACH(bills, bill)
    {
        cr_assert_eq(bill->amount.coefficient, bill->number * 2477 % 100000);
        cr_assert_eq(bill->amount.scale, 2);
        cr_assert_eq(bill->rate.coefficient, INT64_C(999999999999999) - bill->number);
    }
}

Test(kinds, defaults_are_set_in_c_and_in_sql)
{
    Bill     *bill;
    cf_result out;

    cf_time_freeze((cf_time){ cf_date_time((cf_date){ 2026, 11, 27 }).us + CF_HOUR });
    bill = new_bill("Gas", 1);
    cr_assert_not(cf_uuid_is_none(bill->id));
    expect_decimal(bill->amount, "1.50");
    cr_assert_eq(bill->state, BILL_PAID);
    cr_assert_eq(cf_date_compare(bill->made, (cf_date){ 2026, 11, 27 }), 0);
    commit();
    cr_assert(cf_db_execute(db,
                            "INSERT INTO bill (id, payee, number) VALUES "
                            "('6f1c33a8-0d8e-4b0e-9f0a-3a1f5f3b2c11', 'By hand', 2)",
                            NULL, 0, &out, &err),
              "%s", err.message);
    bill = cf_db_get(db, Bill, "6f1c33a8-0d8e-4b0e-9f0a-3a1f5f3b2c11");
    cr_assert(bill);
    expect_decimal(bill->amount, "1.50");
    cr_assert_eq(bill->state, BILL_PAID);
    cr_assert(cf_date_is_valid(bill->made));
    cr_assert(cf_is_null(bill, due) && cf_is_null(bill, reminder) && cf_is_null(bill, batch));
}

Test(kinds, null_is_seen_and_stored_for_every_kind)
{
    Bill *bill = new_bill("Power", 7), *read;

    cr_assert(cf_is_null(bill, rate) && cf_is_null(bill, due) && cf_is_null(bill, reminder) &&
              cf_is_null(bill, before) && cf_is_null(bill, batch));
    bill->rate = dec("1");
    bill->due = (cf_date){ 2026, 1, 1 };
    bill->before = BILL_PAID;
    bill->batch = cf_uuid_random();
    cf_set_not_null(bill, reminder); /* Midnight. */
    commit();
    read = read_again(bill);
    cr_assert_not(cf_is_null(read, rate) || cf_is_null(read, due) || cf_is_null(read, reminder) ||
                  cf_is_null(read, before) || cf_is_null(read, batch));
    cf_set_null(bill, rate);
    cf_set_null(bill, due);
    cf_set_null(bill, reminder);
    cf_set_null(bill, before);
    cf_set_null(bill, batch);
    commit();
    read = read_again(bill);
    cr_assert(cf_is_null(read, rate) && cf_is_null(read, due) && cf_is_null(read, reminder) &&
              cf_is_null(read, before) && cf_is_null(read, batch));
}

Test(kinds, decimals_are_rounded_to_their_column_and_refused_beyond_it)
{
    Bill *bill = new_bill("Rent", 1);

    bill->amount = dec("12.345");
    commit();
    expect_decimal(bill->amount, "12.35");
    bill->amount = dec("12.350"); /* The same number: nothing to write. */
    cr_assert_not(cf_db_is_dirty(db));
    bill->amount = dec("99999999.995");
    cr_assert_not(cf_db_commit(db, &err));
    cr_assert_eq(err.code, CF_ECONFLICT);
    cr_assert_str_eq(err.input, "amount");
    cr_assert(strstr(err.message, "8 digits before the point"), "%s", err.message);
    expect_decimal(bill->amount, "12.35");
}

Test(kinds, what_is_no_value_of_its_kind_is_refused)
{
    Bill *bill = new_bill("Rent", 1);

    bill->state = (BillState)7;
    cr_assert_not(cf_db_commit(db, &err));
    cr_assert_str_eq(err.input, "state");
    cf_db_add(db, bill);
    bill->state = BILL_OPEN;
    bill->due = (cf_date){ 2026, 2, 30 };
    cr_assert_not(cf_db_commit(db, &err));
    cr_assert_str_eq(err.input, "due");
    cf_db_add(db, bill);
    bill->due = (cf_date){ 2026, 2, 28 };
    bill->reminder = (cf_clock){ CF_DAY };
    cr_assert_not(cf_db_commit(db, &err));
    cr_assert_str_eq(err.input, "reminder");
    cf_db_add(db, bill);
    bill->reminder = (cf_clock){ 0 };
    commit();
    cr_assert_not(cf_row_set(bill, CF_STR("state"), cf_string("stolen"), &err));
    cr_assert(strstr(err.message, "open paid lost"), "%s", err.message);
}

static int64_t count_where(const char *column, cf_op op, cf_value value)
{
    return cf_query_count(cf_query_where(cf_db_query(db, Bill), column, op, value));
}

Test(kinds, queries_compare_them_by_their_order)
{
    static const char *const amounts[] = { "9.00", "10.50", "100.00" };

    for (int i = 0; i < 3; i++) {
        Bill *bill = new_bill("Phone", i);

        bill->amount = dec(amounts[i]);
        bill->due = cf_date_add((cf_date){ 2026, 12, 30 }, i);
        bill->reminder = (cf_clock){ i * CF_SECOND / 2 + CF_SECOND };
        bill->state = (BillState)i;
    }
    commit();
    cr_assert_eq(count_where("amount", CF_GT, cf_string("9.5")), 2);
    cr_assert_eq(count_where("amount", CF_EQ, cf_decimal_value(arena, dec("10.5"))), 1);
    cr_assert_eq(count_where("amount", CF_LT, cf_int(100)), 2);
    cr_assert_eq(count_where("due", CF_GE, cf_string("2026-12-31")), 2);
    cr_assert_eq(count_where("due", CF_LT, cf_date_value(arena, (cf_date){ 2027, 1, 1 })), 2);
    cr_assert_eq(count_where("reminder", CF_GT, cf_string("00:00:01")), 2);
    cr_assert_eq(count_where("reminder", CF_EQ, cf_string("00:00:01.5")), 1);
    cr_assert_eq(count_where("state", CF_EQ, cf_string("paid")), 1);
    cr_assert_eq(count_where("state", CF_EQ, cf_int(BILL_LOST)), 1);
    cr_assert_eq(count_where("state", CF_EQ, cf_string("stolen")), -1);
    cr_assert_eq(count_where("batch", CF_EQ, cf_none()), 3);
}

Test(kinds, updates_by_query_round_and_check_too)
{
    cf_named wide[] = { CF_NAMED("amount", "100000000") };
    cf_named good[] = { CF_NAMED("amount", "2.345"), CF_NAMED("state", "lost"),
                        CF_NAMED("due", "2026-03-04") };
    Bill    *bill = new_bill("Phone", 1);

    commit();
    cr_assert_eq(cf_query_update(cf_db_query(db, Bill), wide, 1), -1);
    cr_assert_str_eq(cf_db_error(db)->input, "amount");
    cr_assert_eq(cf_query_update(cf_db_query(db, Bill), good, 3), 1);
    commit();
    bill = read_again(bill);
    expect_decimal(bill->amount, "2.35");
    cr_assert_eq(bill->state, BILL_LOST);
    cr_assert_eq(bill->due.day, 4);
}

Test(kinds, a_uuid_is_a_key_that_children_reference)
{
    Bill *bill = new_bill("Phone", 1), *other;
    Part *part = cf_db_new_row(db, Part);

    part->name = "May";
    cr_assert(cf_relate_add(bill, "parts", part));
    commit();
    cr_assert(cf_uuid_equal(part->bill_id, bill->id));
    other = read_again(bill);
    cr_assert_eq(cf_related_list(other, "parts")->len, 1);
    cr_assert_eq(cf_related(cf_row_at(cf_related_list(other, "parts"), 0), "bill"), other);
    cr_assert_eq(cf_db_get(db, Bill, cf_uuid_value(arena, bill->id)), bill);
    cr_assert_null(cf_db_get(db, Bill, "nonsense"));
}

/* ---- rules of a whole table ---- */

static void refused(const char *input)
{
    cr_assert_not(cf_db_commit(db, &err));
    cr_expect_eq(err.code, CF_ECONFLICT, "%s", err.message);
    cr_expect_str_eq(err.input, input, "%s: %s", err.input, err.message);
}

Test(kinds, unique_over_two_columns_names_one_of_the_form)
{
    new_bill("Phone", 1);
    new_bill("Phone", 2);
    commit();
    new_bill("Phone", 2);
    refused("payee");
}

Test(kinds, unique_with_a_foreign_key_names_the_other_column)
{
    Bill *bill = new_bill("Phone", 1);

    for (int i = 0; i < 2; i++) {
        Part *part = cf_db_new_row(db, Part);

        part->place = 5;
        cr_assert(cf_relate_add(bill, "parts", part));
    }
    refused("place");
}

Test(kinds, a_partial_unique_index_holds_for_its_rows_only)
{
    cf_uuid batch = cf_uuid_random();

    for (int i = 0; i < 2; i++)
        new_bill("Phone", -i)->batch = batch;
    commit();
    for (int i = 0; i < 2; i++)
        new_bill("Phone", 1 + i)->batch = batch;
    refused("batch");
}

Test(kinds, a_check_names_the_column_it_is_about)
{
    new_bill("Phone", 1)->amount = dec("-1");
    refused("amount");
}

Test(kinds, a_changed_key_changes_what_references_it)
{
    Bill *bill = new_bill("Phone", 1);
    Part *part = cf_db_new_row(db, Part);

    cr_assert(cf_relate_add(bill, "parts", part));
    commit();
    bill->id = cf_uuid_random();
    commit();
    cr_assert(cf_db_refresh(db, part));
    cr_assert(cf_uuid_equal(part->bill_id, bill->id));
}

Test(kinds, the_schema_names_its_rules)
{
    const char *sql = cf_schema_sql(arena, database, &err);

    cr_assert(sql, "%s", err.message);
    cr_expect(strstr(sql, "CREATE INDEX ix_bill_state_due ON bill (state, due DESC);"));
    cr_expect(strstr(sql, "CREATE UNIQUE INDEX uq_bill_payee_number ON bill"));
    cr_expect(strstr(sql, "one_per_batch ON bill (batch) WHERE number > 0;"));
    cr_expect(strstr(sql, "CONSTRAINT amount_is_not_negative CHECK (amount >= 0)"));
    cr_expect(strstr(sql, "REFERENCES bill (id) ON DELETE CASCADE ON UPDATE CASCADE"));
    cr_expect(strstr(sql, "ON part (bill_id, place)"));
    cr_expect_null(strstr(sql, "ix_part_bill_id")); /* The composite one serves. */
}

/* ---- declarations ---- */

typedef struct Odd {
    CF_ROW;
    int64_t     id, version;
    const char *name;
    cf_decimal  amount;
    unsigned    state;
} Odd;

#define ODD(variant, ...)                                                                          \
    extern const cf_model variant##_model;                                                         \
    typedef Odd           variant;                                                                 \
    CF_MODEL(variant, "odd", CF_COLUMN(Odd, id, .primary_key = true), __VA_ARGS__)

ODD(OddWords, CF_COLUMN(Odd, state));
ODD(OddDefault, CF_COLUMN(Odd, state, .one_of = "a b", .default_value = "c"));
ODD(OddWide, CF_COLUMN(Odd, amount, .precision = 19));
ODD(OddScale, CF_COLUMN(Odd, amount, .precision = 4, .scale = 5));
ODD(OddText, CF_COLUMN(Odd, name, .scale = 2));
ODD(OddVersion, CF_COLUMN(Odd, name, .version = true));
ODD(OddUuid, CF_COLUMN(Odd, name, .default_uuid = true));
ODD(OddIndex, CF_COLUMN(Odd, name), CF_INDEX(Odd, "name, nam"));
ODD(OddTwice, CF_COLUMN(Odd, name, .index = true), CF_INDEX(Odd, "name", .where = "id > 1"));
ODD(OddUpdate, CF_COLUMN(Odd, version, .on_update = CF_CASCADE));
ODD(OddCheck, CF_COLUMN(Odd, state, .one_of = "a b"), CF_CHECK(Odd, state, "state <> ''"));
ODD(OddMany, CF_COLUMN(Odd, amount, .precision = 16));

Test(kinds, a_misdeclared_column_or_rule_is_refused)
{
    static const struct {
        const cf_model *model;
        const char     *says;
    } cases[] = {
        { &OddWords_model, "needs .one_of" },
        { &OddDefault_model, ".default_value is not in .one_of" },
        { &OddWide_model, ".precision from 1 to 18" },
        { &OddScale_model, ".scale up to .precision" },
        { &OddText_model, "are for cf_decimal" },
        { &OddVersion_model, "must be a plain int64_t" },
        { &OddUuid_model, ".default_uuid is for cf_uuid" },
        { &OddIndex_model, "did you mean 'name'" },
        { &OddTwice_model, "two indexes are named \"ix_odd_name\"" },
        { &OddUpdate_model, ".on_update but no .references" },
        { &OddCheck_model, "has the name that the check of" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const cf_model *const list[] = { cases[i].model, NULL };

        cr_expect_null(cf_models_new(arena, list, &err), "accepted: %s", cases[i].says);
        cr_expect(strstr(err.message, cases[i].says), "%s\n not %s", err.message, cases[i].says);
        cr_expect(strstr(err.message, "test_kinds.c:"), "%s", err.message);
    }
}

Test(kinds, sqlite_says_how_many_digits_it_keeps)
{
    static const cf_model *const list[] = { &OddMany_model, NULL };
    cf_database_options          options = { .models = cf_models_new(arena, list, &err) };

    cr_assert(options.models, "%s", err.message);
    cr_assert_null(cf_database_open(arena, "sqlite://:memory:", &options, &err));
    cr_assert_eq(err.code, CF_EUNSUPPORTED);
    cr_assert(strstr(err.message, "15 digits"), "%s", err.message);
}
