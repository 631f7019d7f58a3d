/* sqlite_error.c -- SQLite's result codes as errors: which column refused, what may be tried again.
 */
#include "db/sqlite.h"

#include <stdio.h>

/* "slug" of "UNIQUE constraint failed: post.slug"; "team_id,number" when it is about several; the
 * name of a check or an index. The session makes one column of it. */
static cf_str failed_rule(cf_str message, char *buf, size_t size)
{
    cf_buf out = { .ptr = buf, .cap = size, .limit = size };
    cf_str name, rest, table;
    size_t at = cf_str_find(message, CF_STR("failed: "));

    if (at == CF_NPOS)
        return (cf_str){ 0 };
    rest = cf_str_slice(message, at + 8, message.len);
    if (cf_str_starts(rest, CF_STR("index '")))
        return cf_str_slice(rest, 7, rest.len - 1);
    while (rest.len) {
        cf_str_cut(rest, ',', &name, &rest);
        name = cf_str_trim(name);
        if (!cf_str_rcut(name, '.', &table, &name) && !name.len)
            name = table;
        cf_buf_printf(&out, "%s%.*s", out.len ? "," : "", CF_STR_ARG(name));
    }
    return cf_buf_view(&out);
}

static bool conflict(int code, cf_str message, cf__outcome *out, cf_error *err)
{
    char        buf[160];
    cf_str      column = failed_rule(message, buf, sizeof(buf));
    const char *says;

    switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
        says = ": another row has this value already";
        break;
    case SQLITE_CONSTRAINT_NOTNULL:
        says = " is required";
        break;
    case SQLITE_CONSTRAINT_CHECK:
        says = ": the table's check does not allow this value";
        break;
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        if (out)
            out->foreign_key = true;
        return cf_fail(err, CF_ECONFLICT, "a foreign key rule refused the change");
    default:
        return cf_fail(err, CF_ECONFLICT, "%.*s", CF_STR_ARG(message));
    }
    cf_fail(err, CF_ECONFLICT, "%.*s%s", CF_STR_ARG(column), says);
    if (err)
        snprintf(err->input, sizeof(err->input), "%.*s", CF_STR_ARG(column));
    return false;
}

bool cf__sqlite_fail(sqlite3 *db, const char *file, cf__outcome *out, cf_error *err)
{
    int         code = sqlite3_extended_errcode(db);
    const char *message = sqlite3_errmsg(db);
    const char *name = file ? file : ":memory:";

    switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
        return conflict(code, cf_str_of(message), out, err);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return cf_fail(err, CF_EBUSY, "the database %s is locked by another process", name);
    case SQLITE_FULL:
        return cf_fail(err, CF_EUNAVAILABLE, "the disk of the database %s is full", name);
    case SQLITE_IOERR:
        return cf_fail(err, CF_EIO, "the database %s: %s (code %d)", name, message, code);
    case SQLITE_CANTOPEN:
        return cf_fail(err, CF_EDB,
                       "cannot open the database %s: does its folder exist, and may this user "
                       "write there?",
                       name);
    case SQLITE_READONLY:
        return cf_fail(err, CF_EDB, "the database %s may not be written by this user", name);
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return cf_fail(err, CF_EDB, "%s is not a sound SQLite database: %s", name, message);
    case SQLITE_INTERRUPT:
        return cf_fail(err, CF_ECANCELED, "interrupted");
    case SQLITE_TOOBIG:
        return cf_fail(err, CF_ELIMIT, "a value is too big for the database");
    default:
        return cf_fail(err, CF_EDB, "%s", message);
    }
}
