/* schema.c -- tables from models: DDL for tests and migrations, and the comparison with live
 * tables. */
#include "db/session.h"

typedef struct ddl {
    cf_arena          *arena;
    const cf__dialect *dialect;
    cf_buf             out;
    const cf_models   *models;
} ddl;

/* ---- CREATE ---- */

static void quote_text(cf_buf *out, cf_str text)
{
    cf_buf_putc(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'')
            cf_buf_putc(out, '\'');
        cf_buf_putc(out, text.ptr[i]);
    }
    cf_buf_putc(out, '\'');
}

static void write_default(ddl *d, const cf__column *column)
{
    const char *text = column->member->column.default_value;
    cf__param   param;

    if (column->member->column.default_now && column->kind == CF_KIND_TIME)
        cf_buf_printf(&d->out, " DEFAULT %s", d->dialect->now);
    else if (column->member->column.default_now)
        cf_buf_puts(&d->out, column->kind == CF_KIND_DATE ? " DEFAULT CURRENT_DATE"
                                                          : " DEFAULT CURRENT_TIME");
    if (!text || !cf__param_for(d->arena, column, cf_string(text), &param, NULL))
        return;
    cf_buf_puts(&d->out, " DEFAULT ");
    if (param.kind == CF_KIND_BOOL)
        cf_buf_puts(&d->out, param.as.boolean ? d->dialect->true_text : d->dialect->false_text);
    else if (param.kind == CF_KIND_INT64 || param.kind == CF_KIND_DOUBLE ||
             column->kind == CF_KIND_DECIMAL)
        cf_buf_puts(&d->out, text);
    else
        quote_text(&d->out, cf_str_of(text));
}

static void write_action(ddl *d, const char *when, cf_on_delete action)
{
    if (action)
        cf_buf_printf(&d->out, " ON %s %s", when, action == CF_CASCADE ? "CASCADE" : "SET NULL");
}

static void write_reference(ddl *d, const char *table, const char *column)
{
    cf_buf_puts(&d->out, " REFERENCES ");
    cf__quote(&d->out, table);
    cf_buf_puts(&d->out, " (");
    cf__quote(&d->out, column);
    cf_buf_putc(&d->out, ')');
}

static void write_foreign_key(ddl *d, const cf__mapper *mapper, const cf__column *column)
{
    const cf_column *options = &column->member->column;

    cf_buf_puts(&d->out, " CONSTRAINT ");
    cf__quote(&d->out, cf__foreign_key_name(d->arena, mapper, column));
    write_reference(d, column->parent->model->table, column->parent_column->name);
    write_action(d, "DELETE", options->on_delete);
    write_action(d, "UPDATE", options->on_update);
}

static void write_check(ddl *d, const cf__column *column)
{
    cf_str      rest = cf_str_of(column->member->column.one_of), word;
    const char *comma = "";

    cf_buf_puts(&d->out, " CONSTRAINT ");
    cf__quote(&d->out, column->name);
    cf_buf_puts(&d->out, " CHECK (");
    cf__quote(&d->out, column->name);
    cf_buf_puts(&d->out, " IN (");
    while (rest.len) {
        cf_str_cut(rest, ' ', &word, &rest);
        if (!word.len)
            continue;
        cf_buf_puts(&d->out, comma);
        quote_text(&d->out, word);
        comma = ", ";
    }
    cf_buf_puts(&d->out, "))");
}

static void write_column(ddl *d, const cf__mapper *mapper, const cf__column *column)
{
    const cf_column *options = &column->member->column;

    cf_buf_puts(&d->out, "    ");
    cf__quote(&d->out, column->name);
    cf_buf_putc(&d->out, ' ');
    if (column == mapper->key && mapper->generated_key) {
        cf_buf_puts(&d->out, d->dialect->generated_key);
        return;
    }
    d->dialect->column_type(&d->out, column->member);
    if (column == mapper->key)
        cf_buf_puts(&d->out, " PRIMARY KEY");
    if (column->not_null)
        cf_buf_puts(&d->out, " NOT NULL");
    write_default(d, column);
    if (options->unique)
        cf_buf_puts(&d->out, " UNIQUE");
    if (options->one_of)
        write_check(d, column);
    if (column->parent)
        write_foreign_key(d, mapper, column);
}

static void write_index(ddl *d, const char *table, const cf__index *index)
{
    cf_buf_printf(&d->out, "CREATE %sINDEX IF NOT EXISTS ", index->unique ? "UNIQUE " : "");
    cf__quote(&d->out, index->name);
    cf_buf_puts(&d->out, " ON ");
    cf__quote(&d->out, table);
    for (size_t i = 0; i < index->count; i++) {
        cf_buf_puts(&d->out, i ? ", " : " (");
        cf__quote(&d->out, index->columns[i]->name);
        if (index->descending[i])
            cf_buf_puts(&d->out, " DESC");
    }
    cf_buf_putc(&d->out, ')');
    if (index->where)
        cf_buf_printf(&d->out, " WHERE %s", index->where);
    cf_buf_puts(&d->out, ";\n");
}

static void write_table(ddl *d, const cf__mapper *mapper)
{
    cf_buf_puts(&d->out, "CREATE TABLE IF NOT EXISTS ");
    cf__quote(&d->out, mapper->model->table);
    cf_buf_puts(&d->out, " (\n");
    for (size_t i = 0; i < mapper->ncolumns; i++) {
        write_column(d, mapper, &mapper->columns[i]);
        cf_buf_puts(&d->out, i + 1 < mapper->ncolumns + mapper->nchecks ? ",\n" : "\n");
    }
    for (size_t i = 0; i < mapper->nchecks; i++) {
        cf_buf_puts(&d->out, "    CONSTRAINT ");
        cf__quote(&d->out, mapper->checks[i].name);
        cf_buf_printf(&d->out, " CHECK (%s)%s\n", mapper->checks[i].sql,
                      i + 1 < mapper->nchecks ? "," : "");
    }
    cf_buf_puts(&d->out, ");\n");
    for (size_t i = 0; i < mapper->nindexes; i++)
        write_index(d, mapper->model->table, &mapper->indexes[i]);
}

/* The side of a link table that its DDL is written from, so that it is written once. */
static bool is_first_link(const ddl *d, const cf__relation *r)
{
    if (r->kind != CF_MEMBER_MANY_TO_MANY || cf_models_find_table(d->models, cf_str_of(r->through)))
        return false;
    for (size_t i = 0; i < d->models->count; i++)
        for (size_t j = 0; j < d->models->mappers[i].nrelations; j++) {
            const cf__relation *other = &d->models->mappers[i].relations[j];

            if (other == r)
                return true;
            if (other->kind == r->kind && strcmp(other->through, r->through) == 0)
                return false;
        }
    return true;
}

static void write_link_column(ddl *d, const char *name, const cf__mapper *parent)
{
    cf_buf_puts(&d->out, "    ");
    cf__quote(&d->out, name);
    cf_buf_putc(&d->out, ' ');
    d->dialect->column_type(&d->out, parent->key->member);
    cf_buf_puts(&d->out, " NOT NULL");
    write_reference(d, parent->model->table, parent->key->name);
    write_action(d, "DELETE", CF_CASCADE);
    cf_buf_puts(&d->out, ",\n");
}

static void write_link(ddl *d, const cf__relation *r)
{
    cf_buf_puts(&d->out, "CREATE TABLE IF NOT EXISTS ");
    cf__quote(&d->out, r->through);
    cf_buf_puts(&d->out, " (\n");
    write_link_column(d, r->near, r->owner);
    write_link_column(d, r->far, r->target);
    cf_buf_puts(&d->out, "    PRIMARY KEY (");
    cf__quote(&d->out, r->near);
    cf_buf_puts(&d->out, ", ");
    cf__quote(&d->out, r->far);
    cf_buf_puts(&d->out, ")\n);\n");
    cf_buf_puts(&d->out, "CREATE INDEX IF NOT EXISTS ");
    cf__quote(&d->out, cf_printf(d->arena, "ix_%s_%s", r->through, r->far));
    cf_buf_puts(&d->out, " ON ");
    cf__quote(&d->out, r->through);
    cf_buf_puts(&d->out, " (");
    cf__quote(&d->out, r->far);
    cf_buf_puts(&d->out, ");\n");
}

static bool start(cf_arena *arena, cf_database *database, ddl *d, cf_error *err)
{
    if (!database->models)
        return cf_fail(err, CF_EINVAL, "the database was opened without models");
    *d = (ddl){ arena, database->engine->dialect, cf_buf_in(arena, 0), database->models };
    return true;
}

const char *cf_schema_sql(cf_arena *arena, cf_database *database, cf_error *err)
{
    ddl d;

    if (!start(arena, database, &d, err))
        return NULL;
    for (size_t i = 0; i < d.models->count; i++)
        write_table(&d, d.models->by_rank[i]);
    for (size_t i = 0; i < d.models->count; i++)
        for (size_t j = 0; j < d.models->mappers[i].nrelations; j++)
            if (is_first_link(&d, &d.models->mappers[i].relations[j]))
                write_link(&d, &d.models->mappers[i].relations[j]);
    return cf_buf_ok(&d.out, err) ? cf_buf_cstr(&d.out) : NULL;
}

/* Runs a script in a transaction for changes of tables. */
static bool run_script(cf_database *database, const char *sql, cf_error *err)
{
    cf__conn *conn = cf__schema_begin(database, err);

    if (!conn)
        return false;
    if (database->engine->script(conn, cf_str_of(sql), err) && database->engine->commit(conn, err))
        return true;
    database->engine->rollback(conn);
    return false;
}

bool cf_schema_create_all(cf_database *database, cf_error *err)
{
    cf_arena   *arena = cf_arena_new();
    const char *sql = cf_schema_sql(arena, database, err);
    bool        ok = sql && run_script(database, sql, err);

    cf_arena_free(arena);
    return ok;
}

static void write_drop(ddl *d, const char *table)
{
    cf_buf_puts(&d->out, "DROP TABLE IF EXISTS ");
    cf__quote(&d->out, table);
    cf_buf_puts(&d->out, ";\n");
}

bool cf_schema_drop_all(cf_database *database, cf_error *err)
{
    cf_arena *arena = cf_arena_new();
    bool      ok;
    ddl       d;

    ok = start(arena, database, &d, err);
    for (size_t i = 0; ok && i < d.models->count; i++)
        for (size_t j = 0; j < d.models->mappers[i].nrelations; j++)
            if (is_first_link(&d, &d.models->mappers[i].relations[j]))
                write_drop(&d, d.models->mappers[i].relations[j].through);
    for (size_t i = ok ? d.models->count : 0; i-- > 0;)
        write_drop(&d, d.models->by_rank[i]->model->table);
    ok = ok && run_script(database, cf_buf_cstr(&d.out), err);
    cf_arena_free(arena);
    return ok;
}

/* ---- comparing ---- */

typedef struct comparison {
    cf_arena    *arena;
    cf_database *database;
    cf__conn    *conn;
    cf_buf       out;
} comparison;

static const cf__live_column *find_live(const cf__live_column *live, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(live[i].name, name) == 0)
            return &live[i];
    return NULL;
}

static void compare_columns(comparison *c, const cf__mapper *mapper, const cf__live_column *live,
                            size_t count)
{
    const char *table = mapper->model->table;

    for (size_t i = 0; i < mapper->ncolumns; i++) {
        const cf__column      *column = &mapper->columns[i];
        const cf__live_column *found = find_live(live, count, column->name);

        if (!found)
            cf_buf_printf(&c->out, "\n  column %s.%s is missing", table, column->name);
        else if (found->not_null && !column->not_null && !found->has_default && !found->key)
            cf_buf_printf(&c->out, "\n  column %s.%s is NOT NULL, but not .required in the model",
                          table, column->name);
    }
    for (size_t i = 0; i < count; i++)
        if (live[i].not_null && !live[i].has_default && !live[i].key &&
            !cf__mapper_column(mapper, cf_str_of(live[i].name)))
            cf_buf_printf(&c->out, "\n  column %s.%s must be filled, but the model has none", table,
                          live[i].name);
}

static bool compare_link(comparison *c, const cf__relation *r, cf_error *err)
{
    cf__live_column *live;
    size_t           count;

    if (!c->database->engine->columns(c->arena, c->conn, r->through, &live, &count, err))
        return false;
    if (!count)
        cf_buf_printf(&c->out, "\n  table %s is missing", r->through);
    else if (!find_live(live, count, r->near) || !find_live(live, count, r->far))
        cf_buf_printf(&c->out, "\n  table %s needs the columns %s and %s", r->through, r->near,
                      r->far);
    return true;
}

static bool compare_model(comparison *c, const cf__mapper *mapper, cf_error *err)
{
    cf__live_column *live;
    size_t           count;

    if (!c->database->engine->columns(c->arena, c->conn, mapper->model->table, &live, &count, err))
        return false;
    if (!count)
        cf_buf_printf(&c->out, "\n  table %s is missing", mapper->model->table);
    else
        compare_columns(c, mapper, live, count);
    for (size_t i = 0; i < mapper->nrelations; i++)
        if (mapper->relations[i].kind == CF_MEMBER_MANY_TO_MANY && !mapper->relations[i].implied &&
            !compare_link(c, &mapper->relations[i], err))
            return false;
    return true;
}

static bool compare_all(void *data, cf_error *err)
{
    comparison      *c = data;
    const cf_models *models = c->database->models;

    cf_buf_clear(&c->out);
    c->conn = c->database->engine->read(c->database, NULL, err);
    if (!c->conn)
        return false;
    for (size_t i = 0; i < models->count; i++)
        if (!compare_model(c, &models->mappers[i], err))
            return false;
    return true;
}

bool cf_schema_check(cf_database *database, cf_error *err)
{
    cf_arena  *arena = cf_arena_new();
    comparison c = { arena, database, NULL, cf_buf_in(arena, 0) };
    bool       ok;

    if (!database->models)
        ok = cf_fail(err, CF_EINVAL, "the database was opened without models");
    else
        ok = cf__retry(database, compare_all, &c, err);
    if (ok && c.out.len)
        ok = cf_fail(err, CF_ECONFLICT,
                     "the database %s does not fit the models (run `db upgrade`, or write a "
                     "migration):%s",
                     database->url, cf_buf_cstr(&c.out));
    cf_arena_free(arena);
    return ok;
}
