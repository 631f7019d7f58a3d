/* migrate.c -- applying and undoing migrations, each once, in a transaction of its own.
 *
 * What is applied is read again inside each transaction, which locks out other processes: of two
 * that upgrade at once, the second finds the work done. */
#include <carafe/migrate.h>

#include <stdio.h>
#include <stdlib.h>

#include <carafe/crypto.h>
#include <carafe/log.h>

#include "db/session.h"

/* Most migrations an app may have. */
#define MAX_MIGRATIONS 10000

typedef struct applied {
    const char *revision, *checksum, *at;
} applied;

typedef struct applied_list {
    cf_arena *arena;
    applied  *items;
    size_t    len;
} applied_list;

typedef struct work {
    cf_arena     *arena;
    cf_database  *database;
    cf_migration *items;
    size_t        count;
    const char  **checksums;
} work;

/* ---- the files ---- */

static int by_number(const void *a, const void *b)
{
    const cf_migration *x = a, *y = b;

    return (x->number > y->number) - (x->number < y->number);
}

static const char *checksum(cf_arena *arena, cf_str text)
{
    unsigned char hash[32];

    cf_sha256(text, hash);
    return cf_str_dup(arena, cf_hex_encode(arena, cf_str_n((const char *)hash, sizeof(hash))));
}

static const cf_asset *asset_of(const cf_bundle *bundle, const cf_migration *migration)
{
    return cf_bundle_find(bundle, cf_str_of(migration->path));
}

static bool read_files(work *w, const cf_bundle *bundle, cf_error *err)
{
    size_t count = bundle ? bundle->count : 0;

    w->items = cf_new_array(w->arena, cf_migration, count + 1);
    for (size_t i = 0; i < count; i++) {
        const cf_asset *asset = &bundle->assets[i];
        cf_str          path = cf_str_of(asset->path);

        if (!cf_str_starts(path, CF_STR("migrations/")) || !cf_str_ends(path, CF_STR(".sql")))
            continue;
        if (w->count == MAX_MIGRATIONS)
            return cf_fail(err, CF_ELIMIT, "more than %d migrations", MAX_MIGRATIONS);
        if (!cf_migration_parse(w->arena, asset->path, asset->data, w->database->engine->name,
                                &w->items[w->count++], err))
            return false;
    }
    qsort(w->items, w->count, sizeof(*w->items), by_number);
    w->checksums = cf_new_array(w->arena, const char *, w->count + 1);
    for (size_t i = 0; i < w->count; i++) {
        if (i && w->items[i].number == w->items[i - 1].number)
            return cf_fail(err, CF_EPARSE, "%s and %s have the same number", w->items[i - 1].path,
                           w->items[i].path);
        w->checksums[i] = checksum(w->arena, asset_of(bundle, &w->items[i])->data);
    }
    return true;
}

/* ---- what is applied ---- */

static bool add_applied(void *data, const cf__cursor *cursor, cf_error *err)
{
    applied_list *list = data;
    size_t        size = sizeof(*list->items);

    (void)err;
    list->items = cf_grow(list->arena, list->items, list->len * size, (list->len + 1) * size);
    list->items[list->len++] = (applied){ cf_str_dup(list->arena, cf__cursor_text(cursor, 0)),
                                          cf_str_dup(list->arena, cf__cursor_text(cursor, 1)),
                                          cf_str_dup(list->arena, cf__cursor_text(cursor, 2)) };
    return true;
}

static bool read_applied(const cf__engine *engine, cf__conn *conn, applied_list *list,
                         cf_error *err)
{
    cf__sql sql = cf__sql_of(
        CF_STR("SELECT revision, checksum, applied_at FROM carafe_version ORDER BY revision"));
    cf__live_column *columns;
    cf__outcome      out;
    size_t           count;

    list->len = 0;
    if (!engine->columns(list->arena, conn, "carafe_version", &columns, &count, err))
        return false;
    return !count || engine->run(conn, &sql, NULL, 0, add_applied, list, &out, err);
}

/* Marks the files that are applied. */
static bool mark(work *w, const applied_list *list, cf_error *err)
{
    for (size_t i = 0; i < w->count; i++) {
        w->items[i].applied = w->items[i].changed = false;
        w->items[i].applied_at = NULL;
    }
    for (size_t i = 0; i < list->len; i++) {
        size_t j = 0;

        while (j < w->count && strcmp(w->items[j].revision, list->items[i].revision) != 0)
            j++;
        if (j == w->count)
            return cf_fail(err, CF_ECONFLICT,
                           "the database has the migration %s, which this program does not know: a "
                           "newer version made it",
                           list->items[i].revision);
        w->items[j].applied = true;
        w->items[j].applied_at = list->items[i].at;
        w->items[j].changed = strcmp(w->checksums[j], list->items[i].checksum) != 0;
    }
    return true;
}

typedef struct look {
    cf_database *database;
    applied_list list;
} look;

static bool look_once(void *data, cf_error *err)
{
    look             *l = data;
    const cf__engine *engine = l->database->engine;
    cf__conn         *conn = engine->read(l->database, NULL, err);

    return conn && read_applied(engine, conn, &l->list, err);
}

/* Reads files and database without changing anything. */
static bool survey(work *w, const cf_bundle *bundle, cf_error *err)
{
    look l = { w->database, { .arena = w->arena } };

    return read_files(w, bundle, err) && cf__retry(w->database, look_once, &l, err) &&
           mark(w, &l.list, err);
}

bool cf_migrate_history(cf_arena *arena, cf_database *database, const cf_bundle *bundle,
                        cf_migrations *out, cf_error *err)
{
    work w = { .arena = arena, .database = database };

    if (!survey(&w, bundle, err))
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
    look        l = { database, { .arena = arena } };
    const char *latest = NULL;

    if (!cf__retry(database, look_once, &l, err))
        return NULL;
    for (size_t i = 0; i < l.list.len; i++)
        if (!latest || number_of(l.list.items[i].revision) > number_of(latest))
            latest = l.list.items[i].revision;
    return latest;
}

/* ---- one step ---- */

static bool run_fixed(work *w, cf__conn *conn, const char *text, const cf__param *params,
                      size_t count, cf_error *err)
{
    cf__sql     sql = cf__sql_of(cf_str_of(text));
    cf__outcome out;

    return w->database->engine->run(conn, &sql, params, count, NULL, NULL, &out, err);
}

static bool record(work *w, cf__conn *conn, size_t i, bool up, cf_error *err)
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
static bool run_part(work *w, cf__conn *conn, size_t i, bool up, cf_error *err)
{
    const cf_migration *m = &w->items[i];
    cf_error            error = { 0 };
    int                 line;

    if (w->database->engine->script(conn, up ? m->up : m->down, &error))
        return true;
    line = error.input_line ? error.input_line + (up ? m->up_line : m->down_line) - 1 : 0;
    cf_fail(err, error.code, "%s line %d: %s", m->path, line, error.message);
    if (err) {
        snprintf(err->input, sizeof(err->input), "%s", m->path);
        err->input_line = line;
    }
    return false;
}

/* Begins a transaction and finds out what is applied. NULL with an error. */
static cf__conn *begin_step(work *w, cf_error *err)
{
    static const char table[] = "CREATE TABLE IF NOT EXISTS carafe_version ("
                                "revision VARCHAR(140) PRIMARY KEY NOT NULL, "
                                "checksum VARCHAR(64) NOT NULL, applied_at TIMESTAMP NOT NULL)";
    applied_list      list = { .arena = w->arena };
    cf__conn         *conn = cf__schema_begin(w->database, err);

    if (!conn)
        return NULL;
    if (run_fixed(w, conn, table, NULL, 0, err) &&
        read_applied(w->database->engine, conn, &list, err) && mark(w, &list, err))
        return conn;
    w->database->engine->rollback(conn);
    return NULL;
}

/* Picks the migration of the next step, or count when there is none. */
typedef size_t pick_fn(const work *w, int64_t target);

static size_t pick_up(const work *w, int64_t target)
{
    size_t i = 0;

    while (i < w->count && (w->items[i].applied || w->items[i].number > target))
        i++;
    return i;
}

static size_t pick_down(const work *w, int64_t target)
{
    for (size_t i = w->count; i-- > 0 && w->items[i].number > target;)
        if (w->items[i].applied)
            return i;
    return w->count;
}

/* One migration up or down; *more tells whether there was one. */
static bool step(work *w, pick_fn *pick, int64_t target, bool up, bool *more, cf_error *err)
{
    const cf__engine *engine = w->database->engine;
    cf__conn         *conn = begin_step(w, err);
    size_t            i;

    if (!conn)
        return false;
    i = pick(w, target);
    *more = i < w->count;
    if (!*more) {
        engine->rollback(conn);
        return true;
    }
    if ((up || w->items[i].reversible ||
         cf_fail(err, CF_EUNSUPPORTED, "%s has no part \"-- down\" and cannot be undone",
                 w->items[i].path)) &&
        run_part(w, conn, i, up, err) && record(w, conn, i, up, err) &&
        (engine->commit(conn, err) || cf_fail_prefix(err, "%s", w->items[i].path))) {
        cf_log(CF_INFO, "migration %s %s", w->items[i].revision, up ? "applied" : "undone");
        return true;
    }
    engine->rollback(conn);
    return false;
}

/* The number that a target names: "0003", "3" or a full revision. */
static bool find_target(const work *w, const char *target, int64_t *out, cf_error *err)
{
    int64_t number;

    if (cf_str_to_i64(cf_str_of(target), &number) && number == 0) {
        *out = 0;
        return true;
    }
    for (size_t i = 0; i < w->count; i++)
        if (strcmp(w->items[i].revision, target) == 0 ||
            (cf_str_to_i64(cf_str_of(target), &number) && number == w->items[i].number)) {
            *out = w->items[i].number;
            return true;
        }
    return cf_fail(err, CF_ENOTFOUND, "there is no migration '%.100s'", target);
}

bool cf_migrate_upgrade(cf_database *database, const cf_bundle *bundle, const char *target,
                        size_t *done, cf_error *err)
{
    work    w = { .arena = cf_arena_new(), .database = database };
    int64_t last = INT64_MAX;
    bool    more = true, ok;
    size_t  steps = 0;

    ok = survey(&w, bundle, err) && (!target || find_target(&w, target, &last, err));
    more = ok && pick_up(&w, last) < w.count;
    while (ok && more) {
        ok = step(&w, pick_up, last, true, &more, err);
        steps += ok && more;
    }
    if (done)
        *done = steps;
    cf_arena_free(w.arena);
    return ok;
}

bool cf_migrate_downgrade(cf_database *database, const cf_bundle *bundle, const char *target,
                          size_t *done, cf_error *err)
{
    work    w = { .arena = cf_arena_new(), .database = database };
    int64_t last = 0;
    bool    more = true, ok;
    size_t  steps = 0, most = target ? SIZE_MAX : 1;

    ok = survey(&w, bundle, err) && (!target || find_target(&w, target, &last, err));
    while (ok && more && steps < most) {
        ok = step(&w, pick_down, last, false, &more, err);
        steps += ok && more;
    }
    if (done)
        *done = steps;
    cf_arena_free(w.arena);
    return ok;
}

bool cf_migrate_check(cf_database *database, const cf_bundle *bundle, cf_error *err)
{
    work   w = { .arena = cf_arena_new(), .database = database };
    size_t next;
    bool   ok = survey(&w, bundle, err);

    next = ok ? pick_up(&w, INT64_MAX) : 0;
    if (ok && next < w.count)
        ok = cf_fail(err, CF_ECONFLICT,
                     "the database %s is behind: %s is not applied; run `db upgrade`",
                     database->url, w.items[next].revision);
    cf_arena_free(w.arena);
    return ok;
}
