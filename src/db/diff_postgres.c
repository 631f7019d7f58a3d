/* diff_postgres.c -- changes of tables as PostgreSQL makes them: ALTER TABLE for everything.
 *
 * What others depend on goes first and comes last: foreign keys, then indexes and rules, then
 * tables and columns. Rules that nobody named have the names PostgreSQL gave them. */
#include "db/diff.h"

typedef struct plan {
    const cf__diff   *d;
    const cf__schema *from, *to;
    bool              forward;
    cf_buf           *out;
} plan;

static void alter(plan *p, const char *table)
{
    cf_buf_puts(p->out, "ALTER TABLE ");
    cf__name_write(p->out, table);
    cf_buf_putc(p->out, ' ');
}

static void alter_column(plan *p, const char *table, const char *column)
{
    alter(p, table);
    cf_buf_puts(p->out, "ALTER COLUMN ");
    cf__name_write(p->out, column);
    cf_buf_putc(p->out, ' ');
}

static void drop_constraint(plan *p, const char *table, const char *name)
{
    alter(p, table);
    cf_buf_puts(p->out, "DROP CONSTRAINT ");
    cf__name_write(p->out, name);
    cf_buf_puts(p->out, ";\n");
}

/* ---- names ---- */

const char *cf__unique_name(cf_arena *arena, const cf__schema_table *table,
                            const cf__schema_index *index)
{
    const char **columns = cf_new_array(arena, const char *, index->nparts + 1);

    for (size_t i = 0; i < index->nparts; i++)
        columns[i] = index->parts[i].column;
    return cf__constraint_name(arena, index->name, table->name, columns, index->nparts, "key");
}

/* PostgreSQL names a check for the one column it mentions, or for the table. */
const char *cf__check_name(cf_arena *arena, const cf__schema_table *table,
                           const cf__schema_check *check)
{
    const char *column = NULL;
    size_t      count = 0;

    for (size_t i = 0; i < table->ncolumns; i++) {
        const char *name = table->columns[i].name;

        if (strcmp(cf__expression_rename(arena, check->sql, name, "another name"), check->sql) == 0)
            continue;
        column = name;
        count++;
    }
    return cf__constraint_name(arena, check->name, table->name, &column, count == 1, "check");
}

static const char *foreign_name(plan *p, const cf__schema_table *table,
                                const cf__schema_foreign *foreign)
{
    return cf__constraint_name(p->d->arena, foreign->name, table->name, foreign->columns,
                               foreign->ncolumns, "fkey");
}

/* ---- foreign keys ---- */

static bool type_changes(plan *p, const char *table, const char *column)
{
    const cf__schema_table *a = cf__schema_find(p->from, table), *b = cf__schema_find(p->to, table);
    const cf__schema_column *x = a ? cf__table_column(a, column) : NULL;
    const cf__schema_column *y = b ? cf__table_column(b, column) : NULL;

    return x && y && x->type.kind != y->type.kind;
}

/* Whether a foreign key stays as it is through all that happens. */
static bool foreign_stays(plan *p, const cf__schema_table *table, const cf__schema_table *other,
                          const cf__schema_foreign *foreign)
{
    const cf__schema_table *a = cf__schema_find(p->from, foreign->table);
    const cf__schema_table *b = cf__schema_find(p->to, foreign->table);
    bool                    found = false;

    if (!a || !b || !cf__key_same(a, b))
        return false;
    for (size_t i = 0; i < foreign->ncolumns; i++)
        if (type_changes(p, table->name, foreign->columns[i]) ||
            type_changes(p, foreign->table, foreign->parents ? foreign->parents[i] : a->key[0]))
            return false;
    for (size_t i = 0; i < other->nforeigns; i++)
        found = found || cf__foreign_same(&other->foreigns[i], foreign);
    return found;
}

static void drop_foreigns(plan *p, const cf__schema_table *from, const cf__schema_table *to)
{
    for (size_t i = 0; i < from->nforeigns; i++)
        if (!foreign_stays(p, from, to, &from->foreigns[i]))
            drop_constraint(p, from->name, foreign_name(p, from, &from->foreigns[i]));
}

static void add_foreigns(plan *p, const cf__schema_table *from, const cf__schema_table *to)
{
    for (size_t i = 0; i < to->nforeigns; i++)
        if (!foreign_stays(p, to, from, &to->foreigns[i])) {
            alter(p, to->name);
            cf_buf_puts(p->out, "ADD ");
            cf__ddl_foreign(p->out, &to->foreigns[i], CF__POSTGRESQL);
            cf_buf_puts(p->out, ";\n");
        }
}

/* ---- indexes and rules ---- */

static bool has_index(const cf__schema_table *table, const cf__schema_index *index)
{
    for (size_t i = 0; i < table->nindexes; i++)
        if (cf__index_same(&table->indexes[i], index))
            return true;
    return false;
}

static bool has_check(const cf__schema_table *table, const cf__schema_check *check)
{
    for (size_t i = 0; i < table->nchecks; i++)
        if (cf__check_same(&table->checks[i], check))
            return true;
    return false;
}

/* Whether a column is dropped and made anew, for there is no way from its type to the new one; what
 * stands on it goes along. */
static bool is_remade(plan *p, const cf__schema_table *from, const cf__schema_table *to,
                      const char *column)
{
    const cf__schema_column *a = cf__table_column(from, column);
    const cf__schema_column *b = cf__table_column(to, column);
    bool                     lossy = false;

    if (a && b)
        cf__convert(p->d->arena, column, &a->type, &b->type, CF__POSTGRESQL, &lossy);
    return lossy;
}

static bool index_goes_along(plan *p, const cf__schema_table *from, const cf__schema_table *to,
                             const cf__schema_index *index)
{
    for (size_t i = 0; i < index->nparts; i++)
        if (is_remade(p, from, to, index->parts[i].column))
            return true;
    return false;
}

static bool check_goes_along(plan *p, const cf__schema_table *from, const cf__schema_table *to,
                             const cf__schema_check *check)
{
    for (size_t i = 0; i < from->ncolumns; i++) {
        const char *name = from->columns[i].name;

        if (is_remade(p, from, to, name) &&
            strcmp(cf__expression_rename(p->d->arena, check->sql, name, "another name"),
                   check->sql) != 0)
            return true;
    }
    return false;
}

static void drop_rules(plan *p, const cf__schema_table *from, const cf__schema_table *to)
{
    for (size_t i = 0; i < from->nindexes; i++) {
        const cf__schema_index *index = &from->indexes[i];

        if (has_index(to, index) || (index->exotic && index->flavor != CF__POSTGRESQL))
            continue;
        if (index->constraint) {
            drop_constraint(p, from->name, cf__unique_name(p->d->arena, from, index));
            continue;
        }
        cf_buf_puts(p->out, "DROP INDEX ");
        cf__name_write(p->out, index->name);
        cf_buf_puts(p->out, ";\n");
    }
    for (size_t i = 0; i < from->nchecks; i++)
        if (!has_check(to, &from->checks[i]))
            drop_constraint(p, from->name, cf__check_name(p->d->arena, from, &from->checks[i]));
    if (from->nkey && !cf__key_same(from, to))
        drop_constraint(
            p, from->name,
            cf__constraint_name(p->d->arena, from->key_name, from->name, NULL, 0, "pkey"));
}

static void add_rules(plan *p, const cf__schema_table *from, const cf__schema_table *to)
{
    if (to->nkey && !cf__key_same(from, to)) {
        alter(p, to->name);
        cf_buf_puts(p->out, "ADD PRIMARY KEY (");
        cf__names_write(p->out, to->key, to->nkey);
        cf_buf_puts(p->out, ");\n");
    }
    for (size_t i = 0; i < to->nindexes; i++) {
        if (has_index(from, &to->indexes[i]) && !index_goes_along(p, from, to, &to->indexes[i]))
            continue;
        if (!to->indexes[i].constraint) {
            cf__ddl_index(p->out, to, &to->indexes[i], CF__POSTGRESQL);
            continue;
        }
        alter(p, to->name);
        cf_buf_puts(p->out, "ADD ");
        cf__ddl_unique(p->out, &to->indexes[i]);
        cf_buf_puts(p->out, ";\n");
    }
    for (size_t i = 0; i < to->nchecks; i++)
        if (!has_check(from, &to->checks[i]) || check_goes_along(p, from, to, &to->checks[i])) {
            alter(p, to->name);
            cf_buf_puts(p->out, "ADD ");
            cf__ddl_check(p->out, &to->checks[i]);
            cf_buf_puts(p->out, ";\n");
        }
}

/* ---- columns ---- */

static void fill(plan *p, const cf__schema_table *table, const cf__schema_column *column,
                 bool only_nulls)
{
    if (cf__table_is_foreign(table, column->name) &&
        !cf__diff_fill(p->d, table->name, column->name))
        return; /* No row would be there for a value made up here. */
    cf_buf_puts(p->out, "UPDATE ");
    cf__name_write(p->out, table->name);
    cf_buf_puts(p->out, " SET ");
    cf__name_write(p->out, column->name);
    cf_buf_printf(p->out, " = %s", cf__fill_sql(p->d, table, column, p->forward, CF__POSTGRESQL));
    if (only_nulls) {
        cf_buf_puts(p->out, " WHERE ");
        cf__name_write(p->out, column->name);
        cf_buf_puts(p->out, " IS NULL");
    }
    cf_buf_puts(p->out, ";\n");
}

static void add_column(plan *p, const cf__schema_table *table, const cf__schema_column *column)
{
    cf__schema_table  bare = *table;
    cf__schema_column line = *column;
    bool              later = column->not_null && !column->generated && !column->computed &&
                 (!column->standard.kind || cf__diff_fill(p->d, table->name, column->name));

    bare.nindexes = bare.nforeigns = bare.nchecks = bare.nkey = 0;
    line.not_null = line.not_null && !later;
    alter(p, table->name);
    cf_buf_puts(p->out, "ADD COLUMN ");
    cf__ddl_column(p->out, &bare, &line, CF__POSTGRESQL, NULL);
    if (column->generated)
        cf_buf_puts(p->out, " GENERATED BY DEFAULT AS IDENTITY");
    cf_buf_puts(p->out, ";\n");
    if (!later)
        return;
    fill(p, table, column, false);
    alter_column(p, table->name, column->name);
    cf_buf_puts(p->out, "SET NOT NULL;\n");
}

static void drop_column(plan *p, const char *table, const char *column)
{
    alter(p, table);
    cf_buf_puts(p->out, "DROP COLUMN ");
    cf__name_write(p->out, column);
    cf_buf_puts(p->out, "; -- its values are lost\n");
}

static const char *type_sql(plan *p, const cf__schema_column *column)
{
    cf_buf out = cf_buf_in(p->d->arena, 0);

    cf__type_write(&out, &column->type, CF__POSTGRESQL);
    return cf_buf_cstr(&out);
}

/* False when there is no way from one type to the other: the column is made anew. */
static bool change_type(plan *p, const cf__schema_table *table, const cf__schema_column *from,
                        const cf__schema_column *to)
{
    cf_buf      name = cf_buf_in(p->d->arena, 0);
    const char *value, *type = type_sql(p, to);
    bool        lossy;

    if (strcmp(type_sql(p, from), type) == 0)
        return true;
    cf__name_write(&name, to->name);
    value = cf__convert(p->d->arena, cf_buf_cstr(&name), &from->type, &to->type, CF__POSTGRESQL,
                        &lossy);
    if (lossy) {
        drop_column(p, table->name, from->name);
        add_column(p, table, to);
        return false;
    }
    if (from->standard.kind) {
        alter_column(p, table->name, from->name);
        cf_buf_puts(p->out, "DROP DEFAULT;\n");
    }
    alter_column(p, table->name, from->name);
    cf_buf_printf(p->out, "TYPE %s", type);
    if (strcmp(value, cf_buf_cstr(&name)) != 0)
        cf_buf_printf(p->out, " USING %s", value);
    cf_buf_puts(p->out, ";\n");
    return true;
}

static void change_default(plan *p, const cf__schema_table *table, const cf__schema_column *from,
                           const cf__schema_column *to)
{
    cf__schema_column a = *from, b = *to;
    bool              retyped = strcmp(type_sql(p, from), type_sql(p, to)) != 0;

    a.type = b.type;
    a.not_null = b.not_null;
    a.generated = b.generated;
    a.extra = b.extra;
    if (cf__column_same(&a, &b) && !(retyped && to->standard.kind))
        return;
    if (retyped && !to->standard.kind)
        return; /* It was dropped before the type changed. */
    alter_column(p, table->name, to->name);
    if (!to->standard.kind) {
        cf_buf_puts(p->out, "DROP DEFAULT;\n");
        return;
    }
    cf_buf_puts(p->out, "SET DEFAULT ");
    cf__default_write(p->out, &to->standard, &to->type, CF__POSTGRESQL);
    cf_buf_puts(p->out, ";\n");
}

static void change_column(plan *p, const cf__schema_table *table, const cf__schema_column *from,
                          const cf__schema_column *to)
{
    if (cf__column_same(from, to) || to->computed)
        return;
    if (from->generated && !to->generated) {
        alter_column(p, table->name, to->name);
        cf_buf_puts(p->out, "DROP IDENTITY IF EXISTS;\n");
    }
    if (!change_type(p, table, from, to))
        return;
    if (!to->generated)
        change_default(p, table, from, to);
    if (to->not_null && !from->not_null) {
        fill(p, table, to, true);
        alter_column(p, table->name, to->name);
        cf_buf_puts(p->out, "SET NOT NULL;\n");
    } else if (!to->not_null && from->not_null) {
        alter_column(p, table->name, to->name);
        cf_buf_puts(p->out, "DROP NOT NULL;\n");
    }
    if (to->generated && !from->generated) {
        alter_column(p, table->name, to->name);
        cf_buf_puts(p->out, "ADD GENERATED BY DEFAULT AS IDENTITY;\n");
    }
}

static void change_columns(plan *p, const cf__schema_table *from, const cf__schema_table *to)
{
    for (size_t i = 0; i < to->ncolumns; i++) {
        const cf__schema_column *old = cf__table_column(from, to->columns[i].name);

        if (old)
            change_column(p, to, old, &to->columns[i]);
        else
            add_column(p, to, &to->columns[i]);
    }
    for (size_t i = 0; i < from->ncolumns; i++)
        if (!cf__table_column(to, from->columns[i].name))
            drop_column(p, from->name, from->columns[i].name);
}

/* ---- the whole ---- */

typedef void pair_fn(plan *p, const cf__schema_table *from, const cf__schema_table *to);

/* Calls a step for every table that stays. */
static void each_pair(plan *p, pair_fn *step)
{
    for (size_t i = 0; i < p->to->ntables; i++) {
        const cf__schema_table *old = cf__schema_find(p->from, p->to->tables[i].name);

        if (old)
            step(p, old, &p->to->tables[i]);
    }
}

static void drop_tables(plan *p)
{
    size_t count = 0;

    /* One statement, so that they may reference each other. */
    for (size_t i = 0; i < p->from->ntables; i++) {
        if (cf__schema_find(p->to, p->from->tables[i].name))
            continue;
        cf_buf_puts(p->out, count++ ? ", " : p->out->len ? "\nDROP TABLE " : "DROP TABLE ");
        cf__name_write(p->out, p->from->tables[i].name);
    }
    if (count)
        cf_buf_puts(p->out,
                    count > 1 ? "; -- and everything in them\n" : "; -- and everything in it\n");
}

void cf__plan_postgres(const cf__diff *d, const cf__schema *from, const cf__schema *to,
                       bool forward, cf_buf *out)
{
    plan                     p = { d, from, to, forward, out };
    const cf__schema_table **created = NULL;
    size_t                   ncreated = 0;

    each_pair(&p, drop_foreigns);
    each_pair(&p, drop_rules);
    drop_tables(&p);
    for (size_t i = 0; i < to->ntables; i++)
        if (!cf__schema_find(from, to->tables[i].name))
            *CF__PUSH(d->arena, created, ncreated) = &to->tables[i];
    each_pair(&p, change_columns);
    if (ncreated && out->len)
        cf_buf_putc(out, '\n');
    cf__ddl_tables(d->arena, out, created, ncreated, CF__POSTGRESQL, from);
    each_pair(&p, add_rules);
    each_pair(&p, add_foreigns);
}
