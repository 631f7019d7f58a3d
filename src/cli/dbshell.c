/* dbshell.c -- `dbshell`: psql or sqlite3 on the app's database, in place of this program. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli_internal.h"

/* Becomes another program; the database stands before the arguments, as sqlite3 wants it. Returns
 * only when that fails. */
static int become(const char *program, const char *database, int argc, char **argv,
                  const char *package)
{
    char **words = calloc((size_t)argc + 3, sizeof(*words));
    int    count = 0;

    if (!words)
        return 1;
    words[count++] = (char *)(uintptr_t)program;
    if (database)
        words[count++] = (char *)(uintptr_t)database;
    for (int i = 1; i < argc; i++)
        words[count++] = argv[i];
    fflush(NULL);
    execvp(program, words);
    fprintf(stderr, "error: %s cannot be started: %s%s%s\n", program, strerror(errno),
            errno == ENOENT ? "; install the package " : "", errno == ENOENT ? package : "");
    free(words);
    return 1;
}

int cf__command_dbshell(cf_request *req, int argc, char **argv)
{
    cf_error     err = { 0 };
    cf_app      *app = cf_request_app(req);
    cf_database *database = cf_app_database(app, &err);
    const char  *file;

    if (!database)
        return cf__complain(&err, NULL);
    if (argc > 1 && strcmp(argv[1], "--") == 0) {
        argv++;
        argc--;
    }
    if (strcmp(cf_database_engine(database), "sqlite") != 0) {
        /* By the environment, which other users cannot read, as they can the command line. */
        if (!cf_database_environment(database, &err))
            return cf__complain(&err, NULL);
        return become("psql", NULL, argc, argv, "postgresql-client");
    }
    file = cf_database_file(database);
    if (!file) {
        fprintf(stderr, "error: the database is in memory, and ends with this program\n");
        return 1;
    }
    return become("sqlite3", file, argc, argv, "sqlite3");
}
