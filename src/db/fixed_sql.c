/* fixed_sql.c -- the texts that do not change: a model's rows read, inserted and deleted by key. */
#include "db/sql.h"

/* Puts an end to the text that is built, and begins another. */
static cf__sql finish(cf__builder *b)
{
    cf__sql sql = cf__sql_of(cf_buf_view(&b->sql));

    sql.source = CF__SQL_BUILT;
    b->sql = cf_buf_in(b->arena, 0);
    return sql;
}

static void write_where_key(cf__builder *b)
{
    for (size_t i = 0; i < b->root->nkeys; i++) {
        cf_buf_puts(&b->sql, i ? " AND " : " WHERE ");
        cf__sql_column(b, b->root, 0, b->root->keys[i]->name);
        cf_buf_puts(&b->sql, " = ?");
    }
}

/* INSERT INTO "post" ("title", …) VALUES (?, …), with the key or so that it is generated. */
static void write_insert(cf__builder *b, bool with_key)
{
    const cf__mapper *mapper = b->root;
    cf_buf            marks = cf_buf_in(b->arena, 0);

    cf_buf_puts(&b->sql, "INSERT INTO ");
    cf__sql_table(b, mapper->model->table, 0);
    for (size_t i = 0; i < mapper->ncolumns; i++) {
        if (&mapper->columns[i] == mapper->key && !with_key)
            continue;
        cf_buf_puts(&b->sql, marks.len ? ", " : " (");
        cf__quote(&b->sql, mapper->columns[i].name);
        cf_buf_puts(&marks, marks.len ? ", ?" : "?");
    }
    if (marks.len)
        cf_buf_printf(&b->sql, ") VALUES (%.*s)", CF_STR_ARG(cf_buf_view(&marks)));
    else
        cf_buf_puts(&b->sql, " DEFAULT VALUES");
    if (!with_key && b->db->database->engine->dialect->returning) {
        /* A key that is taken is answered by no row instead of an error, which would end the
         * transaction. */
        cf_buf_puts(&b->sql, " ON CONFLICT (");
        cf__quote(&b->sql, mapper->key->name);
        cf_buf_puts(&b->sql, ") DO NOTHING RETURNING ");
        cf__quote(&b->sql, mapper->key->name);
    }
}

static void make(cf_database *database, const cf__mapper *mapper, cf__mapper_sql *sql)
{
    cf_db       db = { .arena = database->arena, .database = database };
    cf__builder b = cf__builder_new(&db, mapper, NULL);

    cf__sql_columns(&b, mapper, 0);
    sql->columns = finish(&b).text;
    cf_buf_printf(&b.sql, "SELECT %.*s FROM ", CF_STR_ARG(sql->columns));
    cf__sql_table(&b, mapper->model->table, 0);
    write_where_key(&b);
    sql->get = finish(&b);
    cf_buf_puts(&b.sql, "DELETE FROM ");
    cf__sql_table(&b, mapper->model->table, 0);
    write_where_key(&b);
    sql->remove = finish(&b);
    write_insert(&b, true);
    sql->insert = finish(&b);
    write_insert(&b, false);
    sql->insert_new = finish(&b);
}

const cf__mapper_sql *cf__database_sql(cf_database *database, const cf__mapper *mapper)
{
    cf__mapper_sql *sql = &database->sql[mapper->index];

    if (!sql->get.text.len)
        make(database, mapper, sql);
    return sql;
}
