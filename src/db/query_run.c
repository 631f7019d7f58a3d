/* query_run.c -- running queries: rows, counts, updates, and what is loaded with the rows. */
#include "db/sql.h"

typedef struct collector {
    cf_query           *q;
    cf__builder        *b;
    cf_list            *rows;
    cf_row            **by_alias; /* The current row's parts; NULL when nothing is joined. */
    cf_row             *filling;  /* The row whose joined list is being filled, */
    const cf__relation *list;     /* and which that is. */
    bool                listed; /* There is such a list: a row comes once for each of its items, */
    int                 numbered; /* with its number in this column, */
    int64_t             number;   /* which this was the latest of. */
    size_t              taken;
} collector;

/* A row of a joined list: goes to its owner, unless that had its list before. */
static void take_listed(collector *c, const cf__join *join, cf_row *owner, cf_row *one, bool again)
{
    cf__slot *slot = cf__row_slot(owner, join->relation);

    if (!again) {
        c->filling = NULL;
        if (slot->loaded || owner->state->status != CF__STORED)
            return;
        cf__slot_set_many(owner, join->relation, cf_list_new(c->q->db->arena));
        c->filling = owner;
        c->list = join->relation;
    }
    if (c->filling != owner || !one)
        return;
    cf__slot_append(owner, join->relation, one);
}

/* The parts of a row that came by joins. */
static bool take_joined(collector *c, const cf__cursor *cursor, cf_row *row, bool again,
                        cf_error *err)
{
    c->by_alias[0] = row;
    for (size_t i = 0; i < c->b->njoins; i++) {
        const cf__join *join = &c->b->joins[i];
        cf_row         *owner, *one;

        if (!join->load)
            continue;
        owner = c->by_alias[join->from];
        c->by_alias[join->alias] = NULL;
        if (!owner)
            continue;
        if (!cf__load_row(c->q->db, join->relation->target, cursor, join->first, &one, err))
            return false;
        c->by_alias[join->alias] = one;
        if (cf__is_list(join->relation))
            take_listed(c, join, owner, one, again);
        else if (!owner->state->links)
            cf__slot_set_one(owner, join->relation, one);
    }
    return true;
}

/* Room for all rows at once. */
static void make_room(cf_list *rows, size_t count)
{
    if (rows->cap >= count)
        return;
    rows->items = cf_grow(rows->arena, rows->items, rows->cap * sizeof(*rows->items),
                          count * sizeof(*rows->items));
    rows->cap = count;
}

static bool collect(void *data, const cf__cursor *cursor, cf_error *err)
{
    collector *c = data;
    cf_row    *row;
    bool       again;

    if (c->taken++ == CF_QUERY_MAX_ROWS)
        return cf_fail(err, CF_ELIMIT, "a query for %s gives more than %d rows%s; set a limit",
                       c->q->mapper->model->name, CF_QUERY_MAX_ROWS,
                       c->listed ? " with those that are joined" : "");
    if (c->taken == 1 && !c->listed)
        make_room(c->rows, (size_t)cursor->rows);
    if (!cf__load_row(c->q->db, c->q->mapper, cursor, 0, &row, err))
        return false;
    again = c->listed && c->rows->len && cf__cursor_integer(cursor, c->numbered) == c->number;
    if (c->listed)
        c->number = cf__cursor_integer(cursor, c->numbered);
    if (c->by_alias && !take_joined(c, cursor, row, again, err))
        return false;
    if (!again)
        cf_list_add(c->rows, cf_from_object(row));
    return true;
}

/* What is selected instead of rows: a map each. */
static bool collect_map(void *data, const cf__cursor *cursor, cf_error *err)
{
    collector *c = data;
    cf_db     *db = c->q->db;
    cf_map    *map = cf_map_new(db->arena);
    cf__datum  datum;
    cf_value   value;

    if (c->rows->len == CF_QUERY_MAX_ROWS)
        return cf_fail(err, CF_ELIMIT, "a query for %s gives more than %d rows; set a limit",
                       c->q->mapper->model->name, CF_QUERY_MAX_ROWS);
    for (size_t i = 0; i < c->q->nterms; i++) {
        cursor->ops->read(cursor, (int)i, &datum);
        if (!cf__term_value(db, &c->q->terms[i], &datum, &value, err))
            return false;
        cf_map_set(map, c->q->terms[i].name, value);
    }
    cf_list_add(c->rows, cf_from_map(map));
    return true;
}

/* Begins whatever runs a query: writes what is pending. */
static bool prepare(cf_query *q, cf_error *err)
{
    if (q->err) {
        *err = *q->err;
        return false;
    }
    if (q->related ? cf__autoflush_rows(q->db) : cf__autoflush(q->db))
        return true;
    *err = q->db->err;
    return false;
}

/* Prepares to take what the statement gives. */
static void expect(collector *c, const cf_query *q, const cf__builder *b)
{
    for (size_t i = 0; i < b->njoins; i++) {
        if (b->joins[i].load && !c->by_alias)
            c->by_alias = cf_new_array(q->db->arena, cf_row *, b->aliases + 1);
        if (!b->joins[i].load || !cf__is_list(b->joins[i].relation))
            continue;
        c->listed = true;
        c->numbered = b->joins[i].first + (int)b->joins[i].relation->target->ncolumns;
    }
}

cf_list *cf_query_all(cf_query *q)
{
    CF_NO_ERROR(error);
    cf__builder b = cf__builder_new(q->db, q->mapper, &error);
    collector   c = { .q = q, .b = &b, .rows = cf_list_new(q->db->arena) };
    cf__outcome out;

    if (prepare(q, &error) && cf__query_build(q, CF__ROWS, &b)) {
        expect(&c, q, &b);
        if (cf__sql_run(&b, q->nterms ? collect_map : collect, &c, &out)) {
            if (q->nterms)
                return c.rows;
            if (cf__load_related(q, c.rows, &error))
                return c.rows;
        }
    }
    if (c.filling && error.code)
        cf__slot_unload(c.filling, c.list); /* Half a list must not pass for the whole. */
    cf__session_fail(q->db, &error, NULL);
    return NULL;
}

/* The first `limit` rows of a query. */
static cf_list *few(cf_query *q, int64_t limit)
{
    cf_query copy = *q;

    if (copy.limit < 0 || copy.limit > limit)
        copy.limit = limit;
    return cf_query_all(&copy);
}

/* A function that gives a row was called on a query that selects something else. */
static bool gives_rows(cf_query *q, const char *function)
{
    CF_NO_ERROR(error);

    if (!q->nterms)
        return true;
    cf_fail(&error, CF_EINVAL,
            "%s() gives rows; a query with cf_query_select() is run by "
            "cf_query_all() or cf_query_scalar()",
            function);
    return cf__session_fail(q->db, &error, NULL);
}

void *cf_query_first(cf_query *q)
{
    cf_list *rows = gives_rows(q, "cf_query_first") ? few(q, 1) : NULL;

    return rows && rows->len ? cf_row_at(rows, 0) : NULL;
}

static void *only_row(cf_query *q, bool none_is_fine)
{
    cf_list *rows = gives_rows(q, "cf_query_one") ? few(q, 2) : NULL;
    CF_NO_ERROR(error);

    if (!rows || (!rows->len && none_is_fine))
        return NULL;
    if (rows->len == 1)
        return cf_row_at(rows, 0);
    if (rows->len)
        cf_fail(&error, CF_ECONFLICT, "several rows of %s match where one was expected",
                q->mapper->model->name);
    else
        cf_fail(&error, CF_ENOTFOUND, "no row of %s matches where one was expected",
                q->mapper->model->name);
    cf__session_fail(q->db, &error, NULL);
    return NULL;
}

void *cf_query_one(cf_query *q)
{
    return only_row(q, false);
}

void *cf_query_one_or_none(cf_query *q)
{
    return only_row(q, true);
}

cf_value cf_query_scalar(cf_query *q)
{
    CF_NO_ERROR(error);
    cf_list *rows;

    if (!q->nterms) {
        cf_fail(&error, CF_EINVAL, "cf_query_scalar() needs cf_query_select()");
        cf__session_fail(q->db, &error, NULL);
        return cf_undefined(NULL);
    }
    rows = few(q, 1);
    if (!rows)
        return cf_undefined(NULL);
    return rows->len ? rows->items[0].as.map->entries[0].value : cf_none();
}

static bool take_integer(void *data, const cf__cursor *cursor, cf_error *err)
{
    (void)err;
    *(int64_t *)data = cf__cursor_integer(cursor, 0);
    return true;
}

int64_t cf_query_count(cf_query *q)
{
    CF_NO_ERROR(error);
    cf__builder b = cf__builder_new(q->db, q->mapper, &error);
    int64_t     count = -1;
    cf__outcome out;

    if (prepare(q, &error) && cf__query_build(q, CF__COUNT, &b) &&
        cf__sql_run(&b, take_integer, &count, &out))
        return count;
    cf__session_fail(q->db, &error, NULL);
    return -1;
}

bool cf_query_exists(cf_query *q)
{
    CF_NO_ERROR(error);
    cf__builder b = cf__builder_new(q->db, q->mapper, &error);
    cf_query    copy = *q;
    cf__outcome out;

    if (copy.limit < 0)
        copy.limit = 1;
    if (prepare(q, &error) && cf__query_build(&copy, CF__ONE, &b) &&
        cf__sql_run(&b, NULL, NULL, &out))
        return out.rows > 0;
    return cf__session_fail(q->db, &error, NULL);
}

/* ---- changes without loading ---- */

/* Rows in memory may differ from the database now: they are read again when asked for. */
static void expire(cf_db *db, const cf__mapper *mapper)
{
    for (size_t i = 0; i < db->rows.len; i++) {
        cf__row_state *state = db->rows.items[i]->state;

        state->expired |= state->mapper == mapper;
        for (size_t j = 0; state->slots && j < state->mapper->nrelations; j++)
            if (state->mapper->relations[j].target == mapper)
                state->slots[j] = (cf__slot){ 0 };
    }
}

static bool check_bulk(cf_query *q, const char *what, cf_error *err)
{
    if (q->limit >= 0 || q->offset || q->norders)
        return cf_fail(err, CF_EINVAL, "a query with order, limit or offset cannot %s", what);
    if (q->njoins || q->nterms || q->ngroups || q->distinct)
        return cf_fail(err, CF_EINVAL,
                       "a query with joins, selected columns, groups or distinct cannot %s", what);
    return true;
}

/* Runs a changing statement. Returns how many rows, or -1. */
static int64_t change(cf_query *q, cf__builder *b)
{
    cf_db      *db = q->db;
    cf__outcome out;

    if (cf__session_begin(db, b->err) && cf__sql_run(b, NULL, NULL, &out)) {
        expire(db, q->mapper);
        return out.affected;
    }
    cf__explain_rule(q->mapper, b->err);
    cf__session_fail(db, b->err, NULL);
    return -1;
}

/* SET column = value, or a calculation such as stock - 1. */
static bool write_set(cf_query *q, cf__builder *b, const cf_named *item)
{
    cf_str            name = cf_str_of(item->name);
    const cf__column *column = cf__mapper_column(q->mapper, name);
    cf__param         param;
    bool              found;

    if (!column)
        return cf__no_member(q->mapper, "column", name, b->err);
    cf__quote(&b->sql, column->name);
    cf_buf_puts(&b->sql, " = ");
    if (!cf__sql_calculation(b, q->mapper, 0, item->value, &found))
        return false;
    return found || (cf__param_for(b->arena, column, item->value, &param, b->err) &&
                     cf__param_round(b->arena, column, &param, b->err) &&
                     cf__column_check(column, &param, b->err) && cf__sql_param(b, &param));
}

static bool write_update(cf_query *q, cf__builder *b, const cf_named *values, size_t count)
{
    cf_buf_puts(&b->sql, "UPDATE ");
    cf__sql_table(b, q->mapper->model->table, 0);
    for (size_t i = 0; i < count; i++) {
        cf_buf_puts(&b->sql, i ? ", " : " SET ");
        if (!write_set(q, b, &values[i]))
            return false;
    }
    return count || cf_fail(b->err, CF_EINVAL, "an update needs values");
}

int64_t cf_query_update(cf_query *q, const cf_named *values, size_t count)
{
    CF_NO_ERROR(error);
    cf__builder b = cf__builder_new(q->db, q->mapper, &error);

    b.no_joins = true;
    if (prepare(q, &error) && check_bulk(q, "update", &error) &&
        write_update(q, &b, values, count) && cf__query_where_sql(q, &b))
        return change(q, &b);
    cf__session_fail(q->db, &error, NULL);
    return -1;
}

int64_t cf_query_delete(cf_query *q)
{
    CF_NO_ERROR(error);
    cf__builder b = cf__builder_new(q->db, q->mapper, &error);

    b.no_joins = true;
    if (prepare(q, &error) && check_bulk(q, "delete", &error)) {
        cf_buf_puts(&b.sql, "DELETE FROM ");
        cf__sql_table(&b, q->mapper->model->table, 0);
        if (cf__query_where_sql(q, &b))
            return change(q, &b);
    }
    cf__session_fail(q->db, &error, NULL);
    return -1;
}
