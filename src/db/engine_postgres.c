/* engine_postgres.c -- PostgreSQL: where it is, how it spells things, what it can do.
 *
 * Reads go over whatever connection is free, each on its own; a transaction has a connection to
 * itself, and begins on the server with its first statement. */
#include <stdlib.h>

#include "db/postgres.h"
#include "db/schema.h"

static void close_state(void *data)
{
    cf__pg_rules_free(data);
}

static bool postgres_open(cf_database *database, cf_str rest, cf_error *err)
{
    cf__pg_state *state = cf_new(database->arena, cf__pg_state);
    const char   *url = cf_printf(database->arena, "postgresql:%.*s", CF_STR_ARG(rest));

    database->state = state;
    state->database = database;
    state->front.database = database;
    if (!cf__pg_url_parse(database->arena, cf_str_of(url), &state->url, err))
        return false;
    cf__pg_check_fork(state);
    cf_arena_defer(database->arena, close_state, state);
    return true;
}

static void postgres_disconnect(cf_database *database)
{
    cf__pg_check_fork(database->state);
    cf__pg_close_idle(database->state);
    cf__pg_batch_end(database->state);
}

static cf__conn *postgres_read(cf_database *database, cf_db *session, cf_error *err)
{
    cf__pg_state *state = database->state;

    (void)session;
    (void)err;
    return &state->front;
}

static void postgres_read_end(cf_database *database, cf_db *session)
{
    (void)database;
    (void)session;
}

static bool postgres_is_read_only(cf_database *database, const cf__sql *sql, bool *out,
                                  cf_error *err)
{
    const cf__pg_state *state = database->state;

    (void)err;
    *out = cf__pg_looks_read_only(sql->text) &&
           state->writes[sql->hash % CF__PG_WRITES] != sql->hash;
    return true;
}

bool cf_database_environment(const cf_database *database, cf_error *err)
{
    static const char *const names[][2] = {
        { "host", "PGHOST" },
        { "hostaddr", "PGHOSTADDR" },
        { "port", "PGPORT" },
        { "dbname", "PGDATABASE" },
        { "user", "PGUSER" },
        { "password", "PGPASSWORD" },
        { "passfile", "PGPASSFILE" },
        { "service", "PGSERVICE" },
        { "options", "PGOPTIONS" },
        { "sslmode", "PGSSLMODE" },
        { "sslcert", "PGSSLCERT" },
        { "sslkey", "PGSSLKEY" },
        { "sslrootcert", "PGSSLROOTCERT" },
        { "target_session_attrs", "PGTARGETSESSIONATTRS" },
        { "client_encoding", "PGCLIENTENCODING" },
    };
    const cf__pg_state *state = database->state;

    if (database->engine != &cf__engine_postgres)
        return cf_fail(err, CF_EUNSUPPORTED, "the database %s is not PostgreSQL", database->url);
    for (size_t i = 0; state->url.keys[i]; i++)
        for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++)
            if (strcmp(state->url.keys[i], names[j][0]) == 0 &&
                setenv(names[j][1], state->url.values[i], 1) != 0)
                return cf_fail(err, CF_ELIMIT, "the environment takes no more");
    return true;
}

const cf__dialect cf__dialect_postgres = {
    .name = "postgresql",
    .returning = true,
    .nulls_high = true,
    .limit_all = "ALL",
    .like_before = "",
    .ilike_before = "",
    .like_after = " LIKE ?",
    .ilike_after = " ILIKE ?",
};

const cf__engine cf__engine_postgres = {
    .name = "postgresql",
    .dialect = &cf__dialect_postgres,
    .open = postgres_open,
    .disconnect = postgres_disconnect,
    .read = postgres_read,
    .read_end = postgres_read_end,
    .begin = cf__pg_begin,
    .commit = cf__pg_commit,
    .rollback = cf__pg_rollback,
    .run = cf__pg_run,
    .run_many = cf__pg_run_many,
    .script = cf__pg_script,
    .is_read_only = postgres_is_read_only,
    .key_taken = cf__pg_key_taken,
    .columns = cf__pg_columns,
    .schema = cf__postgres_schema,
};
