/* flush_links.c -- the later parts of a flush: links of many-to-many, and deletes. */
#include "db/sql.h"

/* INSERT INTO link (near, far) VALUES (?, ?), with the defaults of a model that the link is. */
static bool write_insert(cf__builder *b, const cf__relation *r, const cf__param *near,
                         const cf__param *far)
{
    const cf_model   *model = cf_models_find_table(b->db->database->models, cf_str_of(r->through));
    const cf__mapper *link = model ? cf__mapper_of(b->db->database->models, model) : NULL;
    const cf_row     *row = model ? cf__db_new_row(b->db, model) : NULL;
    cf_buf            marks = cf_buf_in(b->arena, 0);
    cf__param         param;

    cf_buf_puts(&b->sql, "INSERT INTO ");
    cf__quote(&b->sql, r->through);
    cf_buf_puts(&b->sql, " (");
    cf__quote(&b->sql, r->near);
    cf_buf_puts(&b->sql, ", ");
    cf__quote(&b->sql, r->far);
    if (!cf__sql_push(b, near) || !cf__sql_push(b, far))
        return false;
    for (size_t i = 0; link && i < link->ncolumns; i++) {
        const cf__column *column = &link->columns[i];

        if (strcmp(column->name, r->near) == 0 || strcmp(column->name, r->far) == 0 ||
            (column == link->key && link->generated_key))
            continue;
        if (!cf__param_of_column(b->arena, row, column, &param, b->err) || !cf__sql_push(b, &param))
            return false;
        cf_buf_puts(&b->sql, ", ");
        cf__quote(&b->sql, column->name);
        cf_buf_puts(&marks, ", ?");
    }
    cf_buf_printf(&b->sql, ") VALUES (?, ?%.*s) ON CONFLICT DO NOTHING",
                  CF_STR_ARG(cf_buf_view(&marks)));
    return true;
}

static bool write_delete(cf__builder *b, const cf__relation *r, const cf__param *near,
                         const cf__param *far)
{
    cf_buf_puts(&b->sql, "DELETE FROM ");
    cf__quote(&b->sql, r->through);
    cf_buf_puts(&b->sql, " WHERE ");
    cf__quote(&b->sql, r->near);
    cf_buf_puts(&b->sql, " = ");
    if (!cf__sql_param(b, near))
        return false;
    cf_buf_puts(&b->sql, " AND ");
    cf__quote(&b->sql, r->far);
    cf_buf_puts(&b->sql, " = ");
    return cf__sql_param(b, far);
}

static void link_refused(cf_db *db, const cf__pipe_item *item, bool foreign_key, cf_error *err)
{
    const cf__relation *r = item->relation;

    (void)db;
    if (foreign_key)
        cf_fail(err, CF_ECONFLICT, "%s.%s: a row of %s or %s does not exist any more",
                r->owner->model->name, r->name, r->owner->model->table, r->target->model->table);
}

static const cf__pipe_kind link_kind = { NULL, link_refused };

static bool write_link(cf__pipe *pipe, cf_db *db, const cf__relation *r, cf_row *row,
                       const cf_row *other, bool add, cf_error *err)
{
    cf__builder b = cf__builder_new(db, r->owner, err);
    cf__param   near, far;

    return cf__param_of_column(db->arena, row, r->owner->key, &near, err) &&
           cf__param_of_column(db->arena, other, r->target->key, &far, err) &&
           (add ? write_insert(&b, r, &near, &far) : write_delete(&b, r, &near, &far)) &&
           cf__pipe_put_built(pipe, &link_kind, (cf__pipe_item){ row, r }, &b);
}

/* The other end knows that the link is written, or will be before anybody looks. */
static void settle(const cf__relation *r, cf_row *row, cf_row *other, bool add)
{
    cf__slot *slot = r->opposite && r->opposite != r ? cf__row_slot_peek(other, r->opposite) : NULL;

    if (!slot)
        return;
    cf__list_drop(add ? slot->extra : slot->dropped, row);
    if (!slot->loaded)
        return;
    cf__list_drop(slot->committed, row);
    if (add)
        cf_list_add(slot->committed, cf_from_object(row));
}

static bool flush_slot(cf__pipe *pipe, cf_db *db, cf_row *row, const cf__relation *r,
                       cf__slot *slot, cf_error *err)
{
    cf_list *before = slot->committed;

    slot->committed = cf__list_copy(db->arena, slot->many);
    for (size_t i = 0; i < slot->many->len; i++) {
        cf_row *other = cf_row_at(slot->many, i);

        if (cf__list_has(before, other) || other->state->status != CF__STORED)
            continue;
        if (!write_link(pipe, db, r, row, other, true, err))
            return false;
        settle(r, row, other, true);
    }
    for (size_t i = 0; i < before->len; i++) {
        cf_row *other = cf_row_at(before, i);

        if (cf__list_has(slot->many, other) || !cf_row_is_stored(other))
            continue;
        if (!write_link(pipe, db, r, row, other, false, err))
            return false;
        settle(r, row, other, false);
    }
    return true;
}

/* Links noted on a side that is not loaded. */
static bool flush_extra(cf__pipe *pipe, cf_db *db, cf_row *row, const cf__relation *r,
                        cf__slot *slot, cf_error *err)
{
    for (size_t i = 0; slot->extra && i < slot->extra->len; i++) {
        cf_row *other = cf_row_at(slot->extra, i);

        if (other->state->status == CF__STORED && !write_link(pipe, db, r, row, other, true, err))
            return false;
        settle(r, row, other, true);
    }
    for (size_t i = 0; slot->dropped && i < slot->dropped->len; i++) {
        cf_row *other = cf_row_at(slot->dropped, i);

        if (cf_row_is_stored(other) && !write_link(pipe, db, r, row, other, false, err))
            return false;
        settle(r, row, other, false);
    }
    slot->extra = slot->dropped = NULL;
    return true;
}

static bool put_links(cf__pipe *pipe, cf_db *db, cf_error *err)
{
    for (size_t i = 0; i < db->rows.len; i++) {
        cf_row        *row = db->rows.items[i];
        cf__row_state *state = row->state;

        for (size_t j = 0; state->slots && j < state->mapper->nrelations; j++) {
            const cf__relation *r = &state->mapper->relations[j];
            cf__slot           *slot = &state->slots[j];

            if (r->kind != CF_MEMBER_MANY_TO_MANY || state->status != CF__STORED)
                slot->extra = slot->dropped = NULL;
            else if (slot->loaded ? !flush_slot(pipe, db, row, r, slot, err)
                                  : !flush_extra(pipe, db, row, r, slot, err))
                return false;
        }
    }
    return true;
}

bool cf__flush_links(cf_db *db, cf_error *err)
{
    cf__pipe *pipe = cf__pipe_new(db);

    return cf__pipe_end(pipe, put_links(pipe, db, err), err);
}

/* ---- deletes ---- */

static const cf__pipe_kind unlink_kind = { NULL, NULL };

/* Deletes a row's links in a relationship's table. */
static bool delete_links(cf__pipe *pipe, cf_db *db, cf_row *row, const cf__relation *r,
                         cf_error *err)
{
    cf__builder b = cf__builder_new(db, r->owner, err);
    cf__param   key;

    cf_buf_puts(&b.sql, "DELETE FROM ");
    cf__quote(&b.sql, r->through);
    cf_buf_puts(&b.sql, " WHERE ");
    cf__quote(&b.sql, r->near);
    cf_buf_puts(&b.sql, " = ");
    return cf__param_of_column(db->arena, row->state->snapshot, r->owner->key, &key, err) &&
           cf__sql_param(&b, &key) &&
           cf__pipe_put_built(pipe, &unlink_kind, (cf__pipe_item){ row, r }, &b);
}

/* What the database does to rows that reference a deleted one, it may have done to loaded ones. */
static void forget(cf_db *db, const cf_row *gone)
{
    const cf__mapper *mapper = gone->state->mapper;

    for (size_t i = 0; i < db->rows.len; i++) {
        cf__row_state *state = db->rows.items[i]->state;

        for (size_t j = 0; j < state->mapper->ncolumns; j++)
            if (state->mapper->columns[j].parent == mapper)
                state->expired = true;
        for (size_t j = 0; state->slots && j < state->mapper->nrelations; j++) {
            if (state->mapper->relations[j].target != mapper)
                continue;
            cf__list_drop(state->slots[j].many, gone);
            cf__list_drop(state->slots[j].committed, gone);
            if (state->slots[j].one == gone)
                state->slots[j].loaded = false;
        }
    }
}

static void delete_refused(cf_db *db, const cf__pipe_item *item, bool foreign_key, cf_error *err)
{
    if (foreign_key)
        cf__explain_delete(db, item->row, err);
}

static bool deleted(cf_db *db, const cf__pipe_item *item, cf__pipe_result *result, cf_error *err)
{
    cf_row *row = item->row;

    if (row->state->mapper->version && !result->affected)
        return cf__explain_stale(db, row, result->over, err);
    cf__session_remember(db, row);
    cf__identity_remove(db, row);
    row->state->status = CF__GONE;
    forget(db, row);
    return true;
}

static const cf__pipe_kind delete_kind = { deleted, delete_refused };

/* DELETE FROM table WHERE key = ? [AND version = ?] */
static bool delete_row(cf__pipe *pipe, cf_db *db, cf_row *row, cf_error *err)
{
    const cf__mapper     *mapper = row->state->mapper;
    const cf__mapper_sql *sql = cf__database_sql(db->database, mapper);
    cf__pipe_item         item = { row, NULL };
    cf__builder           b = cf__builder_new(db, mapper, err);
    cf__param             key[CF__KEY_COLUMNS];

    if (!cf__params_of_key(db->arena, mapper, row->state->snapshot, key, err))
        return false;
    if (!mapper->version)
        return cf__pipe_put(pipe, &delete_kind, item, &sql->remove, key, mapper->nkeys, err);
    cf_buf_str(&b.sql, sql->remove.text);
    for (size_t i = 0; i < mapper->nkeys; i++)
        if (!cf__sql_push(&b, &key[i]))
            return false;
    return cf__sql_version(&b, row) && cf__pipe_put_built(pipe, &delete_kind, item, &b);
}

/* Rows of one model, whose links go before them. */
static bool delete_rows(cf__pipe *pipe, cf_db *db, const cf__mapper *mapper, const cf__rows *rows,
                        cf_error *err)
{
    for (size_t i = 0; i < mapper->nrelations; i++)
        for (size_t j = 0; mapper->relations[i].kind == CF_MEMBER_MANY_TO_MANY && j < rows->len;
             j++)
            if (!delete_links(pipe, db, rows->items[j], &mapper->relations[i], err))
                return false;
    for (size_t i = 0; i < rows->len; i++)
        if (!delete_row(pipe, db, rows->items[i], err))
            return false;
    return cf__pipe_send(pipe, err);
}

/* Whether another doomed row of the same model, which is not among those that go now, references
 * this one and must go first. */
static bool is_referenced(const cf_db *db, const cf_row *row)
{
    const cf__mapper *mapper = row->state->mapper;

    for (size_t i = 0; i < mapper->ncolumns; i++) {
        const cf__column *column = &mapper->columns[i];
        cf__param         key, fk;

        if (column->parent != mapper)
            continue;
        cf__param_of_column(db->arena, row->state->snapshot, mapper->key, &key, NULL);
        for (size_t j = 0; j < db->removed.len; j++) {
            const cf_row *other = db->removed.items[j];

            if (other == row || other->state->status != CF__DOOMED ||
                other->state->mapper != mapper || other->state->flushing)
                continue;
            if (cf__param_of_column(db->arena, other->state->snapshot, column, &fk, NULL) &&
                cf__param_equal(&fk, &key))
                return true;
        }
    }
    return false;
}

/* Leaves first; rows that reference each other in a circle go as they come. */
static bool delete_all_of(cf__pipe *pipe, cf_db *db, const cf__mapper *mapper, cf_error *err)
{
    bool again = true, force = false, ok = true;

    while (ok && again) {
        cf__rows now = { 0 };

        again = false;
        for (size_t i = 0; i < db->removed.len; i++) {
            cf_row *row = db->removed.items[i];

            if (row->state->status != CF__DOOMED || row->state->mapper != mapper)
                continue;
            if (!force && is_referenced(db, row)) {
                again = true;
                continue;
            }
            row->state->flushing = true;
            cf__rows_add(db, &now, row);
        }
        ok = delete_rows(pipe, db, mapper, &now, err);
        for (size_t i = 0; i < now.len; i++)
            now.items[i]->state->flushing = false;
        force = again && !now.len;
    }
    return ok;
}

static bool delete_all(cf__pipe *pipe, cf_db *db, cf_error *err)
{
    const cf_models *models = db->database->models;

    for (size_t rank = models->count; db->removed.len && rank-- > 0;)
        if (!delete_all_of(pipe, db, models->by_rank[rank], err))
            return false;
    db->removed.len = 0;
    return true;
}

bool cf__flush_deletes(cf_db *db, cf_error *err)
{
    cf__pipe *pipe = cf__pipe_new(db);

    return cf__pipe_end(pipe, delete_all(pipe, db, err), err);
}
