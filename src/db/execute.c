/* execute.c -- raw SQL with parameters. */
#include "db/sql.h"

static bool check(const cf_db *db, cf_str sql, cf_error *err)
{
    const char *word = cf__sql_control(sql, db->database->engine == &cf__engine_postgres);

    return !word ||
           cf_fail(err, CF_EINVAL,
                   "%s is the session's business: use cf_db_commit(), cf_db_rollback() and "
                   "cf_db_begin_nested()",
                   word);
}

typedef struct collector {
    cf_arena *arena;
    cf_list  *rows;
} collector;

static cf_value cell_value(cf_arena *arena, const cf__cursor *cursor, int i)
{
    cf__datum datum;
    cf_value  v;
    char      text[32];

    cursor->ops->read(cursor, i, &datum);
    switch (datum.cell) {
    case CF__CELL_INT:
        return cf_int(datum.as.integer);
    case CF__CELL_FLOAT:
        return cf_float(datum.as.number);
    case CF__CELL_TEXT:
        return cf_string_of(cf_str_to_utf8(arena, cf_text(cf_string_copy(arena, datum.as.text))));
    case CF__CELL_BYTES:
        v = cf_string_copy(arena, datum.as.text);
        v.bytes = true;
        return v;
    case CF__CELL_TIME:
    case CF__CELL_DATE:
    case CF__CELL_CLOCK:
        return cf_string_copy(arena, cf__datum_text(&datum, text));
    case CF__CELL_NULL:
        break;
    }
    return cf_none();
}

static bool collect(void *data, const cf__cursor *cursor, cf_error *err)
{
    collector *c = data;
    cf_map    *row = cf_map_new(c->arena);

    if (c->rows->len == CF_QUERY_MAX_ROWS)
        return cf_fail(err, CF_ELIMIT, "the statement gives more than %d rows; add a LIMIT",
                       CF_QUERY_MAX_ROWS);
    for (int i = 0; i < cursor->columns; i++)
        cf_map_put(row, cf_string_copy(c->arena, cf_str_of(cursor->ops->name(cursor, i))),
                   cell_value(c->arena, cursor, i));
    cf_list_add(c->rows, cf_from_map(row));
    return true;
}

typedef struct inspection {
    cf_db         *db;
    const cf__sql *sql;
    bool           read_only;
} inspection;

static bool inspect(void *data, cf_error *err)
{
    inspection *i = data;

    return i->db->database->engine->is_read_only(i->db->database, i->sql, &i->read_only, err);
}

/* Runs a statement of the application's, handing its rows to `row`, which adds to `rows`. */
static bool run_raw(cf_db *db, const char *text, const cf_value *params, size_t count,
                    cf__row_fn *row, void *data, cf_list *rows, cf__outcome *outcome, cf_error *err)
{
    cf__sql    sql = cf__sql_of(cf_str_of(text));
    cf__param *bound = cf_new_array(db->arena, cf__param, count + 1);
    inspection seen = { db, &sql, false };
    CF_NO_ERROR(error);
    bool ok = check(db, sql.text, &error);

    for (size_t i = 0; ok && i < count; i++) {
        ok = cf__param_of_value(db->arena, params[i], &bound[i], &error);
        if (!ok)
            cf_fail_prefix(&error, "parameter %zu", i + 1);
    }
    if (!ok)
        return cf__session_fail(db, &error, err);
    if (!cf_db_flush(db, err))
        return false;
    sql.source = CF__SQL_RAW;
    ok = cf__retry(db->database, inspect, &seen, &error) &&
         (seen.read_only || cf__session_begin(db, &error)) &&
         cf__session_run(db, &sql, bound, count, row, data, outcome, &error);
    if (!ok && outcome->writes) {
        /* What looked like a read is none: once more, in a transaction. */
        cf_error_clear(&error);
        rows->len = 0;
        seen.read_only = false;
        ok = cf__session_begin(db, &error) &&
             cf__session_run(db, &sql, bound, count, row, data, outcome, &error);
    }
    if (!ok) {
        cf__explain_rule(NULL, &error);
        return cf__session_fail(db, &error, err);
    }
    if (!seen.read_only)
        cf_db_expire(db);
    return true;
}

bool cf_db_execute(cf_db *db, const char *text, const cf_value *params, size_t count,
                   cf_result *out, cf_error *err)
{
    collector   c = { db->arena, cf_list_new(db->arena) };
    cf__outcome outcome = { 0 };

    if (!run_raw(db, text, params, count, collect, &c, c.rows, &outcome, err))
        return false;
    if (out)
        *out = (cf_result){ c.rows, outcome.affected, outcome.last_id };
    return true;
}

/* ---- as rows of a model ---- */

typedef struct mapped {
    cf_db            *db;
    const cf__mapper *mapper;
    cf_list          *rows;
    int              *places; /* Column i of the model is at places[i] of the result. */
    const cf__cursor *cursor;
} mapped;

static void mapped_read(const cf__cursor *cursor, int i, cf__datum *out)
{
    const mapped *m = cursor->handle;

    m->cursor->ops->read(m->cursor, m->places[i], out);
}

static const char *mapped_name(const cf__cursor *cursor, int i)
{
    const mapped *m = cursor->handle;

    return m->mapper->columns[i].name;
}

static const cf__cursor_ops mapped_ops = { mapped_read, mapped_name };

static bool find_places(mapped *m, const cf__cursor *cursor, cf_error *err)
{
    m->places = cf_new_array(m->db->arena, int, m->mapper->ncolumns);
    for (size_t i = 0; i < m->mapper->ncolumns; i++) {
        int at = 0;

        while (at < cursor->columns &&
               strcmp(cursor->ops->name(cursor, at), m->mapper->columns[i].name) != 0)
            at++;
        if (at == cursor->columns)
            return cf_fail(err, CF_EINVAL,
                           "the statement gives no column \"%s\", which a row of %s has",
                           m->mapper->columns[i].name, m->mapper->model->name);
        m->places[i] = at;
    }
    return true;
}

static bool collect_row(void *data, const cf__cursor *cursor, cf_error *err)
{
    mapped    *m = data;
    cf__cursor own = { &mapped_ops, m, (int)m->mapper->ncolumns };
    cf_row    *row;

    if (m->rows->len == CF_QUERY_MAX_ROWS)
        return cf_fail(err, CF_ELIMIT, "the statement gives more than %d rows; add a LIMIT",
                       CF_QUERY_MAX_ROWS);
    if (!m->places && !find_places(m, cursor, err))
        return false;
    m->cursor = cursor;
    if (!cf__load_row(m->db, m->mapper, &own, 0, &row, err))
        return false;
    if (row)
        cf_list_add(m->rows, cf_from_object(row));
    return true;
}

cf_list *cf__db_rows(cf_db *db, const cf_model *model, const char *sql, const cf_value *params,
                     size_t count, cf_error *err)
{
    CF_NO_ERROR(error);
    mapped m = { db, cf__session_mapper(db, model, &error), cf_list_new(db->arena), NULL, NULL };
    cf__outcome outcome = { 0 };

    if (!m.mapper) {
        cf__session_fail(db, &error, err);
        return NULL;
    }
    return run_raw(db, sql, params, count, collect_row, &m, m.rows, &outcome, err) ? m.rows : NULL;
}
