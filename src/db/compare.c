/* compare.c -- models against the live database, and which tables are the migrations' own. */
#include "db/diff.h"
#include "db/sql_token.h"

/* Adds the tables that a migration's SQL makes: CREATE TABLE x, and ALTER TABLE y RENAME TO x. */
static void add_tables(cf_arena *arena, cf_str sql, const char ***names, size_t *count)
{
    cf__lexer lexer;
    bool      create = false, altered = false;

    for (cf__lexer_start(&lexer, sql); lexer.token.kind != CF__TOKEN_END;) {
        bool        table = cf__lexer_is(&lexer, "table"), to = cf__lexer_is(&lexer, "to");
        bool        column = cf__lexer_is(&lexer, "column");
        const char *name;

        if (cf__lexer_is(&lexer, ";"))
            create = altered = false;
        create = create || cf__lexer_is(&lexer, "create");
        altered = (altered || cf__lexer_is(&lexer, "alter")) && !column;
        cf__lexer_next(&lexer);
        if (!(table && create) && !(to && altered))
            continue;
        create = altered = false;
        while (cf__lexer_accept(&lexer, "if") || cf__lexer_accept(&lexer, "not") ||
               cf__lexer_accept(&lexer, "exists"))
            continue;
        if (lexer.token.kind != CF__TOKEN_WORD && lexer.token.kind != CF__TOKEN_NAME)
            continue;
        name = cf__sql_name(arena, &lexer.token);
        *CF__PUSH(arena, *names, *count) = name;
    }
}

/* The options with the tables that the bundle's migrations make added to `ours`. */
static bool add_ours(cf_arena *arena, cf_database *database, const cf_compare_options *given,
                     cf_compare_options *out, cf_error *err)
{
    const char  **names = NULL;
    size_t        count = 0;
    cf_migrations all;

    *out = *given;
    for (size_t i = 0; given->ours && given->ours[i]; i++)
        *CF__PUSH(arena, names, count) = given->ours[i];
    if (given->bundle) {
        if (!cf_migrate_history(arena, database, given->bundle, &all, err))
            return false;
        for (size_t i = 0; i < all.count; i++)
            if (all.items[i].applied)
                add_tables(arena, all.items[i].up, &names, &count);
    }
    *CF__PUSH(arena, names, count) = NULL;
    out->ours = names;
    return true;
}

bool cf_migrate_compare(cf_arena *arena, cf_database *database, const cf_compare_options *options,
                        cf_difference *out, cf_error *err)
{
    static const cf_compare_options none;
    cf__schema                     *live = cf_new(arena, cf__schema);
    cf__schema                     *models = cf_new(arena, cf__schema);
    cf_compare_options             *used = cf_new(arena, cf_compare_options);
    cf__diff                       *diff = cf_new(arena, cf__diff);

    *out = (cf_difference){ 0 };
    if (!cf__schema_of_models(arena, database->models, models, err) ||
        !add_ours(arena, database, options ? options : &none, used, err))
        return false;
    live->flavor = cf__flavor_of(database);
    if ((!used->initial && !cf__schema_live(arena, database, live, err)) ||
        !cf__diff_run(arena, live, models, used, diff, err))
        return false;
    *out = (cf_difference){ .changes = diff->changes,
                            .count = diff->nchanges,
                            .questions = diff->questions,
                            .nquestions = diff->nquestions,
                            .notes = diff->notes,
                            .nnotes = diff->nnotes,
                            .inside = diff };
    return true;
}
