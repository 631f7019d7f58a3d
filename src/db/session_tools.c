/* session_tools.c -- what tools that a person drives need of sessions: stopping a statement, and
 * seeing what is not committed yet. */
#include "db/session.h"

void cf_database_interrupt(cf_database *database)
{
    if (database->engine->interrupt)
        database->engine->interrupt(database);
}

bool cf_db_in_transaction(const cf_db *db)
{
    return db->conn != NULL;
}

static void add_rows(cf_list *out, const cf__rows *rows)
{
    for (size_t i = 0; i < rows->len; i++)
        cf_list_add(out, cf_from_object(rows->items[i]));
}

cf_list *cf_db_changes(cf_db *db, cf_arena *arena, cf_change kind)
{
    cf_list *out = cf_list_new(arena);

    if (kind == CF_CHANGE_NEW)
        add_rows(out, &db->added);
    if (kind == CF_CHANGE_DELETED)
        add_rows(out, &db->removed);
    for (size_t i = 0; kind == CF_CHANGE_DIRTY && i < db->rows.len; i++) {
        cf_row *row = db->rows.items[i];

        if (row->state->status == CF__STORED && !row->state->expired && cf__row_changed(row))
            cf_list_add(out, cf_from_object(row));
    }
    return out;
}

void cf_db_expire(cf_db *db)
{
    for (size_t i = 0; i < db->rows.len; i++) {
        cf__row_state *state = db->rows.items[i]->state;

        if (state->status != CF__STORED || cf__row_changed(db->rows.items[i]))
            continue;
        state->expired = true;
        for (size_t j = 0; state->slots && j < state->mapper->nrelations; j++)
            state->slots[j] = (cf__slot){ 0 };
    }
}
