/* models.c -- `models`: every table of the app, its columns and what they lead to. */
#include "cli/models.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli_internal.h"

static cf_str text_at(const cf_map *map, const char *name)
{
    return cf_text(cf_map_get(map, name));
}

static bool holds(const cf_map *map, const char *name)
{
    return cf_truth(cf_map_get(map, name));
}

static void word(cf_buf *out, const char *text)
{
    cf_buf_printf(out, "%s%s", out->len ? ", " : "", text);
}

/* "primary key", "required, unique, default 'draft'" */
static cf_str rules_of(cf_arena *arena, const cf_map *column)
{
    cf_buf out = cf_buf_in(arena, 0);

    if (holds(column, "primary_key"))
        word(&out, "primary key");
    else if (!holds(column, "nullable"))
        word(&out, "required");
    if (holds(column, "unique"))
        word(&out, "unique");
    if (holds(column, "index"))
        word(&out, "indexed");
    if (text_at(column, "default").len)
        word(&out, cf_printf(arena, "default %.*s", CF_STR_ARG(text_at(column, "default"))));
    if (text_at(column, "one_of").len)
        word(&out, cf_printf(arena, "one of: %.*s", CF_STR_ARG(text_at(column, "one_of"))));
    if (text_at(column, "references").len)
        word(&out,
             cf_printf(arena, "→ %.*s, on delete %.*s", CF_STR_ARG(text_at(column, "references")),
                       CF_STR_ARG(text_at(column, "on_delete"))));
    if (text_at(column, "info").len)
        word(&out, cf_str_dup(arena, text_at(column, "info")));
    return cf_buf_view(&out);
}

static void write_columns(cf_arena *arena, const cf_list *columns, const term *t, cf_buf *out)
{
    static const char *const titles[] = { "  Column", "Type", "Rules" };
    text_table              *table = cf__table_new(arena, 3, titles);

    for (size_t i = 0; i < columns->len; i++) {
        const cf_map *column = columns->items[i].as.map;
        text_cell    *row = cf__table_row(table);

        row[0] = (text_cell){ .tint = TINT_CYAN };
        row[0].text = cf_str_of(cf_printf(arena, "  %.*s", CF_STR_ARG(text_at(column, "name"))));
        row[1].text = text_at(column, "type");
        row[2].text = rules_of(arena, column);
    }
    cf__table_write(table, t, out);
}

static void write_relations(cf_arena *arena, const cf_list *relations, const term *t, cf_buf *out)
{
    static const char *const titles[] = { "  Relationship", "Kind",     "Target",
                                          "Loading",        "Opposite", "Keys" };
    text_table              *table = cf__table_new(arena, 6, titles);
    bool                     implied = false;

    for (size_t i = 0; i < relations->len; i++) {
        const cf_map *r = relations->items[i].as.map;
        text_cell    *row = cf__table_row(table);

        row[0] = (text_cell){ .tint = TINT_CYAN };
        row[0].text = cf_str_of(cf_printf(arena, "  %.*s%s", CF_STR_ARG(text_at(r, "name")),
                                          holds(r, "implied") ? " *" : ""));
        row[1].text = text_at(r, "kind");
        row[2].text = text_at(r, "target");
        row[3].text = text_at(r, "lazy");
        row[4].text = text_at(r, "opposite").len ? text_at(r, "opposite") : CF_STR("-");
        row[5].text = text_at(r, "keys");
        implied = implied || holds(r, "implied");
    }
    cf_buf_putc(out, '\n');
    cf__table_write(table, t, out);
    if (implied)
        cf__tinted(out, t, TINT_DIM, "  * made by the opposite side's backref\n");
}

static void write_rules(const cf_map *facts, const term *t, cf_buf *out)
{
    const cf_list *indexes = cf_map_get(facts, "indexes").as.list;
    const cf_list *checks = cf_map_get(facts, "checks").as.list;
    const cf_list *properties = cf_map_get(facts, "properties").as.list;

    if (indexes->len || checks->len || properties->len)
        cf_buf_putc(out, '\n');
    for (size_t i = 0; i < indexes->len; i++) {
        const cf_map *index = indexes->items[i].as.map;
        cf_str        where = text_at(index, "where");

        cf_buf_printf(out, "  %s (%.*s)%s%.*s\n", holds(index, "unique") ? "unique" : "index",
                      CF_STR_ARG(text_at(index, "columns")), where.len ? " where " : "",
                      CF_STR_ARG(where));
    }
    for (size_t i = 0; i < checks->len; i++)
        cf_buf_printf(out, "  check %.*s: %.*s\n",
                      CF_STR_ARG(text_at(checks->items[i].as.map, "name")),
                      CF_STR_ARG(text_at(checks->items[i].as.map, "condition")));
    if (properties->len)
        cf_buf_puts(out, "  computed:");
    for (size_t i = 0; i < properties->len; i++) {
        cf_buf_puts(out, i ? ", " : " ");
        cf__tinted(out, t, TINT_CYAN, "%.*s", CF_STR_ARG(cf_text(properties->items[i])));
    }
    if (properties->len)
        cf_buf_putc(out, '\n');
}

void cf__model_write(cf_arena *arena, const cf_database *database, const cf_model *model,
                     const term *t, cf_buf *out)
{
    const cf_map *facts = cf__model_facts(arena, database, model);

    cf__tinted(out, t, TINT_BOLD, "%s", model->name);
    cf__tinted(out, t, TINT_DIM, "  table %s, %.*s:%d\n\n", model->table,
               CF_STR_ARG(text_at(facts, "file")), model->line);
    write_columns(arena, cf_map_get(facts, "columns").as.list, t, out);
    if (cf_map_get(facts, "relationships").as.list->len)
        write_relations(arena, cf_map_get(facts, "relationships").as.list, t, out);
    write_rules(facts, t, out);
}

/* ---- the command ---- */

static int unknown(const char *name, const char *near)
{
    fprintf(stderr, "error: there is no model \"%s\"", name);
    if (near)
        fprintf(stderr, "; did you mean \"%s\"?\n", near);
    else
        fputs("; `models` lists them\n", stderr);
    return 1;
}

static int write_json(cf_arena *arena, cf_list *models)
{
    cf_json_options options = { .indent = 2 };
    cf_buf          out = cf_buf_in(arena, 0);
    cf_error        err = { 0 };

    if (!cf_json_write(NULL, cf_from_list(models), &options, &out, &err))
        return cf__complain(&err, NULL);
    cf_buf_putc(&out, '\n');
    fwrite(out.ptr, 1, out.len, stdout);
    return 0;
}

int cf__command_models(cf_request *req, int argc, char **argv)
{
    cf_arena        *arena = cf_request_arena(req);
    cf_error         err = { 0 };
    cf_database     *database = cf_app_database(cf_request_app(req), &err);
    const cf_models *models = database ? cf_database_models(database) : NULL;
    cf_list         *facts = cf_list_new(arena);
    cf_buf           out = cf_buf_in(arena, 0);
    term             t = cf__term();
    bool             json = false;
    size_t           named = 0, written = 0;
    const cf_model  *model;
    const char      *near;

    if (!database)
        return cf__complain(&err, NULL);
    for (int i = 1; i < argc; i++) {
        json = json || strcmp(argv[i], "--json") == 0;
        if (argv[i][0] == '-')
            continue;
        model = models ? cf__model_named(arena, models, argv[i], &near) : NULL;
        if (!model)
            return unknown(argv[i], models ? near : NULL);
        named++;
    }
    for (size_t i = 0; models && (model = cf_models_at(models, i)); i++) {
        bool wanted = !named;

        for (int k = 1; k < argc; k++)
            wanted = wanted || strcmp(argv[k], model->name) == 0 ||
                     strcmp(argv[k], model->table) == 0;
        if (!wanted)
            continue;
        if (json) {
            cf_list_add(facts, cf_from_map(cf__model_facts(arena, database, model)));
        } else {
            cf_buf_puts(&out, written++ ? "\n" : "");
            cf__model_write(arena, database, model, &t, &out);
        }
    }
    if (json)
        return write_json(arena, facts);
    if (!written)
        cf_buf_puts(&out, "The app has no models.\n");
    fwrite(out.ptr, 1, out.len, stdout);
    return 0;
}
