/* flush_inserts.c -- the first part of a flush: new rows, parents before children.
 *
 * Where the engine can, the new rows of one model go out together: so many journeys to the server
 * are saved. A refusal still names its row, and none behind it is written. */
#include "db/sql.h"

#include <stdio.h>

static bool insert_row(cf_db *db, cf_row *row, cf_error *err);

/* ---- one row ---- */

bool cf__resolve_links(cf_db *db, cf_row *row, cf_error *err)
{
    cf__link *link = row->state->links, **at = &row->state->links;

    for (; link; link = link->next) {
        cf_row *parent = link->parent;

        if (parent->state->status == CF__PENDING && !parent->state->flushing &&
            !insert_row(db, parent, err))
            return false;
        if (parent->state->status == CF__STORED)
            cf__column_copy(row, link->column, parent, parent->state->mapper->key);
    }
    /* Those in a circle stay, and are filled in by an update. */
    while (*at)
        if ((*at)->parent->state->status == CF__PENDING)
            at = &(*at)->next;
        else
            *at = (*at)->next;
    return true;
}

static bool insert_params(cf_db *db, const cf_row *row, bool with_key, cf__param *params,
                          size_t *count, cf_error *err)
{
    const cf__mapper *mapper = row->state->mapper;

    *count = 0;
    for (size_t i = 0; i < mapper->ncolumns; i++) {
        const cf__column *column = &mapper->columns[i];
        cf__param        *param = &params[*count];

        if (column == mapper->key && !with_key)
            continue;
        if (!cf__param_of_column(db->arena, row, column, param, err) ||
            !cf__column_check(column, param, err))
            return false;
        ++*count;
    }
    return true;
}

/* A key that was generated; none when the one that was due is taken. */
typedef struct new_key {
    int64_t id;
    bool    found;
} new_key;

static bool take_key(void *data, const cf__cursor *cursor, cf_error *err)
{
    (void)err;
    *(new_key *)data = (new_key){ cf__cursor_integer(cursor, 0), true };
    return true;
}

/* How often an insert looks for a key that is free. */
#define KEY_TRIES 5

/* Inserts; again when the generated key was taken by a row with a key picked by hand. */
static bool insert_once_free(cf_db *db, const cf__mapper *mapper, const cf__sql *sql,
                             const cf__param *params, size_t count, bool with_key, int64_t *id,
                             cf__outcome *out, cf_error *err)
{
    const cf__engine *engine = db->database->engine;

    for (int i = 0; i < KEY_TRIES; i++) {
        new_key key = { 0 };

        if (!cf__session_run(db, sql, params, count, take_key, &key, out, err))
            return false;
        *id = engine->dialect->returning ? key.id : out->last_id;
        if (with_key || !engine->dialect->returning || key.found)
            return true;
        if (!engine->key_taken(db->conn, mapper->model->table, mapper->key->name, err))
            return false;
    }
    cf_fail(err, CF_ECONFLICT, "%s: no free key was found for a new row of %s", mapper->key->name,
            mapper->model->table);
    if (err)
        snprintf(err->input, sizeof(err->input), "%s", mapper->key->name);
    return false;
}

static bool has_key(const cf_row *row)
{
    const cf__mapper *mapper = row->state->mapper;

    return !mapper->generated_key || CF__AT(row, mapper->key, int64_t);
}

static const cf__sql *insert_sql(cf_db *db, const cf__mapper *mapper, bool with_key)
{
    const cf__mapper_sql *sql = cf__database_sql(db->database, mapper);

    return with_key ? &sql->insert : &sql->insert_new;
}

/* What is to be stored of a row whose parents are. */
static bool prepare_row(cf_db *db, cf_row *row, bool with_key, cf__param *params, size_t *count,
                        cf_error *err)
{
    const cf__mapper *mapper = row->state->mapper;

    if (mapper->version && !CF__AT(row, mapper->version, int64_t))
        CF__AT(row, mapper->version, int64_t) = 1;
    return cf__row_round(row, err) && insert_params(db, row, with_key, params, count, err);
}

static bool run_insert(cf_db *db, const cf_row *row, const cf__param *params, size_t count,
                       bool with_key, int64_t *id, cf_error *err)
{
    const cf__mapper *mapper = row->state->mapper;
    cf__outcome       out = { 0 };

    if (insert_once_free(db, mapper, insert_sql(db, mapper, with_key), params, count, with_key, id,
                         &out, err))
        return true;
    cf__explain_change(db, row, out.foreign_key, err);
    return false;
}

/* A row is stored; `id` counts unless it came with its key. */
static void finish_row(cf_db *db, cf_row *row, bool with_key, int64_t id)
{
    const cf__mapper *mapper = row->state->mapper;

    if (!with_key) {
        CF__AT(row, mapper->key, int64_t) = id;
        cf__set_bit(row, mapper->key, false);
        row->state->new_key = true;
    }
    cf__session_remember(db, row);
    row->state->status = CF__STORED;
    cf__row_snapshot(row);
    cf__identity_add(db, row);
}

/* What the model wants done with a new row. */
static bool before_insert(cf_db *db, cf_row *row, cf_error *err)
{
    const cf_model *model = row->state->mapper->model;

    for (size_t i = 0; i < model->count; i++)
        if (model->members[i].before_insert && !model->members[i].before_insert(db, row, err))
            return err->code ? false : cf_fail(err, CF_EINVAL, "%s refuses the row", model->name);
    return true;
}

static bool insert_row(cf_db *db, cf_row *row, cf_error *err)
{
    cf__param params[CF_MAX_COLUMNS];
    bool      with_key = false, ok;
    size_t    count;
    int64_t   id = 0;

    row->state->flushing = true;
    ok = before_insert(db, row, err) && cf__resolve_links(db, row, err);
    if (ok) {
        with_key = has_key(row);
        ok = prepare_row(db, row, with_key, params, &count, err) &&
             run_insert(db, row, params, count, with_key, &id, err);
    }
    row->state->flushing = false;
    if (ok)
        finish_row(db, row, with_key, id);
    return ok;
}

/* ---- rows of one model together ---- */

static bool stored(cf_db *db, const cf__pipe_item *item, cf__pipe_result *result, cf_error *err)
{
    (void)err;
    (void)result;
    finish_row(db, item->row, true, 0);
    return true;
}

/* The same with a key that was generated; when it is taken, this row goes alone after the others.
 */
static bool stored_new(cf_db *db, const cf__pipe_item *item, cf__pipe_result *result, cf_error *err)
{
    if (!result->found && (result->over || !run_insert(db, item->row, result->params, result->width,
                                                       false, &result->id, err)))
        return false;
    finish_row(db, item->row, false, result->id);
    return true;
}

static bool put(cf__pipe *pipe, cf_db *db, cf_row *row, cf_error *err)
{
    static const cf__pipe_kind kinds[] = { { stored_new, cf__pipe_change_refused },
                                           { stored, cf__pipe_change_refused } };
    bool                       with_key = has_key(row);
    cf__param                  params[CF_MAX_COLUMNS];
    size_t                     width;

    return cf__resolve_links(db, row, err) && prepare_row(db, row, with_key, params, &width, err) &&
           cf__pipe_put(pipe, &kinds[with_key], (cf__pipe_item){ row, NULL },
                        insert_sql(db, row->state->mapper, with_key), params, width, err);
}

static bool waits_for_parent(const cf_row *row)
{
    for (const cf__link *link = row->state->links; link; link = link->next)
        if (link->parent->state->status == CF__PENDING)
            return true;
    return false;
}

static bool is_due(const cf_row *row, const cf__mapper *mapper)
{
    return row->state->status == CF__PENDING && row->state->mapper == mapper;
}

static bool gather(cf__pipe *pipe, cf_db *db, const cf__mapper *mapper, cf_error *err)
{
    for (size_t i = 0; i < db->added.len; i++) {
        cf_row *row = db->added.items[i];

        if (!is_due(row, mapper))
            continue;
        if (waits_for_parent(row)) {
            if (!cf__pipe_send(pipe, err) || (is_due(row, mapper) && !insert_row(db, row, err)))
                return false;
        } else if (!put(pipe, db, row, err)) {
            return false;
        }
    }
    return true;
}

static bool insert_together(cf_db *db, const cf__mapper *mapper, cf_error *err)
{
    cf__pipe *pipe = cf__pipe_new(db);

    return cf__pipe_end(pipe, gather(pipe, db, mapper, err), err);
}

/* What a model does with its new rows may ask for the rows before. */
static bool has_hook(const cf_model *model)
{
    for (size_t i = 0; i < model->count; i++)
        if (model->members[i].before_insert)
            return true;
    return false;
}

static size_t count_due(const cf_db *db, const cf__mapper *mapper)
{
    size_t due = 0;

    for (size_t i = 0; i < db->added.len; i++)
        due += is_due(db->added.items[i], mapper);
    return due;
}

static bool insert_one_by_one(cf_db *db, const cf__mapper *mapper, cf_error *err)
{
    for (size_t i = 0; i < db->added.len; i++)
        if (is_due(db->added.items[i], mapper) && !insert_row(db, db->added.items[i], err))
            return false;
    return true;
}

static bool insert_all_of(cf_db *db, const cf__mapper *mapper, cf_error *err)
{
    bool   together = db->database->engine->run_many && !has_hook(mapper->model);
    size_t due = together ? count_due(db, mapper) : 0;

    return due > 1 ? insert_together(db, mapper, err) : insert_one_by_one(db, mapper, err);
}

bool cf__flush_inserts(cf_db *db, cf_error *err)
{
    const cf_models *models = db->database->models;

    for (size_t rank = 0; db->added.len && rank < models->count; rank++)
        if (!insert_all_of(db, models->by_rank[rank], err))
            return false;
    db->added.len = 0;
    return true;
}
