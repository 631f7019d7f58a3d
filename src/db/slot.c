/* slot.c -- what one row knows of its relationships, and keys that wait for their parent's. */
#include "db/sql.h"

bool cf__list_has(const cf_list *list, const cf_row *row)
{
    for (size_t i = 0; list && i < list->len; i++)
        if (cf_row_at(list, i) == row)
            return true;
    return false;
}

bool cf__list_drop(cf_list *list, const cf_row *row)
{
    for (size_t i = 0; list && i < list->len; i++)
        if (cf_row_at(list, i) == row) {
            memmove(&list->items[i], &list->items[i + 1],
                    (list->len - i - 1) * sizeof(*list->items));
            list->len--;
            return true;
        }
    return false;
}

cf_list *cf__list_copy(cf_arena *arena, const cf_list *list)
{
    cf_list *copy = cf_list_new(arena);

    for (size_t i = 0; i < list->len; i++)
        cf_list_add(copy, list->items[i]);
    return copy;
}

/* ---- keys that are not generated yet ---- */

static bool has_key(const cf_row *row)
{
    return row->state->status == CF__STORED || row->state->status == CF__DOOMED ||
           !row->state->mapper->generated_key;
}

static void drop_link(cf_row *child, const cf__column *column)
{
    cf__link **at = &child->state->links;

    while (*at && (*at)->column != column)
        at = &(*at)->next;
    if (*at)
        *at = (*at)->next;
}

void cf__link_to(cf_row *child, const cf__column *column, cf_row *parent)
{
    cf__link *link;

    drop_link(child, column);
    if (!parent) {
        cf__column_clear(child, column);
        return;
    }
    if (has_key(parent)) {
        cf__column_copy(child, column, parent, parent->state->mapper->key);
        return;
    }
    cf__column_clear(child, column);
    link = cf_new(child->state->db->arena, cf__link);
    *link = (cf__link){ child->state->links, column, parent };
    child->state->links = link;
}

cf_row *cf__link_parent(const cf_row *child, const cf__column *column)
{
    for (cf__link *link = child->state->links; link; link = link->next)
        if (link->column == column)
            return link->parent;
    return NULL;
}

/* ---- slots ---- */

void cf__slot_set_one(cf_row *row, const cf__relation *relation, cf_row *one)
{
    cf__slot *slot = cf__row_slot(row, relation);

    slot->loaded = true;
    slot->one = one;
}

void cf__slot_set_many(cf_row *row, const cf__relation *relation, cf_list *many)
{
    cf__slot *slot = cf__row_slot(row, relation);

    slot->loaded = true;
    slot->many = many;
    slot->committed = cf__list_copy(row->state->db->arena, many);
    for (size_t i = 0; slot->extra && i < slot->extra->len; i++)
        if (!cf__list_has(many, cf_row_at(slot->extra, i)))
            cf_list_add(many, slot->extra->items[i]);
    slot->extra = NULL;
}

void cf__slot_append(cf_row *row, const cf__relation *relation, cf_row *one)
{
    cf__slot *slot = cf__row_slot(row, relation);

    cf_list_add(slot->many, cf_from_object(one));
    cf_list_add(slot->committed, cf_from_object(one));
}

void cf__slot_unload(cf_row *row, const cf__relation *relation)
{
    cf__slot *slot = cf__row_slot(row, relation);

    slot->loaded = false;
    slot->one = NULL;
    if (!slot->many)
        return;
    /* What was there before the load comes first. */
    slot->many->len -= slot->committed->len;
    slot->extra = slot->many->len ? slot->many : NULL;
    slot->many = slot->committed = NULL;
}

bool cf__one_is_current(const cf_row *row, const cf__relation *r)
{
    const cf__slot *slot = cf__row_slot_peek(row, r);
    const cf_row   *one = slot ? slot->one : NULL;
    cf__param       fk, key;

    if (!slot || !slot->loaded)
        return false;
    if (one && (one->state->status == CF__GONE || one->state->expired))
        return false;
    if (r->kind != CF_MEMBER_BELONGS_TO)
        return true;
    if (row->state->links && cf__link_parent(row, r->column))
        return one == cf__link_parent(row, r->column);
    if (!one)
        return cf__column_is_null(row, r->column);
    if (cf__column_is_null(row, r->column))
        return false;
    if (r->column->kind == CF_KIND_INT64)
        return CF__AT(row, r->column, int64_t) == CF__AT(one, r->target->key, int64_t);
    return cf__param_of_column(row->state->db->arena, row, r->column, &fk, NULL) &&
           cf__param_of_column(row->state->db->arena, one, r->target->key, &key, NULL) &&
           cf_str_eq(fk.as.text, key.as.text);
}

static bool load_parent(cf_row *row, const cf__relation *r, cf_error *err)
{
    cf_db    *db = row->state->db;
    cf_row   *parent = cf__link_parent(row, r->column);
    cf__param key;

    if (!parent) {
        if (!cf__param_of_column(db->arena, row, r->column, &key, err))
            return false;
        parent = key.kind ? cf__load_key(db, r->target, &key, err) : NULL;
        if (err->code)
            return false;
    }
    cf__slot_set_one(row, r, parent);
    return true;
}

static bool load_list(cf_row *row, const cf__relation *r, cf_error *err)
{
    cf_list *rows;

    if (!cf_row_is_stored(row)) {
        rows = cf_list_new(row->state->db->arena);
    } else {
        cf_query *q = cf__slot_query(row, r);

        q->related = true;
        rows = cf_query_all(q);
        if (!rows) {
            *err = row->state->db->err;
            return false;
        }
    }
    if (cf__is_list(r))
        cf__slot_set_many(row, r, rows);
    else
        cf__slot_set_one(row, r, rows->len ? cf_row_at(rows, 0) : NULL);
    return true;
}

static cf__lazy *lazy_of(cf_db *db, const cf__relation *r)
{
    size_t size = sizeof(*db->lazy);

    for (size_t i = 0; i < db->nlazy; i++)
        if (db->lazy[i].relation == r)
            return &db->lazy[i];
    db->lazy = cf_grow(db->arena, db->lazy, db->nlazy * size, (db->nlazy + 1) * size);
    db->lazy[db->nlazy] = (cf__lazy){ .relation = r };
    return &db->lazy[db->nlazy++];
}

static void note_lazy(cf_db *db, const cf_row *row, const cf__relation *r)
{
    cf__lazy *lazy = lazy_of(db, r);

    lazy->count++;
    if (!row->state->batch)
        return;
    lazy->run = lazy->batch == row->state->batch ? lazy->run + 1 : 1;
    lazy->batch = row->state->batch;
    if (lazy->run > 1 && lazy->run > lazy->most)
        lazy->most = lazy->run;
}

bool cf_db_lazy_load(const cf_db *db, size_t i, cf_lazy_load *out)
{
    if (i >= db->nlazy)
        return false;
    *out = (cf_lazy_load){ db->lazy[i].relation->owner->model, db->lazy[i].relation->name,
                           db->lazy[i].count, db->lazy[i].most };
    return true;
}

bool cf__slot_load(cf_row *row, const cf__relation *r, cf_error *err)
{
    const cf__slot *slot = cf__row_slot_peek(row, r);
    cf_db          *db = row->state->db;
    int64_t         before = db->queries;
    bool            ok;

    if (cf__is_list(r) ? slot && slot->loaded : cf__one_is_current(row, r))
        return true;
    ok = r->kind == CF_MEMBER_BELONGS_TO ? load_parent(row, r, err) : load_list(row, r, err);
    if (db->queries != before)
        note_lazy(db, row, r);
    return ok;
}

cf_query *cf__slot_query(cf_row *row, const cf__relation *r)
{
    cf_db    *db = row->state->db;
    cf_query *q = cf__query_new(db, r->target);
    cf_cond  *cond = cf_new(db->arena, cf_cond);

    if (r->kind == CF_MEMBER_MANY_TO_MANY) {
        cond->kind = CF__COND_LINK;
        cond->link = r;
        cond->row = row;
    } else {
        bool child = r->kind == CF_MEMBER_BELONGS_TO;

        cond->kind = CF__COND_COMPARE;
        cond->op = CF_EQ;
        cond->path.column = child ? r->target->key : r->column;
        cond->value = child ? cf_row_get(row, cf_str_of(r->column->name)) : cf_row_key(row);
    }
    cf__query_and(q, cond);
    if (r->kind == CF_MEMBER_HAS_ONE)
        q->limit = 1;
    return cf_query_order_by(q, r->order_by ? r->order_by : "");
}
