/* form.c -- binds a declaration to a request, validates it, stores it.
 *
 * Order of events: data from the object (or the default), then from what was submitted, then the
 * checks. A form that could not be read (body too large, database down) never validates. */
#include <string.h>

#include "form/form_internal.h"

/* "first_name" → "First Name" */
static const char *label_of(cf_arena *arena, const char *name)
{
    char *label = cf_strdup(arena, name);
    bool  start = true;

    for (char *c = label; *c; c++) {
        if (*c == '_')
            *c = ' ';
        if (start && *c >= 'a' && *c <= 'z')
            *c = (char)(*c - 32);
        start = *c == ' ';
    }
    return label;
}

static void set_up(cf_form *form, cf_input *input, const cf_form_field *declared,
                   const char *prefix)
{
    const char *name = declared->name;

    if (prefix && *prefix)
        name = cf_printf(form->arena, "%s%s%s", prefix,
                         strchr("-_;:/.", prefix[strlen(prefix) - 1]) ? "" : "-", name);
    *input = (cf_input){
        .object = { &cf__input_class },
        .form = form,
        .declared = declared,
        .name = name,
        .id = name,
        .label = declared->label ? declared->label : label_of(form->arena, declared->name),
        .description = declared->description ? declared->description : "",
        .errors = cf_list_new(form->arena),
        .choices = cf_list_new(form->arena),
        .flags = cf_map_new(form->arena),
    };
    cf__flag_input(input);
}

static void data_from_object(cf_input *input, cf_value object)
{
    cf_value value = cf_undefined(NULL);

    if (!cf_is_missing(object) && !input->declared->type->no_store &&
        !cf_get_attr(&input->form->eval, object, cf_str_of(input->declared->name), &value)) {
        input->form->failed = true;
        return;
    }
    if (value.type == CF_TYPE_UNDEFINED)
        value = cf_string(input->declared->fallback);
    input->object_data = value;
    if (input->declared->type->from_object)
        input->declared->type->from_object(input, value);
    else
        input->data = value;
}

static cf_form *form_new(cf_arena *arena, cf_request *req, const cf_form_decl *declared,
                         const char *prefix)
{
    cf_form *form = cf_new(arena, cf_form);

    *form = (cf_form){ .object = { &cf__form_class },
                       .declared = declared,
                       .req = req,
                       .arena = arena,
                       .errors = cf_list_new(arena) };
    form->eval = (cf_eval){ arena, req, req ? cf_request_error(req) : &form->err };
    while (declared->fields[form->count].name)
        form->count++;
    form->inputs = cf_new_array(arena, cf_input, form->count);
    for (size_t i = 0; i < form->count; i++)
        set_up(form, &form->inputs[i], &declared->fields[i], prefix);
    return form;
}

static void bind(cf_form *form, cf_value object)
{
    for (size_t i = 0; i < form->count; i++) {
        cf_input *input = &form->inputs[i];

        if (!cf__load_choices(input))
            form->failed = true;
        data_from_object(input, object);
        if (form->submitted && input->raw && !input->declared->disabled)
            input->declared->type->from_texts(input);
    }
}

static cf_list *texts_named(cf_form *form, const cf_params *params, const char *name)
{
    cf_list *texts = cf_list_new(form->arena);

    for (size_t i = 0; i < params->len; i++)
        if (cf_str_is(params->items[i].name, name))
            cf_list_add(texts, cf_string_of(params->items[i].value));
    return texts;
}

static void files_named(cf_input *input, const cf_upload *files, size_t count)
{
    input->files = cf_new_array(input->form->arena, const cf_upload *, count);
    for (size_t i = 0; i < count; i++)
        if (cf_str_is(files[i].name, input->name))
            input->files[input->nfiles++] = &files[i];
}

cf_form *cf_form_new_prefixed(cf_request *req, const cf_form_decl *declared, cf_value object,
                              const char *prefix)
{
    cf_form *form = form_new(cf_request_arena(req), req, declared, prefix);

    form->submitted = (cf_request_method(req) & (CF_POST | CF_PUT | CF_PATCH | CF_DELETE)) != 0;
    if (form->submitted) {
        const cf_params *params = cf_request_form(req);
        size_t           nfiles;
        const cf_upload *files = cf_request_files(req, &nfiles);

        form->failed = cf_request_error(req)->code != CF_OK;
        for (size_t i = 0; i < form->count; i++) {
            form->inputs[i].raw = texts_named(form, params, form->inputs[i].name);
            files_named(&form->inputs[i], files, nfiles);
        }
    }
    bind(form, object);
    return form;
}

cf_form *cf_form_new(cf_request *req, const cf_form_decl *declared, cf_value object)
{
    return cf_form_new_prefixed(req, declared, object, NULL);
}

cf_form *cf_form_bind(cf_arena *arena, const cf_form_decl *declared, cf_value object,
                      const cf_map *submitted)
{
    cf_form *form = form_new(arena, NULL, declared, NULL);

    form->submitted = submitted != NULL;
    for (size_t i = 0; submitted && i < form->count; i++) {
        cf_value given = cf_map_get(submitted, form->inputs[i].name);

        form->inputs[i].raw = given.type == CF_TYPE_LIST ? given.as.list : cf_list_new(arena);
        if (given.type == CF_TYPE_STRING)
            cf_list_add(form->inputs[i].raw, given);
    }
    bind(form, object);
    return form;
}

bool cf_form_is_submitted(const cf_form *form)
{
    return form->submitted;
}

static bool has_errors(const cf_form *form)
{
    bool some = form->failed || form->errors->len;

    for (size_t i = 0; i < form->count; i++)
        some = some || form->inputs[i].errors->len;
    return some;
}

bool cf_form_validate(cf_form *form)
{
    for (size_t i = 0; i < form->count; i++)
        cf__validate_input(&form->inputs[i]);
    if (form->declared->validate)
        form->declared->validate(form);
    return !has_errors(form);
}

bool cf_form_validate_on_submit(cf_form *form)
{
    return form->submitted && cf_form_validate(form);
}

/* A password that was left empty keeps the one that is stored. */
static bool is_stored(const cf_input *input)
{
    if (input->declared->type->no_store || input->declared->disabled)
        return false;
    return input->declared->type != &cf_password_input ||
           (input->data.type == CF_TYPE_STRING && input->data.len);
}

bool cf_form_populate(cf_form *form, cf_value object)
{
    cf_eval *eval = &form->eval;

    for (size_t i = 0; i < form->count; i++) {
        cf_input *input = &form->inputs[i];
        cf_str    name = cf_str_of(input->declared->name);
        cf_value  current;

        if (!is_stored(input))
            continue;
        if (object.type == CF_TYPE_MAP) {
            cf_map_put(object.as.map, cf_string_of(name), input->data);
            continue;
        }
        if (!cf_get_attr(eval, object, name, &current))
            return false;
        if (current.type == CF_TYPE_UNDEFINED)
            continue;
        if (object.type != CF_TYPE_OBJECT || !object.as.object->class->set)
            return cf_fail(eval->err, CF_ETYPE, "a %s cannot be changed by a form",
                           cf_type_name(object));
        if (!object.as.object->class->set(eval, object.as.object, name, input->data)) {
            cf_input_error(input, "%s", eval->err->message);
            return false;
        }
    }
    return true;
}

cf_input *cf_form_input(cf_form *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++)
        if (strcmp(form->inputs[i].declared->name, name) == 0)
            return &form->inputs[i];
    return NULL;
}

cf_value cf_form_value(cf_form *form, const char *name)
{
    cf_input *input = cf_form_input(form, name);

    return input ? input->data : cf_undefined(name);
}

const char *cf_form_text(cf_form *form, const char *name)
{
    cf_value value = cf_form_value(form, name);
    cf_buf   out = cf_buf_in(form->arena, 0);

    if (!cf_is_missing(value))
        cf_to_text(&form->eval, value, &out);
    return cf_buf_cstr(&out);
}

int64_t cf_form_int(cf_form *form, const char *name)
{
    cf_value value = cf_form_value(form, name);

    return value.type == CF_TYPE_INT ? value.as.integer : 0;
}

bool cf_form_bool(cf_form *form, const char *name)
{
    bool on = false;

    return cf_truth_of(&form->eval, cf_form_value(form, name), &on) && on;
}

void cf_form_set(cf_form *form, const char *name, cf_value data)
{
    cf_input *input = cf_form_input(form, name);

    if (input)
        input->data = data;
}

const cf_upload *cf_form_file(cf_form *form, const char *name)
{
    cf_input *input = cf_form_input(form, name);

    return input && input->nfiles ? input->files[0] : NULL;
}

CF_PRINTF(3, 0)
static void add_error(cf_arena *arena, cf_list *errors, const char *format, va_list args)
{
    cf_list_add(errors, cf_string(cf_vprintf(arena, format, args)));
}

void cf_form_error(cf_form *form, const char *name, const char *format, ...)
{
    cf_input *input = name ? cf_form_input(form, name) : NULL;
    va_list   args;

    va_start(args, format);
    add_error(form->arena, input ? input->errors : form->errors, format, args);
    va_end(args);
}

void cf_input_error(cf_input *input, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add_error(input->form->arena, input->errors, format, args);
    va_end(args);
}

bool cf_form_take_conflict(cf_form *form, const cf_error *err)
{
    cf_input *input = err->code == CF_ECONFLICT ? cf_form_input(form, err->input) : NULL;

    if (!input)
        return false;
    cf_input_error(input, "This %s is already taken.", input->label);
    return true;
}

cf_value cf_form_errors(cf_form *form)
{
    cf_map *errors = cf_map_new(form->arena);

    for (size_t i = 0; i < form->count; i++)
        if (form->inputs[i].errors->len)
            cf_map_set(errors, form->inputs[i].name, cf_from_list(form->inputs[i].errors));
    if (form->errors->len)
        cf_map_set(errors, "", cf_from_list(form->errors));
    return cf_from_map(errors);
}

cf_request *cf_form_request(const cf_form *form)
{
    return form->req;
}

cf_arena *cf_form_arena(const cf_form *form)
{
    return form->arena;
}

cf_value cf_form_object(cf_form *form)
{
    return cf_from_object(form);
}
