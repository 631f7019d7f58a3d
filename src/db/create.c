/* create.c -- a row that is to be there once, whoever asks for it first.
 *
 * Looking first is the common case and writes nothing. Between looking and inserting another
 * session may insert: then the unique rule refuses ours, the savepoint takes it back, and theirs is
 * read. */
#include "db/session.h"

static void *look(cf_db *db, const cf_model *model, const char *column, cf_value value)
{
    return cf_query_first(cf_query_filter_by(cf__db_query(db, model), column, value));
}

/* False on any failure but the one that somebody else was quicker. */
static bool insert(cf_db *db, const cf_model *model, const char *column, cf_value value,
                   void **made, cf_error *err)
{
    void *row;

    if (!cf_db_begin_nested(db, err))
        return false;
    row = cf__db_new_row(db, model);
    if (cf_row_set(row, cf_str_of(column), value, err)) {
        cf_db_add(db, row);
        if (cf_db_release(db, err)) {
            *made = row;
            return true;
        }
    }
    cf_db_rollback_nested(db);
    return err->code == CF_ECONFLICT && strcmp(err->input, column) == 0;
}

void *cf__db_get_or_create(cf_db *db, const cf_model *model, const char *column, cf_value value)
{
    cf_error error = { 0 };
    void    *row = look(db, model, column, value);

    if (row || cf_db_error(db)->code)
        return row;
    if (insert(db, model, column, value, &row, &error))
        row = row ? row : look(db, model, column, value);
    /* The refusal stands when nobody else's row explains it, as for a text that is too long. */
    if (!row && error.code && !cf_db_error(db)->code)
        cf__session_fail(db, &error, NULL);
    return row;
}
