/* undo.c -- taking back what flushes did to rows in memory.
 *
 * Before a flush changes a row's standing it is remembered here with its snapshot. A rollback goes
 * through these entries backwards, then drops every change that was not flushed. */
#include "db/session.h"

void cf__session_remember(cf_db *db, cf_row *row)
{
    size_t    size = row->state->mapper->model->record->size;
    cf__undo *entry;

    if (db->nundo == db->cap_undo) {
        size_t more = db->cap_undo * 2 + 16;

        db->undo = cf_grow(db->arena, db->undo, db->cap_undo * sizeof(*db->undo),
                           more * sizeof(*db->undo));
        db->cap_undo = more;
    }
    entry = &db->undo[db->nundo++];
    entry->row = row;
    entry->status = row->state->status;
    entry->snapshot = cf_row_is_stored(row) ? cf_memdup(db->arena, row->state->snapshot, size)
                                            : NULL;
}

/* A row that was inserted: it is new again, and keeps its values. */
static void undo_insert(cf_db *db, cf_row *row)
{
    cf__row_state *state = row->state;

    if (state->status == CF__STORED || state->status == CF__DOOMED)
        cf__identity_remove(db, row);
    state->status = CF__TRANSIENT;
    if (state->new_key)
        CF__AT(row, state->mapper->key, int64_t) = 0;
    state->new_key = false;
    for (size_t i = 0; state->slots && i < state->mapper->nrelations; i++)
        if (state->slots[i].many)
            state->slots[i].committed = cf_list_new(db->arena);
}

/* A row that was updated or deleted: what was stored before is stored again. */
static void undo_change(cf_db *db, cf_row *row, const void *snapshot)
{
    cf__row_state *state = row->state;

    if (state->status != CF__GONE)
        cf__identity_remove(db, row);
    memcpy(state->snapshot, snapshot, state->mapper->model->record->size);
    cf__row_restore(row);
    state->status = CF__STORED;
    state->expired = false;
    cf__identity_add(db, row);
}

/* Forgets what was not flushed. */
static void drop_changes(cf_db *db)
{
    for (size_t i = 0; i < db->added.len; i++)
        if (db->added.items[i]->state->status == CF__PENDING)
            db->added.items[i]->state->status = CF__TRANSIENT;
    for (size_t i = 0; i < db->removed.len; i++)
        if (db->removed.items[i]->state->status == CF__DOOMED)
            db->removed.items[i]->state->status = CF__STORED;
    db->added.len = db->removed.len = 0;
    for (size_t i = 0; i < db->rows.len; i++) {
        cf_row        *row = db->rows.items[i];
        cf__row_state *state = row->state;

        if (cf__row_changed(row))
            cf__row_restore(row);
        state->links = NULL;
        for (size_t j = 0; state->slots && j < state->mapper->nrelations; j++)
            state->slots[j] = (cf__slot){ 0 };
    }
}

void cf__session_undo(cf_db *db, size_t mark)
{
    while (db->nundo > mark) {
        cf__undo *entry = &db->undo[--db->nundo];

        if (entry->snapshot)
            undo_change(db, entry->row, entry->snapshot);
        else
            undo_insert(db, entry->row);
    }
    drop_changes(db);
}
