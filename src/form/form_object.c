/* form_object.c -- what templates see of a form: form.title, form.title.label, form.title(…). */
#include <carafe/session.h>

#include "form/form_internal.h"

/* ---- labels: {{ field.label }}, {{ field.label(class='x') }}, {{ field.label.text }} ---- */
typedef struct label_object {
    cf_object   object;
    const char *field_id, *text;
    cf_arena   *arena;
} label_object;

static void label_html(label_object *label, const cf_call *call, cf_buf *out)
{
    cf_map *attrs = cf_map_new(label->arena);
    cf_str  text = cf_str_of(label->text);

    for (size_t i = 0; call && i < call->nkwargs; i++)
        cf_map_put(attrs, cf_string_of(call->kwargs[i].name), call->kwargs[i].value);
    if (call && call->nargs && call->args[0].type == CF_TYPE_STRING)
        text = cf_text(call->args[0]);
    if (cf_map_get(attrs, "for").type == CF_TYPE_UNDEFINED &&
        cf_map_get(attrs, "for_").type == CF_TYPE_UNDEFINED)
        cf_map_set(attrs, "for", cf_string(label->field_id));
    cf_buf_puts(out, "<label");
    cf__html_attributes(attrs, out);
    cf_buf_putc(out, '>');
    cf_buf_html(out, text);
    cf_buf_puts(out, "</label>");
}

static bool label_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    label_object *label = (label_object *)self;

    (void)eval;
    if (cf_str_is(name, "text"))
        *out = cf_string(label->text);
    else if (cf_str_is(name, "field_id"))
        *out = cf_string(label->field_id);
    return true;
}

static bool label_call(cf_call *call, cf_object *self, cf_value *result)
{
    cf_buf out = cf_buf_in(call->eval->arena, 0);

    label_html((label_object *)self, call, &out);
    *result = cf_safe_of(cf_buf_view(&out));
    return true;
}

static bool label_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    (void)eval;
    label_html((label_object *)self, NULL, out);
    *safe = true;
    return true;
}

static const cf_class label_class = {
    .name = "Label", .get = label_get, .call = label_call, .text = label_text
};

/* ---- fields ---- */
static cf_value label_of(cf_input *input)
{
    label_object *label = cf_new(cf_form_arena(input->form), label_object);

    *label = (label_object){
        { &label_class }, input->id, input->label, cf_form_arena(input->form)
    };
    return cf_from_object(label);
}

static bool input_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    cf_input *input = (cf_input *)self;

    (void)eval;
    if (cf_str_is(name, "data"))
        *out = input->data;
    else if (cf_str_is(name, "errors"))
        *out = cf_from_list(input->errors);
    else if (cf_str_is(name, "label"))
        *out = label_of(input);
    else if (cf_str_is(name, "name"))
        *out = cf_string(input->name);
    else if (cf_str_is(name, "short_name"))
        *out = cf_string(input->declared->name);
    else if (cf_str_is(name, "id"))
        *out = cf_string(input->id);
    else if (cf_str_is(name, "type"))
        *out = cf_string(input->declared->type->name);
    else if (cf_str_is(name, "description"))
        *out = cf_string(input->description);
    else if (cf_str_is(name, "flags"))
        *out = cf_from_map(input->flags);
    else if (cf_str_is(name, "choices"))
        *out = cf_from_list(input->choices);
    else if (cf_str_is(name, "object_data"))
        *out = input->object_data;
    return true;
}

static bool input_call(cf_call *call, cf_object *self, cf_value *result)
{
    cf_buf out = cf_buf_in(call->eval->arena, 0);

    if (!cf__input_html((cf_input *)self, call->kwargs, call->nkwargs, &out))
        return false;
    *result = cf_safe_of(cf_buf_view(&out));
    return cf_buf_ok(&out, call->eval->err);
}

static bool input_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    (void)eval;
    *safe = true;
    return cf__input_html((cf_input *)self, NULL, 0, out);
}

/* A field is there even when its data is empty. */
static bool always(cf_eval *eval, cf_object *self, bool *out)
{
    (void)eval;
    (void)self;
    *out = true;
    return true;
}

/* {% for option in form.color %}: the choices. */
static bool input_iter(cf_eval *eval, cf_object *self, cf_iter *iter)
{
    return cf_iterate(eval, cf_from_list(((cf_input *)self)->choices), iter);
}

const cf_class cf__input_class = { .name = "Field",
                                   .get = input_get,
                                   .call = input_call,
                                   .text = input_text,
                                   .truth = always,
                                   .iter = input_iter };

/* ---- forms ---- */
static void hidden_csrf(cf_form *form, cf_buf *out)
{
    if (!form->req)
        return;
    cf_buf_puts(out, "<input id=\"csrf_token\" name=\"csrf_token\" type=\"hidden\" value=\"");
    cf_buf_html(out, cf_str_of(cf_csrf_token(form->req)));
    cf_buf_puts(out, "\">");
}

static bool hidden_tag(cf_call *call, cf_value *result)
{
    cf_form *form = call->data;
    cf_buf   out = cf_buf_in(call->eval->arena, 0);

    hidden_csrf(form, &out);
    for (size_t i = 0; i < form->count; i++)
        if (form->inputs[i].declared->type->hidden &&
            !cf__input_html(&form->inputs[i], NULL, 0, &out))
            return false;
    *result = cf_safe_of(cf_buf_view(&out));
    return true;
}

static bool data_of(cf_form *form, cf_value *out)
{
    cf_map *data = cf_map_new(form->arena);

    for (size_t i = 0; i < form->count; i++)
        cf_map_set(data, form->inputs[i].declared->name, form->inputs[i].data);
    *out = cf_from_map(data);
    return true;
}

static bool form_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    cf_form  *form = (cf_form *)self;
    cf_input *input = cf_form_input(form, cf_str_dup(form->arena, name));

    (void)eval;
    if (input) {
        *out = cf_from_object(input);
    } else if (cf_str_is(name, "hidden_tag")) {
        *out = cf_make_function(form->arena, "hidden_tag", hidden_tag, form);
    } else if (cf_str_is(name, "csrf_token")) {
        cf_buf html = cf_buf_in(form->arena, 0);
        hidden_csrf(form, &html);
        *out = cf_safe_of(cf_buf_view(&html));
    } else if (cf_str_is(name, "errors")) {
        *out = cf_form_errors(form);
    } else if (cf_str_is(name, "form_errors")) {
        *out = cf_from_list(form->errors);
    } else if (cf_str_is(name, "is_submitted")) {
        *out = cf_bool(form->submitted);
    } else if (cf_str_is(name, "data")) {
        return data_of(form, out);
    }
    return true;
}

static bool form_next(cf_iter *iter, cf_eval *eval, cf_value *item, bool *done)
{
    cf_form *form = (cf_form *)iter->source.as.object;

    (void)eval;
    *done = iter->pos >= form->count;
    if (!*done)
        *item = cf_from_object(&form->inputs[iter->pos++]);
    return true;
}

static bool form_iter(cf_eval *eval, cf_object *self, cf_iter *iter)
{
    (void)eval;
    *iter = (cf_iter){ .source = cf_from_object(self), .next = form_next };
    return true;
}

static bool form_contains(cf_eval *eval, cf_object *self, cf_value item, bool *out)
{
    cf_form *form = (cf_form *)self;

    (void)eval;
    *out = item.type == CF_TYPE_STRING &&
           cf_form_input(form, cf_str_dup(form->arena, cf_text(item))) != NULL;
    return true;
}

const cf_class cf__form_class = {
    .name = "Form", .get = form_get, .truth = always, .iter = form_iter, .contains = form_contains
};
