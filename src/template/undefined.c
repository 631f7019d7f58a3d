/* undefined.c -- values that are missing: what is known about them, and when using one fails. */
#include "template/runtime.h"

#include <stddef.h>

/* Behind the name of an undefined value that knows more; value.safe says that it is one. */
typedef struct undefined_info {
    const char *hint;  /* The whole sentence. */
    const char *debug; /* What the debug kind prints. */
    cf_code     code;
    bool        lenient; /* Prints and is false even where missing names may not. */
    cf_value    owner;   /* What has no such attribute; else undefined. */
    char        name[];
} undefined_info;

static const undefined_info *info_of(cf_value v)
{
    if (!v.safe || !v.as.name)
        return NULL;
    return (const undefined_info *)(v.as.name - offsetof(undefined_info, name));
}

static cf_value make(vm *m, cf_str name, const char *hint, const char *debug, cf_code code,
                     bool lenient, cf_value owner)
{
    undefined_info *info = cf_alloc(m->eval.arena, sizeof *info + name.len + 1);
    cf_value        v;

    *info = (undefined_info){ hint, debug, code, lenient, owner };
    if (name.len)
        memcpy(info->name, name.ptr, name.len);
    info->name[name.len] = '\0';
    v = cf_undefined(info->name);
    v.safe = true;
    return v;
}

static const char *owner_name(vm *m, cf_value owner)
{
    static const char *const modules[][2] = {
        { "Markup", "markupsafe" },
        { "LoopContext", "jinja2.runtime" },
        { "Macro", "jinja2.runtime" },
        { "BlockReference", "jinja2.runtime" },
        { "TemplateReference", "jinja2.runtime" },
        { "TemplateModule", "jinja2.environment" },
        { "Namespace", "jinja2.utils" },
        { "Cycler", "jinja2.utils" },
        { "Joiner", "jinja2.utils" },
    };

    if (owner.type == CF_TYPE_NONE)
        return "None";
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++)
        if (strcmp(modules[i][0], cf_type_name(owner)) == 0)
            return cf_printf(m->eval.arena, "%s.%s object", modules[i][1], modules[i][0]);
    return cf_printf(m->eval.arena, "%s object", cf_type_name(owner));
}

/* An attribute that begins with '_' in a sandbox: reading it is harmless, using it is not. */
static cf_value unsafe_attr(vm *m, cf_value owner, cf_str name)
{
    const char *hint = cf_printf(m->eval.arena,
                                 "access to attribute '%.*s' of '%s' object is unsafe.",
                                 CF_STR_ARG(name), cf_type_name(owner));

    return make(m, name, hint, hint, CF_ESECURITY, false, cf_undefined(NULL));
}

/* Whether a name that a sandbox refuses is there at all. */
static bool has_private(vm *m, cf_value owner, cf_str name)
{
    const cf_class *class = owner.type == CF_TYPE_OBJECT ? owner.as.object->class : NULL;
    cf_value found = cf_undefined(NULL);

    if (cf__special_name(name) || !class || !class->get)
        return cf__special_name(name);
    if (class->get(&m->eval, owner.as.object, name, &found))
        return found.type != CF_TYPE_UNDEFINED;
    cf_error_clear(m->eval.err);
    return true;
}

cf_value cf__undefined_attr(vm *m, cf_value owner, cf_str name)
{
    const char *object = owner_name(m, owner);
    cf_buf      repr = cf_buf_in(m->eval.arena, 0);

    if (m->env->options.sandbox && name.len && name.ptr[0] == '_' && has_private(m, owner, name))
        return unsafe_attr(m, owner, name);
    cf_to_repr(&m->eval, cf_string_of(name), &repr);
    return make(m, name,
                cf_printf(m->eval.arena, "'%s' has no attribute %s", object, cf_buf_cstr(&repr)),
                cf_printf(m->eval.arena, "no such element: %s[%s]", object, cf_buf_cstr(&repr)),
                CF_EUNDEFINED, false, owner);
}

cf_value cf__undefined_item(vm *m, cf_value owner, cf_value key)
{
    const char *object = owner_name(m, owner);
    cf_buf      text = cf_buf_in(m->eval.arena, 0);

    if (key.type == CF_TYPE_STRING)
        return cf__undefined_attr(m, owner, cf_text(key));
    cf_to_repr(&m->eval, key, &text);
    return make(m, cf_buf_view(&text),
                cf_printf(m->eval.arena, "%s has no element %s", object, cf_buf_cstr(&text)),
                cf_printf(m->eval.arena, "no such element: %s[%s]", object, cf_buf_cstr(&text)),
                CF_EUNDEFINED, false, cf_undefined(NULL));
}

cf_value cf__undefined_hint(vm *m, const char *name, const char *hint, cf_code code, bool lenient)
{
    return make(m, cf_str_of(name), hint, hint, code, lenient, cf_undefined(NULL));
}

/* Names near the missing one among those the render knows. */
static const char *suggestion(vm *m, const char *name)
{
    const char *names[256];
    size_t      count = 0;

    for (const context *c = m->context; c; c = c->parent) {
        for (size_t i = 0; c->vars && i < c->vars->len && count < 256; i++)
            names[count++] = cf_cstr(m->eval.arena, c->vars->entries[i].key, NULL);
        for (size_t i = 0; i < c->nnamed && count < 256; i++)
            names[count++] = c->named[i].name;
    }
    for (size_t i = 0; i < m->env->globals->len && count < 256; i++)
        names[count++] = m->env->globals->entries[i].key.as.text;
    return cf_nearest(cf_str_of(name), names, count);
}

/* An attribute of an object near the one that it has not. */
static const char *near_attr(vm *m, const undefined_info *info)
{
    cf_list    *list = cf_list_new(m->eval.arena);
    const char *names[256];
    size_t      count = 0;

    if (info->owner.type != CF_TYPE_OBJECT || !info->owner.as.object->class->names)
        return NULL;
    info->owner.as.object->class->names(&m->eval, info->owner.as.object, list);
    for (size_t i = 0; i < list->len && count < 256; i++)
        names[count++] = cf_cstr(m->eval.arena, list->items[i], NULL);
    return cf_nearest(cf_str_of(info->name), names, count);
}

bool cf__undefined_fail(vm *m, cf_value v)
{
    const undefined_info *info = info_of(v);
    const char           *near;

    if (info) {
        near = near_attr(m, info);
        return cf_fail(m->eval.err, info->code, "%s%s%s%s", info->hint,
                       near ? ". Did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    if (!v.as.name || !v.as.name[0])
        return cf_fail(m->eval.err, CF_EUNDEFINED, "value is undefined");
    near = suggestion(m, v.as.name);
    if (near)
        return cf_fail(m->eval.err, CF_EUNDEFINED, "'%s' is undefined. Did you mean '%s'?",
                       v.as.name, near);
    return cf_fail(m->eval.err, CF_EUNDEFINED, "'%s' is undefined", v.as.name);
}

bool cf__undefined_unsafe(cf_value v)
{
    const undefined_info *info = info_of(v);

    return info && info->code == CF_ESECURITY;
}

bool cf__undefined_strict(vm *m, cf_value v)
{
    const undefined_info *info;

    if (m->env->options.undefined != CF_UNDEFINED_STRICT)
        return false;
    info = info_of(v);
    return !info || !info->lenient;
}

void cf__undefined_print(vm *m, cf_value v, cf_buf *out)
{
    const undefined_info *info = info_of(v);

    if (m->env->options.undefined != CF_UNDEFINED_DEBUG || (info && info->lenient))
        return;
    if (info)
        cf_buf_printf(out, "{{ %s }}",
                      info->debug == info->hint && info->hint
                          ? cf_printf(m->eval.arena, "undefined value printed: %s", info->hint)
                          : info->debug);
    else
        cf_buf_printf(out, "{{ %s }}", v.as.name ? v.as.name : "");
}
