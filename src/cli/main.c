/* main.c -- finds the command that was meant, checks its options, runs it.
 *
 * A command's name may be two words ("db upgrade"); the longest match wins. Built-in commands and
 * the app's own are one list, so --help shows both. */
#include "cli/cli_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const run_options[] = { "--host", "--port", "--workers", "--no-setup", NULL };

static const char *const migrate_options[] = { "--message", "--sql",    "--empty",
                                               "--initial", "--rename", "--no-renames",
                                               "--fill",    "--out",    NULL };
static const char *const sql_options[] = { "--sql", NULL };
static const char *const verbose_options[] = { "--verbose", NULL };
static const char *const inspect_options[] = { "--out", NULL };
static const char *const stamp_options[] = { "--purge", NULL };
static const char *const models_options[] = { "--json", NULL };
static const char *const shell_options[] = { "--sandbox", NULL };

const cf_command cf__commands[] = {
    { "run", "[--host ADDRESS] [--port NUMBER] [--workers NUMBER] [--no-setup]",
      "bring the database up to date and serve", cf__command_run, run_options,
      "HOST, PORT and WORKERS from the environment or .env are the defaults.\n"
      "--no-setup leaves the database as it is: no migrations, no first content." },
    { "routes", "", "list every URL, its endpoint and who may use it", cf__command_routes, NULL,
      NULL },
    { "config", "", "list the settings and where they stand; secrets are masked",
      cf__command_config, NULL, NULL },
    { "models", "[NAME…] [--json]", "list the models, their columns and relationships",
      cf__command_models, models_options, NULL },
    { "shell", "[--sandbox] [-c CODE | FILE]", "work with the models at a prompt, or by a script",
      cf__command_shell, shell_options,
      "Without CODE or FILE it asks at a terminal, and else reads standard input; \"-\" is standard\n"
      "input as well. CODE and standard input print the value of each expression, a file only\n"
      "what it print()s. The first error ends a script with status 1.\n"
      "--sandbox rolls everything back at the end." },
    { "db migrate",
      "-m MESSAGE [--sql] [--empty] [--initial] [--rename OLD=NEW] [--fill T.C=VALUE]",
      "write a migration from what the models and the tables differ in", cf__command_db_migrate,
      migrate_options,
      "-m, --message   what it is for; names the file\n"
      "--sql           print the SQL for this database instead of writing a file\n"
      "--empty         a file to write the SQL in yourself\n"
      "--initial       as if the database were empty: for a first migration of tables that are there\n"
      "--rename OLD=NEW            a table was renamed; table.old=new for a column; may be repeated\n"
      "--no-renames                nothing was: what looks like it is dropped and added\n"
      "--fill TABLE.COLUMN=VALUE   what old rows get in a new column that takes no NULL\n"
      "--out FOLDER                where to write, instead of the app's migrations folder" },
    { "db upgrade", "[REVISION] [--sql]", "apply the migrations that are missing",
      cf__command_db_upgrade, sql_options,
      "REVISION may be a number, a full name, +2 (the next two) or heads (branches too).\n"
      "--sql prints what would run." },
    { "db downgrade", "[REVISION] [--sql]",
      "undo the latest migration, or all after REVISION (0: all)", cf__command_db_downgrade,
      sql_options,
      "REVISION may be a number, a full name, or -2 (the latest two).\n"
      "--sql prints what would run." },
    { "db current", "", "show the revision the database is at", cf__command_db_current, NULL,
      NULL },
    { "db history", "[--verbose]", "list the migrations and which are applied",
      cf__command_db_history, verbose_options, NULL },
    { "db heads", "", "list the migrations that none follows; several are branches",
      cf__command_db_heads, NULL, NULL },
    { "db merge", "-m MESSAGE", "write a migration that joins branches", cf__command_db_merge,
      migrate_options, NULL },
    { "db stamp", "[REVISION] [--purge]",
      "note migrations as applied without running them: for tables that are there already",
      cf__command_db_stamp, stamp_options,
      "REVISION and what it follows count as applied, everything else as not; 0: none.\n"
      "--purge forgets revisions that this program does not know." },
    { "db inspect", "[--out FOLDER]", "write models from the tables that are there",
      cf__command_db_inspect, inspect_options,
      "models.h and models.c go to FOLDER, or to standard output." },
    { "db check", "", "compare models and tables; exit status 1 when they differ",
      cf__command_db_check, NULL, NULL },
    { "db promote", "URL", "move the SQLite database into an empty PostgreSQL one",
      cf__command_db_promote, NULL,
      "URL: postgresql://user:password@host/database; it must hold nothing. Tables are made by the\n"
      "migrations, every row is copied, and numbers of rows and checksums are compared, all in one\n"
      "transaction: stopped half-way, it leaves the target empty. Stop the app meanwhile." },
    { "dbshell", "[-- ARGUMENTS]", "open psql or sqlite3 on the app's database",
      cf__command_dbshell, NULL,
      "What stands after \"--\" is passed on: -- 'SELECT 1' to sqlite3, -- -c 'SELECT 1' to psql." },
    { "template check", "", "check every template with the app's own filters, tests and globals",
      cf__command_template_check, NULL, NULL },
    { 0 }
};

static const cf_command *command_at(cf_app *app, size_t i)
{
    size_t built_in = sizeof cf__commands / sizeof cf__commands[0] - 1;

    return i < built_in ? &cf__commands[i] : cf_app_command_at(app, i - built_in);
}

const cf_command *cf__command_find(cf_app *app, const char *name)
{
    const cf_command *command;

    for (size_t i = 0; (command = command_at(app, i)) != NULL; i++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

/* How many arguments a command's name takes up; 0 when they are another's. */
static int words_of(const cf_command *command, int argc, char **argv)
{
    cf_str rest = cf_str_of(command->name), word;
    int    words = 0;

    do {
        cf_str_cut(rest, ' ', &word, &rest);
        if (1 + words >= argc || !cf_str_is(word, argv[1 + words]))
            return 0;
        words++;
    } while (rest.len);
    return words;
}

static const cf_command *meant(cf_app *app, int argc, char **argv, int *words)
{
    const cf_command *best = NULL, *command;

    *words = 0;
    for (size_t i = 0; (command = command_at(app, i)) != NULL; i++) {
        int n = words_of(command, argc, argv);
        if (n > *words) {
            *words = n;
            best = command;
        }
    }
    return best;
}

int cf__complain(const cf_error *err, const char *doing)
{
    fprintf(stderr, "error: %s%s%s\n", doing ? doing : "", doing ? ": " : "", err->message);
    if (err->input[0] && err->input_line)
        fprintf(stderr, "  in %s, line %d\n", err->input, err->input_line);
    return 1;
}

const char *cf__option(int argc, char **argv, const char *name)
{
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return argv[i + 1];
    return NULL;
}

/* Whether a command is one of a group: "db upgrade" of "db". Every command is one of NULL. */
static bool in_group(const cf_command *command, const char *group)
{
    size_t len = group ? strlen(group) : 0;

    return !group || (strncmp(command->name, group, len) == 0 && command->name[len] == ' ');
}

static bool is_group(cf_app *app, const char *word)
{
    const cf_command *command;

    for (size_t i = 0; (command = command_at(app, i)) != NULL; i++)
        if (in_group(command, word))
            return true;
    return false;
}

static void help_all(cf_app *app, const char *group)
{
    const cf_command *command;
    int               width = 0;

    for (size_t i = 0; (command = command_at(app, i)) != NULL; i++)
        if (in_group(command, group) && (int)strlen(command->name) > width)
            width = (int)strlen(command->name);
    printf("usage: %s %s [ARGUMENTS]\n\n", cf_app_name(app), group ? group : "COMMAND");
    for (size_t i = 0; (command = command_at(app, i)) != NULL; i++)
        if (in_group(command, group))
            printf("  %-*s  %s\n", width, command->name, command->help ? command->help : "");
    printf("\n%s COMMAND --help says more about one.\n", cf_app_name(app));
}

static void help_one(cf_app *app, const cf_command *command)
{
    printf("usage: %s %s %s\n\n%s\n", cf_app_name(app), command->name,
           command->usage ? command->usage : "", command->help ? command->help : "");
    if (command->details)
        printf("\n%s\n", command->details);
}

static int unknown_command(cf_app *app, int argc, char **argv)
{
    const char       *names[256];
    char              said[256];
    const cf_command *command;
    const char       *near;
    size_t            count = 0;

    for (size_t i = 0; count < 256 && (command = command_at(app, i)) != NULL; i++)
        names[count++] = command->name;
    snprintf(said, sizeof said, "%s%s%s", argv[1], argc > 2 && argv[2][0] != '-' ? " " : "",
             argc > 2 && argv[2][0] != '-' ? argv[2] : "");
    near = cf_nearest(cf_str_of(said), names, count);
    if (!near)
        near = cf_nearest(cf_str_of(argv[1]), names, count);
    fprintf(stderr, "error: there is no command \"%s\"", said);
    if (near)
        fprintf(stderr, "; did you mean \"%s\"?\n", near);
    else
        fprintf(stderr, "; %s --help lists them\n", cf_app_name(app));
    return 2;
}

/* Refuses an option the command does not know; values of options may begin with '-'. */
static bool options_known(const cf_command *command, int argc, char **argv)
{
    size_t known = 0;

    while (command->options && command->options[known])
        known++;
    for (int i = 1; i < argc; i++) {
        const char *near;
        bool        found = false;

        if (strncmp(argv[i], "--", 2) != 0 || !argv[i][2])
            continue;
        for (size_t k = 0; k < known; k++)
            found = found || strcmp(argv[i], command->options[k]) == 0;
        if (found)
            continue;
        near = cf_nearest(cf_str_of(argv[i]), command->options, known);
        fprintf(stderr, "error: \"%s\" has no option %s", command->name, argv[i]);
        if (near)
            fprintf(stderr, "; did you mean %s?\n", near);
        else
            fprintf(stderr, "; usage: %s %s\n", command->name,
                    command->usage ? command->usage : "");
        return false;
    }
    return true;
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static int run_command(cf_app *app, const cf_command *command, int argc, char **argv)
{
    cf_arena   *arena = cf_arena_new();
    cf_request *req = cf_request_detached(app, arena);
    int         status = command->run(req, argc, argv);

    cf_request_finish(req);
    cf_arena_free(arena);
    return status;
}

static int dispatch(cf_app *app, int argc, char **argv)
{
    int               words;
    const cf_command *command;

    if (argc > 1 && strcmp(argv[1], "help") == 0) {
        argv++;
        argc--;
        command = meant(app, argc, argv, &words);
        if (command)
            help_one(app, command);
        else
            help_all(app, argc > 1 && is_group(app, argv[1]) ? argv[1] : NULL);
        return 0;
    }
    command = meant(app, argc, argv, &words);
    if (!command && (argc < 2 || argv[1][0] == '-')) {
        help_all(app, NULL);
        return argc < 2 || wants_help(argc, argv) ? 0 : 2;
    }
    if (!command && is_group(app, argv[1]) && (argc == 2 || argv[2][0] == '-')) {
        help_all(app, argv[1]);
        return wants_help(argc, argv) ? 0 : 2;
    }
    if (!command)
        return unknown_command(app, argc, argv);
    argc -= words;
    argv += words;
    if (wants_help(argc, argv)) {
        help_one(app, command);
        return 0;
    }
    return options_known(command, argc, argv) ? run_command(app, command, argc, argv) : 2;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

int cf_main(int argc, char **argv, cf_create_app *create)
{
    /* Help needs no settings. */
    cf_app_options options = { .name = argc > 0 ? base_name(argv[0]) : NULL,
                               .testing = argc < 2 || strcmp(argv[1], "help") == 0 ||
                                          wants_help(argc, argv) };
    cf_error       err = { 0 };
    cf_app        *app = cf_app_new(create, &options, &err);
    int            status;

    if (!app)
        return cf__complain(&err, NULL);
    status = dispatch(app, argc, argv);
    cf_app_free(app);
    return status;
}
