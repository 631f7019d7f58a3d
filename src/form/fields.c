/* fields.c -- the kinds of fields: how each reads what was submitted and what it shows.
 *
 * One line of the table at the end describes a kind; the functions above it are its verbs. */
#include <math.h>
#include <stdlib.h>

#include "form/form_internal.h"

static cf_str first_text(const cf_input *input)
{
    return input->raw && input->raw->len ? cf_text(input->raw->items[0]) : (cf_str){ "", 0 };
}

static void refuse(cf_input *input, const char *message)
{
    input->data = cf_none();
    input->unreadable = true;
    cf_input_error(input, "%s", message);
}

void cf__text_from_texts(cf_input *input)
{
    cf_str text = first_text(input);

    if (!input->raw->len)
        return;
    if (!input->declared->keep_space)
        text = cf_str_trim(text);
    input->data = cf_string_of(text);
}

/* Passwords mean every character; browsers end lines of texts with CR LF. */
static void raw_from_texts(cf_input *input)
{
    if (input->raw->len)
        input->data = cf_string_of(first_text(input));
}

static void area_from_texts(cf_input *input)
{
    cf_str text = first_text(input);
    cf_buf out = cf_buf_in(cf_form_arena(input->form), text.len + 1);

    if (!input->raw->len)
        return;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] != '\r' || i + 1 == text.len || text.ptr[i + 1] != '\n')
            cf_buf_putc(&out, text.ptr[i]);
    input->data = cf_string_of(cf_buf_view(&out));
    if (!input->data.as.text)
        input->data = cf_string("");
}

static void integer_from_texts(cf_input *input)
{
    cf_str  text = cf_str_trim(first_text(input));
    int64_t n;

    if (!input->raw->len)
        return;
    if (!text.len && !input->declared->required) {
        input->data = cf_none();
        return;
    }
    if (!cf_str_to_i64(text, &n))
        refuse(input, "Not a valid integer value.");
    else
        input->data = cf_int(n);
}

/* What the object holds may be text; it must be a number all the same. */
static void integer_from_object(cf_input *input, cf_value value)
{
    int64_t n;

    input->data = value;
    if (value.type != CF_TYPE_STRING)
        return;
    if (cf_str_to_i64(cf_str_trim(cf_text(value)), &n))
        input->data = cf_int(n);
    else
        refuse(input, "Not a valid integer value.");
}

/* The submitted text when it is a number; none or an error on the field is dealt with here. */
static bool number_text(cf_input *input, const char *complaint, cf_str *text, double *number)
{
    *text = cf_str_trim(first_text(input));
    if (!input->raw->len)
        return false;
    if (!text->len && !input->declared->required) {
        input->data = cf_none();
        return false;
    }
    if (cf_str_to_double(*text, number))
        return true;
    refuse(input, complaint);
    return false;
}

static void float_from_texts(cf_input *input)
{
    cf_str text;
    double n;

    if (number_text(input, "Not a valid float value.", &text, &n))
        input->data = cf_float(n);
}

/* A decimal stays text: binary fractions cannot hold it. */
static void decimal_from_texts(cf_input *input)
{
    cf_str text;
    double n;

    if (number_text(input, "Not a valid decimal value.", &text, &n))
        input->data = cf_string_of(text);
}

static void boolean_from_object(cf_input *input, cf_value value)
{
    bool on = false;

    cf_truth_of(&input->form->eval, value, &on);
    input->data = cf_bool(on);
}

static void boolean_from_texts(cf_input *input)
{
    cf_str text = first_text(input);

    input->data = cf_bool(input->raw->len && text.len && !cf_str_is(text, "false"));
}

static const char *formats_of(const cf_input *input)
{
    return input->declared->format ? input->declared->format : input->declared->type->format;
}

static void time_from_texts(cf_input *input)
{
    cf_buf      text = cf_buf_in(cf_form_arena(input->form), 0);
    const char *what = input->declared->type->name;
    cf_time     t;

    if (!input->raw->len)
        return;
    /* A date and a time may come as two fields of one name. */
    for (size_t i = 0; i < input->raw->len; i++) {
        if (i)
            cf_buf_putc(&text, ' ');
        cf_buf_str(&text, cf_text(input->raw->items[i]));
    }
    if (!cf_str_trim(cf_buf_view(&text)).len && !input->declared->required) {
        input->data = cf_none();
    } else if (cf__parse_time(cf_buf_view(&text), formats_of(input), &t)) {
        input->data = cf_time_value(cf_form_arena(input->form), t);
    } else {
        refuse(input, cf_str_is(cf_str_of(what), "DateField")    ? "Not a valid date value."
                      : cf_str_is(cf_str_of(what), "TimeField")  ? "Not a valid time value."
                      : cf_str_is(cf_str_of(what), "MonthField") ? "Not a valid date value."
                      : cf_str_is(cf_str_of(what), "WeekField")  ? "Not a valid week value."
                                                                 : "Not a valid datetime value.");
    }
}

static cf_str joined_raw(cf_input *input)
{
    cf_buf text = cf_buf_in(cf_form_arena(input->form), 0);

    for (size_t i = 0; i < input->raw->len; i++) {
        if (i)
            cf_buf_putc(&text, ' ');
        cf_buf_str(&text, cf_text(input->raw->items[i]));
    }
    return cf_buf_view(&text);
}

/* A time, or a date or time of day as one that has its parts. */
static bool moment_of(cf_value value, cf_time *out)
{
    cf_date  date;
    cf_clock clock;

    if (cf_value_date(value, &date)) {
        *out = cf_date_time(date);
        return true;
    }
    if (cf_value_clock(value, &clock)) {
        *out = (cf_time){ cf_date_time((cf_date){ 1900, 1, 1 }).us + clock.us };
        return true;
    }
    return cf_value_time(value, out);
}

static cf_str shown_time(cf_input *input)
{
    cf_str  rest = cf_str_of(formats_of(input)), format;
    cf_time t;

    if (input->raw && input->raw->len)
        return joined_raw(input);
    if (!moment_of(input->data, &t))
        return cf__shown_data(input);
    cf_str_cut(rest, '|', &format, &rest);
    return cf_str_of(cf_time_format(cf_form_arena(input->form), t,
                                    cf_str_dup(cf_form_arena(input->form), format)));
}

cf_str cf__shown_data(cf_input *input)
{
    cf_buf out = cf_buf_in(cf_form_arena(input->form), 0);

    if (!cf_is_missing(input->data))
        cf_to_text(&input->form->eval, input->data, &out);
    return cf_buf_view(&out);
}

/* Numbers show what was typed, so that a mistake can be mended. */
static cf_str shown_typed(cf_input *input)
{
    return input->raw && input->raw->len ? first_text(input) : cf__shown_data(input);
}

cf_str cf__shown_nothing(cf_input *input)
{
    (void)input;
    return (cf_str){ "", 0 };
}

static cf_str shown_decimal(cf_input *input)
{
    double n;

    if (!input->declared->places || (input->raw && input->raw->len) ||
        !cf_str_to_double(cf__shown_data(input), &n))
        return shown_typed(input);
    return cf_str_of(cf_printf(cf_form_arena(input->form), "%.*f", input->declared->places, n));
}

static void files_from_texts(cf_input *input)
{
    input->data = input->nfiles ? cf_string_of(input->files[0]->filename) : cf_none();
}

static void submit_from_texts(cf_input *input)
{
    cf_str text = first_text(input);

    input->data = cf_bool(text.len && !cf_str_is(text, "false"));
}

#define TEXT_FLAGS   "required disabled readonly maxlength minlength pattern placeholder autocomplete"
#define NUMBER_FLAGS "required disabled readonly max min step placeholder autocomplete"

#define TEXT_INPUT(type_name, type)                                                                \
    {                                                                                              \
        .name = (type_name), .html_type = (type), .from_texts = cf__text_from_texts,               \
        .shown = cf__shown_data, .render = cf__render_input, .attributes = TEXT_FLAGS              \
    }
#define NUMBER_INPUT(type_name, type, takes, reads, shows, step_value)                             \
    {                                                                                              \
        .name = (type_name), .html_type = (type), .from_object = (takes), .from_texts = (reads),   \
        .shown = (shows), .render = cf__render_input, .attributes = NUMBER_FLAGS,                  \
        .step = (step_value)                                                                       \
    }
#define TIME_INPUT(type_name, type, formats)                                                       \
    {                                                                                              \
        .name = (type_name), .html_type = (type), .from_texts = time_from_texts,                   \
        .shown = shown_time, .render = cf__render_input, .attributes = NUMBER_FLAGS,               \
        .format = (formats)                                                                        \
    }

/* `verb` names the three functions of a kind of choice: cf__<verb>_from_object and so on. */
#define CHOICE_INPUT(type_name, verb, renders)                                                     \
    {                                                                                              \
        .name = (type_name), .from_object = cf__##verb##_from_object,                              \
        .from_texts = cf__##verb##_from_texts, .pre_validate = cf__##verb##_check,                 \
        .shown = cf__shown_data, .render = (renders), .attributes = "required disabled"            \
    }
#define FILE_INPUT(type_name)                                                                      \
    {                                                                                              \
        .name = (type_name), .html_type = "file", .from_texts = files_from_texts,                  \
        .shown = cf__shown_nothing, .render = cf__render_file,                                     \
        .attributes = "required disabled accept", .no_store = true                                 \
    }

const cf_input_type cf_string_input = TEXT_INPUT("StringField", "text");
const cf_input_type cf_email_input = TEXT_INPUT("EmailField", "email");
const cf_input_type cf_url_input = TEXT_INPUT("URLField", "url");
const cf_input_type cf_tel_input = TEXT_INPUT("TelField", "tel");
const cf_input_type cf_search_input = TEXT_INPUT("SearchField", "search");
const cf_input_type cf_color_input = TEXT_INPUT("ColorField", "color");
const cf_input_type cf_password_input = { .name = "PasswordField",
                                          .html_type = "password",
                                          .from_texts = raw_from_texts,
                                          .shown = cf__shown_nothing,
                                          .render = cf__render_input,
                                          .attributes = TEXT_FLAGS,
                                          .keep_empty = true };
const cf_input_type cf_hidden_input = { .name = "HiddenField",
                                        .html_type = "hidden",
                                        .from_texts = raw_from_texts,
                                        .shown = cf__shown_data,
                                        .render = cf__render_input,
                                        .attributes = "disabled",
                                        .hidden = true };
const cf_input_type cf_textarea_input = {
    .name = "TextAreaField",
    .from_texts = area_from_texts,
    .shown = cf__shown_data,
    .render = cf__render_textarea,
    .attributes = "required disabled readonly maxlength minlength placeholder autocomplete"
};
const cf_input_type cf_integer_input = NUMBER_INPUT("IntegerField", "number", integer_from_object,
                                                    integer_from_texts, shown_typed, NULL);
const cf_input_type cf_integer_range_input = NUMBER_INPUT(
    "IntegerRangeField", "range", integer_from_object, integer_from_texts, shown_typed, NULL);
const cf_input_type cf_float_input = NUMBER_INPUT("FloatField", "number", NULL, float_from_texts,
                                                  shown_typed, "any");
const cf_input_type cf_decimal_input = NUMBER_INPUT("DecimalField", "number", NULL,
                                                    decimal_from_texts, shown_decimal, "any");
const cf_input_type cf_decimal_range_input = NUMBER_INPUT("DecimalRangeField", "range", NULL,
                                                          decimal_from_texts, shown_decimal, "any");
const cf_input_type cf_boolean_input = { .name = "BooleanField",
                                         .html_type = "checkbox",
                                         .from_object = boolean_from_object,
                                         .from_texts = boolean_from_texts,
                                         .shown = cf__shown_data,
                                         .render = cf__render_checkbox,
                                         .attributes = "required disabled" };
const cf_input_type cf_date_input = TIME_INPUT("DateField", "date", "%Y-%m-%d");
const cf_input_type cf_datetime_input = TIME_INPUT("DateTimeField", "datetime",
                                                   "%Y-%m-%d %H:%M:%S");
const cf_input_type cf_datetime_local_input = TIME_INPUT(
    "DateTimeLocalField", "datetime-local",
    "%Y-%m-%dT%H:%M|%Y-%m-%dT%H:%M:%S|%Y-%m-%d %H:%M:%S|%Y-%m-%d %H:%M");
const cf_input_type cf_time_input = TIME_INPUT("TimeField", "time", "%H:%M|%H:%M:%S");
const cf_input_type cf_month_input = TIME_INPUT("MonthField", "month", "%Y-%m");
const cf_input_type cf_week_input = TIME_INPUT("WeekField", "week", "%G-W%V");
const cf_input_type cf_select_input = CHOICE_INPUT("SelectField", select, cf__render_select);
const cf_input_type cf_radio_input = CHOICE_INPUT("RadioField", select, cf__render_radios);
const cf_input_type cf_select_multiple_input = CHOICE_INPUT("SelectMultipleField", multiple,
                                                            cf__render_select);
const cf_input_type cf_query_select_input = CHOICE_INPUT("QuerySelectField", query,
                                                         cf__render_select);
const cf_input_type cf_query_select_multiple_input = CHOICE_INPUT(
    "QuerySelectMultipleField", query_multiple, cf__render_select);
const cf_input_type cf_file_input = FILE_INPUT("FileField");
const cf_input_type cf_multiple_file_input = FILE_INPUT("MultipleFileField");
const cf_input_type cf_submit_input = { .name = "SubmitField",
                                        .html_type = "submit",
                                        .from_texts = submit_from_texts,
                                        .shown = cf__shown_nothing,
                                        .render = cf__render_submit,
                                        .attributes = "disabled",
                                        .no_store = true };
