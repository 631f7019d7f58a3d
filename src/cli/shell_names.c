/* shell_names.c -- the names a shell begins with, and the functions that are its own. */
#include "cli/shell.h"

#include <stdio.h>

#include "cli/models.h"

/* ---- type() ---- */

typedef struct type_object {
    cf_object   head;
    const char *name;
} type_object;

static bool type_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    (void)eval;
    *safe = false;
    cf_buf_printf(out, "<class '%s'>", ((const type_object *)self)->name);
    return true;
}

static bool type_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    (void)eval;
    if (cf_str_is(name, "__name__"))
        *out = cf_string(((const type_object *)self)->name);
    return true;
}

static bool type_equal(cf_object *a, cf_value b);

static const cf_class type_class = {
    .name = "type", .get = type_get, .text = type_text, .equal = type_equal
};

/* The name of the type a value stands for: str and int are functions here. */
static const char *type_named(cf_value v)
{
    if (v.type == CF_TYPE_FUNCTION)
        return v.as.function->name;
    if (v.type == CF_TYPE_OBJECT && v.as.object->class == &type_class)
        return ((const type_object *)(const void *)v.as.object)->name;
    return cf__shell_model_of(v) ? cf__shell_model_of(v)->name : NULL;
}

static bool type_equal(cf_object *a, cf_value b)
{
    const char *name = type_named(b);

    return name && strcmp(name, ((const type_object *)a)->name) == 0;
}

/* A row's type is its model. */
static cf_value type_of(cf_arena *arena, cf_value v)
{
    const cf_model *model = v.type == CF_TYPE_OBJECT ? cf_row_model(v.as.object) : NULL;
    type_object    *type = cf_new(arena, type_object);

    if (model)
        return *cf_map_find(cf__shell->models, cf_string(model->name));
    *type = (type_object){ { &type_class }, cf_strdup(arena, cf_type_name(v)) };
    return cf_from_object(type);
}

static bool do_type(cf_call *call, cf_value *result)
{
    cf_value v;

    if (!cf__shell_one(call, "type", &v))
        return false;
    *result = type_of(call->eval->arena, v);
    return true;
}

static bool is_instance(cf_call *call, cf_value v, cf_value type, bool *out)
{
    const char *name = type_named(type);

    if (type.type == CF_TYPE_LIST) {
        *out = false;
        for (size_t i = 0; !*out && i < type.as.list->len; i++)
            if (!is_instance(call, v, type.as.list->items[i], out))
                return false;
        return true;
    }
    if (!name)
        return cf_fail(call->eval->err, CF_ETYPE,
                       "isinstance() takes a value and a type, such as User or str");
    *out = v.type == CF_TYPE_OBJECT && cf_row_model(v.as.object)
               ? cf_row_model(v.as.object) == cf__shell_model_of(type)
               : strcmp(name, cf_type_name(v)) == 0;
    return true;
}

static bool do_isinstance(cf_call *call, cf_value *result)
{
    static const char *const names[] = { "value", "type", NULL };
    bool                     holds;

    if (!cf_args_check(call, "isinstance", 2, 2, names) ||
        !is_instance(call, cf_arg(call, 0, "value"), cf_arg(call, 1, "type"), &holds))
        return false;
    *result = cf_bool(holds);
    return true;
}

/* ---- looking around ---- */

static bool do_dir(cf_call *call, cf_value *result)
{
    cf_list *names = cf_list_new(call->eval->arena);
    cf_value v;

    if (!call->nargs && !call->nkwargs) {
        for (size_t i = 0; i < cf__shell->names->len; i++)
            cf_list_add(names, cf__shell->names->entries[i].key);
    } else {
        if (!cf__shell_one(call, "dir", &v))
            return false;
        if (v.type == CF_TYPE_OBJECT && v.as.object->class->names == NULL)
            return cf_fail(call->eval->err, CF_ETYPE, "'%s' objects name no attributes",
                           cf_type_name(v));
        cf_value_names(call->eval, v, names);
    }
    *result = cf_from_list(names);
    return true;
}

static bool do_help(cf_call *call, cf_value *result)
{
    cf_buf   out = cf_buf_in(call->eval->arena, 0);
    cf_value v;

    *result = cf_none();
    if (!call->nargs && !call->nkwargs)
        cf__shell_help_all(cf__shell, &out);
    else if (!cf__shell_one(call, "help", &v) || !cf__shell_help(cf__shell, call->eval, v, &out))
        return false;
    cf__shell_print(cf__shell, cf_buf_view(&out));
    return true;
}

static bool do_pprint(cf_call *call, cf_value *result)
{
    cf_buf   out = cf_buf_in(call->eval->arena, 0);
    cf_value v;

    *result = cf_none();
    if (!cf__shell_one(call, "pprint", &v) || !cf__shell_show(cf__shell, call->eval, v, &out))
        return false;
    cf__shell_print(cf__shell, cf_buf_view(&out));
    return true;
}

/* ---- the rest ---- */

static bool do_now(cf_call *call, cf_value *result)
{
    *result = cf_time_value(call->eval->arena, cf_now());
    return cf_args_check(call, "now", 0, 0, NULL);
}

static bool do_commit(cf_call *call, cf_value *result)
{
    return cf__shell_session_call(call, "commit", result);
}

static bool do_rollback(cf_call *call, cf_value *result)
{
    return cf__shell_session_call(call, "rollback", result);
}

static bool do_reset(cf_call *call, cf_value *result)
{
    *result = cf_none();
    if (!cf_args_check(call, "reset", 0, 0, NULL))
        return false;
    cf__shell->reset = true;
    return true;
}

static bool do_exit(cf_call *call, cf_value *result)
{
    static const char *const names[] = { "code", NULL };
    cf_value                 code = cf_arg(call, 0, "code");

    *result = cf_none();
    if (!cf_args_check(call, "exit", 0, 1, names))
        return false;
    cf__shell->over = true;
    cf__shell->exit_code = code.type == CF_TYPE_INT ? code.as.integer & 255 : 0;
    return cf_fail(call->eval->err, CF_ECANCELED, "the shell ends");
}

/* render_template('mail/welcome.txt', user=u) */
static bool do_render(cf_call *call, cf_value *result)
{
    cf_request *req = cf__shell->now.req;
    cf_arena   *arena = call->eval->arena;
    cf_named   *vars = cf_new_array(arena, cf_named, call->nkwargs + 1);
    const char *text;

    if (call->nargs != 1 || call->args[0].type != CF_TYPE_STRING)
        return cf_fail(call->eval->err, CF_ETYPE, "render_template('name.html', name=value, …)");
    for (size_t i = 0; i < call->nkwargs; i++)
        vars[i] = (cf_named){ cf_str_dup(arena, call->kwargs[i].name), call->kwargs[i].value };
    cf_error_clear(cf_request_error(req));
    text = cf_render_text_named(req, cf_cstr(arena, call->args[0], ""), vars);
    if (!text) {
        *call->eval->err = *cf_request_error(req);
        cf_error_clear(cf_request_error(req));
        return false;
    }
    *result = cf_string(text);
    return true;
}

const shell_function cf__shell_tools[] = {
    { "Message", cf__shell_message,
      "Message(subject='', recipients=[…], body='', html='', sender='', cc=[…], bcc=[…], "
      "reply_to='')",
      "An e-mail for mail.send()." },
    { "commit", do_commit, "commit()", "Saves what changed; the same as db.session.commit()." },
    { "dir", do_dir, "dir(value)",
      "The names of a value's attributes; without one your variables." },
    { "exit", do_exit, "exit(code=0)", "Ends the shell, as Ctrl-D does." },
    { "help", do_help, "help(value)", "Says what a model, a query, a row or a function can do." },
    { "isinstance", do_isinstance, "isinstance(value, type)",
      "Whether a row is of a model, or a value of a type such as str." },
    { "now", do_now, "now()", "The time, in UTC." },
    { "pprint", do_pprint, "pprint(value)", "Prints a value as the prompt does, rows as a table." },
    { "quit", do_exit, "quit(code=0)", "Ends the shell, as Ctrl-D does." },
    { "render_template", do_render, "render_template('name.html', name=value, …)",
      "A page or a mail as text." },
    { "reset", do_reset, "reset()",
      "Forgets every variable and what is not committed, and begins a new session." },
    { "rollback", do_rollback, "rollback()",
      "Drops what was not committed; the same as db.session.rollback()." },
    { "type", do_type, "type(value)", "The type of a value; of a row its model." },
    { 0 }
};

const shell_function *cf__shell_function_of(cf_value v)
{
    const shell_function *const tables[] = { cf__shell_builtins, cf__shell_tools };

    if (v.type != CF_TYPE_FUNCTION)
        return NULL;
    for (size_t t = 0; t < 2; t++)
        for (const shell_function *f = tables[t]; f->name; f++)
            if (f->call == v.as.function->call && strcmp(f->name, v.as.function->name) == 0)
                return f;
    return NULL;
}

static void add_functions(shell *sh, const shell_function *functions)
{
    for (const shell_function *f = functions; f->name; f++)
        cf_templates_global(sh->env, f->name, cf_make_function(sh->arena, f->name, f->call, NULL));
}

void cf__shell_names(shell *sh)
{
    const cf_model *const *models = cf_app_all_models(sh->app);

    sh->models = cf_map_new(sh->arena);
    add_functions(sh, cf__shell_builtins);
    add_functions(sh, cf__shell_tools);
    cf_templates_global(sh->env, "db", cf__shell_db());
    cf_templates_global(sh->env, "app", cf__shell_app());
    cf_templates_global(sh->env, "mail", cf__shell_mail());
    cf_templates_global(sh->env, "current_user", cf_none());
    for (; models && *models; models++) {
        cf_value object = cf__shell_model(sh, *models);

        cf_map_set(sh->models, (*models)->name, object);
        cf_templates_global(sh->env, (*models)->name, object);
    }
}
