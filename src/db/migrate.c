/* migrate.c -- applying and undoing migrations, each once, in a transaction of its own.
 *
 * What is applied is read again inside each transaction, which locks out other processes: of two
 * that upgrade at once, the second finds the work done. */
#include <carafe/migrate.h>

#include <stdio.h>

#include <carafe/log.h>

#include "db/migrations.h"

/* Of the lock that PostgreSQL's migrating processes wait at. */
#define LOCK "4909457265727601"

/* ---- what is applied ---- */

static bool add_applied(void *data, const cf__cursor *cursor, cf_error *err)
{
    cf__work *w = data;
    size_t    size = sizeof(*w->applied);

    (void)err;
    w->applied = cf_grow(w->arena, w->applied, w->napplied * size, (w->napplied + 1) * size);
    w->applied[w->napplied++] = (cf__applied){ cf_str_dup(w->arena, cf__cursor_text(cursor, 0)),
                                               cf_str_dup(w->arena, cf__cursor_text(cursor, 1)),
                                               cf_str_dup(w->arena, cf__cursor_text(cursor, 2)) };
    return true;
}

static bool read_applied(cf__work *w, cf__conn *conn, cf_error *err)
{
    const cf__engine *engine = w->database->engine;
    cf__sql           sql = cf__sql_of(
                  CF_STR("SELECT revision, checksum, applied_at FROM carafe_version ORDER BY revision"));
    cf__live_column *columns;
    cf__outcome      out;
    size_t           count;

    w->napplied = 0;
    if (!engine->columns(w->arena, conn, "carafe_version", &columns, &count, err))
        return false;
    return !count || engine->run(conn, &sql, NULL, 0, add_applied, w, &out, err);
}

/* Marks the files that are applied. */
static bool mark(cf__work *w, cf_error *err)
{
    for (size_t i = 0; i < w->count; i++) {
        w->items[i].applied = w->items[i].changed = false;
        w->items[i].applied_at = NULL;
    }
    for (size_t i = 0; i < w->napplied; i++) {
        size_t j = 0;

        while (j < w->count && strcmp(w->items[j].revision, w->applied[i].revision) != 0)
            j++;
        if (j == w->count && w->purge)
            continue;
        if (j == w->count)
            return cf_fail(err, CF_ECONFLICT,
                           "the database has the migration %s, which this program does not know: a "
                           "newer version made it",
                           w->applied[i].revision);
        w->items[j].applied = true;
        w->items[j].applied_at = w->applied[i].at;
        w->items[j].changed = strcmp(w->checksums[j], w->applied[i].checksum) != 0;
    }
    return true;
}

static bool look_once(void *data, cf_error *err)
{
    cf__work         *w = data;
    const cf__engine *engine = w->database->engine;
    cf__conn         *conn = engine->read(w->database, NULL, err);

    return conn && read_applied(w, conn, err);
}

bool cf__migrations_survey(cf__work *w, const cf_bundle *bundle, cf_error *err)
{
    return cf__migrations_read(w, bundle, err) && cf__retry(w->database, look_once, w, err) &&
           mark(w, err);
}

bool cf_migrate_history(cf_arena *arena, cf_database *database, const cf_bundle *bundle,
                        cf_migrations *out, cf_error *err)
{
    cf__work w = { .arena = arena, .database = database };

    if (!cf__migrations_survey(&w, bundle, err))
        return false;
    *out = (cf_migrations){ w.items, w.count };
    return true;
}

/* The number that leads a revision. */
static int64_t number_of(const char *revision)
{
    cf_str  digits, rest;
    int64_t number = 0;

    cf_str_cut(cf_str_of(revision), '_', &digits, &rest);
    cf_str_to_i64(digits, &number);
    return number;
}

const char *cf_migrate_current(cf_arena *arena, cf_database *database, cf_error *err)
{
    cf__work    w = { .arena = arena, .database = database };
    const char *latest = NULL;

    if (!cf__retry(database, look_once, &w, err))
        return NULL;
    for (size_t i = 0; i < w.napplied; i++)
        if (!latest || number_of(w.applied[i].revision) >= number_of(latest))
            latest = w.applied[i].revision;
    return latest;
}

/* ---- one step ---- */

static bool run_fixed(cf__work *w, cf__conn *conn, const char *text, const cf__param *params,
                      size_t count, cf_error *err)
{
    cf__sql     sql = cf__sql_of(cf_str_of(text));
    cf__outcome out;

    return w->database->engine->run(conn, &sql, params, count, NULL, NULL, &out, err);
}

bool cf__migrations_note(cf__work *w, cf__conn *conn, size_t i, bool up, cf_error *err)
{
    cf__param params[] = {
        { .kind = CF_KIND_TEXT, .as.text = cf_str_of(w->items[i].revision) },
        { .kind = CF_KIND_TEXT, .as.text = cf_str_of(w->checksums[i]) },
        { .kind = CF_KIND_TIME, .as.time = cf_now() },
    };

    if (up)
        return run_fixed(w, conn,
                         "INSERT INTO carafe_version (revision, checksum, applied_at) "
                         "VALUES (?, ?, ?)",
                         params, 3, err);
    return run_fixed(w, conn, "DELETE FROM carafe_version WHERE revision = ?", params, 1, err);
}

/* Runs a part, turning the line in the part into the line in the file. */
static bool run_part(cf__work *w, cf__conn *conn, size_t i, bool up, cf_error *err)
{
    const cf_migration *m = &w->items[i];
    cf_error            error = { 0 };
    int                 line;

    if (m->joins || w->database->engine->script(conn, up ? m->up : m->down, &error))
        return true;
    line = error.input_line ? error.input_line + (up ? m->up_line : m->down_line) - 1 : 0;
    cf_fail(err, error.code, "%s line %d: %s", m->path, line, error.message);
    if (err) {
        snprintf(err->input, sizeof(err->input), "%s", m->path);
        err->input_line = line;
    }
    return false;
}

void cf__migrations_rollback(cf__work *w, cf__conn *conn)
{
    bool sqlite = strcmp(w->database->engine->name, "sqlite") == 0;

    w->database->engine->rollback(conn);
    /* A rebuild that stopped half-way may have left it on. */
    if (sqlite)
        run_fixed(w, conn, "PRAGMA legacy_alter_table = OFF", NULL, 0, NULL);
}

/* PostgreSQL lets two transactions make the same table, and one of them fail. */
static bool wait_for_others(cf__work *w, cf__conn *conn, cf_error *err)
{
    return strcmp(w->database->engine->name, "sqlite") == 0 ||
           run_fixed(w, conn, "SELECT pg_advisory_xact_lock(" LOCK ")", NULL, 0, err);
}

cf__conn *cf__migrations_begin(cf__work *w, cf_error *err)
{
    static const char table[] = "CREATE TABLE IF NOT EXISTS carafe_version ("
                                "revision VARCHAR(140) PRIMARY KEY NOT NULL, "
                                "checksum VARCHAR(64) NOT NULL, applied_at TIMESTAMP NOT NULL)";
    cf__conn         *conn = cf__schema_begin(w->database, err);

    if (!conn)
        return NULL;
    if (wait_for_others(w, conn, err) && run_fixed(w, conn, table, NULL, 0, err) &&
        read_applied(w, conn, err) && mark(w, err))
        return conn;
    cf__migrations_rollback(w, conn);
    return NULL;
}

/* One migration up or down; *more tells whether there was one. */
static bool step(cf__work *w, const bool *marks, bool up, bool *more, cf_error *err)
{
    const cf__engine *engine = w->database->engine;
    cf__conn         *conn = cf__migrations_begin(w, err);
    size_t            i;

    if (!conn)
        return false;
    i = cf__migrations_next(w, marks, up);
    *more = i < w->count;
    if (!*more) {
        cf__migrations_rollback(w, conn);
        return true;
    }
    if ((up || w->items[i].reversible ||
         cf_fail(err, CF_EUNSUPPORTED, "%s has no part \"-- down\" and cannot be undone",
                 w->items[i].path)) &&
        run_part(w, conn, i, up, err) && cf__migrations_note(w, conn, i, up, err) &&
        (engine->commit(conn, err) || cf_fail_prefix(err, "%s", w->items[i].path))) {
        cf_log(CF_INFO, "migration %s %s", w->items[i].revision, up ? "applied" : "undone");
        return true;
    }
    cf__migrations_rollback(w, conn);
    return false;
}

static bool go(cf_database *database, const cf_bundle *bundle, const char *target, bool up,
               size_t *done, cf_error *err)
{
    cf__work w = { .arena = cf_arena_new(), .database = database };
    size_t   steps = 0, most = 0;
    bool    *marks = NULL, more, ok;

    ok = cf__migrations_survey(&w, bundle, err);
    if (ok) {
        marks = cf_new_array(w.arena, bool, w.count + 1);
        ok = cf__migrations_want(&w, target, up, marks, &most, err);
    }
    more = ok && cf__migrations_next(&w, marks, up) < w.count;
    while (ok && more && steps < most) {
        ok = step(&w, marks, up, &more, err);
        steps += ok && more;
    }
    if (done)
        *done = steps;
    cf_arena_free(w.arena);
    return ok;
}

bool cf_migrate_upgrade(cf_database *database, const cf_bundle *bundle, const char *target,
                        size_t *done, cf_error *err)
{
    return go(database, bundle, target, true, done, err);
}

bool cf_migrate_downgrade(cf_database *database, const cf_bundle *bundle, const char *target,
                          size_t *done, cf_error *err)
{
    return go(database, bundle, target, false, done, err);
}

bool cf_migrate_check(cf_database *database, const cf_bundle *bundle, cf_error *err)
{
    cf__work w = { .arena = cf_arena_new(), .database = database };
    size_t   next = 0;
    bool     ok = cf__migrations_survey(&w, bundle, err);

    while (ok && next < w.count && w.items[next].applied)
        next++;
    if (ok && next < w.count)
        ok = cf_fail(err, CF_ECONFLICT,
                     "the database %s is behind: %s is not applied; run `db upgrade`",
                     database->url, w.items[next].revision);
    cf_arena_free(w.arena);
    return ok;
}
