/* query_run.c -- running queries: rows, counts, updates, and what is loaded with the rows. */
#include "db/sql.h"

typedef struct collector {
    cf_query    *q;
    cf__builder *b;
    cf_list     *rows;
} collector;

static bool collect(void *data, const cf__cursor *cursor, cf_error *err)
{
    collector *c = data;
    cf_db     *db = c->q->db;
    cf_row    *row, *one;

    if (c->rows->len == CF_QUERY_MAX_ROWS)
        return cf_fail(err, CF_ELIMIT, "a query for %s gives more than %d rows; set a limit",
                       c->q->mapper->model->name, CF_QUERY_MAX_ROWS);
    if (!cf__load_row(db, c->q->mapper, cursor, 0, &row, err))
        return false;
    for (size_t i = 0; i < c->b->njoins; i++) {
        const cf__join *join = &c->b->joins[i];

        if (!join->load)
            continue;
        if (!cf__load_row(db, join->relation->target, cursor, join->first, &one, err))
            return false;
        if (!row->state->links)
            cf__slot_set_one(row, join->relation, one);
    }
    cf_list_add(c->rows, cf_from_object(row));
    return true;
}

/* Loads what comes with the rows by further queries. */
static bool load_more(cf_query *q, const cf_list *rows, cf_error *err)
{
    cf_row **items;

    if (!rows->len)
        return true;
    items = cf_new_array(q->db->arena, cf_row *, rows->len);
    for (size_t i = 0; i < rows->len; i++)
        items[i] = cf_row_at(rows, i);
    for (size_t i = 0; i < q->mapper->nrelations; i++) {
        const cf__relation *r = &q->mapper->relations[i];
        cf_lazy             lazy = cf__query_lazy(q, r);

        if ((lazy == CF_SELECTIN || (lazy == CF_JOINED && cf__is_list(r))) &&
            !cf__selectin(q->db, r, items, rows->len, err))
            return false;
    }
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

cf_list *cf_query_all(cf_query *q)
{
    cf_error    error = { 0 };
    cf__builder b = cf__builder_new(q->db, q->mapper, &error);
    collector   c = { q, &b, cf_list_new(q->db->arena) };
    cf__outcome out;

    if (prepare(q, &error) && cf__query_build(q, CF__ROWS, &b) &&
        cf__sql_run(&b, collect, &c, &out) && load_more(q, c.rows, &error))
        return c.rows;
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

void *cf_query_first(cf_query *q)
{
    cf_list *rows = few(q, 1);

    return rows && rows->len ? cf_row_at(rows, 0) : NULL;
}

void *cf_query_one(cf_query *q)
{
    cf_list *rows = few(q, 2);
    cf_error error = { 0 };

    if (!rows)
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

static bool take_integer(void *data, const cf__cursor *cursor, cf_error *err)
{
    (void)err;
    *(int64_t *)data = cf__cursor_integer(cursor, 0);
    return true;
}

int64_t cf_query_count(cf_query *q)
{
    cf_error    error = { 0 };
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
    cf_error    error = { 0 };
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

static bool write_update(cf_query *q, cf__builder *b, const cf_named *values, size_t count)
{
    cf_buf_puts(&b->sql, "UPDATE ");
    cf__sql_table(b, q->mapper->model->table, 0);
    for (size_t i = 0; i < count; i++) {
        cf_str            name = cf_str_of(values[i].name);
        const cf__column *column = cf__mapper_column(q->mapper, name);
        cf__param         param;

        if (!column)
            return cf__no_member(q->mapper, "column", name, b->err);
        cf_buf_puts(&b->sql, i ? ", " : " SET ");
        cf__quote(&b->sql, column->name);
        cf_buf_puts(&b->sql, " = ");
        if (!cf__param_for(b->arena, column, values[i].value, &param, b->err) ||
            !cf__param_round(b->arena, column, &param, b->err) ||
            !cf__column_check(column, &param, b->err) || !cf__sql_param(b, &param))
            return false;
    }
    return count || cf_fail(b->err, CF_EINVAL, "an update needs values");
}

int64_t cf_query_update(cf_query *q, const cf_named *values, size_t count)
{
    cf_error    error = { 0 };
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
    cf_error    error = { 0 };
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
