/* promote.c -- `db promote URL`: the app's SQLite database into an empty PostgreSQL one. */
#include <carafe/promote.h>

#include <stdio.h>

#include "cli/database.h"

int cf__command_db_promote(cf_request *req, int argc, char **argv)
{
    cf_promotion done = { 0 };
    const char  *url;
    db_command   c;
    cf_error     err;

    if (!cf__db_begin(req, argc, argv, &c, &err))
        return cf__complain(&err, NULL);
    url = cf__db_argument(&c, 0, NULL);
    if (!url) {
        fprintf(stderr, "error: where to? usage: %s db promote postgresql://user@host/database\n",
                cf_app_name(c.app));
        return 2;
    }
    if (!cf_promote(c.arena, c.database, url, c.files, &done, &err))
        return cf__complain(&err, NULL);
    for (size_t i = 0; i < done.count; i++)
        printf("%-24s %10lld rows  checksum %016llx\n", done.tables[i].table,
               (long long)done.tables[i].rows, (unsigned long long)done.tables[i].checksum);
    cf__db_line(&c, "Moved", "%lld rows of %zu tables; both sides agree", (long long)done.rows,
                done.count);
    cf__db_line(&c, "Next", "set DATABASE_URL to the new database and start the app");
    return 0;
}
