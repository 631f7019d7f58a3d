/* identity.c -- a session's rows: each known once by its key, loaded from results.
 *
 * The map is a table with open addressing, at most half full: a row is at the place its hash names
 * or at one of those that follow without a gap. */
#include "db/sql.h"

void cf__rows_add(cf_db *db, cf__rows *rows, cf_row *row)
{
    if (rows->len == rows->cap) {
        size_t more = rows->cap * 2 + 16;

        rows->items = cf_grow(db->arena, rows->items, rows->cap * sizeof(*rows->items),
                              more * sizeof(*rows->items));
        rows->cap = more;
    }
    rows->items[rows->len++] = row;
}

void cf__rows_remove(cf__rows *rows, const cf_row *row)
{
    for (size_t i = rows->len; i-- > 0;)
        if (rows->items[i] == row) {
            memmove(&rows->items[i], &rows->items[i + 1],
                    (rows->len - i - 1) * sizeof(*rows->items));
            rows->len--;
            return;
        }
}

/* A key is one parameter for each of its columns. */
static uint64_t key_hash(const cf__mapper *mapper, const cf__param *key)
{
    uint64_t h = (uint64_t)mapper->index + 1;

    for (size_t i = 0; i < mapper->nkeys; i++) {
        if (key[i].kind == CF_KIND_INT64)
            h = (h << 56) ^ (h >> 8) ^ (uint64_t)key[i].as.integer;
        else
            h ^= cf_str_hash(key[i].as.text);
        h *= UINT64_C(0x9E3779B97F4A7C15);
    }
    return h ^ (h >> 32);
}

bool cf__params_of_key(cf_arena *arena, const cf__mapper *mapper, const cf_row *row,
                       cf__param out[CF__KEY_COLUMNS], cf_error *err)
{
    for (size_t i = 0; i < mapper->nkeys; i++) {
        const cf__column *key = mapper->keys[i];

        if (key->kind == CF_KIND_INT64)
            out[i] = (cf__param){ .kind = CF_KIND_INT64, .as.integer = CF__AT(row, key, int64_t) };
        else if (!cf__param_of_column(arena, row, key, &out[i], err))
            return false;
    }
    return true;
}

static bool column_equal(const cf_row *stored, const cf__column *column, const cf__param *key)
{
    if (key->kind == CF_KIND_INT64)
        return CF__AT(stored, column, int64_t) == key->as.integer;
    if (column->kind == CF_KIND_UUID) {
        cf_uuid uuid;

        return cf_uuid_parse(key->as.text, &uuid) &&
               cf_uuid_equal(uuid, CF__AT(stored, column, cf_uuid));
    }
    if (column->kind == CF_KIND_DATE) {
        cf_date date;

        return cf_date_parse(key->as.text, &date) &&
               cf_date_compare(date, CF__AT(stored, column, cf_date)) == 0;
    }
    return cf_str_is(key->as.text, CF__AT(stored, column, const char *));
}

/* The key as the database knows it; the field may have been changed since. */
static bool key_equal(const cf_row *row, const cf__param *key)
{
    const cf__mapper *mapper = row->state->mapper;

    for (size_t i = 0; i < mapper->nkeys; i++)
        if (!column_equal(row->state->snapshot, mapper->keys[i], &key[i]))
            return false;
    return true;
}

static cf_row *find(const cf_db *db, const cf__mapper *mapper, const cf__param *key, uint64_t hash)
{
    size_t mask = db->nplaces - 1;

    if (!db->nplaces)
        return NULL;
    for (size_t i = hash & mask; db->places[i].row; i = (i + 1) & mask) {
        cf_row *row = db->places[i].row;

        if (db->places[i].hash == hash && row->state->mapper == mapper && key_equal(row, key))
            return row;
    }
    return NULL;
}

cf_row *cf__identity_find(cf_db *db, const cf__mapper *mapper, const cf__param *key)
{
    return find(db, mapper, key, key_hash(mapper, key));
}

/* Of rows with one key the latest is found: others were deleted behind the session's back. */
static void put(cf_db *db, cf__place place)
{
    size_t mask = db->nplaces - 1, i = place.hash & mask;

    for (; db->places[i].row; i = (i + 1) & mask)
        if (db->places[i].hash == place.hash) {
            cf__place earlier = db->places[i];

            db->places[i] = place;
            place = earlier;
        }
    db->places[i] = place;
}

static void grow(cf_db *db)
{
    const cf__place *old = db->places;
    size_t           count = db->nplaces, end = 0;

    db->nplaces = count ? count * 4 : 8;
    db->places = cf_new_array(db->arena, cf__place, db->nplaces);
    /* From a gap backwards, so that what came earlier still does. */
    while (end < count && old[end].row)
        end++;
    for (size_t i = 1; i < count; i++)
        if (old[(end - i) & (count - 1)].row)
            put(db, old[(end - i) & (count - 1)]);
}

static void add_hashed(cf_db *db, cf_row *row, uint64_t hash)
{
    if (2 * (db->rows.len + 1) > db->nplaces)
        grow(db);
    row->state->hash = hash;
    put(db, (cf__place){ hash, row });
    cf__rows_add(db, &db->rows, row);
}

void cf__identity_add(cf_db *db, cf_row *row)
{
    cf__param key[CF__KEY_COLUMNS];

    cf__params_of_key(db->arena, row->state->mapper, row, key, NULL);
    add_hashed(db, row, key_hash(row->state->mapper, key));
}

void cf__identity_remove(cf_db *db, cf_row *row)
{
    size_t mask = db->nplaces - 1, i = row->state->hash & mask;

    if (!db->nplaces)
        return;
    while (db->places[i].row && db->places[i].row != row)
        i = (i + 1) & mask;
    if (!db->places[i].row)
        return;
    cf__rows_remove(&db->rows, row);
    /* What follows moves up, unless it would come before where it belongs. */
    for (size_t next = (i + 1) & mask; db->places[next].row; next = (next + 1) & mask)
        if (((next - db->places[next].hash) & mask) >= ((next - i) & mask)) {
            db->places[i] = db->places[next];
            i = next;
        }
    db->places[i] = (cf__place){ 0 };
}

/* ---- loading ---- */

static bool read_row(cf_db *db, cf_row *row, const cf__cursor *cursor, int first, cf__datum *data,
                     char *room, cf_error *err)
{
    if (!cf__row_read(db, row, cursor, first, data, room, err))
        return false;
    row->state->status = CF__STORED;
    row->state->expired = false;
    row->state->batch = (uint32_t)db->queries;
    cf__row_snapshot(row);
    return true;
}

/* The key of a result's row; false when a part of it is NULL. `made` keeps texts. */
static bool take_key(const cf__mapper *mapper, const cf__cursor *cursor, int first,
                     const cf__datum *data, char made[CF__KEY_COLUMNS][32], cf__param *key)
{
    for (size_t i = 0; i < mapper->nkeys; i++) {
        const cf__column *column = mapper->keys[i];
        const cf__datum  *datum = &data[column->index];
        cf__datum         own;

        if (column->index >= CF__AT_ONCE) {
            cursor->ops->read(cursor, first + (int)column->index, &own);
            datum = &own;
        }
        if (!cf__datum_key(datum, column, made[i], &key[i]))
            return false;
    }
    return true;
}

bool cf__load_row(cf_db *db, const cf__mapper *mapper, const cf__cursor *cursor, int first,
                  cf_row **out, cf_error *err)
{
    cf__datum data[CF__AT_ONCE] CF_UNSET;
    cf__param key[CF__KEY_COLUMNS] CF_UNSET;
    char      made[CF__KEY_COLUMNS][32] CF_UNSET;
    uint64_t  hash;
    cf_row   *row;
    char     *room;

    *out = NULL;
    cf__cells_read(mapper, cursor, first, data);
    if (!take_key(mapper, cursor, first, data, made, key))
        return true;
    hash = key_hash(mapper, key);
    row = find(db, mapper, key, hash);
    if (row) {
        *out = row;
        /* What the program changed and has not written yet is not overwritten. */
        if (row->state->status != CF__STORED || cf__row_changed(row))
            return true;
        memset(row->nulls, 0, sizeof(row->nulls));
        room = cf_alloc(db->arena, cf__cells_size(mapper, data));
        if (read_row(db, row, cursor, first, data, room, err))
            return true;
        cf__row_restore(row);
        return false;
    }
    row = cf__row_with(db, mapper, cf__cells_size(mapper, data), &room);
    if (!read_row(db, row, cursor, first, data, room, err))
        return false;
    add_hashed(db, row, hash);
    *out = row;
    return true;
}

typedef struct load_one {
    cf_db            *db;
    const cf__mapper *mapper;
    cf_row           *row;
} load_one;

static bool take_row(void *data, const cf__cursor *cursor, cf_error *err)
{
    load_one *load = data;

    return cf__load_row(load->db, load->mapper, cursor, 0, &load->row, err);
}

/* A row whose model has relationships that come with it. */
static cf_row *load_with_relations(cf_db *db, const cf__mapper *mapper, const cf__param *key,
                                   cf_error *err)
{
    cf_query *q = cf__query_new(db, mapper);
    cf_list  *rows;
    cf_row   *row;

    for (size_t i = 0; i < mapper->nkeys; i++) {
        cf_cond *cond = cf_new(db->arena, cf_cond);

        cond->kind = CF__COND_COMPARE;
        cond->op = CF_EQ;
        cond->path.column = mapper->keys[i];
        cond->value = key[i].kind == CF_KIND_INT64 ? cf_int(key[i].as.integer)
                                                   : cf_string_of(key[i].as.text);
        cf__query_and(q, cond);
    }
    q->related = true;
    rows = cf_query_all(q);
    if (!rows)
        *err = db->err;
    row = rows && rows->len ? cf_row_at(rows, 0) : NULL;
    return row && row->state->status == CF__STORED ? row : NULL;
}

cf_row *cf__load_key(cf_db *db, const cf__mapper *mapper, const cf__param *key, cf_error *err)
{
    cf_row     *row = cf__identity_find(db, mapper, key);
    load_one    load = { db, mapper, NULL };
    cf__outcome out;

    if (row && !row->state->expired)
        return row->state->status == CF__STORED ? row : NULL;
    if (mapper->eager)
        return load_with_relations(db, mapper, key, err);
    if (!cf__session_run(db, &cf__database_sql(db->database, mapper)->get, key, mapper->nkeys,
                         take_row, &load, &out, err))
        return NULL;
    return load.row && load.row->state->status == CF__STORED ? load.row : NULL;
}

/* Says which models a session works with. Returns NULL with an error for an unknown one. */
const cf__mapper *cf__session_mapper(cf_db *db, const cf_model *model, cf_error *err)
{
    const cf__mapper *mapper = cf__mapper_of(db->database->models, model);

    if (!mapper)
        cf_fail(err, CF_EINVAL, "the model %s (%s:%d) is not in the list the database was given",
                model->name, model->file, model->line);
    return mapper;
}

/* A key of several columns comes as a list or as a map. */
static bool read_keys(cf_db *db, const cf__mapper *mapper, cf_value id, cf__param *out,
                      cf_error *err)
{
    bool list = cf_is(id, CF_TYPE_LIST) && id.as.list->len == mapper->nkeys;
    bool map = cf_is(id, CF_TYPE_MAP) && id.as.map->len == mapper->nkeys;

    for (size_t i = 0; i < mapper->nkeys; i++) {
        const char     *name = mapper->keys[i]->name;
        const cf_value *part = list  ? &id.as.list->items[i]
                               : map ? cf_map_find(id.as.map, cf_string(name))
                                     : NULL;

        if (!part)
            return cf_fail(err, CF_EINVAL,
                           "%s has a key of %zu columns (%s, %s%s): give as many values",
                           mapper->model->name, mapper->nkeys, mapper->keys[0]->name,
                           mapper->keys[1]->name, mapper->nkeys > 2 ? ", …" : "");
        if (cf_is_missing(*part) ||
            !cf__param_for(db->arena, mapper->keys[i], *part, &out[i], NULL))
            return false;
    }
    return true;
}

/* What cannot be a key is no row's key: false without an error. */
static bool read_key(cf_db *db, const cf__mapper *mapper, cf_value id, cf__param *out,
                     cf_error *err)
{
    if (cf_is_missing(id))
        return false;
    if (mapper->nkeys > 1)
        return read_keys(db, mapper, id, out, err);
    if (cf_is(id, CF_TYPE_LIST) && id.as.list->len > 1)
        return cf_fail(err, CF_EINVAL, "the key of %s is %s alone: give one value",
                       mapper->model->name, mapper->key->name);
    return cf__param_for(db->arena, mapper->key, id, out, NULL);
}

void *cf__db_get(cf_db *db, const cf_model *model, cf_value id)
{
    CF_NO_ERROR(error);
    const cf__mapper *mapper = cf__session_mapper(db, model, &error);
    cf__param         key[CF__KEY_COLUMNS];
    cf_row           *row = NULL;

    if (mapper && read_key(db, mapper, id, key, &error)) {
        row = cf__identity_find(db, mapper, key);
        if (row && !row->state->expired)
            return row->state->status == CF__STORED ? row : NULL;
        if (!cf__autoflush_rows(db))
            return NULL;
        row = cf__load_key(db, mapper, key, &error);
    }
    if (error.code)
        cf__session_fail(db, &error, NULL);
    return row;
}

bool cf_db_refresh(cf_db *db, void *data)
{
    cf_row *row = data;
    CF_NO_ERROR(error);
    cf__param key[CF__KEY_COLUMNS];

    if (!cf_row_is_stored(row)) {
        cf_fail(&error, CF_ENOTFOUND, "a row that is not stored cannot be read again");
        return cf__session_fail(db, &error, NULL);
    }
    if (row->state->status == CF__DOOMED) {
        cf_fail(&error, CF_EINVAL, "a row that is to be deleted cannot be read again");
        return cf__session_fail(db, &error, NULL);
    }
    cf__row_restore(row);
    cf__params_of_key(db->arena, row->state->mapper, row, key, NULL);
    row->state->expired = true;
    for (size_t i = 0; row->state->slots && i < row->state->mapper->nrelations; i++)
        row->state->slots[i].loaded = false;
    if (!cf__load_key(db, row->state->mapper, key, &error) && !error.code) {
        cf__identity_remove(db, row);
        row->state->status = CF__GONE;
        cf_fail(&error, CF_ENOTFOUND, "the row does not exist any more");
    }
    return !error.code || cf__session_fail(db, &error, NULL);
}
