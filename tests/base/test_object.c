/* test_object.c -- C objects as values: what their class offers, and what happens where it does
 * not. */
#include <criterion/criterion.h>

#include <carafe/json.h>
#include <carafe/record.h>
#include <carafe/value.h>

/* A range of integers that fails when it is told to. */
typedef struct range {
    cf_object head;
    int64_t   from, to;
    bool      broken;
} range;

static bool check(cf_eval *eval, const cf_object *self)
{
    return !((const range *)self)->broken ||
           cf_fail(eval ? eval->err : NULL, CF_EDB, "the range is broken");
}

static bool range_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    if (cf_str_is(name, "from"))
        *out = cf_int(((range *)self)->from);
    return check(eval, self);
}

static bool range_length(cf_eval *eval, cf_object *self, int64_t *out)
{
    *out = ((range *)self)->to - ((range *)self)->from;
    return check(eval, self);
}

static bool range_next(cf_iter *iter, cf_eval *eval, cf_value *item, bool *done)
{
    range  *r = (range *)iter->source.as.object;
    int64_t number = r->from + (int64_t)iter->pos++;

    *done = number >= r->to;
    *item = cf_int(number);
    return check(eval, &r->head);
}

static bool range_iter(cf_eval *eval, cf_object *self, cf_iter *iter)
{
    iter->next = range_next;
    return check(eval, self);
}

static bool range_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    *safe = true;
    cf_buf_puts(out, "<i>range</i>");
    return check(eval, self);
}

static bool range_equal(cf_object *a, cf_value b)
{
    return b.type == CF_TYPE_OBJECT && b.as.object->class == a->class &&
           ((range *)a)->from == ((range *)b.as.object)->from;
}

static bool range_call(cf_call *call, cf_object *self, cf_value *result)
{
    *result = cf_int(((range *)self)->from + cf_arg(call, 0, "add").as.integer);
    return true;
}

static bool range_json(cf_eval *eval, cf_object *self, cf_value *out)
{
    cf_list *list = cf_list_new(eval->arena);

    cf_list_add(list, cf_int(((range *)self)->from));
    *out = cf_from_list(list);
    return check(eval, self);
}

static const cf_class range_class = {
    .name = "range",
    .get = range_get,
    .length = range_length,
    .iter = range_iter,
    .text = range_text,
    .equal = range_equal,
    .call = range_call,
    .json = range_json,
};
static const cf_class bare_class = { .name = "bare" };

static cf_arena *arena;
static cf_error  failure;
static cf_eval   eval;
static range     three, empty, broken;
static cf_object bare = { &bare_class };

static void setup(void)
{
    arena = cf_arena_new();
    failure = (cf_error){ 0 };
    eval = (cf_eval){ .arena = arena, .err = &failure };
    three = (range){ { &range_class }, 4, 7, false };
    empty = (range){ { &range_class }, 4, 4, false };
    broken = (range){ { &range_class }, 0, 9, true };
}

static void teardown(void)
{
    cf_arena_free(arena);
}

TestSuite(object, .init = setup, .fini = teardown);

Test(object, attributes_and_items_come_from_get)
{
    cf_value out;

    cr_assert(cf_get_attr(&eval, cf_value_of(&three), CF_STR("from"), &out));
    cr_assert_eq(out.as.integer, 4);
    cr_assert(cf_get_item(&eval, cf_value_of(&three), cf_string("from"), &out));
    cr_assert_eq(out.as.integer, 4);
    cr_assert(cf_get_attr(&eval, cf_value_of(&three), CF_STR("absent"), &out));
    cr_assert_eq(out.type, CF_TYPE_UNDEFINED);
    cr_assert_not(cf_get_attr(&eval, cf_value_of(&broken), CF_STR("from"), &out));
    cr_assert_eq(failure.code, CF_EDB);
}

Test(object, truth_is_the_length_and_errors_are_told)
{
    bool truth;

    cr_assert(cf_truth(cf_value_of(&three)));
    cr_assert_not(cf_truth(cf_value_of(&empty)));
    cr_assert_not(cf_truth(cf_value_of(&broken)));
    cr_assert(cf_truth(cf_value_of(&bare)));
    cr_assert_not(cf_truth_of(&eval, cf_value_of(&broken), &truth));
    cr_assert_eq(failure.code, CF_EDB);
    cr_assert_eq(cf_length(&eval, cf_value_of(&three)), 3);
    cr_assert_eq(cf_length(&eval, cf_value_of(&bare)), -1);
}

Test(object, walks_go_through_iter)
{
    int64_t  sum = 0;
    cf_value item;
    cf_iter  iter;
    bool     done;

    cr_assert(cf_iterate(&eval, cf_value_of(&three), &iter));
    while (cf_iter_next(&iter, &eval, &item, &done) && !done)
        sum += item.as.integer;
    cr_assert_eq(sum, 4 + 5 + 6);
    cr_assert_not(cf_iterate(&eval, cf_value_of(&broken), &iter));
    cr_assert_not(cf_iterate(&eval, cf_value_of(&bare), &iter));
    cr_assert_not_null(strstr(failure.message, "'bare' object is not iterable"));
}

Test(object, text_equality_calls_and_json_come_from_the_class)
{
    range    same = three;
    cf_value sum, one = cf_int(1);
    cf_buf   text = cf_buf_in(arena, 0), json = cf_buf_in(arena, 0);

    cr_assert(cf_to_text(&eval, cf_value_of(&three), &text));
    cr_assert(cf_to_text(&eval, cf_value_of(&bare), &text));
    cr_assert_str_eq(cf_buf_cstr(&text), "<i>range</i><bare>");
    cr_assert_not(cf_to_text(&eval, cf_value_of(&broken), &text));
    cr_assert(cf_equal(cf_value_of(&three), cf_value_of(&same)));
    cr_assert_not(cf_equal(cf_value_of(&three), cf_value_of(&broken)));
    cr_assert_not(cf_equal(cf_value_of(&three), cf_int(4)));
    cr_assert_not(cf_equal(cf_int(4), cf_value_of(&three)));
    cr_assert(cf_equal(cf_value_of(&bare), cf_value_of(&bare)));
    cr_assert_eq(cf_hash(cf_value_of(&three)), cf_hash(cf_value_of(&same)));
    cr_assert(cf_call_value(&eval, cf_value_of(&three), &one, 1, NULL, 0, &sum));
    cr_assert_eq(sum.as.integer, 5);
    cr_assert_not(cf_call_value(&eval, cf_value_of(&bare), NULL, 0, NULL, 0, &sum));
    cr_assert(cf_json_write(&eval, cf_value_of(&three), NULL, &json, &failure));
    cr_assert_str_eq(cf_buf_cstr(&json), "[4]");
}

Test(object, json_failures_are_told_to_the_caller)
{
    cf_buf   json = cf_buf_in(arena, 0);
    cf_error other = { 0 };

    cr_assert_not(cf_json_write(&eval, cf_value_of(&broken), NULL, &json, &other));
    cr_assert_eq(other.code, CF_EDB);
    cr_assert_not(cf_json_write(&eval, cf_value_of(&bare), NULL, &json, &other));
    cr_assert_eq(other.code, CF_ETYPE);
    cr_assert_not(cf_json_write(NULL, cf_value_of(&three), NULL, &json, &other));
    cr_assert_eq(other.code, CF_EINVAL);
}

Test(object, objects_without_order_are_not_compared)
{
    int order;

    cr_assert_not(cf_compare(cf_value_of(&bare), cf_value_of(&bare), &order, &failure));
    cr_assert_eq(failure.code, CF_ETYPE);
}

Test(object, types_are_called_as_in_python)
{
    cf_value bytes = cf_string("x");

    bytes.bytes = true;
    cr_assert_str_eq(cf_type_name(cf_value_of(&three)), "range");
    cr_assert_str_eq(cf_type_name(bytes), "bytes");
    cr_assert_str_eq(cf_type_name(cf_safe("x")), "Markup");
    cr_assert_str_eq(cf_type_name(cf_float(1)), "float");
    cr_assert_str_eq(cf_type_name(cf_none()), "NoneType");
    cr_assert_str_eq(cf_type_name(cf_from_list(cf_tuple_new(arena))), "tuple");
    cr_assert_str_eq(cf_type_name(cf_from_map(cf_map_new(arena))), "dict");
}

Test(object, every_method_of_a_time_can_be_called)
{
    static const struct {
        const char *name, *want;
    } cases[] = {
        { "isoformat", "2026-11-23T16:25:33.500000Z" },
        { "date", "2026-11-23" },
        { "time", "16:25:33" },
        { "timestamp", "1795451133.5" },
        { "weekday", "0" },
        { "ago", "2 hours ago" },
    };
    cf_call  call = { .eval = &eval };
    cf_list *names = cf_list_new(arena);
    cf_value t, out, argument = cf_int(1);
    cf_time  time;
    bool     found;

    cr_assert(cf_time_from_iso(CF_STR("2026-11-23T16:25:33.5"), &time));
    cf_time_freeze((cf_time){ time.us + 2 * CF_HOUR });
    t = cf_time_value(arena, time);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cf_buf text = cf_buf_in(arena, 0);

        cr_assert(t.as.object->class->method(&call, t.as.object, cf_str_of(cases[i].name), &out,
                                             &found) &&
                  found);
        cr_assert(cf_to_text(&eval, out, &text));
        cr_expect_str_eq(cf_buf_cstr(&text), cases[i].want);
    }
    cr_assert(t.as.object->class->method(&call, t.as.object, CF_STR("none"), &out, &found));
    cr_assert_not(found);
    call = (cf_call){ .eval = &eval, .args = &argument, .nargs = 1 };
    cr_assert_not(t.as.object->class->method(&call, t.as.object, CF_STR("date"), &out, &found));
    cr_assert_not(t.as.object->class->method(&call, t.as.object, CF_STR("strftime"), &out, &found));
    t.as.object->class->names(&eval, t.as.object, names);
    cr_assert_eq(names->len, 14);
}
