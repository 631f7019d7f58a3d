/* create.c -- a row that is to be there once, whoever asks for it first.
 *
 * Looking first is the common case and writes nothing. Between looking and inserting another
 * session may insert: then the unique rule refuses ours, the savepoint takes it back, and theirs is
 * read. */
#include "db/session.h"

static void *look(cf_db *db, const cf_model *model, const cf_named *by, size_t count)
{
    cf_query *q = cf__db_query(db, model);

    for (size_t i = 0; i < count; i++)
        q = cf_query_filter_by(q, by[i].name, by[i].value);
    return cf_query_first(q);
}

static bool fill(void *row, const cf_named *by, size_t count, cf_error *err)
{
    for (size_t i = 0; i < count; i++)
        if (!cf_row_set(row, cf_str_of(by[i].name), by[i].value, err))
            return false;
    return true;
}

/* Whether a refusal names one of the columns. */
static bool is_about(const cf_error *err, const cf_named *by, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(err->input, by[i].name) == 0)
            return true;
    return false;
}

/* False on any failure but the one that somebody else was quicker. */
static bool insert(cf_db *db, const cf_model *model, const cf_named *by, size_t count, void **made,
                   cf_error *err)
{
    void *row;

    if (!cf_db_begin_nested(db, err))
        return false;
    row = cf__db_new_row(db, model);
    if (fill(row, by, count, err)) {
        cf_db_add(db, row);
        if (cf_db_release(db, err)) {
            *made = row;
            return true;
        }
    }
    cf_db_rollback_nested(db);
    return err->code == CF_ECONFLICT && is_about(err, by, count);
}

void *cf__db_get_or_create(cf_db *db, const cf_model *model, const cf_named *by, size_t count)
{
    CF_NO_ERROR(error);
    void *row = look(db, model, by, count);

    if (row || cf_db_error(db)->code)
        return row;
    if (insert(db, model, by, count, &row, &error))
        row = row ? row : look(db, model, by, count);
    /* The refusal stands when nobody else's row explains it, as for a text that is too long. */
    if (!row && error.code && !cf_db_error(db)->code)
        cf__session_fail(db, &error, NULL);
    return row;
}
