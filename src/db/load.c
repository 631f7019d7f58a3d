/* load.c -- relationships loaded for many rows by one query each (selectin). */
#include "db/sql.h"

/* Keys in one IN list; shorter lists are padded to a power of two, so that few texts differ. */
#define CHUNK 512

typedef struct scatter {
    cf_db              *db;
    const cf__relation *relation;
} scatter;

/* Has a target row: puts it in the slot of the owner that column 0 of the result names. */
static bool scatter_row(void *data, const cf__cursor *cursor, cf_error *err)
{
    scatter            *s = data;
    const cf__relation *r = s->relation;
    cf__param           key;
    cf_row             *owner, *row;
    cf__slot           *slot;

    owner = cf__cursor_key(cursor, 0, r->owner->key, &key)
                ? cf__identity_find(s->db, r->owner, &key)
                : NULL;
    if (!cf__load_row(s->db, r->target, cursor, 1, &row, err) || !row || !owner)
        return !err->code;
    slot = cf__row_slot(owner, r);
    if (!cf__is_list(r)) {
        cf__slot_set_one(owner, r, row);
    } else {
        cf_list_add(slot->many, cf_from_object(row));
        cf_list_add(slot->committed, cf_from_object(row));
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
    scatter     s = { db, r };
    cf__outcome out;

    cf_buf_printf(&b.sql, "SELECT %.*s FROM ",
                  CF_STR_ARG(cf__database_sql(db->database, r->target)->columns));
    cf__sql_table(&b, r->target->model->table, 0);
    cf_buf_puts(&b.sql, " WHERE ");
    cf__sql_column(&b, r->target, 0, r->target->key->name);
    return write_in(&b, keys, count) && cf__sql_run(&b, add_row, &s, &out);
}

static bool write_order(cf__builder *b, const cf__relation *r, cf_error *err)
{
    cf_query *q = cf_query_order_by(cf__query_new(b->db, r->target), r->order_by);

    if (q->err) {
        *err = *q->err;
        return false;
    }
    for (size_t i = 0; i < q->norders; i++) {
        if (q->orders[i].path.nsteps)
            return cf_fail(err, CF_EINVAL, "%s.%s: .order_by leads along a relationship",
                           r->owner->model->name, r->name);
        cf_buf_puts(&b->sql, i ? ", " : " ORDER BY ");
        cf__sql_column(b, r->target, 0, q->orders[i].path.column->name);
        if (q->orders[i].descending)
            cf_buf_puts(&b->sql, " DESC");
    }
    return true;
}

/* SELECT owner's key, target's columns FROM target [JOIN link] WHERE owner's key IN (…) */
static bool load_children(cf_db *db, const cf__relation *r, const cf__param *keys, size_t count,
                          cf_error *err)
{
    cf__builder b = cf__builder_new(db, r->target, err);
    scatter     s = { db, r };
    bool        linked = r->kind == CF_MEMBER_MANY_TO_MANY;
    cf__outcome out;

    cf_buf_puts(&b.sql, "SELECT ");
    cf__sql_column(&b, r->target, linked, linked ? r->near : r->column->name);
    cf_buf_printf(&b.sql, ", %.*s FROM ",
                  CF_STR_ARG(cf__database_sql(db->database, r->target)->columns));
    cf__sql_table(&b, r->target->model->table, 0);
    if (linked) {
        cf_buf_puts(&b.sql, " JOIN ");
        cf__sql_table(&b, r->through, 1);
        cf_buf_puts(&b.sql, " ON ");
        cf__sql_column(&b, NULL, 1, r->far);
        cf_buf_puts(&b.sql, " = ");
        cf__sql_column(&b, r->target, 0, r->target->key->name);
    }
    cf_buf_puts(&b.sql, " WHERE ");
    cf__sql_column(&b, r->target, linked, linked ? r->near : r->column->name);
    return write_in(&b, keys, count) && write_order(&b, r, err) &&
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

bool cf__selectin(cf_db *db, const cf__relation *r, cf_row *const *rows, size_t count,
                  cf_error *err)
{
    cf__param *keys;
    size_t     n = 0;

    if (r->kind == CF_MEMBER_BELONGS_TO)
        return selectin_parents(db, r, rows, count, err);
    keys = cf_new_array(db->arena, cf__param, count);
    for (size_t i = 0; i < count; i++) {
        if (!needs_load(rows[i], r))
            continue;
        if (!cf__param_of_column(db->arena, rows[i], r->owner->key, &keys[n++], err))
            return false;
        if (cf__is_list(r))
            cf__slot_set_many(rows[i], r, cf_list_new(db->arena));
        else
            cf__slot_set_one(rows[i], r, NULL);
    }
    for (size_t from = 0; from < n; from += CHUNK)
        if (!load_children(db, r, keys + from, n - from < CHUNK ? n - from : CHUNK, err))
            return false;
    return true;
}
