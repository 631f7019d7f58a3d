/* test_form.c -- forms bound to given texts: reading, checking, storing, showing. */
#include <criterion/criterion.h>

#include <string.h>

#include <carafe/address.h>

#include "form/form_internal.h"

static cf_arena *arena;

static void set_up(void)
{
    arena = cf_arena_new();
}

static void tear_down(void)
{
    cf_arena_free(arena);
}

TestSuite(form, .init = set_up, .fini = tear_down);

static void no_spam(cf_form *form, cf_input *input)
{
    (void)form;
    if (cf_str_find(cf_text(input->data), CF_STR("spam")) != CF_NPOS)
        cf_input_error(input, "No spam, please.");
}

static void dates_in_order(cf_form *form)
{
    cf_time from, to;

    if (cf_value_time(cf_form_value(form, "from"), &from) &&
        cf_value_time(cf_form_value(form, "to"), &to) && to.us < from.us)
        cf_form_error(form, NULL, "The end lies before the beginning.");
}

static CF_FORM_CHECKED(
    Stay, dates_in_order, CF_STRING("name", .required = true, .max = 10, .validate = no_spam),
    CF_EMAIL("email", .validators = CF_VALIDATORS(CF_VALID_EMAIL())),
    CF_INTEGER("guests", .min = 1, .max = 4), CF_FLOAT("weight", .optional = true),
    CF_BOOLEAN("pets"), CF_DATE("from"), CF_DATE("to"),
    CF_SELECT("room", .choices = CF_CHOICES({ "s", "Single", NULL }, { "d", "Double", NULL }),
              .optional = true),
    CF_SELECT_MULTIPLE("extras", .coerce = CF_COERCE_INT,
                       .choices = CF_CHOICES({ "1", "Breakfast", "Food" },
                                             { "2", "Dinner", "Food" }, { "3", "Bike", NULL })),
    CF_PASSWORD("password"), CF_PASSWORD("again", .equal_to = "password"),
    CF_TEXTAREA("note", .fallback = "none"), CF_HIDDEN("next"), CF_SUBMIT("save"));

static void give(cf_map *map, const char *name, const char *text)
{
    cf_value *list = cf_map_find(map, cf_string(name));

    if (!list) {
        cf_map_set(map, name, cf_from_list(cf_list_new(arena)));
        list = cf_map_find(map, cf_string(name));
    }
    cf_list_add(list->as.list, cf_string(text));
}

static cf_form *posted(const char *const *pairs)
{
    cf_map *map = cf_map_new(arena);

    for (; *pairs; pairs += 2)
        give(map, pairs[0], pairs[1]);
    return cf_form_bind(arena, &Stay, cf_none(), map);
}

#define POSTED(...) posted((const char *const[]){ __VA_ARGS__, NULL })

static const char *first_error(cf_form *form, const char *name)
{
    cf_list *errors = cf_form_input(form, name)->errors;

    return errors->len ? cf_cstr(arena, errors->items[0], "") : "";
}

Test(form, good_input_is_typed_and_valid)
{
    cf_form *form = POSTED("name", " Ada ", "email", "ada@example.org", "guests", "2", "weight",
                           "1.5", "pets", "y", "room", "d", "extras", "1", "extras", "3", "from",
                           "2026-02-28", "to", "2026-03-01");

    cr_assert(cf_form_validate_on_submit(form));
    cr_assert_str_eq(cf_form_text(form, "name"), "Ada");
    cr_assert_eq(cf_form_int(form, "guests"), 2);
    cr_assert_eq(cf_form_value(form, "weight").as.number, 1.5);
    cr_assert(cf_form_bool(form, "pets"));
    cr_assert_str_eq(cf_form_text(form, "room"), "d");
    cr_assert_eq(cf_form_value(form, "extras").as.list->len, 2);
    cr_assert_eq(cf_form_value(form, "extras").as.list->items[1].as.integer, 3);
}

Test(form, each_mistake_has_its_sentence)
{
    static const struct {
        const char *field, *text, *sentence;
    } cases[] = {
        { "name", "", "This field is required." },
        { "name", "   ", "This field is required." },
        { "name", "a name too long", "Field cannot be longer than 10 characters." },
        { "name", "spam", "No spam, please." },
        { "email", "nobody", "Invalid email address." },
        { "guests", "many", "Not a valid integer value." },
        { "guests", "9223372036854775808", "Not a valid integer value." },
        { "guests", "5", "Number must be between 1 and 4." },
        { "guests", "0", "Number must be between 1 and 4." },
        { "weight", "nan", "Not a valid float value." },
        { "from", "2026-02-30", "Not a valid date value." },
        { "from", "2026-13-01", "Not a valid date value." },
        { "room", "suite", "Not a valid choice." },
        { "extras", "9", "'9' is not valid choice for this field." },
        { "extras", "x", "Invalid choice(s): one or more data inputs could not be coerced." },
        { "again", "other", "Field must be equal to password." },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cf_form *form = POSTED("name", strcmp(cases[i].field, "name") ? "Ada" : cases[i].text,
                               strcmp(cases[i].field, "name") ? cases[i].field : "unused",
                               cases[i].text, "password", "secret");

        cr_assert_not(cf_form_validate_on_submit(form), "%s=%s", cases[i].field, cases[i].text);
        cr_assert_str_eq(first_error(form, cases[i].field), cases[i].sentence);
    }
}

Test(form, empty_optional_fields_are_fine)
{
    cf_form *form = POSTED("name", "Ada", "email", "", "guests", "", "weight", "", "from", "");

    cr_assert_str_eq(first_error(form, "guests"), "");
    cf_form_validate(form);
    cr_assert_str_eq(first_error(form, "guests"), "");
    cr_assert_str_eq(first_error(form, "weight"), "");
    cr_assert_str_eq(first_error(form, "from"), "");
}

Test(form, a_check_of_the_whole_form_refuses_it)
{
    cf_form *form = POSTED("name", "Ada", "email", "a@example.org", "from", "2026-03-02", "to",
                           "2026-03-01");

    cr_assert_not(cf_form_validate(form));
    cr_assert_eq(form->errors->len, 1);
}

Test(form, without_submission_the_object_and_defaults_show)
{
    cf_map  *object = cf_map_new(arena);
    cf_form *form;

    cf_map_set(object, "name", cf_string("Grace"));
    cf_map_set(object, "extras", cf_from_list(cf_list_new(arena)));
    form = cf_form_bind(arena, &Stay, cf_from_map(object), NULL);
    cr_assert_not(cf_form_validate_on_submit(form));
    cr_assert_str_eq(cf_form_text(form, "name"), "Grace");
    cr_assert_str_eq(cf_form_text(form, "note"), "none");
}

Test(form, populate_stores_fields_but_not_buttons_or_empty_passwords)
{
    cf_map  *object = cf_map_new(arena);
    cf_form *form = POSTED("name", "Ada", "password", "", "save", "y", "guests", "3");

    cr_assert(cf_form_populate(form, cf_from_map(object)));
    cr_assert(cf_str_is(cf_text(cf_map_get(object, "name")), "Ada"));
    cr_assert_eq(cf_map_get(object, "guests").as.integer, 3);
    cr_assert_null(cf_map_find(object, cf_string("save")));
    cr_assert_null(cf_map_find(object, cf_string("password")));
}

Test(form, choices_made_at_run_time_replace_the_fixed_ones)
{
    cf_form  *form = POSTED("name", "Ada", "email", "a@example.org", "room", "k");
    cf_input *room = cf_form_input(form, "room");

    cf_input_choice(room, cf_string("k"), "King's", NULL);
    cf_form_validate(form);
    cr_assert_eq(room->errors->len, 0);
    cr_assert_eq(room->choices->len, 1);
}

static const char *html(cf_form *form, const char *name)
{
    cf_buf out = cf_buf_in(arena, 0);

    cr_assert(cf__input_html(cf_form_input(form, name), NULL, 0, &out));
    return cf_buf_cstr(&out);
}

Test(form, what_was_typed_is_shown_again_and_escaped)
{
    cf_form *form = POSTED("name", "\"><script>", "guests", "<5>", "password", "secret", "note",
                           "</textarea><b>", "extras", "2");

    cr_assert_str_eq(html(form, "name"),
                     "<input id=\"name\" maxlength=\"10\" name=\"name\" required "
                     "type=\"text\" value=\"&#34;&gt;&lt;script&gt;\">");
    cr_assert_str_eq(html(form, "guests"),
                     "<input id=\"guests\" max=\"4\" min=\"1\" name=\"guests\" "
                     "type=\"number\" value=\"&lt;5&gt;\">");
    cr_assert_str_eq(html(form, "password"),
                     "<input id=\"password\" name=\"password\" type=\"password\" value=\"\">");
    cr_assert_str_eq(html(form, "note"), "<textarea id=\"note\" name=\"note\">\r\n"
                                         "&lt;/textarea&gt;&lt;b&gt;</textarea>");
    cr_assert_str_eq(html(form, "extras"),
                     "<select id=\"extras\" multiple name=\"extras\"><optgroup label=\"Food\">"
                     "<option value=\"1\">Breakfast</option>"
                     "<option selected value=\"2\">Dinner</option></optgroup>"
                     "<option value=\"3\">Bike</option></select>");
}

Test(form, attributes_from_a_template_cannot_break_out)
{
    cf_form *form = POSTED("name", "x");
    cf_kwarg kwargs[] = { { CF_STR("class_"), cf_string("a\"b") },
                          { CF_STR("data_x"), cf_string("1") },
                          { CF_STR("a b>"), cf_string("2") },
                          { CF_STR("hidden"), cf_bool(false) } };
    cf_buf   out = cf_buf_in(arena, 0);

    cr_assert(cf__input_html(cf_form_input(form, "next"), kwargs, 4, &out));
    cr_assert_str_eq(cf_buf_cstr(&out),
                     "<input ab=\"2\" class=\"a&#34;b\" data-x=\"1\" id=\"next\" "
                     "name=\"next\" type=\"hidden\" value=\"\">");
}

Test(form, conflicts_of_the_database_show_on_their_field)
{
    cf_form *form = POSTED("name", "Ada");
    cf_error err = { 0 };

    cf_fail(&err, CF_ECONFLICT, "UNIQUE constraint failed");
    cf_fail_in(&err, "name", 0, 0);
    cr_assert(cf_form_take_conflict(form, &err));
    cr_assert_str_eq(first_error(form, "name"), "This Name is already taken.");
    cf_fail(&err, CF_EDB, "gone");
    cr_assert_not(cf_form_take_conflict(form, &err));
}

Test(form, dates_are_read_by_their_format)
{
    static const struct {
        const char *text, *format, *iso;
    } cases[] = {
        { "2026-11-23", "%Y-%m-%d", "2026-11-23T00:00:00Z" },
        { "5/6/2008 4:30", "%-m/%-d/%Y %-I:%M", "2008-05-06T04:30:00Z" },
        { "12:05 AM", "%I:%M %p", "1900-01-01T00:05:00Z" },
        { "12:05 pm", "%I:%M %p", "1900-01-01T12:05:00Z" },
        { "29 February 2024", "%d %B %Y", "2024-02-29T00:00:00Z" },
        { "2026-W01", "%G-W%V", "2025-12-29T00:00:00Z" },
        { "2026-W53", "%G-W%V", "2026-12-28T00:00:00Z" },
        { "10:20:30.25", "%H:%M:%S.%f", "1900-01-01T10:20:30.250000Z" },
        { "2025-W53", "%G-W%V", NULL },
        { "2023-02-29", "%Y-%m-%d", NULL },
        { "2023-02-2x", "%Y-%m-%d", NULL },
        { "24:00", "%H:%M", NULL },
        { "13:00 pm", "%I:%M %p", NULL },
        { "", "%Y", NULL },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cf_time t = { 0 };
        bool    ok = cf__parse_time(cf_str_of(cases[i].text), cases[i].format, &t);

        cr_assert_eq(ok, cases[i].iso != NULL, "%s", cases[i].text);
        if (ok)
            cr_assert_str_eq(cf_time_iso(arena, t), cases[i].iso);
    }
}

Test(form, emails_are_told_from_other_texts)
{
    static const struct {
        const char *text;
        bool        is;
    } cases[] = {
        { "ada@example.org", true },
        { "a.b+c@x.y.example", true },
        { "ü@bücher.example", true },
        { "a@b", false },
        { "a@b..c", false },
        { ".a@b.c", false },
        { "a@-b.c", false },
        { "a b@c.d", false },
        { "a@b.c\r\nBcc: x@y.z", false },
        { "\"a\"@b.c", false },
        { "@b.c", false },
        { "a@b.c1", false },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_assert_eq(cf_is_email(cf_str_of(cases[i].text)), cases[i].is, "%s", cases[i].text);
}
