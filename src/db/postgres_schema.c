/* postgres_schema.c -- what a live PostgreSQL database holds, from its catalog.
 *
 * Three queries over the tables of the current schema: columns, constraints, indexes. Rules whose
 * names PostgreSQL made itself count as unnamed, so that a table reads the same whichever engine it
 * is in. */
#include "db/diff.h"
#include "db/postgres.h"

typedef struct catalog {
    cf_arena         *arena;
    cf__schema       *schema;
    cf__schema_table *table; /* Of the row before. */
    cf__schema_index *index; /* The same. */
    const char       *last;  /* Name of the constraint or index of the row before. */
} catalog;

static const char *text(catalog *c, const cf__cursor *cursor, int i)
{
    return cf_str_dup(c->arena, cf__cursor_text(cursor, i));
}

static bool is_null(const cf__cursor *cursor, int i)
{
    cf__datum datum;

    cursor->ops->read(cursor, i, &datum);
    return datum.cell == CF__CELL_NULL;
}

/* Whether a row is of another table, constraint or index than the one before. */
static bool is_next(catalog *c, const char *table, const char *name)
{
    bool same = c->table && strcmp(c->table->name, table) == 0 && c->last &&
                strcmp(c->last, name) == 0;

    c->table = cf__schema_find(c->schema, table);
    c->last = name;
    return !same;
}

/* ---- columns ---- */

static const char columns_sql[] =
    "SELECT c.relname::text, a.attname::text, "
    "format_type(COALESCE(NULLIF(t.typbasetype, 0), a.atttypid), "
    "CASE WHEN t.typbasetype <> 0 THEN t.typtypmod ELSE a.atttypmod END), "
    "a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity <> '', a.attgenerated <> '', "
    "CASE WHEN a.attcollation <> t.typcollation THEN l.collname::text END, "
    "(SELECT string_agg(replace(e.enumlabel, ' ', chr(1)), ' ' ORDER BY e.enumsortorder) "
    "FROM pg_enum e WHERE e.enumtypid = a.atttypid) "
    "FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT "
    "a.attisdropped LEFT JOIN pg_type t ON t.oid = a.atttypid "
    "LEFT JOIN pg_collation l ON l.oid = a.attcollation "
    "LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum "
    "WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'carafe_version' "
    "AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) "
    "AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_class'::regclass "
    "AND x.objid = c.oid AND x.deptype = 'e') ORDER BY c.relname, a.attnum";

static void read_default(catalog *c, cf__schema_column *column, const char *sql, bool computed)
{
    if (computed) {
        column->computed = true;
        column->flavor = CF__POSTGRESQL;
        column->extra = cf_printf(c->arena, "GENERATED ALWAYS AS (%s) STORED", sql);
        return;
    }
    column->standard = cf__default_of(c->arena, cf_str_of(sql), CF__POSTGRESQL);
}

static void read_type(catalog *c, cf__schema_column *column, const cf__cursor *cursor)
{
    column->type = cf__type_of(c->arena, cf__cursor_text(cursor, 2), CF__POSTGRESQL);
    if (!is_null(cursor, 8)) {
        const char *words = text(c, cursor, 8);

        /* A native enum; its words are looked up as a check's are. */
        if (!strchr(words, 1)) {
            column->type.kind = CF__TYPE_TEXT;
            column->type.any_length = true;
            column->words = words;
        }
    }
}

static bool add_column(void *data, const cf__cursor *cursor, cf_error *err)
{
    catalog           *c = data;
    const char        *name = text(c, cursor, 0);
    cf__schema_column *column;

    (void)err;
    if (!c->table || strcmp(c->table->name, name) != 0) {
        c->table = CF__PUSH(c->arena, c->schema->tables, c->schema->ntables);
        c->table->name = name;
    }
    if (is_null(cursor, 1))
        return true;
    column = CF__PUSH(c->arena, c->table->columns, c->table->ncolumns);
    column->name = text(c, cursor, 1);
    read_type(c, column, cursor);
    column->not_null = cf__cursor_integer(cursor, 3) != 0;
    if (!is_null(cursor, 7)) {
        cf_buf extra = cf_buf_in(c->arena, 0);

        cf_buf_puts(&extra, "COLLATE ");
        cf__quote(&extra, text(c, cursor, 7));
        column->flavor = CF__POSTGRESQL;
        column->extra = cf_buf_cstr(&extra);
    }
    if (!is_null(cursor, 4))
        read_default(c, column, text(c, cursor, 4), cf__cursor_integer(cursor, 6) != 0);
    column->generated = cf__cursor_integer(cursor, 5) != 0;
    return true;
}

/* ---- constraints ---- */

static const char constraints_sql[] =
    "SELECT c.relname::text, k.conname::text, k.contype::text, a.attname::text, "
    "f.relname::text, b.attname::text, k.confdeltype::text, k.confupdtype::text, "
    "k.condeferrable, k.condeferred, pg_get_expr(k.conbin, k.conrelid), "
    "cardinality(k.conkey) FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid "
    "LEFT JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS u(key, parent, place) ON "
    "true LEFT JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.key "
    "LEFT JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = u.parent "
    "LEFT JOIN pg_class f ON f.oid = k.confrelid WHERE k.contype IN ('p', 'u', 'f', 'c') "
    "AND k.connamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) "
    "ORDER BY c.relname, k.conname, u.place";

static cf__action action_of(const cf__cursor *cursor, int i)
{
    cf_str letter = cf__cursor_text(cursor, i);

    switch (letter.len ? letter.ptr[0] : 'a') {
    case 'c':
        return CF__CASCADE;
    case 'n':
        return CF__SET_NULL;
    case 'd':
        return CF__SET_DEFAULT;
    case 'r':
        return CF__RESTRICTED;
    default:
        return CF__NO_ACTION;
    }
}

static void add_key(catalog *c, const cf__cursor *cursor, bool next)
{
    if (next)
        c->table->key_name = c->last;
    *CF__PUSH(c->arena, c->table->key, c->table->nkey) = text(c, cursor, 3);
}

static void add_unique(catalog *c, const cf__cursor *cursor, bool next)
{
    if (next) {
        c->index = CF__PUSH(c->arena, c->table->indexes, c->table->nindexes);
        *c->index = (cf__schema_index){
            .name = c->last, .unique = true, .constraint = true, .flavor = CF__POSTGRESQL
        };
    }
    CF__PUSH(c->arena, c->index->parts, c->index->nparts)->column = text(c, cursor, 3);
}

static void add_foreign(catalog *c, const cf__cursor *cursor, bool next)
{
    cf__schema_foreign *foreign;
    size_t              count;

    if (next) {
        foreign = CF__PUSH(c->arena, c->table->foreigns, c->table->nforeigns);
        *foreign = (cf__schema_foreign){ .name = c->last,
                                         .table = text(c, cursor, 4),
                                         .on_delete = action_of(cursor, 6),
                                         .on_update = action_of(cursor, 7),
                                         .flavor = CF__POSTGRESQL };
        if (cf__cursor_integer(cursor, 8))
            foreign->extra = cf__cursor_integer(cursor, 9) ? "DEFERRABLE INITIALLY DEFERRED"
                                                           : "DEFERRABLE";
    }
    foreign = &c->table->foreigns[c->table->nforeigns - 1];
    count = foreign->ncolumns;
    *CF__PUSH(c->arena, foreign->columns, foreign->ncolumns) = text(c, cursor, 3);
    *CF__PUSH(c->arena, foreign->parents, count) = text(c, cursor, 5);
}

static void add_check(catalog *c, const cf__cursor *cursor, bool next)
{
    cf__schema_check *check;

    if (!next)
        return;
    check = CF__PUSH(c->arena, c->table->checks, c->table->nchecks);
    check->name = c->last;
    check->sql = cf__expression_portable(c->arena, c->table, text(c, cursor, 10));
    check->canonical = cf__expression(c->arena, c->table, check->sql, NULL);
    check->words = cf__expression_words(c->arena, check->sql, &check->about);
    if (cf__cursor_integer(cursor, 11) == 1)
        check->column = text(c, cursor, 3);
}

static bool add_constraint(void *data, const cf__cursor *cursor, cf_error *err)
{
    catalog *c = data;
    bool     next = is_next(c, text(c, cursor, 0), text(c, cursor, 1));
    cf_str   kind = cf__cursor_text(cursor, 2);

    (void)err;
    if (!c->table)
        return true;
    if (cf_str_is(kind, "p"))
        add_key(c, cursor, next);
    else if (cf_str_is(kind, "u"))
        add_unique(c, cursor, next);
    else if (cf_str_is(kind, "f"))
        add_foreign(c, cursor, next);
    else
        add_check(c, cursor, next);
    return true;
}

/* ---- indexes ---- */

static const char indexes_sql[] =
    "SELECT t.relname::text, i.relname::text, x.indisunique, pg_get_indexdef(x.indexrelid), "
    "pg_get_expr(x.indpred, x.indrelid), a.attname::text, (u.flags & 1) <> 0, "
    "m.amname <> 'btree' OR x.indexprs IS NOT NULL OR x.indnatts <> x.indnkeyatts "
    "OR u.flags NOT IN (0, 3) OR NOT o.opcdefault OR u.coll <> a.attcollation "
    "FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid "
    "JOIN pg_am m ON m.oid = i.relam JOIN LATERAL unnest(x.indkey::int2[], x.indoption::int2[], "
    "x.indclass::oid[], x.indcollation::oid[]) WITH ORDINALITY "
    "AS u(key, flags, op, coll, place) ON true "
    "LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = u.key AND u.key > 0 "
    "LEFT JOIN pg_opclass o ON o.oid = u.op WHERE NOT x.indisprimary AND t.relnamespace = "
    "(SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND NOT EXISTS "
    "(SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', "
    "'x')) ORDER BY t.relname, i.relname, u.place";

static bool add_index(void *data, const cf__cursor *cursor, cf_error *err)
{
    catalog      *c = data;
    bool          next = is_next(c, text(c, cursor, 0), text(c, cursor, 1));
    cf__key_part *part;

    (void)err;
    if (!c->table)
        return true;
    if (next) {
        c->index = CF__PUSH(c->arena, c->table->indexes, c->table->nindexes);
        *c->index = (cf__schema_index){ .name = c->last,
                                        .unique = cf__cursor_integer(cursor, 2) != 0,
                                        .flavor = CF__POSTGRESQL,
                                        .sql = text(c, cursor, 3) };
        if (!is_null(cursor, 4))
            c->index->where = cf__expression_portable(c->arena, c->table, text(c, cursor, 4));
    }
    part = CF__PUSH(c->arena, c->index->parts, c->index->nparts);
    part->column = is_null(cursor, 5) ? "" : text(c, cursor, 5);
    part->descending = cf__cursor_integer(cursor, 6) != 0;
    if (cf__cursor_integer(cursor, 7) || is_null(cursor, 5))
        c->index->exotic = true;
    return true;
}

/* ---- what models have not ---- */

static const char unmanaged_sql[] =
    "SELECT CASE WHEN c.relkind = 'm' THEN 'materialized ' ELSE '' END || 'view ' || c.relname "
    "AS what FROM pg_class c WHERE c.relkind IN ('v', 'm') AND c.relnamespace = "
    "(SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND NOT EXISTS "
    "(SELECT FROM pg_depend x WHERE x.classid = 'pg_class'::regclass AND x.objid = c.oid "
    "AND x.deptype = 'e') UNION ALL "
    "SELECT 'trigger ' || g.tgname || ' on ' || c.relname FROM pg_trigger g JOIN pg_class c "
    "ON c.oid = g.tgrelid WHERE NOT g.tgisinternal AND g.tgparentid = 0 AND c.relnamespace = "
    "(SELECT oid FROM pg_namespace WHERE nspname = current_schema()) ORDER BY what";

static bool add_unmanaged(void *data, const cf__cursor *cursor, cf_error *err)
{
    catalog *c = data;

    (void)err;
    *CF__PUSH(c->arena, c->schema->unmanaged, c->schema->nunmanaged) = text(c, cursor, 0);
    return true;
}

/* ---- the whole ---- */

/* Names that PostgreSQL made count as none. */
static void forget_made_names(cf_arena *arena, cf__schema_table *table)
{
    if (table->nkey && cf__same_text(table->key_name, cf__constraint_name(arena, NULL, table->name,
                                                                          NULL, 0, "pkey")))
        table->key_name = NULL;
    for (size_t i = 0; i < table->nindexes; i++) {
        cf__schema_index unnamed = table->indexes[i];

        unnamed.name = NULL;
        if (unnamed.constraint &&
            cf__same_text(table->indexes[i].name, cf__unique_name(arena, table, &unnamed)))
            table->indexes[i].name = NULL;
    }
    for (size_t i = 0; i < table->nforeigns; i++) {
        cf__schema_foreign *foreign = &table->foreigns[i];

        if (cf__same_text(foreign->name,
                          cf__constraint_name(arena, NULL, table->name, foreign->columns,
                                              foreign->ncolumns, "fkey")))
            foreign->name = NULL;
    }
    for (size_t i = 0; i < table->nchecks; i++) {
        cf__schema_check unnamed = table->checks[i];

        unnamed.name = NULL;
        if (cf__same_text(table->checks[i].name, cf__check_name(arena, table, &unnamed)))
            table->checks[i].name = NULL;
    }
}

/* What several columns of a table decide together. */
static void finish(cf_arena *arena, cf__schema_table *table)
{
    for (size_t i = 0; i < table->ncolumns; i++) {
        cf__schema_column *column = &table->columns[i];
        bool               sole_key = table->nkey == 1 && strcmp(table->key[0], column->name) == 0;

        if (sole_key && column->standard.kind == CF__DEFAULT_OTHER &&
            cf_str_starts(cf_str_of(column->standard.text), CF_STR("nextval("))) {
            column->generated = true;
            column->standard = (cf__default){ 0 };
        }
        column->generated = column->generated && sole_key;
        table->autoincrement = table->autoincrement || column->generated;
    }
    for (size_t i = 0; i < table->nchecks; i++) {
        cf__schema_column *column = table->checks[i].words
                                        ? cf__table_column(table, table->checks[i].about)
                                        : NULL;

        if (!column)
            continue;
        column->words = table->checks[i].words;
        column->type.any_length = column->type.kind == CF__TYPE_TEXT;
    }
    forget_made_names(arena, table);
}

static bool run(catalog *c, cf__conn *conn, const char *sql, cf__row_fn *row, cf_error *err)
{
    cf__sql     statement = cf__sql_of(cf_str_of(sql));
    cf__outcome outcome;

    c->table = NULL;
    c->last = NULL;
    return cf__pg_run(conn, &statement, NULL, 0, row, c, &outcome, err);
}

bool cf__postgres_schema(cf_arena *arena, cf__conn *conn, cf__schema *out, cf_error *err)
{
    catalog c = { .arena = arena, .schema = out };

    *out = (cf__schema){ .flavor = CF__POSTGRESQL };
    if (!run(&c, conn, columns_sql, add_column, err) ||
        !run(&c, conn, constraints_sql, add_constraint, err) ||
        !run(&c, conn, indexes_sql, add_index, err) ||
        !run(&c, conn, unmanaged_sql, add_unmanaged, err))
        return false;
    for (size_t i = 0; i < out->ntables; i++)
        finish(arena, &out->tables[i]);
    return true;
}
