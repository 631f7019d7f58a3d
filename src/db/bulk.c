/* bulk.c -- many rows inserted at once, by statements of many rows, without the unit of work. */
#include "db/sql.h"

/* Parameters of one statement, and its rows: few texts, each prepared once. */
#define MOST_PARAMS 4000
#define MOST_ROWS   256

typedef struct bulk {
    cf_db            *db;
    const cf__mapper *mapper;
    cf_row           *defaults;
    bool              with_key;
} bulk;

/* A name that is no column's. */
static bool stranger(const bulk *b, const cf_map *map, cf_error *err)
{
    for (size_t i = 0; i < map->len; i++)
        if (!cf__mapper_column(b->mapper, cf_text(map->entries[i].key)))
            return cf__no_member(b->mapper, "column", cf_text(map->entries[i].key), err);
    return cf_fail(err, CF_EINVAL, "%s: either all rows have a %s or none has",
                   b->mapper->model->name, b->mapper->key->name);
}

static bool column_param(const bulk *b, const cf__column *column, const cf_map *map,
                         cf__builder *out, size_t *used)
{
    const cf_value *given = cf_map_find(map, cf_string(column->name));
    cf__param       param;
    bool            ok;

    if (!given && column == b->mapper->key && b->mapper->generated_key)
        return stranger(b, map, out->err);
    if (given) {
        ok = cf__param_for(out->arena, column, *given, &param, out->err) &&
             cf__param_round(out->arena, column, &param, out->err);
        ++*used;
    } else {
        /* Each row has an identifier of its own. */
        if (column->member->column.default_uuid)
            CF__AT(b->defaults, column, cf_uuid) = cf_uuid_random();
        ok = cf__param_of_column(out->arena, b->defaults, column, &param, out->err);
    }
    return ok && cf__column_check(column, &param, out->err) && cf__sql_param(out, &param);
}

static bool write_row(const bulk *b, cf_value row, cf__builder *out)
{
    size_t      used = 0;
    const char *before = "(";

    if (!cf_is(row, CF_TYPE_MAP))
        return cf_fail(out->err, CF_ETYPE, "rows are maps of columns, not %s", cf_type_name(row));
    for (size_t i = 0; i < b->mapper->ncolumns; i++) {
        const cf__column *column = &b->mapper->columns[i];

        if (column == b->mapper->key && !b->with_key)
            continue;
        cf_buf_puts(&out->sql, before);
        before = ", ";
        if (!column_param(b, column, row.as.map, out, &used))
            return false;
    }
    cf_buf_putc(&out->sql, ')');
    return used == row.as.map->len || stranger(b, row.as.map, out->err);
}

static void write_head(const bulk *b, cf__builder *out)
{
    const char *before = " (";

    cf_buf_puts(&out->sql, "INSERT INTO ");
    cf__sql_table(out, b->mapper->model->table, 0);
    for (size_t i = 0; i < b->mapper->ncolumns; i++) {
        if (&b->mapper->columns[i] == b->mapper->key && !b->with_key)
            continue;
        cf_buf_puts(&out->sql, before);
        cf__quote(&out->sql, b->mapper->columns[i].name);
        before = ", ";
    }
    cf_buf_puts(&out->sql, ") VALUES ");
}

/* Rows [from, from + count) by one statement. */
static bool insert_chunk(const bulk *b, const cf_list *rows, size_t from, size_t count,
                         cf_error *err)
{
    cf__builder out = cf__builder_new(b->db, b->mapper, err);
    cf__outcome outcome = { 0 };

    write_head(b, &out);
    for (size_t i = 0; i < count; i++) {
        if (i)
            cf_buf_puts(&out.sql, ", ");
        if (!write_row(b, rows->items[from + i], &out)) {
            cf_fail_prefix(err, "row %zu", from + i + 1);
            return false;
        }
    }
    if (cf__sql_run(&out, NULL, NULL, &outcome))
        return true;
    cf__explain_rule(b->mapper, err);
    return false;
}

static bool insert_all(cf_db *db, const cf__mapper *mapper, const cf_list *rows, cf_error *err)
{
    const cf__engine *engine = db->database->engine;
    bulk              b = { db, mapper, cf__db_new_row(db, mapper->model), true };
    size_t            chunk = MOST_PARAMS / mapper->ncolumns;

    chunk = chunk < 1 ? 1 : chunk < MOST_ROWS ? chunk : MOST_ROWS;
    if (mapper->generated_key && cf_is(rows->items[0], CF_TYPE_MAP))
        b.with_key = cf_map_find(rows->items[0].as.map, cf_string(mapper->key->name)) != NULL;
    if (mapper->ncolumns == 1 && !b.with_key)
        return cf_fail(err, CF_EUNSUPPORTED, "%s has no columns to insert many rows by",
                       mapper->model->name);
    if (mapper->version)
        CF__AT(b.defaults, mapper->version, int64_t) = 1;
    if (!cf__session_begin(db, err))
        return false;
    /* Keys picked by hand must not be met half-way. */
    if (!b.with_key && mapper->generated_key && engine->key_taken &&
        !engine->key_taken(db->conn, mapper->model->table, mapper->key->name, err))
        return false;
    for (size_t from = 0; from < rows->len; from += chunk)
        if (!insert_chunk(&b, rows, from, rows->len - from < chunk ? rows->len - from : chunk, err))
            return false;
    return true;
}

int64_t cf__db_insert_many(cf_db *db, const cf_model *model, const cf_list *rows)
{
    cf_error          error = { 0 };
    const cf__mapper *mapper = cf__session_mapper(db, model, &error);

    if (mapper && !rows->len)
        return 0;
    if (mapper && !cf_db_flush(db, &error))
        return -1;
    if (mapper && insert_all(db, mapper, rows, &error))
        return (int64_t)rows->len;
    /* Chunks before the refused one are written: none of them stays. */
    if (mapper)
        cf__session_undo_flush(db);
    cf__session_fail(db, &error, NULL);
    return -1;
}
