/* fuzz_complete.c -- Tab behind whatever a person has typed: candidates that continue it. */
#include <stdlib.h>

#include "cli/shell.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct Thing {
    CF_ROW;
    int64_t     id, owner_id;
    const char *title;
} Thing;
extern const cf_model Thing_model;

CF_MODEL(Thing, "thing", CF_COLUMN(Thing, id, .primary_key = true),
         CF_COLUMN(Thing, owner_id, .references = "thing.id"), CF_COLUMN(Thing, title, .max = 20),
         CF_BELONGS_TO(Thing, owner, Thing, .backref = "things"));

static const cf_model *const models[] = { &Thing_model, NULL };

static bool create_app(cf_app *app)
{
    cf_app_models(app, models);
    return true;
}

/* One shell for all inputs. */
static shell *the_shell(void)
{
    static const char *const settings[] = { "DATABASE_URL=sqlite://:memory:", NULL };
    static shell             sh;
    cf_error                 err = { 0 };
    cf_map                  *map;

    if (sh.app)
        return &sh;
    sh.app = cf_app_new(create_app,
                        &(cf_app_options){ .testing = true, .env_file = "", .settings = settings },
                        &err);
    if (!sh.app)
        abort();
    sh.arena = cf_arena_new();
    sh.env = cf_script_env(sh.arena, cf_app_templates(sh.app), NULL);
    sh.names = cf_map_new(sh.arena);
    cf__shell = &sh;
    cf__shell_begin(&sh, &sh.now, &err);
    cf__shell_names(&sh);
    map = cf_map_new(sh.arena);
    cf_map_set(map, "key", cf_string("text"));
    cf_map_set(sh.names, "d", cf_from_map(map));
    cf_map_set(sh.names, "t", cf_from_object(cf__db_new_row(sh.now.db, &Thing_model)));
    return &sh;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    shell    *sh = the_shell();
    cf_arena *arena = cf_arena_new();
    cf_str    line = cf_str_n((const char *)data, size), word;
    size_t    from = 0;
    cf_list  *found = cf__shell_complete(sh, arena, line, &from);

    if (from > size)
        abort();
    word = cf_str_slice(line, from, size);
    for (size_t i = 0; i < found->len; i++)
        if (!cf_str_starts(cf_text(found->items[i]), word))
            abort();
    cf_arena_free(arena);
    return 0;
}
