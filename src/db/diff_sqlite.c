/* diff_sqlite.c -- changes of tables as SQLite can make them.
 *
 * Its ALTER TABLE renames, adds plain columns and drops unused ones. Everything else makes the
 * table anew: a new one, its rows copied, the old one dropped, the new one renamed, indexes and
 * triggers made again. Foreign keys are not looked at before the migration ends, so the rows of
 * other tables stay as they are. */
#include "db/diff.h"
#include "db/sql_token.h"

typedef struct plan {
    const cf__diff   *d;
    const cf__schema *from, *to;
    bool              forward;
    cf_buf           *out;
} plan;

static void blank_line(plan *p)
{
    if (p->out->len)
        cf_buf_putc(p->out, '\n');
}

static bool has_index(const cf__schema_table *table, const cf__schema_index *index)
{
    for (size_t i = 0; i < table->nindexes; i++)
        if (cf__index_same(&table->indexes[i], index))
            return true;
    return false;
}

static bool index_uses(const cf__schema_index *index, const char *column)
{
    for (size_t i = 0; i < index->nparts; i++)
        if (strcmp(index->parts[i].column, column) == 0)
            return true;
    return false;
}

static bool mentions(plan *p, const char *sql, const char *name)
{
    return strcmp(cf__expression_rename(p->d->arena, sql, name, "another name"), sql) != 0;
}

/* ---- what ALTER TABLE can do ---- */

/* A column that ALTER TABLE can add: its value in old rows is its default, and it is in no rule but
 * its own. */
static bool can_add(plan *p, const cf__schema_table *table, const cf__schema_column *column)
{
    if (p->forward && column->not_null && cf__diff_fill(p->d, table->name, column->name))
        return false;
    if (column->generated || column->computed || cf__table_is_key(table, column->name) ||
        (column->standard.kind && column->standard.kind != CF__DEFAULT_LITERAL) ||
        (column->not_null && !column->standard.kind))
        return false;
    for (size_t i = 0; i < table->nindexes; i++)
        if (table->indexes[i].constraint && index_uses(&table->indexes[i], column->name))
            return false;
    for (size_t i = 0; i < table->nforeigns; i++)
        for (size_t j = 0; j < table->foreigns[i].ncolumns; j++)
            if (strcmp(table->foreigns[i].columns[j], column->name) == 0 &&
                (table->foreigns[i].ncolumns > 1 || table->foreigns[i].name ||
                 column->standard.kind))
                return false;
    return true;
}

/* A column that ALTER TABLE can drop: nothing but indexes that go knows it. */
static bool can_drop(plan *p, const cf__schema_table *table, const char *column)
{
    if (cf__table_is_key(table, column) || table->ntriggers || p->from->nviews)
        return false;
    for (size_t i = 0; i < table->nindexes; i++)
        if (table->indexes[i].constraint && index_uses(&table->indexes[i], column))
            return false;
    for (size_t i = 0; i < table->nforeigns; i++)
        for (size_t j = 0; j < table->foreigns[i].ncolumns; j++)
            if (strcmp(table->foreigns[i].columns[j], column) == 0)
                return false;
    for (size_t i = 0; i < table->nchecks; i++)
        if (mentions(p, table->checks[i].sql, column))
            return false;
    for (size_t i = 0; i < table->ncolumns; i++)
        if (table->columns[i].computed && mentions(p, table->columns[i].extra, column))
            return false;
    return true;
}

/* A table without what a column that comes or goes brings, for comparing the rest. */
static cf__schema_table without(plan *p, const cf__schema_table *table,
                                const cf__schema_table *other)
{
    cf__schema_table rest = *table;

    rest.columns = NULL;
    rest.foreigns = NULL;
    rest.checks = NULL;
    rest.indexes = NULL;
    rest.ncolumns = rest.nforeigns = rest.nchecks = rest.nindexes = 0;
    for (size_t i = 0; i < table->ncolumns; i++)
        if (cf__table_column(other, table->columns[i].name))
            *CF__PUSH(p->d->arena, rest.columns, rest.ncolumns) = table->columns[i];
    for (size_t i = 0; i < table->nforeigns; i++)
        if (cf__table_column(other, table->foreigns[i].columns[0]))
            *CF__PUSH(p->d->arena, rest.foreigns, rest.nforeigns) = table->foreigns[i];
    for (size_t i = 0; i < table->nchecks; i++)
        if (!table->checks[i].column || cf__table_column(other, table->checks[i].column))
            *CF__PUSH(p->d->arena, rest.checks, rest.nchecks) = table->checks[i];
    for (size_t i = 0; i < table->nindexes; i++)
        if (table->indexes[i].constraint)
            *CF__PUSH(p->d->arena, rest.indexes, rest.nindexes) = table->indexes[i];
    return rest;
}

static bool can_alter(plan *p, const cf__schema_table *from, const cf__schema_table *to)
{
    cf__schema_table a = without(p, from, to), b = without(p, to, from);

    if (!cf__table_same(&a, &b))
        return false;
    for (size_t i = 0; i < to->ncolumns; i++)
        if (!cf__table_column(from, to->columns[i].name) && !can_add(p, to, &to->columns[i]))
            return false;
    for (size_t i = 0; i < from->ncolumns; i++)
        if (!cf__table_column(to, from->columns[i].name) &&
            !can_drop(p, from, from->columns[i].name))
            return false;
    return true;
}

static void alter(plan *p, const cf__schema_table *from, const cf__schema_table *to)
{
    for (size_t i = 0; i < from->nindexes; i++)
        if (!from->indexes[i].constraint && !has_index(to, &from->indexes[i])) {
            cf_buf_puts(p->out, "DROP INDEX ");
            cf__name_write(p->out, from->indexes[i].name);
            cf_buf_puts(p->out, ";\n");
        }
    for (size_t i = 0; i < from->ncolumns; i++)
        if (!cf__table_column(to, from->columns[i].name)) {
            cf_buf_puts(p->out, "ALTER TABLE ");
            cf__name_write(p->out, from->name);
            cf_buf_puts(p->out, " DROP COLUMN ");
            cf__name_write(p->out, from->columns[i].name);
            cf_buf_puts(p->out, "; -- its values are lost\n");
        }
    for (size_t i = 0; i < to->ncolumns; i++)
        if (!cf__table_column(from, to->columns[i].name)) {
            cf_buf_puts(p->out, "ALTER TABLE ");
            cf__name_write(p->out, to->name);
            cf_buf_puts(p->out, " ADD COLUMN ");
            cf__ddl_column(p->out, to, &to->columns[i], CF__SQLITE, NULL);
            cf_buf_puts(p->out, ";\n");
        }
    for (size_t i = 0; i < to->nindexes; i++)
        if (!to->indexes[i].constraint && !has_index(from, &to->indexes[i]))
            cf__ddl_index(p->out, to, &to->indexes[i], CF__SQLITE);
}

/* ---- making a table anew ---- */

static const char *free_name(plan *p, const char *table)
{
    const char *name = cf_printf(p->d->arena, "%s_new", table);

    while (cf__schema_find(p->from, name) || cf__schema_find(p->to, name) ||
           cf__schema_find(p->d->live, name))
        name = cf_printf(p->d->arena, "%s_", name);
    return name;
}

/* What a column of the new table is filled with; NULL: its default. A key that counts gets "NULL",
 * for which SQLite takes the next number. */
static const char *source_of(plan *p, const cf__schema_table *from, const cf__schema_table *to,
                             const cf__schema_column *column)
{
    const cf__schema_column *old = cf__table_column(from, column->name);
    cf_buf                   name = cf_buf_in(p->d->arena, 0);
    const char              *value;
    bool                     lossy = !old;

    if (column->computed)
        return NULL;
    if (!old && column->generated)
        return "NULL";
    cf__name_write(&name, column->name);
    value = cf_buf_cstr(&name);
    if (old)
        value = cf__convert(p->d->arena, value, &old->type, &column->type, CF__SQLITE, &lossy);
    if (lossy && !column->not_null)
        return column->standard.kind ? NULL : "NULL";
    if (lossy)
        return column->standard.kind && !cf__diff_fill(p->d, to->name, column->name)
                   ? NULL
                   : cf__fill_sql(p->d, to, column, p->forward, CF__SQLITE);
    if (column->not_null && !old->not_null && !column->generated &&
        !cf__table_is_foreign(to, column->name))
        value = cf_printf(p->d->arena, "COALESCE(%s, %s)", value,
                          cf__fill_sql(p->d, to, column, p->forward, CF__SQLITE));
    return value;
}

static void copy_rows(plan *p, const cf__schema_table *from, const cf__schema_table *to,
                      const char *name)
{
    cf_buf values = cf_buf_in(p->d->arena, 0);

    cf_buf_puts(p->out, "INSERT INTO ");
    cf__name_write(p->out, name);
    cf_buf_puts(p->out, " (");
    for (size_t i = 0; i < to->ncolumns; i++) {
        const char *source = source_of(p, from, to, &to->columns[i]);

        if (!source || (strcmp(source, "NULL") == 0 && !to->columns[i].generated))
            continue;
        if (values.len) {
            cf_buf_puts(&values, ", ");
            cf_buf_puts(p->out, ", ");
        }
        cf__name_write(p->out, to->columns[i].name);
        cf_buf_puts(&values, source);
    }
    cf_buf_puts(p->out, ")\n    SELECT ");
    cf_buf_str(p->out, cf_buf_view(&values));
    cf_buf_puts(p->out, "\n    FROM ");
    cf__name_write(p->out, from->name);
    cf_buf_puts(p->out, ";\n");
}

/* Keys of deleted rows are not used again: the count moves with the table. */
static void copy_sequence(plan *p, const char *old, const char *name)
{
    cf_buf_puts(p->out, "DELETE FROM sqlite_sequence WHERE name = ");
    cf__text_write(p->out, name);
    cf_buf_puts(p->out, ";\nINSERT INTO sqlite_sequence (name, seq)\n    SELECT ");
    cf__text_write(p->out, name);
    cf_buf_puts(p->out, ", seq FROM sqlite_sequence WHERE name = ");
    cf__text_write(p->out, old);
    cf_buf_puts(p->out, ";\n");
}

/* Whether views or other tables' triggers mention a table: SQLite would not let it be gone. */
static bool is_mentioned(plan *p, const char *table)
{
    if (p->d->live->flavor != CF__SQLITE)
        return true;
    for (size_t i = 0; i < p->d->live->nviews; i++)
        if (mentions(p, p->d->live->views[i].sql, table))
            return true;
    for (size_t i = 0; i < p->from->ntables; i++)
        for (size_t j = 0; j < p->from->tables[i].ntriggers; j++)
            if (strcmp(p->from->tables[i].name, table) != 0 &&
                mentions(p, p->from->tables[i].triggers[j], table))
                return true;
    return false;
}

static void rebuild(plan *p, const cf__schema_table *from, const cf__schema_table *to)
{
    const char *name = free_name(p, to->name);
    bool        mentioned = is_mentioned(p, from->name);

    cf_buf_printf(p->out, "-- %s is made anew: SQLite cannot change it in place.\n", to->name);
    cf__ddl_table(p->out, to, name, CF__SQLITE, NULL);
    copy_rows(p, from, to, name);
    if (from->autoincrement && to->autoincrement)
        copy_sequence(p, from->name, name);
    cf_buf_puts(p->out, "DROP TABLE ");
    cf__name_write(p->out, from->name);
    cf_buf_puts(p->out, ";\n");
    if (mentioned)
        cf_buf_puts(p->out, "PRAGMA legacy_alter_table = ON; -- views and triggers name it\n");
    cf_buf_puts(p->out, "ALTER TABLE ");
    cf__name_write(p->out, name);
    cf_buf_puts(p->out, " RENAME TO ");
    cf__name_write(p->out, to->name);
    cf_buf_puts(p->out, ";\n");
    if (mentioned)
        cf_buf_puts(p->out, "PRAGMA legacy_alter_table = OFF;\n");
    for (size_t i = 0; i < to->nindexes; i++)
        if (!to->indexes[i].constraint)
            cf__ddl_index(p->out, to, &to->indexes[i], CF__SQLITE);
    for (size_t i = 0; i < to->ntriggers; i++)
        cf_buf_printf(p->out, "%s;\n", to->triggers[i]);
}

/* ---- the whole ---- */

void cf__plan_sqlite(const cf__diff *d, const cf__schema *from, const cf__schema *to, bool forward,
                     cf_buf *out)
{
    plan                     p = { d, from, to, forward, out };
    const cf__schema_table **created = NULL;
    size_t                   ncreated = 0;

    for (size_t i = from->ntables; i-- > 0;)
        if (!cf__schema_find(to, from->tables[i].name)) {
            blank_line(&p);
            cf_buf_puts(out, "DROP TABLE ");
            cf__name_write(out, from->tables[i].name);
            cf_buf_puts(out, "; -- and everything in it\n");
        }
    for (size_t i = 0; i < to->ntables; i++) {
        const cf__schema_table *old = cf__schema_find(from, to->tables[i].name);

        if (!old) {
            *CF__PUSH(d->arena, created, ncreated) = &to->tables[i];
            continue;
        }
        if (cf__table_same(old, &to->tables[i]))
            continue;
        blank_line(&p);
        if (can_alter(&p, old, &to->tables[i]))
            alter(&p, old, &to->tables[i]);
        else
            rebuild(&p, old, &to->tables[i]);
    }
    if (ncreated)
        blank_line(&p);
    cf__ddl_tables(d->arena, out, created, ncreated, CF__SQLITE, from);
}
