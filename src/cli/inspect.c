/* inspect.c -- `db inspect`: models written from the database that is there. */
#include "cli/database.h"

#include <stdio.h>
#include <sys/stat.h>

#include <carafe/folder.h>

static bool write_one(const db_command *c, const char *folder, const char *name, const char *text,
                      cf_error *err)
{
    const char *path = cf_printf(c->arena, "%s/%s", folder, name);
    struct stat info;

    /* Somebody's own models are not overwritten. */
    if (stat(path, &info) == 0)
        return cf_fail(err, CF_ECONFLICT, "%s is there already; --out names another folder", path);
    if (!cf_file_write(path, cf_str_of(text), err))
        return false;
    cf__db_line(c, "Wrote", "%s", path);
    return true;
}

static void say_notes(const db_command *c, const cf_inspection *found)
{
    if (!found->nnotes)
        return;
    cf__db_say(c, TINT_BOLD, "\nLeft out, as models cannot say it\n");
    for (size_t i = 0; i < found->nnotes; i++)
        printf("    %s\n", found->notes[i]);
}

int cf__command_db_inspect(cf_request *req, int argc, char **argv)
{
    cf_error      err;
    db_command    c;
    cf_inspection found;
    const char   *folder;

    if (!cf__db_begin(req, argc, argv, &c, &err) || !cf_inspect(c.arena, c.database, &found, &err))
        return cf__complain(&err, NULL);
    folder = cf__db_option(&c, "--out");
    if (!folder) {
        printf("%s\n%s", found.header, found.source);
        return 0;
    }
    printf("%s: %zu table%s as models, %zu as %smany-to-many link%s\n\n",
           cf_database_url(c.database), found.models, found.models == 1 ? "" : "s", found.links,
           found.links == 1 ? "a " : "", found.links == 1 ? "" : "s");
    if (!cf_folder_make(folder, &err) || !write_one(&c, folder, "models.h", found.header, &err) ||
        !write_one(&c, folder, "models.c", found.source, &err))
        return cf__complain(&err, NULL);
    say_notes(&c, &found);
    putchar('\n');
    cf__db_line(&c, "Next", "build the app with them (cf_app_models(app, models)), then");
    printf("%9s%s db check                       says that they fit\n", "", cf_app_name(c.app));
    printf("%9s%s db migrate --initial -m start  writes what a new database needs\n", "",
           cf_app_name(c.app));
    printf("%9s%s db stamp                       notes that this database has it\n", "",
           cf_app_name(c.app));
    return 0;
}
