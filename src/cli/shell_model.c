/* shell_model.c -- models as objects: User.query, User.get(7), User(email='ada@example.org'). */
#include "cli/shell.h"

#include "cli/models.h"

typedef struct model_object {
    cf_object       head;
    const cf_model *model;
} model_object;

static const cf_model *model_of(const cf_object *self)
{
    return ((const model_object *)self)->model;
}

/* The session, or an error that says why there is none. */
static cf_db *session(cf_error *err)
{
    if (!cf__shell->now.db && err)
        *err = cf__shell->db_error;
    return cf__shell->now.db;
}

/* User.email == 'x' is SQLAlchemy's; here conditions name a column. */
static bool no_column(const cf_model *model, cf_str name, cf_error *err)
{
    return cf_fail(err, CF_EUNDEFINED,
                   "a column of %s is named by text: .filter_by(%.*s='x'), .where('%.*s', 'like', "
                   "'%%x%%') or .order_by('-%.*s')",
                   model->name, CF_STR_ARG(name), CF_STR_ARG(name), CF_STR_ARG(name));
}

static bool model_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    const cf_model *model = model_of(self);
    cf_db          *db = session(eval->err);

    if (cf_str_is(name, "__name__") || cf_str_is(name, "name"))
        *out = cf_string(model->name);
    else if (cf_str_is(name, "__tablename__") || cf_str_is(name, "table"))
        *out = cf_string(model->table);
    else if (!cf_str_is(name, "query") && !cf_str_is(name, "columns") &&
             !cf_str_is(name, "relationships"))
        return !cf_model_column(model, name) || no_column(model, name, eval->err);
    else if (!db)
        return false;
    else if (cf_str_is(name, "query"))
        *out = cf_from_object(cf__db_query(db, model));
    else
        *out = cf_map_get_str(cf__model_facts(eval->arena, cf_db_database(db), model), name);
    return true;
}

/* User.get(7) is User.query.get(7). */
static bool model_method(cf_call *call, cf_object *self, cf_str name, cf_value *result, bool *found)
{
    cf_object *query;
    cf_db     *db;

    *found = cf_str_is(name, "get");
    if (!*found)
        return true;
    db = session(call->eval->err);
    if (!db)
        return false;
    query = cf_from_object(cf__db_query(db, model_of(self))).as.object;
    return query->class->method(call, query, name, result, found);
}

/* A new row, not added yet. */
static bool model_call(cf_call *call, cf_object *self, cf_value *result)
{
    const cf_model *model = model_of(self);
    cf_db          *db = session(call->eval->err);
    cf_object      *row;

    if (!db)
        return false;
    if (call->nargs)
        return cf_fail(call->eval->err, CF_ETYPE, "%s() takes columns by name: %s(%s=…)",
                       model->name, model->name,
                       model->count > 1 ? model->members[1].field.name : "name");
    row = cf__db_new_row(db, model);
    for (size_t i = 0; i < call->nkwargs; i++)
        if (!row->class->set(call->eval, row, call->kwargs[i].name, call->kwargs[i].value))
            return false;
    *result = cf_from_object(row);
    return true;
}

static bool model_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    (void)eval;
    *safe = false;
    cf_buf_printf(out, "<class '%s'>", model_of(self)->name);
    return true;
}

static void model_names(cf_eval *eval, cf_object *self, cf_list *out)
{
    static const char *const names[] = {
        "query", "columns", "relationships", "get", "name", "table"
    };

    (void)eval;
    (void)self;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        cf_list_add(out, cf_string(names[i]));
}

static bool model_equal(cf_object *a, cf_value b)
{
    return cf__shell_model_of(b) == model_of(a);
}

static const cf_class model_class = {
    .name = "Model",
    .get = model_get,
    .method = model_method,
    .call = model_call,
    .text = model_text,
    .names = model_names,
    .equal = model_equal,
};

cf_value cf__shell_model(shell *sh, const cf_model *model)
{
    model_object *object = cf_new(sh->arena, model_object);

    object->head.class = &model_class;
    object->model = model;
    return cf_from_object(object);
}

const cf_model *cf__shell_model_of(cf_value v)
{
    if (v.type != CF_TYPE_OBJECT || v.as.object->class != &model_class)
        return NULL;
    return model_of(v.as.object);
}
