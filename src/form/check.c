/* check.c -- runs a field's checks in order: what it could not read, what its kind forbids, the
 * declaration's shorthands, its validators, its own function. */
#include <string.h>

#include "form/validator_internal.h"

#define MOST_SHORTHANDS 8

static bool is_number(const cf_input *input)
{
    const char *attributes = input->declared->type->attributes;

    return strstr(attributes, " max ") != NULL && strstr(attributes, "step") != NULL;
}

/* Most shorthands are a validator by another spelling. */
static size_t shorthands(const cf_input *input, cf_validator *out)
{
    const cf_form_field *d = input->declared;
    size_t               n = 0;
    bool                 bounded = d->min || d->max;

    if (d->optional)
        out[n++] = (cf_validator)CF_OPTIONAL();
    if (d->required)
        out[n++] = d->type->keep_empty ? (cf_validator)CF_INPUT_REQUIRED(.message = d->message)
                                       : (cf_validator)CF_DATA_REQUIRED(.message = d->message);
    if (d->disabled)
        out[n++] = (cf_validator)CF_DISABLED();
    if (d->readonly)
        out[n++] = (cf_validator)CF_READ_ONLY();
    if (bounded && is_number(input))
        out[n++] = (cf_validator)CF_NUMBER_RANGE(d->min ? (double)d->min : -INFINITY,
                                                 d->max ? (double)d->max : INFINITY);
    else if (bounded)
        out[n++] = (cf_validator)CF_LENGTH(d->min ? (double)d->min : -1,
                                           d->max ? (double)d->max : -1);
    if (d->equal_to)
        out[n++] = (cf_validator)CF_EQUAL_TO(d->equal_to, .message = d->equal_to_message);
    return n;
}

/* A limit on an empty field that need not be filled is not the visitor's mistake. */
static bool is_empty(const cf_input *input)
{
    return cf_is_missing(input->data) ||
           (input->data.type == CF_TYPE_STRING && !input->data.len && !input->declared->required);
}

static bool run(const cf_validator *validator, cf_input *input)
{
    cf_verdict verdict = validator->check(validator, input);

    return verdict == CF_PASS || verdict == CF_REFUSE;
}

static bool ends_with_one_of(cf_str filename, const char *endings)
{
    cf_str rest = cf_str_of(endings), ending, before, after;

    if (!cf_str_rcut(filename, '.', &before, &after))
        return false;
    while (rest.len) {
        cf_str_cut(rest, ' ', &ending, &rest);
        if (ending.len && cf_str_ieq(after, ending))
            return true;
    }
    return false;
}

static void check_files(cf_input *input)
{
    const cf_form_field *d = input->declared;

    for (size_t i = 0; i < input->nfiles; i++) {
        const cf_upload *file = input->files[i];

        if (d->allowed && !ends_with_one_of(file->filename, d->allowed)) {
            cf_input_error(input, "\"%.*s\" cannot be used here: choose a file that ends in %s.",
                           CF_STR_ARG(file->filename), d->allowed);
            return;
        }
        if (d->max_size && file->size > d->max_size) {
            cf_input_error(input, "\"%.*s\" is too large: at most %lld KiB are accepted.",
                           CF_STR_ARG(file->filename), (long long)(d->max_size / 1024));
            return;
        }
    }
}

void cf__validate_input(cf_input *input)
{
    const cf_form_field *d = input->declared;
    cf_validator         list[MOST_SHORTHANDS];
    size_t               count = shorthands(input, list);
    bool                 go_on = true;

    if (d->type->pre_validate)
        d->type->pre_validate(input);
    for (size_t i = 0; i < count && go_on; i++) {
        bool bound = list[i].check == cf_check_length || list[i].check == cf_check_range;
        if (bound && (is_empty(input) || input->unreadable))
            continue;
        go_on = run(&list[i], input);
    }
    for (const cf_validator *v = d->validators; v && v->check && go_on; v++)
        go_on = run(v, input);
    check_files(input);
    if (d->validate && go_on && !input->errors->len)
        d->validate(input->form, input);
}

void cf__flag_input(cf_input *input)
{
    const cf_form_field *d = input->declared;
    cf_validator         list[MOST_SHORTHANDS];
    size_t               count = shorthands(input, list);

    for (size_t i = 0; i < count; i++)
        if (list[i].flags)
            list[i].flags(&list[i], input);
    for (const cf_validator *v = d->validators; v && v->check; v++)
        if (v->flags)
            v->flags(v, input);
    if (d->placeholder)
        cf_map_set(input->flags, "placeholder", cf_string(d->placeholder));
    if (d->autocomplete)
        cf_map_set(input->flags, "autocomplete", cf_string(d->autocomplete));
    if (d->allowed) {
        cf_buf accept = cf_buf_in(cf_form_arena(input->form), 0);
        cf_str rest = cf_str_of(d->allowed), ending;

        while (rest.len) {
            cf_str_cut(rest, ' ', &ending, &rest);
            cf_buf_printf(&accept, "%s.%.*s", accept.len ? "," : "", CF_STR_ARG(ending));
        }
        cf_map_set(input->flags, "accept", cf_string(cf_buf_cstr(&accept)));
    }
}
