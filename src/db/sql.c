/* sql.c -- writing statements: names quoted, values always as parameters.
 *
 * A path to one ("user.email") is a LEFT JOIN, one to many ("tags.name") an EXISTS subquery, so
 * that no row comes twice. The table asked for keeps its own name; the others are t1, t2, … */
#include "db/sql.h"

cf__builder cf__builder_new(cf_db *db, const cf__mapper *root, cf_error *err)
{
    return (cf__builder){ .db = db,
                          .arena = db->arena,
                          .root = root,
                          .sql = cf_buf_in(db->arena, CF_MIB(1)),
                          .err = err };
}

bool cf__sql_push(cf__builder *b, const cf__param *param)
{
    if (b->nparams == CF__MAX_PARAMS)
        return cf_fail(b->err, CF_ELIMIT, "more than %d values in one statement", CF__MAX_PARAMS);
    if (b->nparams == b->cap_params) {
        size_t more = b->cap_params * 2 + 8;

        b->params = cf_grow(b->arena, b->params, b->cap_params * sizeof(*b->params),
                            more * sizeof(*b->params));
        b->cap_params = more;
    }
    b->params[b->nparams++] = *param;
    return true;
}

bool cf__sql_param(cf__builder *b, const cf__param *param)
{
    cf_buf_putc(&b->sql, '?');
    return cf__sql_push(b, param);
}

void cf__sql_column(cf__builder *b, const cf__mapper *mapper, unsigned alias, const char *column)
{
    if (alias)
        cf_buf_printf(&b->sql, "t%u", alias);
    else
        cf__quote(&b->sql, mapper->model->table);
    cf_buf_putc(&b->sql, '.');
    cf__quote(&b->sql, column);
}

void cf__sql_table(cf__builder *b, const char *table, unsigned alias)
{
    cf__quote(&b->sql, table);
    if (alias)
        cf_buf_printf(&b->sql, " t%u", alias);
}

cf__join *cf__sql_find_join(const cf__builder *b, const cf__relation *relation, unsigned from)
{
    for (size_t i = 0; i < b->njoins; i++)
        if (b->joins[i].relation == relation && b->joins[i].from == from)
            return &b->joins[i];
    return NULL;
}

cf__join *cf__sql_join(cf__builder *b, const cf__relation *relation, unsigned from)
{
    cf__join *join = cf__sql_find_join(b, relation, from);

    if (join)
        return join;
    if (b->njoins == b->cap_joins) {
        size_t more = b->cap_joins * 2 + 4;

        b->joins = cf_grow(b->arena, b->joins, b->cap_joins * sizeof(*b->joins),
                           more * sizeof(*b->joins));
        b->cap_joins = more;
    }
    join = &b->joins[b->njoins++];
    *join = (cf__join){ .relation = relation, .from = from };
    if (relation->kind == CF_MEMBER_MANY_TO_MANY)
        join->link = ++b->aliases;
    join->alias = ++b->aliases;
    return join;
}

/* Writes what makes two rows of a relationship by foreign key belong together. */
static void match(cf__builder *b, const cf__relation *r, unsigned from, unsigned to)
{
    bool child = r->kind == CF_MEMBER_BELONGS_TO;

    cf__sql_column(b, r->target, to, child ? r->target->key->name : r->column->name);
    cf_buf_puts(&b->sql, " = ");
    cf__sql_column(b, r->owner, from, child ? r->column->name : r->owner->key->name);
}

/* Writes the link table's half of a many-to-many: which of its rows belong to the owner's. */
static void match_near(cf__builder *b, const cf__relation *r, unsigned from, unsigned link)
{
    cf__sql_column(b, NULL, link, r->near);
    cf_buf_puts(&b->sql, " = ");
    cf__sql_column(b, r->owner, from, r->owner->key->name);
}

static void match_far(cf__builder *b, const cf__relation *r, unsigned link, unsigned to)
{
    cf__sql_column(b, NULL, link, r->far);
    cf_buf_puts(&b->sql, " = ");
    cf__sql_column(b, r->target, to, r->target->key->name);
}

void cf__sql_joins(cf__builder *b)
{
    for (size_t i = 0; i < b->njoins; i++) {
        const cf__join     *join = &b->joins[i];
        const cf__relation *r = join->relation;
        const char         *word = join->inner ? " JOIN " : " LEFT JOIN ";

        cf_buf_puts(&b->sql, word);
        if (join->link) {
            cf__sql_table(b, r->through, join->link);
            cf_buf_puts(&b->sql, " ON ");
            match_near(b, r, join->from, join->link);
            cf_buf_puts(&b->sql, word);
        }
        cf__sql_table(b, r->target->model->table, join->alias);
        cf_buf_puts(&b->sql, " ON ");
        if (join->link)
            match_far(b, r, join->link, join->alias);
        else
            match(b, r, join->from, join->alias);
    }
}

void cf__sql_columns(cf__builder *b, const cf__mapper *mapper, unsigned alias)
{
    for (size_t i = 0; i < mapper->ncolumns; i++) {
        if (i)
            cf_buf_puts(&b->sql, ", ");
        cf__sql_column(b, mapper, alias, mapper->columns[i].name);
    }
}

bool cf__sql_version(cf__builder *b, const cf_row *row)
{
    const cf__column *version = row->state->mapper->version;
    cf__param         param;

    if (!version)
        return true;
    cf_buf_puts(&b->sql, " AND ");
    cf__quote(&b->sql, version->name);
    cf_buf_puts(&b->sql, " = ");
    return cf__param_of_column(b->arena, row, version, &param, b->err) && cf__sql_param(b, &param);
}

/* ---- comparisons ---- */

static bool list_of(cf_value value, const char *op, cf_list **out, cf_error *err)
{
    if (!cf_is(value, CF_TYPE_LIST))
        return cf_fail(err, CF_ETYPE, "%s needs a list, not %s", op, cf_type_name(value));
    *out = value.as.list;
    return true;
}

static bool compare_in(cf__builder *b, const cf__mapper *mapper, unsigned alias,
                       const cf__column *column, cf_op op, cf_value value)
{
    cf_list  *list = NULL;
    cf__param param;

    if (!list_of(value, op == CF_IN ? "in" : "not in", &list, b->err))
        return false;
    if (!list->len) {
        cf_buf_puts(&b->sql, op == CF_IN ? "1 = 0" : "1 = 1");
        return true;
    }
    cf__sql_column(b, mapper, alias, column->name);
    cf_buf_puts(&b->sql, op == CF_IN ? " IN (" : " NOT IN (");
    for (size_t i = 0; i < list->len; i++) {
        if (i)
            cf_buf_puts(&b->sql, ", ");
        if (!cf__param_for(b->arena, column, list->items[i], &param, b->err) ||
            !cf__sql_param(b, &param))
            return false;
    }
    cf_buf_putc(&b->sql, ')');
    return true;
}

static bool compare_between(cf__builder *b, const cf__mapper *mapper, unsigned alias,
                            const cf__column *column, cf_value value)
{
    cf_list  *list = NULL;
    cf__param low, high;

    if (!list_of(value, "between", &list, b->err))
        return false;
    if (list->len != 2)
        return cf_fail(b->err, CF_EINVAL, "between needs a list of two values, not of %zu",
                       list->len);
    if (!cf__param_for(b->arena, column, list->items[0], &low, b->err) ||
        !cf__param_for(b->arena, column, list->items[1], &high, b->err))
        return false;
    cf__sql_column(b, mapper, alias, column->name);
    cf_buf_puts(&b->sql, " BETWEEN ");
    if (!cf__sql_param(b, &low))
        return false;
    cf_buf_puts(&b->sql, " AND ");
    return cf__sql_param(b, &high);
}

/* A text in which nothing is wild, as a LIKE pattern. */
static cf_str literal_pattern(cf_arena *arena, cf_str text, bool anywhere)
{
    cf_buf out = cf_buf_in(arena, 0);

    if (anywhere)
        cf_buf_putc(&out, '%');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '%' || text.ptr[i] == '_' || text.ptr[i] == '\\')
            cf_buf_putc(&out, '\\');
        cf_buf_putc(&out, text.ptr[i]);
    }
    cf_buf_putc(&out, '%');
    return cf_buf_view(&out);
}

static bool compare_like(cf__builder *b, const cf__mapper *mapper, unsigned alias,
                         const cf__column *column, cf_op op, cf_value value)
{
    const cf__dialect *dialect = b->db->database->engine->dialect;
    cf__param          param;

    if (column->kind != CF_KIND_TEXT)
        return cf_fail(b->err, CF_ETYPE, "%s is not text: like and contains are for text",
                       column->name);
    if (!cf__param_for(b->arena, column, value, &param, b->err))
        return false;
    if (param.kind == CF_KIND_TEXT && (op == CF_CONTAINS || op == CF_STARTS))
        param.as.text = literal_pattern(b->arena, param.as.text, op == CF_CONTAINS);
    cf_buf_puts(&b->sql, op == CF_LIKE ? dialect->like_before : dialect->ilike_before);
    cf__sql_column(b, mapper, alias, column->name);
    cf_buf_puts(&b->sql, op == CF_LIKE ? dialect->like_after : dialect->ilike_after);
    return cf__sql_push(b, &param);
}

bool cf__sql_compare(cf__builder *b, const cf__mapper *mapper, unsigned alias,
                     const cf__column *column, cf_op op, cf_value value)
{
    static const char *const signs[] = { [CF_EQ] = " = ",  [CF_NE] = " <> ", [CF_LT] = " < ",
                                         [CF_LE] = " <= ", [CF_GT] = " > ",  [CF_GE] = " >= " };
    cf__param                param;
    bool                     found;

    if (op == CF_IN || op == CF_NOT_IN)
        return compare_in(b, mapper, alias, column, op, value);
    if (op == CF_BETWEEN)
        return compare_between(b, mapper, alias, column, value);
    if (op >= CF_LIKE)
        return compare_like(b, mapper, alias, column, op, value);
    cf__sql_column(b, mapper, alias, column->name);
    if (cf_is_missing(value) && (op == CF_EQ || op == CF_NE)) {
        cf_buf_puts(&b->sql, op == CF_EQ ? " IS NULL" : " IS NOT NULL");
        return true;
    }
    cf_buf_puts(&b->sql, signs[op]);
    if (!cf__sql_calculation(b, mapper, alias, value, &found))
        return false;
    return found ||
           (cf__param_for(b->arena, column, value, &param, b->err) && cf__sql_param(b, &param));
}

/* ---- paths ---- */

static bool follow(cf__builder *b, const cf_cond *cond, size_t step, const cf__mapper *mapper,
                   unsigned alias, bool outer);

/* Writes "EXISTS (SELECT 1 FROM target WHERE it belongs to the row at `alias` AND". */
static unsigned open_exists(cf__builder *b, const cf__relation *r, unsigned alias)
{
    unsigned target = ++b->aliases, link;

    cf_buf_puts(&b->sql, "EXISTS (SELECT 1 FROM ");
    cf__sql_table(b, r->target->model->table, target);
    if (r->kind != CF_MEMBER_MANY_TO_MANY) {
        cf_buf_puts(&b->sql, " WHERE ");
        match(b, r, alias, target);
        return target;
    }
    link = ++b->aliases;
    cf_buf_puts(&b->sql, " JOIN ");
    cf__sql_table(b, r->through, link);
    cf_buf_puts(&b->sql, " ON ");
    match_far(b, r, link, target);
    cf_buf_puts(&b->sql, " WHERE ");
    match_near(b, r, alias, link);
    return target;
}

/* A relationship's name against a row or none. */
static bool compare_relation(cf__builder *b, const cf__relation *r, unsigned alias, cf_op op,
                             cf_value value)
{
    const cf__mapper *to = r->target;
    const cf_row     *row = NULL;
    unsigned          target;

    if (op != CF_EQ && op != CF_NE)
        return cf_fail(b->err, CF_EINVAL, "%s is a relationship: only = and != compare it",
                       r->name);
    if (cf_is(value, CF_TYPE_OBJECT)) {
        if (cf_row_model(value.as.object) != r->target->model)
            return cf_fail(b->err, CF_ETYPE, "%s leads to %s, and was compared with %s", r->name,
                           r->target->model->name, cf_type_name(value));
        row = (const cf_row *)(const void *)value.as.object;
        value = cf_row_key(row);
        if (cf_is_missing(value)) { /* A row that was never stored is related to none. */
            cf_buf_puts(&b->sql, op == CF_EQ ? "1 = 0" : "1 = 1");
            return true;
        }
    }
    if (r->kind == CF_MEMBER_BELONGS_TO)
        return cf__sql_compare(b, r->owner, alias, r->column, op, value);
    if ((op == CF_NE) != cf_is_missing(value))
        cf_buf_puts(&b->sql, "NOT ");
    target = open_exists(b, r, alias);
    for (size_t i = 0; i < to->nkeys && !cf_is_missing(value); i++) {
        cf_buf_puts(&b->sql, " AND ");
        if (to->nkeys > 1 && !row)
            return cf_fail(b->err, CF_ETYPE,
                           "%s leads to %s, whose key has several columns: "
                           "compare it with a row",
                           r->name, to->model->name);
        if (to->nkeys > 1)
            value = cf_row_get(row, cf_str_of(to->keys[i]->name));
        if (!cf__sql_compare(b, to, target, to->keys[i], CF_EQ, value))
            return false;
    }
    cf_buf_putc(&b->sql, ')');
    return true;
}

static bool follow(cf__builder *b, const cf_cond *cond, size_t step, const cf__mapper *mapper,
                   unsigned alias, bool outer)
{
    const cf__relation *r;
    unsigned            target;

    if (step == cond->path.nsteps && cond->path.relation)
        return compare_relation(b, cond->path.relation, alias, cond->op, cond->value);
    if (step == cond->path.nsteps)
        return cf__sql_compare(b, mapper, alias, cond->path.column, cond->op, cond->value);
    r = cond->path.steps[step];
    if (outer && !b->no_joins && (!cf__is_list(r) || cf__sql_find_join(b, r, alias)))
        return follow(b, cond, step + 1, r->target, cf__sql_join(b, r, alias)->alias, true);
    target = open_exists(b, r, alias);
    cf_buf_puts(&b->sql, " AND ");
    if (!follow(b, cond, step + 1, r->target, target, false))
        return false;
    cf_buf_putc(&b->sql, ')');
    return true;
}

/* Rows that a link table joins with a given one. */
static bool linked(cf__builder *b, const cf_cond *cond)
{
    const cf__relation *r = cond->link;
    unsigned            link = ++b->aliases;
    cf__param           param;

    cf_buf_puts(&b->sql, "EXISTS (SELECT 1 FROM ");
    cf__sql_table(b, r->through, link);
    cf_buf_puts(&b->sql, " WHERE ");
    cf__sql_column(b, NULL, link, r->far);
    cf_buf_puts(&b->sql, " = ");
    cf__sql_column(b, r->target, 0, r->target->key->name);
    cf_buf_puts(&b->sql, " AND ");
    cf__sql_column(b, NULL, link, r->near);
    cf_buf_puts(&b->sql, " = ");
    if (!cf__param_of_column(b->arena, cond->row, r->owner->key, &param, b->err) ||
        !cf__sql_param(b, &param))
        return false;
    cf_buf_putc(&b->sql, ')');
    return true;
}

static bool group(cf__builder *b, const cf_cond *cond)
{
    const char *word = cond->kind == CF__COND_OR ? " OR " : " AND ";

    if (!cond->count) {
        cf_buf_puts(&b->sql, cond->kind == CF__COND_OR ? "1 = 0" : "1 = 1");
        return true;
    }
    if (cond->count > 1)
        cf_buf_putc(&b->sql, '(');
    for (size_t i = 0; i < cond->count; i++) {
        if (i)
            cf_buf_puts(&b->sql, word);
        if (!cf__sql_condition(b, cond->items[i]))
            return false;
    }
    if (cond->count > 1)
        cf_buf_putc(&b->sql, ')');
    return true;
}

bool cf__sql_condition(cf__builder *b, const cf_cond *cond)
{
    switch (cond->kind) {
    case CF__COND_COMPARE:
        return follow(b, cond, 0, b->root, 0, true);
    case CF__COND_LINK:
        return linked(b, cond);
    case CF__COND_NOT:
        cf_buf_puts(&b->sql, "NOT (");
        if (!cf__sql_condition(b, cond->items[0]))
            return false;
        cf_buf_putc(&b->sql, ')');
        return true;
    case CF__COND_AND:
    case CF__COND_OR:
        break;
    }
    return group(b, cond);
}

bool cf__sql_run(cf__builder *b, cf__row_fn *row, void *data, cf__outcome *out)
{
    cf__sql sql;

    if (!cf_buf_ok(&b->sql, b->err))
        return false;
    sql = cf__sql_of(cf_buf_view(&b->sql));
    sql.source = CF__SQL_BUILT;
    return cf__session_run(b->db, &sql, b->params, b->nparams, row, data, out, b->err);
}
