/* database.c -- `db upgrade|downgrade|current|history|heads|stamp|check`. */
#include "cli/database.h"

#include <stdio.h>
#include <string.h>

/* ---- what the commands share ---- */

const cf_bundle *cf__db_files(cf_app *app, cf_arena *arena, cf_error *err)
{
    const cf_bundle *bundle = cf_app_assets(app);

    return cf_app_is_development(app) ? cf_migrations_source(arena, bundle, err) : bundle;
}

bool cf__db_begin(cf_request *req, int argc, char **argv, db_command *out, cf_error *err)
{
    cf_error none = { 0 };

    *out = (db_command){ .app = cf_request_app(req),
                         .arena = cf_request_arena(req),
                         .term = cf__term(),
                         .argc = argc,
                         .argv = argv };
    *err = none;
    out->database = cf_app_database(out->app, err);
    if (!out->database)
        return false;
    out->files = cf__db_files(out->app, out->arena, err);
    return out->files || !err->code;
}

bool cf__db_flag(const db_command *c, const char *name)
{
    for (int i = 1; i < c->argc; i++)
        if (strcmp(c->argv[i], name) == 0)
            return true;
    return false;
}

const char *cf__db_option(const db_command *c, const char *name)
{
    return cf__option(c->argc, c->argv, name);
}

const char *const *cf__db_options(const db_command *c, const char *name)
{
    const char **out = cf_new_array(c->arena, const char *, (size_t)c->argc + 1);
    size_t       count = 0;

    for (int i = 1; i + 1 < c->argc; i++)
        if (strcmp(c->argv[i], name) == 0)
            out[count++] = c->argv[++i];
    return out;
}

const char *cf__db_argument(const db_command *c, int wanted, const char *const *valued)
{
    for (int i = 1; i < c->argc; i++) {
        const char *word = c->argv[i];
        bool        takes = false;

        for (size_t k = 0; valued && valued[k]; k++)
            takes = takes || strcmp(valued[k], word) == 0;
        if (takes)
            i++;
        /* "-2" is a revision: two back. */
        else if ((word[0] != '-' || (word[1] >= '0' && word[1] <= '9')) && wanted-- == 0)
            return word;
    }
    return NULL;
}

void cf__db_say(const db_command *c, tint colour, const char *format, ...)
{
    cf_buf  out = cf_buf_in(c->arena, 0);
    va_list args;

    va_start(args, format);
    cf__tinted(&out, &c->term, colour, "%s", cf_vprintf(c->arena, format, args));
    va_end(args);
    fputs(cf_buf_cstr(&out), stdout);
}

void cf__db_line(const db_command *c, const char *word, const char *format, ...)
{
    va_list args;

    cf__db_say(c, TINT_BOLD, "%-9s", word);
    va_start(args, format);
    puts(cf_vprintf(c->arena, format, args));
    va_end(args);
}

static tint tint_of(const cf_schema_change *change)
{
    if (change->destructive)
        return TINT_RED;
    return change->sign == '+' ? TINT_GREEN : change->sign == '-' ? TINT_RED : TINT_YELLOW;
}

void cf__db_changes(const db_command *c, const cf_difference *difference)
{
    for (size_t i = 0; i < difference->count; i++) {
        const cf_schema_change *change = &difference->changes[i];

        cf__db_say(c, tint_of(change), "  %c %s", change->sign, change->text);
        if (change->destructive)
            cf__db_say(c, TINT_BOLD, "  (destructive)");
        putchar('\n');
    }
    if (difference->nnotes)
        cf__db_say(c, TINT_BOLD, "\nLeft alone, as models cannot say it\n");
    for (size_t i = 0; i < difference->nnotes; i++)
        cf__db_say(c, TINT_DIM, "    %s\n", difference->notes[i]);
}

/* ---- upgrade and downgrade ---- */

bool cf__upgrade(cf_app *app, const char *target, size_t *done, cf_error *err)
{
    cf_database     *database = cf_app_database(app, err);
    cf_arena        *arena = cf_arena_new();
    cf_error         own = { 0 };
    const cf_bundle *files;
    bool             ok;

    *done = 0;
    files = database ? cf__db_files(app, arena, &own) : NULL;
    if (own.code && err)
        *err = own;
    ok = database && !own.code && cf_migrate_upgrade(database, files, target, done, err);
    if (*done)
        printf("Database    %zu migration%s applied to %s\n", *done, *done == 1 ? "" : "s",
               cf_database_url(database));
    cf_arena_free(arena);
    return ok;
}

/* --sql: what would run. */
static int print_sql(const db_command *c, const char *target, bool up)
{
    cf_error    err = { 0 };
    const char *sql = cf_migrate_sql(c->arena, c->database, c->files, target, up, &err);

    if (!sql)
        return cf__complain(&err, NULL);
    printf("-- %s: %s\n", cf_database_url(c->database),
           *sql ? "this would run" : "there is nothing to do");
    fputs(sql, stdout);
    return 0;
}

int cf__command_db_upgrade(cf_request *req, int argc, char **argv)
{
    cf_error   err;
    db_command c;
    size_t     done;

    if (!cf__db_begin(req, argc, argv, &c, &err))
        return cf__complain(&err, NULL);
    if (cf__db_flag(&c, "--sql"))
        return print_sql(&c, cf__db_argument(&c, 0, NULL), true);
    if (!cf__upgrade(c.app, cf__db_argument(&c, 0, NULL), &done, &err))
        return cf__complain(&err, NULL);
    if (!done)
        puts("The database is up to date.");
    return 0;
}

int cf__command_db_downgrade(cf_request *req, int argc, char **argv)
{
    cf_error    err;
    db_command  c;
    const char *now;
    size_t      done = 0;

    if (!cf__db_begin(req, argc, argv, &c, &err))
        return cf__complain(&err, NULL);
    if (cf__db_flag(&c, "--sql"))
        return print_sql(&c, cf__db_argument(&c, 0, NULL), false);
    if (!cf_migrate_downgrade(c.database, c.files, cf__db_argument(&c, 0, NULL), &done, &err))
        return cf__complain(&err, NULL);
    now = cf_migrate_current(c.arena, c.database, &err);
    printf("%zu migration%s undone.\n", done, done == 1 ? "" : "s");
    cf__db_line(&c, "Now at", "%s", now ? now : "no migration at all");
    return 0;
}

/* ---- where it is ---- */

/* Whether an item is applied and none that follows it is. */
static bool is_current(const cf_migrations *all, size_t i)
{
    if (!all->items[i].applied)
        return false;
    for (size_t k = i + 1; k < all->count; k++)
        for (size_t p = 0; all->items[k].applied && p < all->items[k].nparents; p++)
            if (strcmp(all->items[k].parents[p], all->items[i].revision) == 0)
                return false;
    return true;
}

static size_t pending(const cf_migrations *all)
{
    size_t count = 0;

    for (size_t i = 0; i < all->count; i++)
        count += !all->items[i].applied;
    return count;
}

int cf__command_db_current(cf_request *req, int argc, char **argv)
{
    cf_error      err;
    db_command    c;
    cf_migrations all;
    bool          any = false;

    if (!cf__db_begin(req, argc, argv, &c, &err) ||
        !cf_migrate_history(c.arena, c.database, c.files, &all, &err))
        return cf__complain(&err, NULL);
    for (size_t i = 0; i < all.count; i++)
        if (is_current(&all, i)) {
            any = true;
            printf("%s%s\n", all.items[i].revision, all.items[i].head ? " (head)" : "");
        }
    if (!any)
        puts("No migration is applied yet; `db upgrade` applies them.");
    else if (pending(&all))
        cf__db_say(&c, TINT_DIM, "%zu migration%s not applied; `db upgrade` applies %s.\n",
                   pending(&all), pending(&all) == 1 ? " is" : "s are",
                   pending(&all) == 1 ? "it" : "them");
    return 0;
}

static void print_details(const db_command *c, const cf_migration *m)
{
    if (*m->message)
        printf("            %s\n", m->message);
    for (size_t p = 0; p < m->nparents; p++)
        cf__db_say(c, TINT_DIM, "            after %s\n", m->parents[p]);
    if (m->applied_at)
        cf__db_say(c, TINT_DIM, "            applied at %s\n", m->applied_at);
    cf__db_say(c, TINT_DIM, "            %s\n", m->path);
}

static void print_one(const db_command *c, const cf_migration *m, bool current)
{
    cf__db_say(c, m->applied ? TINT_GREEN : TINT_YELLOW, "%-9s ",
               m->applied ? "applied" : "missing");
    cf__db_say(c, current ? TINT_BOLD : TINT_NONE, "%s", m->revision);
    printf("%s%s%s%s\n", m->head ? " (head)" : "", m->joins ? "  (joins branches)" : "",
           m->changed ? "  (the file has changed since)" : "",
           m->reversible ? "" : "  (cannot be undone)");
}

int cf__command_db_history(cf_request *req, int argc, char **argv)
{
    cf_error      err;
    db_command    c;
    cf_migrations all;

    if (!cf__db_begin(req, argc, argv, &c, &err) ||
        !cf_migrate_history(c.arena, c.database, c.files, &all, &err))
        return cf__complain(&err, NULL);
    for (size_t i = 0; i < all.count; i++) {
        print_one(&c, &all.items[i], is_current(&all, i));
        if (cf__db_flag(&c, "--verbose"))
            print_details(&c, &all.items[i]);
    }
    if (!all.count)
        puts("There are no migrations; `db migrate -m \"…\"` writes the first.");
    return 0;
}

int cf__command_db_heads(cf_request *req, int argc, char **argv)
{
    cf_error      err;
    db_command    c;
    cf_migrations all;
    size_t        heads = 0;

    if (!cf__db_begin(req, argc, argv, &c, &err) ||
        !cf_migrate_history(c.arena, c.database, c.files, &all, &err))
        return cf__complain(&err, NULL);
    for (size_t i = 0; i < all.count; i++)
        if (all.items[i].head) {
            heads++;
            print_one(&c, &all.items[i], false);
        }
    if (heads > 1)
        cf__db_line(&c, "Next", "%s db merge -m \"…\" writes a migration that joins them",
                    cf_app_name(c.app));
    return 0;
}

/* ---- stamp and check ---- */

int cf__command_db_stamp(cf_request *req, int argc, char **argv)
{
    cf_error    err;
    db_command  c;
    size_t      done = 0;
    const char *now;

    if (!cf__db_begin(req, argc, argv, &c, &err) ||
        !cf_migrate_stamp(c.database, c.files, cf__db_argument(&c, 0, NULL),
                          cf__db_flag(&c, "--purge"), &done, &err))
        return cf__complain(&err, NULL);
    now = cf_migrate_current(c.arena, c.database, &err);
    printf("%zu note%s changed; no SQL of a migration was run.\n", done, done == 1 ? "" : "s");
    cf__db_line(&c, "Now at", "%s", now ? now : "no migration at all");
    return 0;
}

int cf__command_db_check(cf_request *req, int argc, char **argv)
{
    cf_error           err;
    db_command         c;
    cf_difference      difference;
    cf_compare_options options = { 0 };

    if (!cf__db_begin(req, argc, argv, &c, &err) || !cf_migrate_check(c.database, c.files, &err))
        return cf__complain(&err, NULL);
    options.bundle = c.files;
    if (!cf_migrate_compare(c.arena, c.database, &options, &difference, &err))
        return cf__complain(&err, NULL);
    if (!difference.count)
        puts("Every migration is applied, and the models fit the tables.");
    else
        printf("The models and the tables of %s differ in %zu place%s.\n\n",
               cf_database_url(c.database), difference.count, difference.count == 1 ? "" : "s");
    cf__db_changes(&c, &difference);
    if (!difference.count)
        return 0;
    puts("\n'+' is what the models have, '-' what the tables have.");
    cf__db_line(&c, "Next", "%s db migrate -m \"…\" writes a migration that makes it so",
                cf_app_name(c.app));
    return 1;
}
