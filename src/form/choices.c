/* choices.c -- selects and radios: where choices come from, what is chosen, what is refused.
 *
 * Fixed choices are copied from the declaration, run-time ones added by the app, rows of a query
 * fetched once per form. The posted text is compared with each choice's text, so a value that was
 * not offered to this user is refused whatever its type. */
#include <string.h>

#include "form/form_internal.h"

static bool choice_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    cf__choice *choice = (cf__choice *)self;

    (void)eval;
    if (cf_str_is(name, "value"))
        *out = choice->value;
    else if (cf_str_is(name, "label"))
        *out = cf_string(choice->label);
    else if (cf_str_is(name, "group"))
        *out = cf_string(choice->group);
    return true;
}

const cf_class cf__choice_class = { .name = "Choice", .get = choice_get };

cf__choice *cf__choice_at(const cf_input *input, size_t i)
{
    return (cf__choice *)input->choices->items[i].as.object;
}

static const char *text_of(cf_input *input, cf_value value)
{
    cf_buf out = cf_buf_in(cf_form_arena(input->form), 0);

    cf_to_text(&input->form->eval, value, &out);
    return cf_buf_cstr(&out);
}

static cf__choice *add(cf_input *input, cf_value value, const char *text, const char *label,
                       const char *group)
{
    cf_arena   *arena = cf_form_arena(input->form);
    cf__choice *choice = cf_new(arena, cf__choice);

    *choice = (cf__choice){
        { &cf__choice_class },   value, text, label ? cf_strdup(arena, label) : text,
        cf_strdup(arena, group), NULL
    };
    cf_list_add(input->choices, cf_from_object(choice));
    return choice;
}

void cf_input_clear_choices(cf_input *input)
{
    input->choices = cf_list_new(cf_form_arena(input->form));
    input->own_choices = true;
}

void cf_input_choice(cf_input *input, cf_value value, const char *label, const char *group)
{
    if (!input->own_choices)
        cf_input_clear_choices(input);
    add(input, value, text_of(input, value), label, group);
}

static void add_fixed(cf_input *input)
{
    for (const cf_choice *c = input->declared->choices; c && c->value; c++) {
        cf_value value = cf_string(c->value);
        int64_t  n;

        if (input->declared->coerce == CF_COERCE_INT && cf_str_to_i64(cf_str_of(c->value), &n))
            value = cf_int(n);
        add(input, value, c->value, c->label ? c->label : c->value, c->group);
    }
}

/* What a row is called by: an attribute, or its text. */
static bool row_text(cf_input *input, cf_value row, const char *attribute, const char **out)
{
    cf_value value = row;

    if (attribute && !cf_get_attr(&input->form->eval, row, cf_str_of(attribute), &value))
        return false;
    *out = text_of(input, value);
    return true;
}

static bool add_rows(cf_input *input)
{
    const cf_form_field *declared = input->declared;
    cf_eval             *eval = &input->form->eval;
    cf_value             query = cf_from_object(declared->query(input->form->req)), row;
    cf_iter              iter;
    bool                 done;

    if (declared->allow_blank)
        add(input, cf_none(), "__None", declared->blank_text ? declared->blank_text : "", NULL);
    if (cf_is_missing(query))
        return !eval->err->code;
    if (!cf_iterate(eval, query, &iter))
        return false;
    while (cf_iter_next(&iter, eval, &row, &done)) {
        const char *key, *label;

        if (done)
            return true;
        if (!row_text(input, row, declared->option_key ? declared->option_key : "id", &key) ||
            !row_text(input, row, declared->option_label, &label))
            return false;
        add(input, row, key, label, NULL);
    }
    return false;
}

bool cf__load_choices(cf_input *input)
{
    const cf_form_field *declared = input->declared;

    input->choices = cf_list_new(cf_form_arena(input->form));
    add_fixed(input);
    if (declared->query && input->form->req && !add_rows(input))
        return false;
    if (declared->choices_from && !declared->choices_from(input, input->form->eval.err))
        return false;
    return true;
}

static cf__choice *find_text(cf_input *input, cf_str text)
{
    for (size_t i = 0; i < input->choices->len; i++)
        if (cf_str_is(text, cf__choice_at(input, i)->text))
            return cf__choice_at(input, i);
    return NULL;
}

static bool same_choice(cf_input *input, const cf__choice *choice, cf_value value)
{
    if (cf_equal(choice->value, value))
        return true;
    if (cf_is_missing(value) || cf_is_missing(choice->value))
        return cf_is_missing(value) && cf_is_missing(choice->value);
    return value.type != CF_TYPE_OBJECT &&
           cf_str_is(cf_str_of(text_of(input, value)), choice->text);
}

bool cf__choice_selected(cf_input *input, const cf__choice *choice)
{
    if (input->data.type != CF_TYPE_LIST)
        return same_choice(input, choice, input->data);
    for (size_t i = 0; i < input->data.as.list->len; i++)
        if (same_choice(input, choice, input->data.as.list->items[i]))
            return true;
    return false;
}

/* Posted text as the declared type; false when it is none. */
static bool coerce(cf_input *input, cf_str text, cf_value *out)
{
    int64_t n;

    *out = cf_string_of(text);
    if (input->declared->coerce != CF_COERCE_INT)
        return true;
    if (!cf_str_to_i64(cf_str_trim(text), &n))
        return false;
    *out = cf_int(n);
    return true;
}

void cf__select_from_object(cf_input *input, cf_value value)
{
    cf_value number;

    input->data = value;
    if (value.type == CF_TYPE_STRING && coerce(input, cf_text(value), &number))
        input->data = number;
}

void cf__select_from_texts(cf_input *input)
{
    if (!input->raw->len)
        return;
    if (!coerce(input, cf_text(input->raw->items[0]), &input->data)) {
        input->data = cf_none();
        input->unreadable = true;
        cf_input_error(input, "Invalid Choice: could not coerce.");
    }
}

/* A list of objects is kept as it is; a relationship is walked. */
static void list_from(cf_input *input, cf_value value, cf_list *out)
{
    cf_eval *eval = &input->form->eval;
    cf_iter  iter;
    cf_value item;
    bool     done;

    if (cf_is_missing(value) || !cf_iterate(eval, value, &iter))
        return;
    while (cf_iter_next(&iter, eval, &item, &done) && !done)
        cf_list_add(out, item);
}

void cf__multiple_from_object(cf_input *input, cf_value value)
{
    cf_list *list;

    input->data = cf_none();
    if (cf_is_missing(value))
        return;
    list = cf_list_new(cf_form_arena(input->form));
    list_from(input, value, list);
    input->data = cf_from_list(list);
}

void cf__multiple_from_texts(cf_input *input)
{
    cf_list *list = cf_list_new(cf_form_arena(input->form));

    input->data = cf_from_list(list);
    for (size_t i = 0; i < input->raw->len; i++) {
        cf_value value;

        if (coerce(input, cf_text(input->raw->items[i]), &value)) {
            cf_list_add(list, value);
        } else if (!input->unreadable) {
            input->unreadable = true;
            cf_input_error(input, "Invalid choice(s): one or more data inputs could not be "
                                  "coerced.");
        }
    }
}

void cf__select_check(cf_input *input)
{
    if (input->declared->any_choice || input->unreadable)
        return;
    for (size_t i = 0; i < input->choices->len; i++)
        if (same_choice(input, cf__choice_at(input, i), input->data))
            return;
    if (cf_is_missing(input->data) && input->declared->optional)
        return;
    cf_input_error(input, "Not a valid choice.");
}

void cf__multiple_check(cf_input *input)
{
    cf_list *bad = cf_list_new(cf_form_arena(input->form));
    cf_buf   names = cf_buf_in(cf_form_arena(input->form), 0);

    if (input->declared->any_choice || input->data.type != CF_TYPE_LIST)
        return;
    for (size_t i = 0; i < input->data.as.list->len; i++) {
        cf_value value = input->data.as.list->items[i];
        if (!find_text(input, cf_str_of(text_of(input, value))))
            cf_list_add(bad, value);
    }
    for (size_t i = 0; i < bad->len; i++) {
        cf_buf_puts(&names, i ? ", " : "");
        cf_buf_printf(&names, "'%s'", text_of(input, bad->items[i]));
    }
    if (bad->len)
        cf_input_error(input, "%s %s not valid choice%s for this field.", cf_buf_cstr(&names),
                       bad->len == 1 ? "is" : "are", bad->len == 1 ? "" : "s");
}

void cf__query_from_object(cf_input *input, cf_value value)
{
    input->data = value;
}

void cf__query_from_texts(cf_input *input)
{
    cf__choice *choice;

    if (!input->raw->len)
        return;
    choice = find_text(input, cf_text(input->raw->items[0]));
    input->unreadable = !choice;
    input->data = choice ? choice->value : cf_none();
    if (!choice)
        cf_input_error(input, "Not a valid choice");
}

void cf__query_check(cf_input *input)
{
    if (input->unreadable || (cf_is_missing(input->data) && input->declared->allow_blank))
        return;
    for (size_t i = 0; i < input->choices->len; i++)
        if (same_choice(input, cf__choice_at(input, i), input->data))
            return;
    cf_input_error(input, "Not a valid choice");
}

void cf__query_multiple_from_object(cf_input *input, cf_value value)
{
    cf__multiple_from_object(input, value);
}

void cf__query_multiple_from_texts(cf_input *input)
{
    cf_list *list = cf_list_new(cf_form_arena(input->form));

    input->data = cf_from_list(list);
    for (size_t i = 0; i < input->raw->len; i++) {
        cf__choice *choice = find_text(input, cf_text(input->raw->items[i]));

        if (choice)
            cf_list_add(list, choice->value);
        else if (!input->unreadable) {
            input->unreadable = true;
            cf_input_error(input, "Not a valid choice");
        }
    }
}

void cf__query_multiple_check(cf_input *input)
{
    if (input->unreadable || input->data.type != CF_TYPE_LIST)
        return;
    for (size_t i = 0; i < input->data.as.list->len; i++) {
        bool found = false;

        for (size_t k = 0; k < input->choices->len && !found; k++)
            found = same_choice(input, cf__choice_at(input, k), input->data.as.list->items[i]);
        if (!found) {
            cf_input_error(input, "Not a valid choice");
            return;
        }
    }
}
