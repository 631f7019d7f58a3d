/* migrate.c -- `db migrate` and `db merge`: new migrations written. */
#include "cli/database.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Longest name made of a message. */
#define MAX_SLUG 48

static const char *message_of(const db_command *c)
{
    const char *message = cf__db_option(c, "-m");

    return message ? message : cf__db_option(c, "--message");
}

/* "Add a phone number!" → "add_a_phone_number" */
static const char *slug(cf_arena *arena, const char *message)
{
    cf_buf out = cf_buf_in(arena, 0);

    for (const char *p = message; *p && out.len < MAX_SLUG; p++) {
        char c = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);

        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            cf_buf_putc(&out, c);
        else if (out.len && out.ptr[out.len - 1] != '_')
            cf_buf_putc(&out, '_');
    }
    while (out.len && out.ptr[out.len - 1] == '_')
        out.len--;
    return out.len ? cf_buf_cstr(&out) : "change";
}

/* The heads, ended by NULL; and the number after the last. */
static const char *const *heads_of(const db_command *c, const cf_migrations *all, size_t *count,
                                   int64_t *next)
{
    const char **heads = cf_new_array(c->arena, const char *, all->count + 1);

    *count = 0;
    *next = 1;
    for (size_t i = 0; i < all->count; i++) {
        if (all->items[i].head)
            heads[(*count)++] = all->items[i].revision;
        if (all->items[i].number >= *next)
            *next = all->items[i].number + 1;
    }
    return heads;
}

/* Where new files go: --out, or the app's source folder. */
static const char *folder_of(const db_command *c, cf_error *err)
{
    const cf_bundle *bundle = cf_app_assets(c->app);
    const char      *out = cf__db_option(c, "--out");
    struct stat      info;

    if (out)
        return out;
    if (bundle && bundle->source && stat(bundle->source, &info) == 0)
        return cf_printf(c->arena, "%s/migrations", bundle->source);
    cf_fail(err, CF_ENOTFOUND,
            "the app's source folder %s is not on this machine; --out FOLDER says where to write, "
            "--sql prints it",
            bundle && bundle->source ? bundle->source : "(it was built without one)");
    return NULL;
}

static int write_file(const db_command *c, int64_t number, const char *message, const char *text)
{
    cf_error    err = { 0 };
    const char *folder = folder_of(c, &err), *path;
    struct stat info;

    if (!folder)
        return cf__complain(&err, NULL);
    path = cf_printf(c->arena, "%s/%04lld_%s.sql", folder, (long long)number,
                     slug(c->arena, message));
    if (stat(path, &info) == 0)
        cf_fail(&err, CF_ECONFLICT, "%s is there already", path);
    else if (mkdir(folder, 0777) == 0 || stat(folder, &info) == 0)
        cf_file_write(path, cf_str_of(text), &err);
    else
        cf_fail(&err, CF_EIO, "cannot make the folder %s", folder);
    if (err.code)
        return cf__complain(&err, NULL);
    putchar('\n');
    cf__db_line(c, "Wrote", "%s", path);
    cf__db_line(c, "Next", "read it, then: %s db upgrade", cf_app_name(c->app));
    cf__db_say(c, TINT_DIM,
               "%9sA release binary carries its migrations: build it anew before it "
               "is deployed.\n",
               "");
    return 0;
}

static int no_message(const char *command)
{
    fprintf(stderr, "error: say what it is for: db %s -m \"add a phone number\"\n", command);
    return 2;
}

/* A migration can only be made where everything before it is applied. */
static bool is_ready(const cf_migrations *all, size_t heads, const db_command *c, cf_error *err)
{
    if (heads > 1)
        return cf_fail(err, CF_ECONFLICT,
                       "the migrations end in %zu branches; `db heads` lists them, `db merge -m "
                       "\"…\"` joins them",
                       heads);
    for (size_t i = 0; i < all->count; i++)
        if (!all->items[i].applied && !cf__db_flag(c, "--empty") && !cf__db_flag(c, "--initial"))
            return cf_fail(err, CF_ECONFLICT,
                           "%s is not applied to %s, so what it changes would be written twice; "
                           "run `db upgrade` first",
                           all->items[i].revision, cf_database_url(c->database));
    return true;
}

/* What differs, in words and as a file; or only as SQL. */
static int write_difference(const db_command *c, const char *message, const char *const *parents,
                            int64_t number)
{
    cf_compare_options options = { .renames = cf__db_options(c, "--rename"),
                                   .fills = cf__db_options(c, "--fill"),
                                   .no_renames = cf__db_flag(c, "--no-renames"),
                                   .initial = cf__db_flag(c, "--initial"),
                                   .bundle = c->files };
    cf_difference      difference;
    cf_error           err = { 0 };
    const char        *text;
    bool               sql = cf__db_flag(c, "--sql");

    if (!sql)
        printf("Comparing the models with %s\n\n",
               options.initial ? "an empty database" : cf_database_url(c->database));
    if (!cf__db_compare(c, &options, &difference, &err))
        return cf__complain(&err, NULL);
    if (!sql)
        cf__db_changes(c, &difference);
    if (!difference.count) {
        puts(sql ? "-- nothing differs" : "Nothing differs; no migration was written.");
        return 0;
    }
    if (sql)
        text = cf_difference_sql(c->arena, &difference, true, cf_database_engine(c->database),
                                 &err);
    else
        text = cf_migration_text(c->arena, &difference, message, parents, &err);
    if (!text)
        return cf__complain(&err, NULL);
    if (!sql)
        return write_file(c, number, message, text);
    fputs(text, stdout);
    return 0;
}

int cf__command_db_migrate(cf_request *req, int argc, char **argv)
{
    cf_error           err;
    db_command         c;
    cf_migrations      all;
    const char *const *parents;
    const char        *message, *text;
    size_t             heads;
    int64_t            number;

    if (!cf__db_begin(req, argc, argv, &c, &err))
        return cf__complain(&err, NULL);
    message = message_of(&c);
    if (!message && !cf__db_flag(&c, "--sql"))
        return no_message("migrate");
    if (!cf_migrate_history(c.arena, c.database, c.files, &all, &err))
        return cf__complain(&err, NULL);
    parents = heads_of(&c, &all, &heads, &number);
    if (!is_ready(&all, heads, &c, &err))
        return cf__complain(&err, NULL);
    if (!cf__db_flag(&c, "--empty"))
        return write_difference(&c, message ? message : "", parents, number);
    text = cf_migration_text(c.arena, NULL, message ? message : "", parents, &err);
    return text ? write_file(&c, number, message ? message : "empty", text)
                : cf__complain(&err, NULL);
}

int cf__command_db_merge(cf_request *req, int argc, char **argv)
{
    cf_error           err;
    db_command         c;
    cf_migrations      all;
    const char *const *parents;
    const char        *message, *text;
    size_t             heads;
    int64_t            number;

    if (!cf__db_begin(req, argc, argv, &c, &err) ||
        !cf_migrate_history(c.arena, c.database, c.files, &all, &err))
        return cf__complain(&err, NULL);
    parents = heads_of(&c, &all, &heads, &number);
    if (heads < 2) {
        puts("There is one head; nothing is to be joined.");
        return 0;
    }
    message = message_of(&c);
    if (!message)
        return no_message("merge");
    puts("Joining");
    for (size_t i = 0; i < heads; i++)
        printf("  %s\n", parents[i]);
    text = cf_migration_text(c.arena, NULL, message, parents, &err);
    return text ? write_file(&c, number, message, text) : cf__complain(&err, NULL);
}
