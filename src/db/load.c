/* load.c -- relationships loaded for many rows by one query each (selectin). */
#include "db/sql.h"

/* Keys in one IN list; shorter lists are padded to a power of two, so that few texts differ. */
#define CHUNK 512

typedef struct scatter {
    cf_db              *db;
    const cf__relation *relation;
    size_t              taken;
    cf_row             *owner; /* Of the row before, and its key if that is a number. */
    int64_t             number;
} scatter;

/* The row that column 0 of the result names. Those of one owner often follow each other. */
static cf_row *owner_of(scatter *s, const cf__cursor *cursor)
{
    const cf__mapper *mapper = s->relation->owner;
    cf__datum         datum;
    cf__param         key;
    char              made[32];

    cursor->ops->read(cursor, 0, &datum);
    if (s->owner && mapper->key->kind == CF_KIND_INT64 && datum.cell == CF__CELL_INT &&
        datum.as.integer == s->number)
        return s->owner;
    s->owner = cf__datum_key(&datum, mapper->key, made, &key)
                   ? cf__identity_find(s->db, mapper, &key)
                   : NULL;
    s->number = datum.as.integer;
    return s->owner;
}

/* Has a target row: puts it in the slot of the owner that column 0 of the result names. Only rows
 * of the running load are filled: a repeated query can find others than it did before. */
static bool scatter_row(void *data, const cf__cursor *cursor, cf_error *err)
{
    scatter            *s = data;
    const cf__relation *r = s->relation;
    cf_row             *owner, *row;

    if (s->taken++ == CF_QUERY_MAX_ROWS)
        return cf_fail(err, CF_ELIMIT, "loading %s.%s gives more than %d rows; load fewer at once",
                       r->owner->model->name, r->name, CF_QUERY_MAX_ROWS);
    owner = owner_of(s, cursor);
    if (!cf__load_row(s->db, r->target, cursor, 1, &row, err) || !row || !owner ||
        owner->state->mark != s->db->mark)
        return !err->code;
    if (!cf__is_list(r)) {
        cf__slot_set_one(owner, r, row);
    } else {
        cf__slot_append(owner, r, row);
    }
    return true;
}

static bool add_row(void *data, const cf__cursor *cursor, cf_error *err)
{
    scatter *s = data;
    cf_row  *row;

    return cf__load_row(s->db, s->relation->target, cursor, 0, &row, err);
}

static bool write_in(cf__builder *b, const cf__param *keys, size_t count)
{
    size_t padded = 1;

    while (padded < count)
        padded *= 2;
    cf_buf_puts(&b->sql, " IN (");
    for (size_t i = 0; i < padded; i++) {
        if (i)
            cf_buf_puts(&b->sql, ", ");
        if (!cf__sql_param(b, &keys[i < count ? i : count - 1]))
            return false;
    }
    cf_buf_putc(&b->sql, ')');
    return true;
}

/* SELECT target's columns FROM target WHERE key IN (…) */
static bool load_parents(cf_db *db, const cf__relation *r, const cf__param *keys, size_t count,
                         cf_error *err)
{
    cf__builder b = cf__builder_new(db, r->target, err);
    scatter     s = { .db = db, .relation = r };
    cf__outcome out;

    cf_buf_printf(&b.sql, "SELECT %.*s FROM ",
                  CF_STR_ARG(cf__database_sql(db->database, r->target)->columns));
    cf__sql_table(&b, r->target->model->table, 0);
    cf_buf_puts(&b.sql, " WHERE ");
    cf__sql_column(&b, r->target, 0, r->target->key->name);
    return write_in(&b, keys, count) && cf__sql_run(&b, add_row, &s, &out);
}

bool cf__sql_relation_order(cf__builder *b, const cf__relation *r, unsigned alias,
                            const char *before)
{
    cf_query *q = cf_query_order_by(cf__query_new(b->db, r->target),
                                    r->order_by ? r->order_by : "");

    for (size_t i = 0; i < q->norders; i++) {
        const cf__order *order = &q->orders[i];

        if (order->mistake) {
            if (b->err)
                *b->err = *order->mistake;
            return false;
        }
        if (order->term.path.nsteps || order->term.function)
            return cf_fail(b->err, CF_EINVAL, "%s.%s: .order_by leads along a relationship",
                           r->owner->model->name, r->name);
        cf_buf_puts(&b->sql, i ? ", " : before);
        cf__sql_column(b, r->target, alias, order->term.path.column->name);
        if (order->descending)
            cf_buf_puts(&b->sql, " DESC");
    }
    return true;
}

/* SELECT owner's key, target's columns FROM target [JOIN link] WHERE owner's key */
static void begin_children(cf__builder *b, const cf__relation *r)
{
    bool linked = r->kind == CF_MEMBER_MANY_TO_MANY;

    cf_buf_puts(&b->sql, "SELECT ");
    cf__sql_column(b, r->target, linked, linked ? r->near : r->column->name);
    cf_buf_printf(&b->sql, ", %.*s FROM ",
                  CF_STR_ARG(cf__database_sql(b->db->database, r->target)->columns));
    cf__sql_table(b, r->target->model->table, 0);
    if (linked) {
        cf_buf_puts(&b->sql, " JOIN ");
        cf__sql_table(b, r->through, 1);
        cf_buf_puts(&b->sql, " ON ");
        cf__sql_column(b, NULL, 1, r->far);
        cf_buf_puts(&b->sql, " = ");
        cf__sql_column(b, r->target, 0, r->target->key->name);
    }
    cf_buf_puts(&b->sql, " WHERE ");
    cf__sql_column(b, r->target, linked, linked ? r->near : r->column->name);
}

static bool load_children(cf_db *db, const cf__relation *r, const cf__param *keys, size_t count,
                          cf_error *err)
{
    cf__builder b = cf__builder_new(db, r->target, err);
    scatter     s = { .db = db, .relation = r };
    cf__outcome out;

    begin_children(&b, r);
    return write_in(&b, keys, count) && cf__sql_relation_order(&b, r, 0, " ORDER BY ") &&
           cf__sql_run(&b, scatter_row, &s, &out);
}

/* Belongs-to: the parents that are not known yet, then every slot from memory. */
static bool selectin_parents(cf_db *db, const cf__relation *r, cf_row *const *rows, size_t count,
                             cf_error *err)
{
    cf__param *keys = cf_new_array(db->arena, cf__param, count);
    size_t     n = 0;
    cf__param  key;

    for (size_t i = 0; i < count; i++) {
        if (!cf__param_of_column(db->arena, rows[i], r->column, &key, err))
            return false;
        if (key.kind && !cf__identity_find(db, r->target, &key))
            keys[n++] = key;
    }
    for (size_t from = 0; from < n; from += CHUNK)
        if (!load_parents(db, r, keys + from, n - from < CHUNK ? n - from : CHUNK, err))
            return false;
    for (size_t i = 0; i < count; i++)
        if (!rows[i]->state->links && cf__param_of_column(db->arena, rows[i], r->column, &key, err))
            cf__slot_set_one(rows[i], r, key.kind ? cf__identity_find(db, r->target, &key) : NULL);
    return true;
}

static bool needs_load(const cf_row *row, const cf__relation *r)
{
    const cf__slot *slot = cf__row_slot_peek(row, r);

    return cf_row_is_stored(row) && !(slot && slot->loaded);
}

/* Gives a row an empty place, which the running load fills. */
static void make_place(cf_row *row, const cf__relation *r)
{
    cf_db *db = row->state->db;

    row->state->mark = db->mark;
    if (cf__is_list(r))
        cf__slot_set_many(row, r, cf_list_new(db->arena));
    else
        cf__slot_set_one(row, r, NULL);
}

/* Ends a load: half a list must not pass for the whole. */
static bool end_load(cf_row *const *rows, size_t count, const cf__relation *r, bool ok)
{
    for (size_t i = 0; !ok && i < count; i++)
        if (rows[i]->state->mark == rows[i]->state->db->mark) {
            cf__slot_unload(rows[i], r);
            rows[i]->state->mark = 0;
        }
    return ok;
}

static bool load_chunks(cf_db *db, const cf__relation *r, const cf__param *keys, size_t n,
                        cf_error *err)
{
    for (size_t from = 0; from < n; from += CHUNK)
        if (!load_children(db, r, keys + from, n - from < CHUNK ? n - from : CHUNK, err))
            return false;
    return true;
}

bool cf__selectin(cf_db *db, const cf__relation *r, cf_row *const *rows, size_t count,
                  cf_error *err)
{
    cf__param *keys;
    size_t     n = 0;

    if (r->kind == CF_MEMBER_BELONGS_TO)
        return selectin_parents(db, r, rows, count, err);
    keys = cf_new_array(db->arena, cf__param, count);
    db->mark++;
    for (size_t i = 0; i < count; i++) {
        if (!needs_load(rows[i], r))
            continue;
        if (!cf__param_of_column(db->arena, rows[i], r->owner->key, &keys[n++], err))
            return end_load(rows, i, r, false);
        make_place(rows[i], r);
    }
    return end_load(rows, count, r, load_chunks(db, r, keys, n, err));
}

/* ---- the same by repeating the query ---- */

/* … WHERE key IN (SELECT key FROM the query's rows) */
static bool write_subquery(cf_query *q, cf__builder *b, const cf__column *key)
{
    cf__builder inner = cf__builder_new(q->db, q->mapper, b->err);

    inner.aliases = 1; /* t1 is the link table outside. */
    if (!cf__query_build_keys(q, key, &inner))
        return false;
    for (size_t i = 0; i < inner.nparams; i++)
        if (!cf__sql_push(b, &inner.params[i]))
            return false;
    cf_buf_printf(&b->sql, " IN (%.*s)", CF_STR_ARG(cf_buf_view(&inner.sql)));
    return true;
}

static bool subquery_parents(cf_query *q, const cf__relation *r, cf_error *err)
{
    cf__builder b = cf__builder_new(q->db, r->target, err);
    scatter     s = { .db = q->db, .relation = r };
    cf__outcome out;

    cf_buf_printf(&b.sql, "SELECT %.*s FROM ",
                  CF_STR_ARG(cf__database_sql(q->db->database, r->target)->columns));
    cf__sql_table(&b, r->target->model->table, 0);
    cf_buf_puts(&b.sql, " WHERE ");
    cf__sql_column(&b, r->target, 0, r->target->key->name);
    return write_subquery(q, &b, r->column) && cf__sql_run(&b, add_row, &s, &out);
}

static bool subquery_children(cf_query *q, const cf__relation *r, cf_error *err)
{
    cf__builder b = cf__builder_new(q->db, r->target, err);
    scatter     s = { .db = q->db, .relation = r };
    cf__outcome out;

    begin_children(&b, r);
    return write_subquery(q, &b, r->owner->key) && cf__sql_relation_order(&b, r, 0, " ORDER BY ") &&
           cf__sql_run(&b, scatter_row, &s, &out);
}

static bool load_by_subquery(cf_query *q, const cf__relation *r, cf_row *const *rows, size_t count,
                             cf_error *err)
{
    size_t wanting = 0;

    if (r->kind == CF_MEMBER_BELONGS_TO)
        return subquery_parents(q, r, err) && selectin_parents(q->db, r, rows, count, err);
    for (size_t i = 0; i < count; i++) {
        if (!needs_load(rows[i], r)) {
            wanting = CF_NPOS; /* What is there already must not come twice. */
            break;
        }
        wanting++;
    }
    if (wanting == CF_NPOS)
        return cf__selectin(q->db, r, rows, count, err);
    q->db->mark++;
    for (size_t i = 0; i < count; i++)
        if (needs_load(rows[i], r)) /* Not the second time that a join gave it. */
            make_place(rows[i], r);
    return end_load(rows, count, r, subquery_children(q, r, err));
}

/* ---- what comes with a query's rows ---- */

typedef struct walk {
    cf_query           *q;
    const cf__relation *path[CF__LOAD_DEPTH + 2];
} walk;

/* The rows that a loaded relationship leads to, each once. */
static cf_row **targets(cf_db *db, const cf__relation *r, cf_row *const *rows, size_t count,
                        size_t *found)
{
    cf__rows list = { 0 };

    db->mark++;
    for (size_t i = 0; i < count; i++) {
        const cf__slot *slot = cf__row_slot_peek(rows[i], r);
        size_t          many = slot && slot->many && cf__is_list(r) ? slot->many->len : 0;

        for (size_t j = 0; slot && j < (cf__is_list(r) ? many : 1); j++) {
            cf_row *row = cf__is_list(r) ? cf_row_at(slot->many, j) : slot->one;

            if (!row || row->state->mark == db->mark)
                continue;
            row->state->mark = db->mark;
            cf__rows_add(db, &list, row);
        }
    }
    *found = list.len;
    return list.items;
}

/* What the query says of access to a relationship that it does not load. */
static void set_access(cf_row *const *rows, size_t count, const cf__relation *r, cf_lazy lazy)
{
    for (size_t i = 0; i < count; i++)
        cf__row_slot(rows[i], r)->access = lazy == CF_RAISE ? CF__ACCESS_RAISE : CF__ACCESS_LOAD;
}

static bool goes_deeper(const cf_query *q, const cf__relation *r, size_t depth)
{
    if (r->target->eager)
        return true;
    for (size_t i = 0; i < q->nloads; i++)
        if (q->loads[i].nsteps > depth + 1 && q->loads[i].steps[depth] == r)
            return true;
    return false;
}

static bool load_level(walk *w, const cf__mapper *mapper, cf_row *const *rows, size_t count,
                       size_t depth, cf_error *err)
{
    for (size_t i = 0; count && i < mapper->nrelations; i++) {
        const cf__relation *r = &mapper->relations[i];
        cf_row            **next;
        cf_lazy             lazy;
        size_t              found;
        bool                asked;

        w->path[depth] = r;
        lazy = cf__query_lazy(w->q, w->path, depth + 1, &asked);
        if (asked && (lazy == CF_RAISE || lazy == CF_LAZY_SELECT))
            set_access(rows, count, r, lazy);
        lazy = cf__query_eager(w->q, w->path, depth + 1);
        if (lazy == CF_LAZY_SELECT)
            continue;
        if (lazy == CF_SUBQUERY && !depth && !w->q->related
                ? !load_by_subquery(w->q, r, rows, count, err)
                : !cf__selectin(w->q->db, r, rows, count, err))
            return false;
        if (depth + 1 > CF__LOAD_DEPTH || !goes_deeper(w->q, r, depth))
            continue;
        next = targets(w->q->db, r, rows, count, &found);
        if (!load_level(w, r->target, next, found, depth + 1, err))
            return false;
    }
    return true;
}

bool cf__load_related(cf_query *q, const cf_list *rows, cf_error *err)
{
    walk     w = { .q = q };
    cf_row **items;

    if (!rows->len || (!q->nloads && !q->mapper->eager))
        return true;
    items = cf_new_array(q->db->arena, cf_row *, rows->len);
    for (size_t i = 0; i < rows->len; i++)
        items[i] = cf_row_at(rows, i);
    return load_level(&w, q->mapper, items, rows->len, 0, err);
}
