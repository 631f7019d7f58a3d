/* database.c -- `db upgrade|downgrade|current|history|check`. */
#include "cli/cli_internal.h"

#include <stdio.h>

bool cf__upgrade(cf_app *app, const char *target, size_t *done, cf_error *err)
{
    cf_database *database = cf_app_database(app, err);

    *done = 0;
    if (!database || !cf_migrate_upgrade(database, cf_app_assets(app), target, done, err))
        return false;
    if (*done)
        printf("Database    %zu migration%s applied to %s\n", *done, *done == 1 ? "" : "s",
               cf_database_url(database));
    return true;
}

int cf__command_db_upgrade(cf_request *req, int argc, char **argv)
{
    cf_error err = { 0 };
    size_t   done;

    if (!cf__upgrade(cf_request_app(req), argc > 1 ? argv[1] : NULL, &done, &err))
        return cf__complain(&err, NULL);
    if (!done)
        puts("The database is up to date.");
    return 0;
}

int cf__command_db_downgrade(cf_request *req, int argc, char **argv)
{
    cf_app      *app = cf_request_app(req);
    cf_error     err = { 0 };
    cf_database *database = cf_app_database(app, &err);
    size_t       done = 0;

    if (!database ||
        !cf_migrate_downgrade(database, cf_app_assets(app), argc > 1 ? argv[1] : NULL, &done, &err))
        return cf__complain(&err, NULL);
    printf("%zu migration%s undone.\n", done, done == 1 ? "" : "s");
    return 0;
}

int cf__command_db_current(cf_request *req, int argc, char **argv)
{
    cf_error     err = { 0 };
    cf_database *database = cf_app_database(cf_request_app(req), &err);
    const char  *revision = NULL;

    (void)argc;
    (void)argv;
    if (database)
        revision = cf_migrate_current(cf_request_arena(req), database, &err);
    if (err.code)
        return cf__complain(&err, NULL);
    if (revision)
        puts(revision);
    else
        puts("No migration is applied yet; `db upgrade` applies them.");
    return 0;
}

int cf__command_db_history(cf_request *req, int argc, char **argv)
{
    cf_app       *app = cf_request_app(req);
    cf_error      err = { 0 };
    cf_database  *database = cf_app_database(app, &err);
    cf_migrations all;

    (void)argc;
    (void)argv;
    if (!database ||
        !cf_migrate_history(cf_request_arena(req), database, cf_app_assets(app), &all, &err))
        return cf__complain(&err, NULL);
    for (size_t i = 0; i < all.count; i++)
        printf("%-9s %s%s%s\n", all.items[i].applied ? "applied" : "missing", all.items[i].revision,
               all.items[i].changed ? "  (the file has changed since)" : "",
               all.items[i].reversible ? "" : "  (cannot be undone)");
    return 0;
}

int cf__command_db_check(cf_request *req, int argc, char **argv)
{
    cf_app      *app = cf_request_app(req);
    cf_error     err = { 0 };
    cf_database *database = cf_app_database(app, &err);

    (void)argc;
    (void)argv;
    if (!database || !cf_migrate_check(database, cf_app_assets(app), &err) ||
        !cf_schema_check(database, &err))
        return cf__complain(&err, NULL);
    puts("Every migration is applied, and the models fit the tables.");
    return 0;
}
