/* i18n.c -- gettext() and its like, as {% trans %} and people call them.
 *
 * Plainly they give the translation; with newstyle_gettext they also put the named values into it,
 * escaped where the place escapes. */
#include "template/runtime.h"

/* The arguments of one of the four functions. */
typedef struct message {
    cf_str   context, singular, plural;
    int64_t  n;
    cf_value number;
} message;

static bool text_arg(cf_call *call, size_t i, cf_str *out)
{
    if (i < call->nargs && call->args[i].type == CF_TYPE_STRING) {
        *out = cf_text(call->args[i]);
        return true;
    }
    if (i < call->nargs && call->args[i].type == CF_TYPE_UNDEFINED)
        return cf__undefined_fail(call->eval->render, call->args[i]);
    if (i >= call->nargs)
        return cf_fail(call->eval->err, CF_ETYPE, "gettext: argument %zu is missing", i + 1);
    return cf__text_of(call->eval->render, call->args[i], out);
}

/* What is no text has no translation: _(value) is the value, a missing one too. Newstyle formats
 * it, which only its text bears. */
static bool no_text(cf_call *call, cf_value *result)
{
    vm      *m = call->eval->render;
    cf_value v = call->args[0];
    cf_str   text;

    *result = v;
    if (!m->env->options.newstyle_gettext)
        return true;
    if (!m->escape)
        return cf__binary(m, OP_MOD, v, cf_from_map(cf_map_new(m->eval.arena)), result);
    if (!cf__text_of(m, v, &text))
        return false;
    *result = cf_safe_of(text);
    return true;
}

/* The number that chooses the form; whatever is not one is many. */
static bool number_arg(cf_call *call, size_t i, message *msg)
{
    bool one;

    msg->number = i < call->nargs ? call->args[i] : cf_int(1);
    if (!cf__equal(call->eval->render, msg->number, cf_int(1), &one))
        return false;
    msg->n = msg->number.type == CF_TYPE_INT ? msg->number.as.integer : one ? 1 : 2;
    return true;
}

static bool translate(cf_call *call, const message *msg, cf_str *out)
{
    const cf_template_options *o = &call->eval->render->env->options;

    *out = msg->plural.ptr && msg->n != 1 ? msg->plural : msg->singular;
    return !o->translate || o->translate(o->translate_data, call->eval, msg->context, msg->singular,
                                         msg->plural, msg->n, out);
}

/* Whether a text is the untranslated message, and that is HTML. */
static bool is_own(const cf_call *call, cf_str text)
{
    for (size_t i = 0; i < call->nargs; i++)
        if (call->args[i].type == CF_TYPE_STRING && call->args[i].as.text == text.ptr)
            return call->args[i].safe;
    return false;
}

/* Newstyle: the named values are put in. */
static bool format(cf_call *call, const message *msg, cf_str text, cf_value *result)
{
    vm     *m = call->eval->render;
    cf_map *values = cf_map_new(call->eval->arena);

    if (msg->plural.ptr)
        cf_map_set(values, "num", msg->number);
    if (msg->context.ptr)
        cf_map_set(values, "context", cf_string_of(msg->context));
    for (size_t i = 0; i < call->nkwargs; i++)
        cf_map_put(values, cf_string_of(call->kwargs[i].name), call->kwargs[i].value);
    return cf__percent(m, cf__string(text, m->escape || is_own(call, text)), cf_from_map(values),
                       result);
}

static bool run(cf_call *call, const message *msg, cf_value *result)
{
    cf_str text;

    if (!translate(call, msg, &text))
        return false;
    if (call->eval->render->env->options.newstyle_gettext)
        return format(call, msg, text, result);
    if (call->nkwargs)
        return cf_fail(call->eval->err, CF_ETYPE, "gettext() got an unexpected keyword argument");
    *result = cf__string(text, is_own(call, text));
    return true;
}

static bool global_gettext(cf_call *call, cf_value *result)
{
    message msg = { .n = 1 };

    if (!cf__vm(call->eval))
        return false;
    if (call->nargs == 1 && !call->nkwargs && call->args[0].type != CF_TYPE_STRING)
        return no_text(call, result);
    return text_arg(call, 0, &msg.singular) && run(call, &msg, result);
}

static bool global_ngettext(cf_call *call, cf_value *result)
{
    message msg = { 0 };

    return cf__vm(call->eval) && text_arg(call, 0, &msg.singular) &&
           text_arg(call, 1, &msg.plural) && number_arg(call, 2, &msg) && run(call, &msg, result);
}

static bool global_pgettext(cf_call *call, cf_value *result)
{
    message msg = { .n = 1 };

    return cf__vm(call->eval) && text_arg(call, 0, &msg.context) &&
           text_arg(call, 1, &msg.singular) && run(call, &msg, result);
}

static bool global_npgettext(cf_call *call, cf_value *result)
{
    message msg = { 0 };

    return cf__vm(call->eval) && text_arg(call, 0, &msg.context) &&
           text_arg(call, 1, &msg.singular) && text_arg(call, 2, &msg.plural) &&
           number_arg(call, 3, &msg) && run(call, &msg, result);
}

void cf__add_gettext(cf_templates *env)
{
    static const cf_function functions[] = {
        { "_", global_gettext, NULL },           { "gettext", global_gettext, NULL },
        { "ngettext", global_ngettext, NULL },   { "pgettext", global_pgettext, NULL },
        { "npgettext", global_npgettext, NULL },
    };

    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        cf_templates_global(env, functions[i].name, cf_from_function(&functions[i]));
}
