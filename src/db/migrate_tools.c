/* migrate_tools.c -- noting migrations without running them, and printing what would run. */
#include <stdlib.h>

#include "db/migrations.h"
#include "db/sql_token.h"

/* ---- stamp ---- */

static bool forget(cf__work *w, cf__conn *conn, const char *revision, cf_error *err)
{
    cf__sql     sql = cf__sql_of(CF_STR("DELETE FROM carafe_version WHERE revision = ?"));
    cf__param   param = { .kind = CF_KIND_TEXT, .as.text = cf_str_of(revision) };
    cf__outcome out;

    return w->database->engine->run(conn, &sql, &param, 1, NULL, NULL, &out, err);
}

/* Takes back every note that is not wanted or, by an older file, not right any more. */
static bool clear(cf__work *w, cf__conn *conn, const bool *marks, size_t *changes, cf_error *err)
{
    for (size_t k = 0; k < w->napplied; k++) {
        size_t i = 0;

        while (i < w->count && strcmp(w->items[i].revision, w->applied[k].revision) != 0)
            i++;
        if (i < w->count && marks[i] && !w->items[i].changed)
            continue;
        if (!forget(w, conn, w->applied[k].revision, err))
            return false;
        *changes += i == w->count || !marks[i];
        if (i < w->count)
            w->items[i].applied = false;
    }
    return true;
}

static bool set(cf__work *w, cf__conn *conn, const bool *marks, size_t *changes, cf_error *err)
{
    for (size_t i = 0; i < w->count; i++) {
        if (!marks[i] || w->items[i].applied)
            continue;
        if (!cf__migrations_note(w, conn, i, true, err))
            return false;
        (*changes)++;
    }
    return true;
}

static bool stamp(cf__work *w, const bool *marks, size_t *changes, cf_error *err)
{
    cf__conn *conn = cf__migrations_begin(w, err);

    if (!conn)
        return false;
    if (clear(w, conn, marks, changes, err) && set(w, conn, marks, changes, err) &&
        w->database->engine->commit(conn, err))
        return true;
    cf__migrations_rollback(w, conn);
    return false;
}

bool cf_migrate_stamp(cf_database *database, const cf_bundle *bundle, const char *target,
                      bool purge, size_t *done, cf_error *err)
{
    cf__work w = { .arena = cf_arena_new(), .database = database, .purge = purge };
    size_t   changes = 0, most;
    bool     ok = cf__migrations_survey(&w, bundle, err);

    if (ok) {
        bool *marks = cf_new_array(w.arena, bool, w.count + 1);

        ok = cf__migrations_want(&w, target ? target : "heads", true, marks, &most, err) &&
             stamp(&w, marks, &changes, err);
    }
    if (done)
        *done = changes;
    cf_arena_free(w.arena);
    return ok;
}

/* ---- --sql ---- */

static void write_note(cf__work *w, cf_buf *out, size_t i, bool up)
{
    if (up)
        cf_buf_printf(out,
                      "INSERT INTO carafe_version (revision, checksum, applied_at)\n"
                      "    VALUES ('%s', '%s', CURRENT_TIMESTAMP);\n",
                      w->items[i].revision, w->checksums[i]);
    else
        cf_buf_printf(out, "DELETE FROM carafe_version WHERE revision = '%s';\n",
                      w->items[i].revision);
}

/* Whether a part's last statement has its semicolon. */
static bool is_ended(cf_str sql, bool sqlite)
{
    cf__lexer lexer;
    bool      ended = false;

    for (sqlite ? cf__lexer_start_sqlite(&lexer, sql) : cf__lexer_start(&lexer, sql);
         lexer.token.kind != CF__TOKEN_END; cf__lexer_next(&lexer))
        ended = cf__lexer_is(&lexer, ";");
    return ended;
}

static bool write_step(cf__work *w, cf_buf *out, size_t i, bool up, cf_error *err)
{
    const cf_migration *m = &w->items[i];
    bool                sqlite = strcmp(w->database->engine->name, "sqlite") == 0;
    cf_str              part = cf_str_trim(up ? m->up : m->down);

    if (!up && !m->reversible)
        return cf_fail(err, CF_EUNSUPPORTED, "%s has no part \"-- down\" and cannot be undone",
                       m->path);
    cf_buf_printf(out, "\n-- %s%s\n", m->revision, up ? "" : ", undone");
    if (sqlite)
        cf_buf_puts(out, "PRAGMA foreign_keys = OFF;\n");
    cf_buf_puts(out, "BEGIN;\n");
    cf_buf_str(out, part);
    cf_buf_puts(out, m->joins ? "" : is_ended(part, sqlite) ? "\n" : "\n;\n");
    write_note(w, out, i, up);
    if (sqlite)
        cf_buf_puts(out, "PRAGMA foreign_key_check; -- must print nothing\n");
    cf_buf_puts(out, "COMMIT;\n");
    if (sqlite)
        cf_buf_puts(out, "PRAGMA foreign_keys = ON;\n");
    return true;
}

const char *cf_migrate_sql(cf_arena *arena, cf_database *database, const cf_bundle *bundle,
                           const char *target, bool up, cf_error *err)
{
    cf__work w = { .arena = arena, .database = database };
    cf_buf   out = cf_buf_in(arena, 0);
    size_t   most, i;
    bool    *marks;

    if (!cf__migrations_survey(&w, bundle, err))
        return NULL;
    marks = cf_new_array(arena, bool, w.count + 1);
    if (!cf__migrations_want(&w, target, up, marks, &most, err))
        return NULL;
    while (most-- && (i = cf__migrations_next(&w, marks, up)) < w.count) {
        if (!out.len && up && !w.napplied)
            cf_buf_puts(&out, "CREATE TABLE IF NOT EXISTS carafe_version (\n"
                              "    revision VARCHAR(140) PRIMARY KEY NOT NULL,\n"
                              "    checksum VARCHAR(64) NOT NULL,\n"
                              "    applied_at TIMESTAMP NOT NULL\n);\n");
        if (!write_step(&w, &out, i, up, err))
            return NULL;
        w.items[i].applied = up;
    }
    return cf_buf_ok(&out, err) ? cf_buf_cstr(&out) : NULL;
}
