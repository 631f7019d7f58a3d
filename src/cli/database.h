/* database.h -- what the `db` commands share. */
#ifndef CF_CLI_DATABASE_H
#define CF_CLI_DATABASE_H

#include "cli/cli_internal.h"
#include "cli/text.h"

/* A command at work: where it writes, and what it works on. */
typedef struct db_command {
    cf_app          *app;
    cf_arena        *arena;
    cf_database     *database;
    const cf_bundle *files; /* The migrations: those on disk in development, else the bundle's. */
    term             term;
    int              argc;
    char           **argv;
} db_command;

/* Opens the database and finds the migrations. */
bool cf__db_begin(cf_request *req, int argc, char **argv, db_command *out, cf_error *err);
/* The migrations of an app: those on disk in development, else the bundle's. */
const cf_bundle *cf__db_files(cf_app *app, cf_arena *arena, cf_error *err);
/* Whether an option was given; its value; every value of one that may be given often, NULL-ended.
 */
bool               cf__db_flag(const db_command *c, const char *name);
const char        *cf__db_option(const db_command *c, const char *name);
const char *const *cf__db_options(const db_command *c, const char *name);
/* Argument `i` that is neither an option nor its value; NULL past the end. `valued`: options that
 * take a value, NULL-ended. */
const char *cf__db_argument(const db_command *c, int i, const char *const *valued);
/* Prints to standard output, in colours where there are some. */
void cf__db_say(const db_command *c, tint colour, const char *format, ...) CF_PRINTF(3, 4);
/* Prints differences, one a line, and what is left alone. */
void cf__db_changes(const db_command *c, const cf_difference *difference);
/* A line "Wrote   …" with a word of a fixed width before it. */
void cf__db_line(const db_command *c, const char *word, const char *format, ...) CF_PRINTF(3, 4);
/* Asks at the terminal what a comparison cannot know, until it knows everything; without one, says
 * which options answer. False when it was given up. */
bool cf__db_compare(const db_command *c, cf_compare_options *options, cf_difference *out,
                    cf_error *err);

#endif
