/* promote.c -- from SQLite to PostgreSQL, in one transaction there.
 *
 * The tables come from the migrations, since only they know what the app's types are. Rows travel
 * by COPY; a checksum of each is taken on the way, and again of what PostgreSQL gives back. */
#include <carafe/promote.h>

#include <stdio.h>

#include <carafe/log.h>
#include <carafe/migrate.h>

#include "db/postgres.h"
#include "db/promote.h"
#include "db/session.h"

/* Bytes that go out at once. */
#define PIECE ((size_t)64 * 1024)

typedef struct move {
    cf_arena    *arena;
    cf_database *source, *target;
    cf__conn    *from, *to;
    cf_list     *altered; /* What makes the foreign keys that were deferred what they were. */
    cf_promotion done;
} move;

/* One table: what is read of it, and how. */
typedef struct moved_table {
    const char *name, *quoted, *columns, *select;
    cf__moved  *kinds;
    size_t      count;
} moved_table;

/* One table under way, on one of the two sides. */
typedef struct side {
    const char *table;
    cf__moved  *kinds;
    size_t      columns;
    int64_t     rows;
    uint64_t    sum;
    cf_arena   *scratch; /* Of one row. */
    PGconn     *pg;      /* Where rows go; NULL: only counted. */
    cf_buf      out;
} side;

static bool run_text(cf_database *database, cf__conn *conn, const char *text, cf__row_fn *row,
                     void *data, cf_error *err)
{
    cf__sql     sql = cf__sql_of(cf_str_of(text));
    cf__outcome out;

    return database->engine->run(conn, &sql, NULL, 0, row, data, &out, err);
}

static bool take_number(void *data, const cf__cursor *cursor, cf_error *err)
{
    (void)err;
    *(int64_t *)data = cf__cursor_integer(cursor, 0);
    return true;
}

static bool take_name(void *data, const cf__cursor *cursor, cf_error *err)
{
    (void)err;
    cf_list_add(data, cf_string_copy(((cf_list *)data)->arena, cf__cursor_text(cursor, 0)));
    return true;
}

/* ---- before ---- */

static bool check_ends(const move *m, const cf_bundle *bundle, cf_error *err)
{
    if (strcmp(m->source->engine->name, "sqlite") != 0)
        return cf_fail(err, CF_EINVAL,
                       "the app's database %s is not SQLite: there is nothing to "
                       "promote",
                       m->source->url);
    if (m->target->engine != &cf__engine_postgres)
        return cf_fail(err, CF_EINVAL, "%s is not PostgreSQL: postgresql://user:password@host/name",
                       m->target->url);
    return cf_migrate_check(m->source, bundle, err);
}

static bool check_empty(const move *m, cf_error *err)
{
    cf_list *names = cf_list_new(m->arena);

    if (!run_text(m->target, m->to,
                  "SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = ANY (SELECT oid "
                  "FROM pg_namespace WHERE nspname = ANY (current_schemas(false))) "
                  "AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') ORDER BY 1 LIMIT 5",
                  take_name, names, err))
        return false;
    return !names->len ||
           cf_fail(err, CF_ECONFLICT,
                   "the database %s is not empty (there is \"%.*s\"); nothing was changed",
                   m->target->url, CF_STR_ARG(cf_text(names->items[0])));
}

/* ---- the tables ---- */

/* The migrations' SQL comes with transactions of its own, which give way to ours. */
static bool migrate(move *m, const cf_bundle *bundle, cf_error *err)
{
    const char *text = cf_migrate_sql(m->arena, m->target, bundle, NULL, true, err);
    const char *at = text, *end = text ? text + strlen(text) : NULL;

    if (!text)
        return false;
    for (;;) {
        size_t len;

        at += cf__pg_blank(at, end);
        if (at == end)
            break;
        len = cf__pg_split(cf_str_n(at, (size_t)(end - at)));
        if (len && !cf__sql_control(cf_str_n(at, len), true) &&
            !m->target->engine->script(m->to, cf_str_n(at, len), err))
            return cf_fail_prefix(err, "the migrations");
        at += len + (at + len < end);
    }
    return run_text(m->target, m->to, "SELECT count(*) FROM carafe_version", take_number,
                    &m->done.migrations, err);
}

static bool run_target(const move *m, const char *text, cf_error *err)
{
    return run_text(m->target, m->to, text, NULL, NULL, err);
}

/* Runs the statements of a list in the target. */
static bool run_list(const move *m, const cf_list *texts, cf_error *err)
{
    for (size_t i = 0; i < texts->len; i++)
        if (!run_target(m, cf_str_dup(m->arena, cf_text(texts->items[i])), err))
            return false;
    return true;
}

/* The foreign keys that cannot wait, each as `change` of its table and name. */
static bool strict_keys(const move *m, const char *change, cf_list *out, cf_error *err)
{
    return run_text(m->target, m->to,
                    cf_printf(m->arena,
                              "SELECT format('ALTER TABLE %%s ALTER CONSTRAINT %%I %s', "
                              "conrelid::regclass, conname) FROM pg_constraint WHERE contype = 'f' "
                              "AND conparentid = 0 AND NOT condeferrable AND connamespace = ANY "
                              "(SELECT oid FROM pg_namespace WHERE nspname = ANY "
                              "(current_schemas(false))) ORDER BY oid",
                              change),
                    take_name, out, err);
}

/* Foreign keys wait for the end, so that the order of tables and rows does not matter. */
static bool defer_keys(move *m, cf_error *err)
{
    cf_list *texts = cf_list_new(m->arena);

    m->altered = cf_list_new(m->arena);
    return strict_keys(m, "DEFERRABLE", texts, err) &&
           strict_keys(m, "NOT DEFERRABLE", m->altered, err) && run_list(m, texts, err) &&
           run_target(m, "SET CONSTRAINTS ALL DEFERRED", err);
}

/* Checks the foreign keys, and makes them what the migrations say. */
static bool check_keys(const move *m, cf_error *err)
{
    return run_target(m, "SET CONSTRAINTS ALL IMMEDIATE", err) && run_list(m, m->altered, err);
}

/* ---- rows ---- */

/* COPY's text format. */
static void write_field(cf_buf *out, const cf__datum *datum, cf_str text)
{
    if (datum->cell == CF__CELL_NULL) {
        cf_buf_puts(out, "\\N");
        return;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (c == '\\' || c == '\n' || c == '\r' || c == '\t') {
            cf_buf_putc(out, '\\');
            c = c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : c;
        }
        cf_buf_putc(out, c);
    }
}

static bool send_piece(side *s, cf_error *err)
{
    if (s->out.len && PQputCopyData(s->pg, s->out.ptr, (int)s->out.len) != 1)
        return cf__pg_lost(s->pg, err);
    cf_buf_clear(&s->out);
    return true;
}

static bool take_row(void *data, const cf__cursor *cursor, cf_error *err)
{
    side    *s = data;
    uint64_t sum = 0;

    for (size_t i = 0; i < s->columns; i++) {
        cf_buf    text = cf_buf_in(s->scratch, 0);
        cf__datum datum;

        cursor->ops->read(cursor, (int)i, &datum);
        cf__moved_text(&text, s->kinds[i], &datum);
        if (!cf_buf_ok(&text, err))
            return false;
        sum = sum * 31 + cf__moved_hash(s->scratch, s->kinds[i], i, &datum, cf_buf_view(&text));
        if (!s->pg)
            continue;
        if (i)
            cf_buf_putc(&s->out, '\t');
        write_field(&s->out, &datum, cf_buf_view(&text));
    }
    cf_arena_reset(s->scratch);
    s->rows++;
    s->sum += sum;
    if (!s->pg)
        return true;
    cf_buf_putc(&s->out, '\n');
    return s->out.len < PIECE || send_piece(s, err);
}

/* "id", "title", … */
static const char *column_list(cf_arena *arena, const cf__live_column *columns, size_t count)
{
    cf_buf out = cf_buf_in(arena, 0);

    for (size_t i = 0; i < count; i++) {
        if (i)
            cf_buf_puts(&out, ", ");
        cf__quote(&out, columns[i].name);
    }
    return cf_buf_cstr(&out);
}

static const char *quoted(cf_arena *arena, const char *name)
{
    cf_buf out = cf_buf_in(arena, 0);

    cf__quote(&out, name);
    return cf_buf_cstr(&out);
}

/* The end of a COPY: what the server says of it. */
static bool copied(const move *m, PGconn *pg, const char *table, cf_error *err)
{
    PGresult *result = PQgetResult(pg), *more;
    bool      ok = PQresultStatus(result) == PGRES_COMMAND_OK;

    if (!ok) {
        const char *where = PQresultErrorField(result, PG_DIAG_CONTEXT);

        if (PQresultErrorField(result, PG_DIAG_SQLSTATE))
            cf__pg_fail(m->target->state, result, (cf_str){ 0 }, NULL, err);
        else
            cf__pg_lost(pg, err);
        cf_fail_prefix(err, "%s", where && *where ? where : table);
    }
    PQclear(result);
    while ((more = PQgetResult(pg)) != NULL)
        PQclear(more);
    return ok;
}

/* Copying speaks a protocol of its own, outside of the pipeline. */
static bool copy(const move *m, side *s, const char *select, const char *into, cf_error *err)
{
    cf__pg_conn *conn = (cf__pg_conn *)m->to;
    PGresult    *result;
    bool         ok;

    if (!PQexitPipelineMode(conn->pg) || PQsetnonblocking(conn->pg, 0) != 0)
        return cf__pg_lost(conn->pg, err);
    result = PQexec(conn->pg, into);
    ok = PQresultStatus(result) == PGRES_COPY_IN;
    if (!ok && PQresultErrorField(result, PG_DIAG_SQLSTATE))
        cf__pg_fail(m->target->state, result, (cf_str){ 0 }, NULL, err);
    else if (!ok)
        cf__pg_lost(conn->pg, err);
    PQclear(result);
    s->pg = conn->pg;
    if (ok) {
        ok = run_text(m->source, m->from, select, take_row, s, err) && send_piece(s, err);
        if (PQputCopyEnd(conn->pg, ok ? NULL : "given up") != 1 && ok)
            ok = cf__pg_lost(conn->pg, err);
        ok = copied(m, conn->pg, s->table, ok ? err : NULL) && ok;
    }
    s->pg = NULL;
    cf_buf_free(&s->out);
    return (PQsetnonblocking(conn->pg, 1) == 0 && PQenterPipelineMode(conn->pg)) || !ok
               ? ok
               : cf__pg_lost(conn->pg, err);
}

static bool find_columns(const move *m, const char *table, cf__live_column **out, size_t *count,
                         cf__moved *kinds, cf_error *err)
{
    cf__live_column *there;
    size_t           nthere;

    if (!m->source->engine->columns(m->arena, m->from, table, out, count, err) ||
        !m->target->engine->columns(m->arena, m->to, table, &there, &nthere, err))
        return false;
    if (!nthere)
        return cf_fail(err, CF_ECONFLICT,
                       "the table %s is in no migration: write one, or drop the table", table);
    if (*count > CF_MAX_COLUMNS)
        return cf_fail(err, CF_ELIMIT, "the table %s has more than %d columns", table,
                       CF_MAX_COLUMNS);
    for (size_t i = 0; i < *count; i++) {
        size_t j = 0;

        while (j < nthere && strcmp(there[j].name, (*out)[i].name) != 0)
            j++;
        if (j == nthere)
            return cf_fail(err, CF_ECONFLICT, "the column %s.%s is in no migration", table,
                           (*out)[i].name);
        kinds[i] = cf__moved_of_type(there[j].type);
    }
    return true;
}

static bool same(const side *a, const side *b, cf_error *err)
{
    if (a->rows != b->rows)
        return cf_fail(err, CF_ECONFLICT, "%s: %lld rows were sent, but %lld arrived", a->table,
                       (long long)a->rows, (long long)b->rows);
    return a->sum == b->sum ||
           cf_fail(err, CF_ECONFLICT,
                   "%s: what arrived differs from what was sent (checksums %016llx and %016llx)",
                   a->table, (unsigned long long)a->sum, (unsigned long long)b->sum);
}

/* Next keys come after all that were copied. */
static bool set_sequences(const move *m, const char *table, cf_error *err)
{
    const char *name = quoted(m->arena, table);
    cf_buf      literal = cf_buf_in(m->arena, 0);
    cf_list    *texts = cf_list_new(m->arena);

    for (const char *p = name; *p; p++)
        cf_buf_printf(&literal, *p == '\'' ? "''" : "%c", *p);
    if (!run_text(
            m->target, m->to,
            cf_printf(m->arena,
                      "SELECT format('SELECT setval(%%L, GREATEST((SELECT max(%%I) FROM %%s), "
                      "1), (SELECT count(*) > 0 FROM %%s))', pg_get_serial_sequence('%s', "
                      "attname), attname, attrelid::regclass, attrelid::regclass) "
                      "FROM pg_attribute WHERE attrelid = '%s'::regclass AND attnum > 0 AND "
                      "NOT attisdropped AND pg_get_serial_sequence('%s', attname) IS NOT NULL",
                      cf_buf_cstr(&literal), cf_buf_cstr(&literal), cf_buf_cstr(&literal)),
            take_name, texts, err))
        return false;
    return run_list(m, texts, err);
}

static bool find_table(const move *m, const char *name, moved_table *out, cf_error *err)
{
    cf__live_column *columns;

    *out = (moved_table){ .name = name, .quoted = quoted(m->arena, name) };
    out->kinds = cf_new_array(m->arena, cf__moved, CF_MAX_COLUMNS);
    if (!find_columns(m, name, &columns, &out->count, out->kinds, err))
        return false;
    out->columns = column_list(m->arena, columns, out->count);
    out->select = cf_printf(m->arena, "SELECT %s FROM %s", out->columns, out->quoted);
    return true;
}

/* Migrations may have put rows in, which the source has as well, or had deleted. All tables at
 * once, before any row comes: what a foreign key does on a deletion would reach rows that came. */
static bool empty_tables(const move *m, const moved_table *tables, size_t count, cf_error *err)
{
    cf_buf text = cf_buf_in(m->arena, 0);

    if (!count)
        return true;
    for (size_t i = 0; i < count; i++)
        cf_buf_printf(&text, "%s%s", i ? ", " : "TRUNCATE ", tables[i].quoted);
    return run_target(m, "SET CONSTRAINTS ALL IMMEDIATE", err) &&
           run_target(m, cf_buf_cstr(&text), err);
}

static bool copy_table(move *m, const moved_table *table, cf_error *err)
{
    side sent = { .table = table->name,
                  .kinds = table->kinds,
                  .columns = table->count,
                  .scratch = cf_arena_new() };
    bool ok = copy(m, &sent, table->select,
                   cf_printf(m->arena, "COPY %s (%s) FROM STDIN", table->quoted, table->columns),
                   err);

    cf_arena_free(sent.scratch);
    if (ok) {
        m->done.tables[m->done.count++] = (cf_promoted){ table->name, sent.rows, sent.sum };
        m->done.rows += sent.rows;
    }
    return ok;
}

/* Reads back what arrived, when all of it has. */
static bool check_table(const move *m, const moved_table *table, const cf_promoted *done,
                        cf_error *err)
{
    side        sent = { .table = table->name, .rows = done->rows, .sum = done->checksum };
    side        got = { .table = table->name,
                        .kinds = table->kinds,
                        .columns = table->count,
                        .scratch = cf_arena_new() };
    cf__sql     sql = cf__sql_of(cf_str_of(table->select));
    cf__outcome out;
    bool        ok;

    sql.source = CF__SQL_RAW; /* Row by row. */
    ok = m->target->engine->run(m->to, &sql, NULL, 0, take_row, &got, &out, err) &&
         same(&sent, &got, err);
    cf_arena_free(got.scratch);
    return ok && set_sequences(m, table->name, err);
}

static bool move_all(move *m, cf_error *err)
{
    cf_list     *names = cf_list_new(m->arena);
    moved_table *tables;
    bool         ok = true;

    if (!run_text(
            m->source, m->from,
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' "
            "ESCAPE '!' AND name <> 'carafe_version' ORDER BY name",
            take_name, names, err))
        return false;
    m->done.tables = cf_new_array(m->arena, cf_promoted, names->len + 1);
    tables = cf_new_array(m->arena, moved_table, names->len + 1);
    for (size_t i = 0; ok && i < names->len; i++)
        ok = find_table(m, cf_str_dup(m->arena, cf_text(names->items[i])), &tables[i], err);
    ok = ok && empty_tables(m, tables, names->len, err) && defer_keys(m, err);
    for (size_t i = 0; ok && i < names->len; i++)
        ok = copy_table(m, &tables[i], err);
    ok = ok && check_keys(m, err);
    for (size_t i = 0; ok && i < names->len; i++)
        ok = check_table(m, &tables[i], &m->done.tables[i], err);
    return ok;
}

static bool promote(move *m, const cf_bundle *bundle, cf_error *err)
{
    const cf__engine *to = m->target->engine;
    bool              ok;

    m->from = cf__schema_begin(m->source, err);
    if (!m->from)
        return false;
    m->to = cf__schema_begin(m->target, err);
    ok = m->to && check_empty(m, err) && migrate(m, bundle, err) && move_all(m, err) &&
         to->commit(m->to, err);
    if (m->to && !ok)
        to->rollback(m->to);
    m->source->engine->rollback(m->from);
    return ok;
}

bool cf_promote(cf_arena *arena, cf_database *source, const char *url, const cf_bundle *bundle,
                cf_promotion *out, cf_error *err)
{
    move     m = { .arena = arena, .source = source };
    cf_error own = { 0 };

    err = err ? err : &own;
    m.target = cf_database_open(arena, url, NULL, err);
    if (!m.target || !check_ends(&m, bundle, err) || !promote(&m, bundle, err))
        return false;
    if (out)
        *out = m.done;
    return true;
}
