/* run.c -- `run`: database up to date, the app's own setup, then serve. */
#include "cli/database.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What people open in a browser. */
static void print_address(cf_app *app, const char *host, int port)
{
    bool ipv6 = strchr(host, ':') != NULL;
    bool any = strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
    char url[300];

    if (strncmp(host, "unix:", 5) == 0) {
        printf("Serving on %s\n", host);
        fflush(stdout);
        return;
    }
    snprintf(url, sizeof url, "http://%s%s%s:%d", ipv6 && !any ? "[" : "", any ? "127.0.0.1" : host,
             ipv6 && !any ? "]" : "", port);
    printf("Serving on  %s%s\n", url, any ? "  (and every other address of this machine)" : "");
    if (cf_app_is_development(app) && cf_app_uses(app, "notify"))
        printf("Mails       %s/_dev/inbox\n", url);
    if (cf_app_uses(app, "auth"))
        printf("Sign in     %s/login\n", url);
    printf("Stop        Ctrl-C\n");
    fflush(stdout);
}

static void listening(void *data, const char *host, int port)
{
    print_address(data, host, port);
}

static bool number_option(int argc, char **argv, const char *name, int64_t min, int64_t max,
                          int *out)
{
    const char *text = cf__option(argc, argv, name);
    int64_t     n;

    if (!text)
        return true;
    if (!cf_str_to_i64(cf_str_of(text), &n) || n < min || n > max) {
        fprintf(stderr, "error: %s must be a number from %lld to %lld, not \"%s\"\n", name,
                (long long)min, (long long)max, text);
        return false;
    }
    *out = (int)n;
    return true;
}

static bool flag(int argc, char **argv, const char *name)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return true;
    return false;
}

/* In development: the models may have gone on without the tables. */
static void note_differences(cf_app *app)
{
    cf_arena          *arena = cf_arena_new();
    cf_compare_options options = { .bundle = cf__db_files(app, arena, NULL) };
    cf_difference      difference;

    if (cf_app_is_development(app) &&
        cf_migrate_compare(arena, cf_app_database(app, NULL), &options, &difference, NULL) &&
        difference.count)
        printf("Note        models and tables differ in %zu place%s; `db check` says where, "
               "`db migrate` writes a migration\n",
               difference.count, difference.count == 1 ? "" : "s");
    cf_arena_free(arena);
}

/* Migrations, then what the app's first start needs. */
static int prepare(cf_request *req)
{
    cf_app           *app = cf_request_app(req);
    const cf_command *setup = cf__command_find(app, "setup");
    cf_error          err = { 0 };
    size_t            done;
    char              name[] = "setup";
    char             *argv[] = { name, NULL };

    if (cf_app_all_models(app) && cf_app_all_models(app)[0]) {
        if (!cf__upgrade(app, NULL, &done, &err))
            return cf__complain(&err, "the database could not be brought up to date");
        if (!cf_schema_check(cf_app_database(app, &err), &err))
            return cf__complain(&err, NULL);
        note_differences(app);
    }
    return setup ? setup->run(req, 1, argv) : 0;
}

int cf__command_run(cf_request *req, int argc, char **argv)
{
    cf_app           *app = cf_request_app(req);
    cf_server_options options = { .host = cf__option(argc, argv, "--host"),
                                  .listening = listening,
                                  .data = app };
    cf_error          err = { 0 };
    int               status;

    if (!number_option(argc, argv, "--port", 0, 65535, &options.port) ||
        !number_option(argc, argv, "--workers", 1, 1024, &options.workers))
        return 2;
    if (cf__option(argc, argv, "--port") && options.port == 0)
        options.port = -1;
    if (!flag(argc, argv, "--no-setup") && (status = prepare(req)) != 0)
        return status;
    /* The workers open connections of their own. */
    cf_request_finish(req);
    if (cf_app_all_models(app) && cf_app_all_models(app)[0] && cf_app_database(app, &err))
        cf_database_disconnect(cf_app_database(app, &err));
    if (!cf_app_serve(app, &options, &err))
        return cf__complain(&err, NULL);
    return 0;
}
