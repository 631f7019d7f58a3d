/* sqlite_schema.c -- what a live SQLite database holds: one query, then its stored statements. */
#include "db/schema.h"
#include "db/sqlite.h"

typedef struct catalog {
    cf_arena   *arena;
    cf__schema *schema;
} catalog;

static cf__schema_table *table_named(catalog *c, cf_str name)
{
    for (size_t i = 0; i < c->schema->ntables; i++)
        if (cf_str_ieq(name, cf_str_of(c->schema->tables[i].name)))
            return &c->schema->tables[i];
    return NULL;
}

static void add_table(catalog *c, cf_str name, cf_str sql)
{
    cf__schema_table table;
    cf_error         err = { 0 };

    if (cf__sqlite_read_table(c->arena, sql, &table, &err)) {
        table.name = cf_str_dup(c->arena, name);
        *CF__PUSH(c->arena, c->schema->tables, c->schema->ntables) = table;
    } else {
        *CF__PUSH(c->arena, c->schema->unread, c->schema->nunread) = cf_printf(
            c->arena, "%.*s: %s", CF_STR_ARG(name), err.message);
    }
}

/* What stays as it is; a trigger's table follows its kind and name. */
static void note_unmanaged(catalog *c, const char *kind, cf_str name, cf_str table)
{
    *CF__PUSH(c->arena, c->schema->unmanaged,
              c->schema->nunmanaged) = cf_printf(c->arena, "%s %.*s%s%.*s", kind, CF_STR_ARG(name),
                                                 table.len ? " on " : "", CF_STR_ARG(table));
}

static void add_index(catalog *c, cf__schema_table *table, cf_str name, cf_str sql)
{
    cf__schema_index index;

    if (!cf__sqlite_read_index(c->arena, sql, &index, NULL))
        index.exotic = true;
    index.name = cf_str_dup(c->arena, name);
    for (size_t i = 0; i < index.nparts; i++)
        index.exotic = index.exotic || !cf__table_column(table, index.parts[i].column);
    *CF__PUSH(c->arena, table->indexes, table->nindexes) = index;
}

/* type, name, tbl_name, sql */
static bool add_object(void *data, const cf__cursor *cursor, cf_error *err)
{
    catalog          *c = data;
    cf_str            type = cf__cursor_text(cursor, 0), name = cf__cursor_text(cursor, 1);
    cf_str            sql = cf__cursor_text(cursor, 3);
    cf__schema_table *table = table_named(c, cf__cursor_text(cursor, 2));

    (void)err;
    sql = cf_str_of(cf_str_dup(c->arena, sql));
    if (cf_str_is(type, "table")) {
        add_table(c, name, sql);
    } else if (cf_str_is(type, "view")) {
        *CF__PUSH(c->arena, c->schema->views,
                  c->schema->nviews) = (cf__schema_view){ cf_str_dup(c->arena, name), sql.ptr };
        note_unmanaged(c, "view", name, (cf_str){ 0 });
    } else if (table && cf_str_is(type, "index")) {
        add_index(c, table, name, sql);
    } else if (cf_str_is(type, "trigger")) {
        /* It may be a view's, or that of a table that could not be read. */
        if (table)
            *CF__PUSH(c->arena, table->triggers, table->ntriggers) = sql.ptr;
        note_unmanaged(c, "trigger", name, cf__cursor_text(cursor, 2));
    }
    return true;
}

bool cf__sqlite_schema(cf_arena *arena, cf__conn *conn, cf__schema *out, cf_error *err)
{
    /* Tables first; automatic indexes have no statement. Virtual tables and the tables behind them
     * are their modules' business. */
    cf__sql sql = cf__sql_of(
        CF_STR("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL "
               "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> 'carafe_version' "
               "AND tbl_name NOT IN (SELECT name FROM pragma_table_list "
               "WHERE schema = 'main' AND type IN ('virtual', 'shadow')) "
               "ORDER BY type <> 'table', name"));
    catalog     c = { arena, out };
    cf__outcome outcome;

    *out = (cf__schema){ .flavor = CF__SQLITE };
    return cf__sqlite_run(conn, &sql, NULL, 0, add_object, &c, &outcome, err);
}
