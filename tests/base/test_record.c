/* test_record.c -- C structs as records, and times as objects. */
#include <criterion/criterion.h>

#include <carafe/json.h>
#include <carafe/record.h>

typedef struct bill {
    int64_t     id;
    int32_t     copies;
    const char *payee;
    cf_str      scan;
    double      amount;
    bool        paid;
    cf_time     due;
    cf_value    extra;
} bill;

static bool bill_title(cf_eval *eval, cf_object *self, cf_value *out)
{
    (void)self;
    *out = cf_string_copy(eval->arena, CF_STR("a bill"));
    return true;
}

static const cf_field fields[] = {
    CF_FIELD(bill, id),   CF_FIELD(bill, copies), CF_FIELD(bill, payee),
    CF_FIELD(bill, scan), CF_FIELD(bill, amount), CF_FIELD(bill, paid),
    CF_FIELD(bill, due),  CF_FIELD(bill, extra),  { .name = "title", .property = bill_title },
};

static const cf_record bill_record = {
    .name = "bill", .size = sizeof(bill), .fields = fields, .count = sizeof fields / sizeof *fields
};

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

TestSuite(record, .init = setup, .fini = teardown);

static bool set(bill *b, const char *name, cf_value value)
{
    return cf_field_set(arena, cf_record_find(&bill_record, cf_str_of(name)), b, value, &failure);
}

Test(record, kinds_follow_the_members_types)
{
    cr_assert_eq(cf_record_find(&bill_record, CF_STR("id"))->kind, CF_KIND_INT64);
    cr_assert_eq(cf_record_find(&bill_record, CF_STR("copies"))->kind, CF_KIND_INT32);
    cr_assert_eq(cf_record_find(&bill_record, CF_STR("payee"))->kind, CF_KIND_TEXT);
    cr_assert_eq(cf_record_find(&bill_record, CF_STR("due"))->kind, CF_KIND_TIME);
    cr_assert_null(cf_record_find(&bill_record, CF_STR("missing")));
    cr_assert_null(cf_record_find(&bill_record, CF_STR("")));
}

Test(record, stored_values_read_back)
{
    bill     b = { 0 };
    cf_value due;

    cr_assert(set(&b, "id", cf_string(" 7 ")) && b.id == 7);
    cr_assert(set(&b, "copies", cf_float(3)) && b.copies == 3);
    cr_assert(set(&b, "payee", cf_string("Café")));
    cr_assert_str_eq(b.payee, "Café");
    cr_assert(set(&b, "scan", cf_string_of(cf_str_n("\0\xff", 2))) && b.scan.len == 2);
    cr_assert(set(&b, "amount", cf_string("12.50")) && b.amount == 12.5);
    cr_assert(set(&b, "paid", cf_string("True")) && b.paid);
    cr_assert(set(&b, "due", cf_string("2026-12-01")));
    due = cf_field_get(arena, cf_record_find(&bill_record, CF_STR("due")), &b);
    cr_assert(cf_value_time(due, NULL));
    cr_assert(set(&b, "due", due));
    cr_assert(set(&b, "extra", cf_int(1)) && b.extra.as.integer == 1);
}

Test(record, none_is_the_zero_of_every_kind)
{
    bill                     b = { .id = 7, .payee = "x", .amount = 1, .paid = true, .due = { 1 } };
    static const char *const names[] = { "id", "payee", "scan", "amount", "paid", "due" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        cr_assert(set(&b, names[i], cf_none()), "%s", names[i]);
    cr_assert(b.id == 0 && !b.payee && !b.scan.ptr && b.amount == 0 && !b.paid && !b.due.us);
    cr_assert_eq(cf_field_get(arena, &fields[2], &b).type, CF_TYPE_NONE);
    cr_assert_eq(cf_field_get(arena, &fields[6], &b).type, CF_TYPE_NONE);
}

Test(record, what_does_not_fit_is_refused_by_name)
{
    static const struct {
        const char *name;
        cf_value    value;
    } cases[] = {
        { "id", { .type = CF_TYPE_STRING, .len = 2, .as.text = "x1" } },
        { "id", { .type = CF_TYPE_FLOAT, .as.number = 1.5 } },
        { "id", { .type = CF_TYPE_FLOAT, .as.number = 0x1p63 } },
        { "id", { .type = CF_TYPE_UNDEFINED } },
        { "copies", { .type = CF_TYPE_INT, .as.integer = INT64_C(1) << 31 } },
        { "payee", { .type = CF_TYPE_INT, .as.integer = 3 } },
        { "payee", { .type = CF_TYPE_STRING, .len = 3, .as.text = "a\0b" } },
        { "amount", { .type = CF_TYPE_STRING, .len = 3, .as.text = "1,5" } },
        { "paid", { .type = CF_TYPE_INT, .as.integer = 2 } },
        { "due", { .type = CF_TYPE_STRING, .len = 8, .as.text = "tomorrow" } },
        { "title", { .type = CF_TYPE_NONE } },
    };
    bill b = { .id = 5, .payee = "kept" };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cf_error_clear(&failure);
        cr_expect_not(set(&b, cases[i].name, cases[i].value), "case %zu", i);
        cr_expect_eq(failure.code, CF_ETYPE);
        cr_expect_not_null(strstr(failure.message, cases[i].name), "%s", failure.message);
    }
    cr_assert_eq(b.id, 5);
    cr_assert_str_eq(b.payee, "kept");
}

Test(record, a_struct_is_an_object_for_templates_and_json)
{
    bill     b = { .id = 1, .payee = "Ada" };
    cf_value object = cf_record_value(arena, &bill_record, &b), out;
    cf_buf   json = cf_buf_in(arena, 0);

    cr_assert(cf_get_attr(&eval, object, CF_STR("payee"), &out));
    cr_assert(cf_equal(out, cf_string("Ada")));
    cr_assert(cf_get_attr(&eval, object, CF_STR("title"), &out));
    cr_assert(cf_equal(out, cf_string("a bill")));
    cr_assert(cf_get_attr(&eval, object, CF_STR("nothing"), &out));
    cr_assert_eq(out.type, CF_TYPE_UNDEFINED);
    b.extra = cf_none();
    cr_assert(cf_json_write(&eval, object, NULL, &json, &failure));
    cr_assert_str_eq(cf_buf_cstr(&json),
                     "{\"id\":1,\"copies\":0,\"payee\":\"Ada\",\"scan\":\"\",\"amount\":0.0,"
                     "\"paid\":false,\"due\":null,\"extra\":null,\"title\":\"a bill\"}");
    cr_assert_eq(cf_record_value(arena, &bill_record, NULL).type, CF_TYPE_NONE);
}

typedef struct wide_field {
    cf_field field;
    int      max;
} wide_field;

Test(record, a_table_may_have_longer_entries)
{
    static const wide_field wide[] = { { CF_FIELD(bill, id), 1 }, { CF_FIELD(bill, payee), 2 } };
    static const cf_record  record = { .fields = &wide[0].field,
                                       .count = 2,
                                       .stride = sizeof(wide_field) };

    cr_assert_eq(cf_record_find(&record, CF_STR("payee")), &wide[1].field);
}

static cf_value call_method(cf_value object, const char *name, cf_value *args, size_t count)
{
    cf_call  call = { .eval = &eval, .args = args, .nargs = count };
    cf_value out = cf_none();
    bool     found = false;

    cr_assert(
        object.as.object->class->method(&call, object.as.object, cf_str_of(name), &out, &found),
        "%s", failure.message);
    cr_assert(found);
    return out;
}

Test(record, a_time_behaves_like_pythons_datetime)
{
    cf_value t, later, year, format = cf_string("%d %B");
    cf_buf   text = cf_buf_in(arena, 0);
    cf_time  time;
    int      order;

    cr_assert(cf_time_from_iso(CF_STR("2026-11-23T16:25:33"), &time));
    t = cf_time_value(arena, time);
    later = cf_time_value(arena, (cf_time){ time.us + 1 });
    cr_assert(cf_to_text(&eval, t, &text));
    cr_assert_str_eq(cf_buf_cstr(&text), "2026-11-23 16:25:33");
    cr_assert(cf_get_attr(&eval, t, CF_STR("year"), &year));
    cr_assert_eq(year.as.integer, 2026);
    cr_assert(cf_equal(call_method(t, "strftime", &format, 1), cf_string("23 November")));
    cr_assert(cf_equal(call_method(t, "isoformat", NULL, 0), cf_string("2026-11-23T16:25:33Z")));
    cr_assert(cf_equal(call_method(t, "date", NULL, 0), cf_string("2026-11-23")));
    cr_assert(cf_compare(t, later, &order, &failure) && order < 0);
    cr_assert_not(cf_compare(t, cf_int(3), &order, &failure));
    cr_assert(cf_equal(t, cf_time_value(arena, time)));
    cr_assert_not(cf_equal(t, later));
    cr_assert_not(cf_equal(t, cf_string("2026-11-23 16:25:33")));
    cr_assert_eq(cf_time_value(arena, (cf_time){ 0 }).type, CF_TYPE_NONE);
}
