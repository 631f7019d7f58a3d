/* postgres_script.c -- texts run as they are: one of this engine's own, or a script of several
 * statements, whose mistakes are told by their line. */
#include <stdlib.h>

#include "db/postgres_trip.h"

/* *position: where in the text the server found fault, in characters from 1; 0: nowhere. */
static bool exec_at(cf__pg_conn *conn, const char *text, int *position, cf_error *err)
{
    cf__outcome   out = { 0 };
    cf__pg_trip   t = { .out = &out };
    cf_error      own = { 0 };
    cf__pg_ending fate;
    int64_t       number;

    err = err ? err : &own;
    *position = 0;
    fate = cf__pg_trip_text(&t, conn, text, err);
    if (fate == CF__PG_ARRIVED)
        return true;
    if (fate != CF__PG_REFUSED) {
        if (fate == CF__PG_LOST)
            cf__pg_lost(conn->pg, err);
        cf__pg_trip_close(&t);
        return false;
    }
    if (cf_str_to_i64(cf_str_of(PQresultErrorField(t.failed, PG_DIAG_STATEMENT_POSITION)), &number))
        *position = (int)number;
    cf__pg_fail(conn->base.database->state, t.failed, cf_str_of(text), &out, err);
    PQclear(t.failed);
    return false;
}

bool cf__pg_exec(cf__pg_conn *conn, const char *text, cf_error *err)
{
    int position;

    return exec_at(conn, text, &position, err);
}

static int line_at(const char *start, const char *at)
{
    int line = 1;

    for (; start < at; start++)
        line += *start == '\n';
    return line;
}

/* The byte of a character's number, which counts from 1. */
static const char *character(const char *text, int number)
{
    for (; *text && number > 1; number--)
        do
            text++;
        while (((unsigned char)*text & 0xC0) == 0x80);
    return text;
}

/* The line matters more here than a column that a rule has named. */
static bool fail_at(cf_error *err, int line)
{
    if (err) {
        err->input[0] = '\0';
        err->input_line = 0;
    }
    return cf_fail_in(err, "SQL", line, 0);
}

static bool script_step(cf__pg_conn *conn, const char *start, const char *from, size_t len,
                        cf_error *err)
{
    const char *word = cf__sql_control(cf_str_n(from, len), true);
    int         position = 0, line;
    char       *text;
    bool        ok;

    if (word) {
        cf_fail(err, CF_EINVAL, "%s does not belong here: the script runs in a transaction", word);
        return fail_at(err, line_at(start, from));
    }
    text = cf_xmalloc(len + 1);
    memcpy(text, from, len);
    text[len] = '\0';
    ok = exec_at(conn, text, &position, err);
    line = line_at(start, from) + line_at(text, character(text, position)) - 1;
    free(text);
    return ok || fail_at(err, line);
}

bool cf__pg_script(cf__conn *base, cf_str script, cf_error *err)
{
    cf__pg_conn *conn = (cf__pg_conn *)base;
    const char  *at = script.ptr, *end = script.ptr + script.len;
    bool         ok = true;

    while (ok) {
        size_t len;

        at += cf__pg_blank(at, end);
        if (at < end && *at == ';') {
            at++;
            continue;
        }
        if (at == end)
            break;
        len = cf__pg_split(cf_str_n(at, (size_t)(end - at)));
        ok = script_step(conn, script.ptr, at, len, err);
        at += len;
    }
    return ok;
}
