/* site.c -- the app for one test: a database of its own, an administrator and a member. */
#include "site.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

cf_arena  *arena;
cf_app    *app;
cf_client *anyone, *ada, *boss;

static char folder[] = "/tmp/carafe-starter-XXXXXX";

typedef struct job {
    void (*fn)(cf_request *req, void *data);
    void *data;
} job;

static void run_job(void *arg)
{
    job        *j = arg;
    cf_arena   *own = cf_arena_new();
    cf_request *req = cf_request_detached(app, own);

    j->fn(req, j->data);
    cr_assert(cf_commit(req), "%s", cf_request_error(req)->message);
    cf_request_finish(req);
    cf_arena_free(own);
}

void site_do(void (*fn)(cf_request *req, void *data), void *data)
{
    job      j = { fn, data };
    cf_error err = { 0 };

    cr_assert_not_null(cf_fiber_spawn("test", run_job, &j, &err), "%s", err.message);
    cf_fiber_run();
}

typedef struct command_line {
    const cf_command *command;
    int               argc, status;
    char            **argv;
} command_line;

static void run_command(cf_request *req, void *data)
{
    command_line *line = data;
    line->status = line->command->run(req, line->argc, line->argv);
}

int site_command(const cf_command *command, int argc, char **argv)
{
    command_line line = { command, argc, -1, argv };
    site_do(run_command, &line);
    return line.status;
}

static void upgrade(cf_request *req, void *data)
{
    cf_error     err = { 0 };
    cf_database *database = cf_app_database(app, &err);
    (void)req;
    (void)data;

    cr_assert_not_null(database, "%s", err.message);
    cr_assert(cf_migrate_upgrade(database, &starter_bundle, NULL, NULL, &err), "%s", err.message);
    cr_assert(cf_schema_check(database, &err), "%s", err.message);
}

static void add_member(cf_request *req, void *data)
{
    cf_error    err = { 0 };
    cf_new_user user = { .email = ADA,
                         .password = "analytical engine 1843",
                         .confirmed = true,
                         .roles = (const char *const[]){ "end-user", NULL } };
    (void)data;
    cr_assert_not_null(cf_auth_create_user(req, &user, &err), "%s", err.message);
}

static cf_client *client_of(const char *email)
{
    cf_client *client = cf_client_new(arena, app);

    cf_client_strict_loading(client, true);
    if (email)
        cr_assert(cf_client_act_as(client, cf_string(email)), "cannot act as %s", email);
    return client;
}

/* ---- on PostgreSQL a schema stands for the file ---- */

static const char *server(void)
{
    const char *url = getenv("CARAFE_TEST_DATABASE");

    return url && *url ? url : NULL;
}

static void on_server(const char *sql)
{
    cf_arena    *own = cf_arena_new();
    cf_error     err = { 0 };
    cf_database *database = cf_database_open(own, server(), NULL, &err);
    cf_db       *db = database ? cf_db_new(own, database) : NULL;

    cr_assert(db && cf_db_execute(db, sql, NULL, 0, NULL, &err) && cf_db_commit(db, &err), "%s",
              err.message);
    cf_arena_free(own);
}

static const char *schema(void)
{
    return cf_printf(arena, "site_%llx", (unsigned long long)cf_str_hash(cf_str_of(folder)));
}

static const char *database_url(void)
{
    if (!server())
        return cf_printf(arena, "sqlite:///%s/app.db", folder);
    on_server(cf_printf(arena, "CREATE SCHEMA %s", schema()));
    return cf_printf(arena, "%s?options=-csearch_path%%3D%s", server(), schema());
}

void site_begin(void)
{
    char           name[] = "setup", *argv[] = { name, NULL };
    cf_error       err = { 0 };
    const char    *settings[8] = { ("STARTING_ADMINS=" BOSS),
                                   "STARTING_ADMIN_PASS=correct horse battery",
                                   "ADMIN_EMAIL=owner@example.com" };
    cf_app_options options = { .testing = true, .env_file = "", .settings = settings };

    cf_password_cost(1, 8192);
    arena = cf_arena_new();
    cr_assert_not_null(mkdtemp(folder));
    settings[3] = cf_printf(arena, "DATABASE_URL=%s", database_url());
    settings[4] = cf_printf(arena, "INSTANCE_PATH=%s", folder);
    settings[5] = cf_printf(arena, "UPLOAD_FOLDER=%s/uploads", folder);
    app = cf_app_new(create_app, &options, &err);
    cr_assert_not_null(app, "%s", err.message);
    site_do(upgrade, NULL);
    cr_assert_eq(site_command(&setup_command, 1, argv), 0);
    site_do(add_member, NULL);
    anyone = client_of(NULL);
    ada = client_of(ADA);
    boss = client_of(BOSS);
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info, (void)kind, (void)place;
    return remove(path);
}

void site_end(void)
{
    cf_app_free(app);
    if (server())
        on_server(cf_printf(arena, "DROP SCHEMA %s CASCADE", schema()));
    cf_arena_free(arena);
    nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

typedef struct question {
    const char *sql;
    cf_value    param, answer;
    size_t      params;
} question;

static void ask(cf_request *req, void *data)
{
    question *q = data;
    cf_result result;
    cf_error  err = { 0 };

    cr_assert(cf_db_execute(cf_request_db(req), q->sql, &q->param, q->params, &result, &err), "%s",
              err.message);
    q->answer = cf_none();
    if (result.rows->len)
        q->answer = result.rows->items[0].as.map->entries[0].value;
    if (cf_is(q->answer, CF_TYPE_STRING))
        q->answer = cf_string_copy(arena, cf_text(q->answer));
}

int64_t site_count(const char *table)
{
    question q = { .sql = cf_printf(arena, "SELECT count(*) FROM \"%s\"", table) };
    site_do(ask, &q);
    return q.answer.as.integer;
}

static cf_value lookup(const char *table, const char *field, const char *column, const char *value)
{
    question q = { .sql = cf_printf(arena, "SELECT %s FROM \"%s\" WHERE %s = ? ORDER BY id DESC",
                                    field, table, column),
                   .param = cf_string(value),
                   .params = 1 };
    site_do(ask, &q);
    return q.answer;
}

int64_t site_id(const char *table, const char *column, const char *value)
{
    cf_value id = lookup(table, "id", column, value);
    return cf_is(id, CF_TYPE_INT) ? id.as.integer : 0;
}

const char *site_text(const char *table, const char *field, const char *column, const char *value)
{
    return cf_cstr(arena, lookup(table, field, column, value), NULL);
}

const char *site_write(const char *title, const char *body, const char *status)
{
    cf_answer *a = cf_client_post(boss, "/blog/new", "title", title, "body", body, "status",
                                  status);
    cr_assert_eq(a->status, 302, "%d: %s", a->status, a->body);
    return a->location;
}
