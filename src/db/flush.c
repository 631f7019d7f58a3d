/* flush.c -- writing a session's changes in an order that foreign keys allow.
 *
 * New rows that loaded relationships lead to are added first. Then inserts, parents before
 * children (by model, and by row where a model references itself); updates of changed columns;
 * links of many-to-many; deletes, children first. Statements of one text that follow each other go
 * out together. */
#include "db/sql.h"

#include <stdio.h>
#include <stdlib.h>

static bool row_is_new(const cf_row *row)
{
    return row->state->status == CF__TRANSIENT || row->state->status == CF__PENDING;
}

/* ---- is there anything? ---- */

static bool list_changed(const cf__slot *slot)
{
    if (!slot->many || !slot->committed)
        return false;
    if (slot->many->len != slot->committed->len)
        return true;
    for (size_t i = 0; i < slot->many->len; i++)
        if (cf_row_at(slot->many, i) != cf_row_at(slot->committed, i))
            return true;
    return false;
}

static bool slots_changed(const cf_row *row)
{
    const cf__row_state *state = row->state;

    if (state->links)
        return true;
    for (size_t i = 0; state->slots && i < state->mapper->nrelations; i++) {
        const cf__slot *slot = &state->slots[i];

        if (list_changed(slot) || (slot->extra && slot->extra->len) ||
            (slot->dropped && slot->dropped->len))
            return true;
    }
    return false;
}

bool cf_db_is_dirty(cf_db *db)
{
    if (db->added.len || db->removed.len)
        return true;
    for (size_t i = 0; i < db->rows.len; i++)
        if (cf__row_changed(db->rows.items[i]) || slots_changed(db->rows.items[i]))
            return true;
    return false;
}

/* ---- adding and deleting ---- */

static void init_row(cf_row *row)
{
    const cf__mapper *mapper = row->state->mapper;
    cf_arena         *arena = row->state->db->arena;

    for (size_t i = 0; i < mapper->ncolumns; i++) {
        const cf__column *column = &mapper->columns[i];
        const cf_column  *options = &column->member->column;

        if (!column->not_null)
            cf__column_clear(row, column);
        /* That a default fits was checked when the models were registered. */
        if (options->default_value)
            cf_row_set(row, cf_str_of(column->name), cf_string(options->default_value), NULL);
        else if (options->default_now)
            cf_row_set(row, cf_str_of(column->name), cf_time_value(arena, cf_now()), NULL);
        else if (options->default_uuid)
            CF__AT(row, column, cf_uuid) = cf_uuid_random();
    }
}

void *cf__db_new_row(cf_db *db, const cf_model *model)
{
    cf_error          error = { 0 };
    const cf__mapper *mapper = cf__session_mapper(db, model, &error);
    cf_row           *row;

    if (!mapper) {
        /* A model that was never registered is a bug that no caller can handle. */
        fprintf(stderr, "carafe: %s\n", error.message);
        abort();
    }
    row = cf__row_new(db, mapper);
    init_row(row);
    return row;
}

void cf_db_add(cf_db *db, void *data)
{
    cf_row *row = data;

    if (row->state->status == CF__DOOMED) {
        row->state->status = CF__STORED;
        cf__rows_remove(&db->removed, row);
    }
    if (row->state->status != CF__TRANSIENT)
        return;
    row->state->status = CF__PENDING;
    cf__rows_add(db, &db->added, row);
}

void cf_db_delete(cf_db *db, void *data)
{
    cf_row *row = data;

    if (row->state->status == CF__PENDING) {
        row->state->status = CF__TRANSIENT;
        cf__rows_remove(&db->added, row);
    }
    if (row->state->status != CF__STORED)
        return;
    row->state->status = CF__DOOMED;
    cf__rows_add(db, &db->removed, row);
}

/* Adds the new rows that a row's loaded relationships lead to. */
static void cascade(cf_db *db, const cf_row *row)
{
    const cf__row_state *state = row->state;

    for (cf__link *link = state->links; link; link = link->next)
        cf_db_add(db, link->parent);
    for (size_t i = 0; state->slots && i < state->mapper->nrelations; i++) {
        const cf__slot *slot = &state->slots[i];

        if (slot->one && row_is_new(slot->one))
            cf_db_add(db, slot->one);
        for (size_t j = 0; slot->many && j < slot->many->len; j++)
            if (row_is_new(cf_row_at(slot->many, j)))
                cf_db_add(db, cf_row_at(slot->many, j));
        for (size_t j = 0; slot->extra && j < slot->extra->len; j++)
            if (row_is_new(cf_row_at(slot->extra, j)))
                cf_db_add(db, cf_row_at(slot->extra, j));
    }
}

/* A row taken out of a has-many list by other means than cf_relate_remove(). */
static void release_child(cf_db *db, const cf_row *row, const cf__relation *r, cf_row *child)
{
    const cf__column *key = row->state->mapper->key;
    cf__param         fk, own;

    if (child->state->status != CF__STORED ||
        !cf__param_of_column(db->arena, child, r->column, &fk, NULL) ||
        !cf__param_of_column(db->arena, row, key, &own, NULL) || !cf__param_equal(&fk, &own))
        return;
    if (r->delete_orphan)
        cf_db_delete(db, child);
    else
        cf__link_to(child, r->column, NULL);
}

/* Rows put into a has-many list by other means than cf_relate_add() get their foreign key. */
static void claim_children(cf_db *db, cf_row *row)
{
    cf__row_state *state = row->state;

    for (size_t i = 0; state->slots && i < state->mapper->nrelations; i++) {
        const cf__relation *r = &state->mapper->relations[i];
        cf__slot           *slot = &state->slots[i];

        if (r->kind != CF_MEMBER_HAS_MANY || !list_changed(slot))
            continue;
        for (size_t j = 0; j < slot->many->len; j++) {
            cf_row *child = cf_row_at(slot->many, j);

            if (!cf__list_has(slot->committed, child) && !cf__link_parent(child, r->column))
                cf__link_to(child, r->column, row);
        }
        for (size_t j = 0; j < slot->committed->len; j++)
            if (!cf__list_has(slot->many, cf_row_at(slot->committed, j)))
                release_child(db, row, r, cf_row_at(slot->committed, j));
        slot->committed = cf__list_copy(db->arena, slot->many);
    }
}

static void collect_changes(cf_db *db)
{
    for (size_t i = 0; i < db->rows.len; i++) {
        cascade(db, db->rows.items[i]);
        claim_children(db, db->rows.items[i]);
    }
    /* The list grows while it is walked. */
    for (size_t i = 0; i < db->added.len; i++) {
        cascade(db, db->added.items[i]);
        claim_children(db, db->added.items[i]);
    }
}

/* Rows that a deleted one has by relationships with .cascade_delete go before it. */
static bool cascade_deletes(cf_db *db, cf_error *err)
{
    /* The list grows while it is walked. */
    for (size_t i = 0; i < db->removed.len; i++) {
        cf_row           *row = db->removed.items[i];
        const cf__mapper *mapper = row->state->mapper;

        for (size_t j = 0; row->state->status == CF__DOOMED && j < mapper->nrelations; j++) {
            const cf__relation *r = &mapper->relations[j];
            const cf__slot     *slot;

            if (!r->cascade_delete)
                continue;
            if (!cf__slot_load(row, r, err))
                return false;
            slot = cf__row_slot(row, r);
            if (!cf__is_list(r) && slot->one)
                cf_db_delete(db, slot->one);
            for (size_t k = 0; cf__is_list(r) && k < slot->many->len; k++)
                cf_db_delete(db, cf_row_at(slot->many, k));
        }
    }
    return true;
}

/* ---- updates ---- */

static bool write_set(cf__builder *b, const cf_row *row, const cf__column *column,
                      const char *before)
{
    cf__param param;

    if (!cf__param_of_column(b->arena, row, column, &param, b->err) ||
        !cf__column_check(column, &param, b->err))
        return false;
    if (column == row->state->mapper->version)
        param.as.integer++;
    cf_buf_puts(&b->sql, before);
    cf__quote(&b->sql, column->name);
    cf_buf_puts(&b->sql, " = ");
    return cf__sql_param(b, &param);
}

static bool write_update(cf__builder *b, const cf_row *row)
{
    const cf__mapper *mapper = row->state->mapper;
    const char       *before = " SET ";
    cf__param         key[CF__KEY_COLUMNS];

    cf_buf_puts(&b->sql, "UPDATE ");
    cf__sql_table(b, mapper->model->table, 0);
    for (size_t i = 0; i < mapper->ncolumns; i++) {
        const cf__column *column = &mapper->columns[i];

        if (column != mapper->version && !cf__column_changed(row, column))
            continue;
        if (!write_set(b, row, column, before))
            return false;
        before = ", ";
    }
    if (!cf__params_of_key(b->arena, mapper, row->state->snapshot, key, b->err))
        return false;
    for (size_t i = 0; i < mapper->nkeys; i++) {
        cf_buf_puts(&b->sql, i ? " AND " : " WHERE ");
        cf__quote(&b->sql, mapper->keys[i]->name);
        cf_buf_puts(&b->sql, " = ");
        if (!cf__sql_param(b, &key[i]))
            return false;
    }
    return cf__sql_version(b, row);
}

static bool key_changed(const cf_row *row)
{
    const cf__mapper *mapper = row->state->mapper;
    bool              changed = false;

    for (size_t i = 0; i < mapper->nkeys; i++)
        changed = changed || cf__column_changed(row, mapper->keys[i]);
    return changed;
}

static bool updated(cf_db *db, const cf__pipe_item *item, cf__pipe_result *result, cf_error *err)
{
    cf_row           *row = item->row;
    const cf__mapper *mapper = row->state->mapper;
    bool              moved = key_changed(row);

    if (!result->affected)
        return cf__explain_stale(db, row, result->over, err);
    cf__session_remember(db, row);
    if (mapper->version)
        CF__AT(row, mapper->version, int64_t)++;
    if (moved)
        cf__identity_remove(db, row);
    cf__row_snapshot(row);
    if (moved)
        cf__identity_add(db, row);
    return true;
}

/* A row whose key changes goes alone: it moves in the list of rows. */
static bool update_row(cf__pipe *pipe, cf_db *db, cf_row *row, cf_error *err)
{
    static const cf__pipe_kind update = { updated, cf__pipe_change_refused };
    cf__builder                b = cf__builder_new(db, row->state->mapper, err);
    bool                       moved = key_changed(row);

    return cf__row_round(row, err) && write_update(&b, row) &&
           cf__pipe_put_built(pipe, &update, (cf__pipe_item){ row, NULL }, &b) &&
           (!moved || cf__pipe_send(pipe, err));
}

static bool put_updates(cf__pipe *pipe, cf_db *db, cf_error *err)
{
    /* A changed key moves its row to the list's end, which is met again as one that is unchanged.
     */
    for (size_t i = 0, count = db->rows.len; i < count && i < db->rows.len; i++) {
        cf_row *row = db->rows.items[i];

        if (row->state->status != CF__STORED)
            continue;
        if (row->state->links && !cf__resolve_links(db, row, err))
            return false;
        if (cf__row_changed(row) && !update_row(pipe, db, row, err))
            return false;
        if (db->rows.items[i] != row)
            i--;
    }
    return true;
}

static bool update_all(cf_db *db, cf_error *err)
{
    cf__pipe *pipe = cf__pipe_new(db);

    return cf__pipe_end(pipe, put_updates(pipe, db, err), err);
}

bool cf__flush_rows(cf_db *db, cf_error *err)
{
    collect_changes(db);
    return cascade_deletes(db, err) && cf__flush_inserts(db, err) && update_all(db, err) &&
           cf__flush_links(db, err) && cf__flush_deletes(db, err);
}
