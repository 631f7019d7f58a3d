/* schema.c -- finding things in descriptions of tables; tables of models made and compared. */
#include "db/schema.h"

#include "db/diff.h"

void *cf__schema_push(cf_arena *arena, void *items, size_t *count, size_t size)
{
    void **array = items;
    size_t n = (*count)++;

    /* Room grows at powers of two. */
    if ((n & (n - 1)) == 0)
        *array = cf_grow(arena, *array, n * size, (n ? n * 2 : 1) * size);
    memset((char *)*array + n * size, 0, size);
    return (char *)*array + n * size;
}

cf__schema_table *cf__schema_find(const cf__schema *schema, const char *table)
{
    for (size_t i = 0; i < schema->ntables; i++)
        if (strcmp(schema->tables[i].name, table) == 0)
            return &schema->tables[i];
    return NULL;
}

cf__schema_column *cf__table_column(const cf__schema_table *table, const char *column)
{
    for (size_t i = 0; i < table->ncolumns; i++)
        if (strcmp(table->columns[i].name, column) == 0)
            return &table->columns[i];
    return NULL;
}

bool cf__table_is_key(const cf__schema_table *table, const char *column)
{
    for (size_t i = 0; i < table->nkey; i++)
        if (strcmp(table->key[i], column) == 0)
            return true;
    return false;
}

bool cf__table_is_foreign(const cf__schema_table *table, const char *column)
{
    for (size_t i = 0; i < table->nforeigns; i++)
        for (size_t j = 0; j < table->foreigns[i].ncolumns; j++)
            if (strcmp(table->foreigns[i].columns[j], column) == 0)
                return true;
    return false;
}

/* ---- the live database ---- */

typedef struct look {
    cf_arena    *arena;
    cf_database *database;
    cf__schema  *out;
} look;

static bool look_once(void *data, cf_error *err)
{
    look             *l = data;
    const cf__engine *engine = l->database->engine;
    cf__conn         *conn = engine->read(l->database, NULL, err);

    return conn && engine->schema(l->arena, conn, l->out, err);
}

bool cf__schema_live(cf_arena *arena, cf_database *database, cf__schema *out, cf_error *err)
{
    look l = { arena, database, out };

    return cf__retry(database, look_once, &l, err);
}

/* ---- making and dropping what models ask for ---- */

const char *cf_schema_sql(cf_arena *arena, cf_database *database, cf_error *err)
{
    cf_buf                   out = cf_buf_in(arena, 0);
    cf__schema               models, nothing = { 0 };
    const cf__schema_table **tables = NULL;
    size_t                   count = 0;

    if (!cf__schema_of_models(arena, database->models, &models, err))
        return NULL;
    for (size_t i = 0; i < models.ntables; i++)
        *CF__PUSH(arena, tables, count) = &models.tables[i];
    cf__ddl_tables(arena, &out, tables, count, cf__flavor_of(database), &nothing);
    return cf_buf_ok(&out, err) ? cf_buf_cstr(&out) : NULL;
}

/* Adds the declared indexes that a table lacks. */
static void add_indexes(cf_buf *out, const cf__schema_table *model, const cf__schema_table *live,
                        cf__flavor flavor)
{
    for (size_t i = 0; i < model->nindexes; i++) {
        bool there = model->indexes[i].constraint;

        for (size_t j = 0; !there && j < live->nindexes; j++)
            there = cf__same_text(model->indexes[i].name, live->indexes[j].name);
        if (!there)
            cf__ddl_index(out, model, &model->indexes[i], flavor);
    }
}

/* The SQL for what is not there yet. */
static const char *missing_sql(cf_arena *arena, cf_database *database, cf__conn *conn,
                               cf_error *err)
{
    cf_buf                   out = cf_buf_in(arena, 0);
    cf__schema               models, live;
    const cf__schema_table **tables = NULL;
    size_t                   count = 0;

    if (!cf__schema_of_models(arena, database->models, &models, err) ||
        !database->engine->schema(arena, conn, &live, err))
        return NULL;
    for (size_t i = 0; i < models.ntables; i++) {
        const cf__schema_table *there = cf__schema_find(&live, models.tables[i].name);

        if (there)
            add_indexes(&out, &models.tables[i], there, cf__flavor_of(database));
        else
            *CF__PUSH(arena, tables, count) = &models.tables[i];
    }
    cf__ddl_tables(arena, &out, tables, count, cf__flavor_of(database), &live);
    return cf_buf_ok(&out, err) ? cf_buf_cstr(&out) : NULL;
}

/* The SQL that drops what is there of the models' tables. */
static const char *drop_sql(cf_arena *arena, cf_database *database, cf__conn *conn, cf_error *err)
{
    cf_buf     out = cf_buf_in(arena, 0);
    bool       one_by_one = cf__flavor_of(database) == CF__SQLITE;
    cf__schema models, live;

    if (!cf__schema_of_models(arena, database->models, &models, err) ||
        !database->engine->schema(arena, conn, &live, err))
        return NULL;
    for (size_t i = models.ntables; i-- > 0;) {
        if (!cf__schema_find(&live, models.tables[i].name))
            continue;
        cf_buf_puts(&out, one_by_one || !out.len ? "DROP TABLE " : ", ");
        cf__name_write(&out, models.tables[i].name);
        if (one_by_one)
            cf_buf_puts(&out, ";\n");
    }
    return cf_buf_cstr(&out);
}

typedef const char *sql_fn(cf_arena *arena, cf_database *database, cf__conn *conn, cf_error *err);

/* Makes a script and runs it, in one transaction for changes of tables. */
static bool run_made(cf_database *database, sql_fn *make, cf_error *err)
{
    cf_arena   *arena = cf_arena_new();
    cf__conn   *conn = cf__schema_begin(database, err);
    const char *sql = conn ? make(arena, database, conn, err) : NULL;
    bool        ok = sql && (!*sql || database->engine->script(conn, cf_str_of(sql), err)) &&
              database->engine->commit(conn, err);

    if (conn && !ok)
        database->engine->rollback(conn);
    cf_arena_free(arena);
    return ok;
}

bool cf_schema_create_all(cf_database *database, cf_error *err)
{
    return run_made(database, missing_sql, err);
}

bool cf_schema_drop_all(cf_database *database, cf_error *err)
{
    return run_made(database, drop_sql, err);
}

/* ---- comparing ---- */

bool cf_schema_check(cf_database *database, cf_error *err)
{
    cf_arena     *arena = cf_arena_new();
    cf_buf        out = cf_buf_in(arena, 0);
    cf_difference difference;
    bool          ok = cf_migrate_compare(arena, database, NULL, &difference, err);

    for (size_t i = 0; ok && i < difference.count; i++)
        if (difference.changes[i].problem)
            cf_buf_printf(&out, "\n  %s", difference.changes[i].problem);
    if (ok && out.len)
        ok = cf_fail(err, CF_ECONFLICT,
                     "the database %s does not fit the models (run `db upgrade`, or write a "
                     "migration with `db migrate`):%s",
                     database->url, cf_buf_cstr(&out));
    cf_arena_free(arena);
    return ok;
}
