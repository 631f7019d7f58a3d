/* diff.c -- compares a live database with the models: renames, tables, what is left alone. */
#include "db/diff.h"

#include <stdio.h>

cf_schema_change *cf__change(cf__diff *d, char sign, bool destructive, const char *format, ...)
{
    cf_schema_change *change = CF__PUSH(d->arena, d->changes, d->nchanges);
    va_list           args;

    va_start(args, format);
    *change = (cf_schema_change){ .sign = sign,
                                  .destructive = destructive,
                                  .text = cf_vprintf(d->arena, format, args) };
    va_end(args);
    return change;
}

void cf__note(cf__diff *d, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    *CF__PUSH(d->arena, d->notes, d->nnotes) = cf_vprintf(d->arena, format, args);
    va_end(args);
}

/* ---- options ---- */

/* "table.old=new", or "old=new" for a table. */
static bool parse_rename(cf__diff *d, const char *text)
{
    cf__rename *rename = CF__PUSH(d->arena, d->renames, d->nrenames);
    cf_str      left, right, table, column;

    if (!cf_str_cut(cf_str_of(text), '=', &left, &right) || !left.len || !right.len)
        return cf_fail(d->err, CF_EINVAL,
                       "'%s' is no rename: table=new_table or table.column=new_column", text);
    rename->to = cf_str_dup(d->arena, right);
    if (cf_str_rcut(left, '.', &table, &column)) {
        cf_str new_table;

        /* "user.phone=user.mobile" is understood too. */
        if (cf_str_rcut(right, '.', &new_table, &right))
            rename->to = cf_str_dup(d->arena, right);
        rename->table = cf_str_dup(d->arena, table);
        rename->from = cf_str_dup(d->arena, column);
    } else {
        rename->from = cf_str_dup(d->arena, left);
    }
    return true;
}

static bool parse_fill(cf__diff *d, const char *text)
{
    cf__fill *fill = CF__PUSH(d->arena, d->fills, d->nfills);
    cf_str    left, value, table, column;

    if (!cf_str_cut(cf_str_of(text), '=', &left, &value) ||
        !cf_str_rcut(left, '.', &table, &column))
        return cf_fail(d->err, CF_EINVAL, "'%s' is no value for rows: table.column=value", text);
    *fill = (cf__fill){ cf_str_dup(d->arena, table), cf_str_dup(d->arena, column),
                        cf_str_dup(d->arena, value) };
    return true;
}

const char *cf__diff_fill(const cf__diff *d, const char *table, const char *column)
{
    for (size_t i = 0; i < d->nfills; i++)
        if (strcmp(d->fills[i].table, table) == 0 && strcmp(d->fills[i].column, column) == 0)
            return d->fills[i].value;
    return NULL;
}

/* ---- renames, made in a copy of the live description ---- */

static void rename_in(const char **names, size_t count, const char *from, const char *to)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], from) == 0)
            names[i] = to;
}

static const char **copy_names(cf_arena *arena, const char *const *names, size_t count)
{
    return names ? cf_memdup(arena, names, count * sizeof(*names)) : NULL;
}

static void *copy_array(cf_arena *arena, const void *items, size_t count, size_t size)
{
    return count ? cf_memdup(arena, items, count * size) : NULL;
}

/* A copy whose names can be changed without the other's changing. */
static cf__schema_table copy_table(cf_arena *arena, const cf__schema_table *table)
{
    cf__schema_table copy = *table;

    copy.columns = copy_array(arena, table->columns, table->ncolumns, sizeof(*copy.columns));
    copy.key = copy_names(arena, table->key, table->nkey);
    copy.indexes = copy_array(arena, table->indexes, table->nindexes, sizeof(*copy.indexes));
    copy.foreigns = copy_array(arena, table->foreigns, table->nforeigns, sizeof(*copy.foreigns));
    copy.checks = copy_array(arena, table->checks, table->nchecks, sizeof(*copy.checks));
    copy.triggers = copy_names(arena, table->triggers, table->ntriggers);
    for (size_t i = 0; i < copy.nindexes; i++)
        copy.indexes[i].parts = copy_array(arena, table->indexes[i].parts, table->indexes[i].nparts,
                                           sizeof(cf__key_part));
    for (size_t i = 0; i < copy.nforeigns; i++) {
        cf__schema_foreign *foreign = &copy.foreigns[i];

        foreign->columns = copy_names(arena, foreign->columns, foreign->ncolumns);
        foreign->parents = copy_names(arena, foreign->parents, foreign->ncolumns);
    }
    return copy;
}

static const char *rename_text(cf__diff *d, const char *text, const cf__rename *r)
{
    return text ? cf__expression_rename(d->arena, text, r->from, r->to) : NULL;
}

static void rename_column(cf__diff *d, cf__schema_table *table, const cf__rename *r)
{
    for (size_t i = 0; i < table->ncolumns; i++)
        if (strcmp(table->columns[i].name, r->from) == 0)
            table->columns[i].name = r->to;
    rename_in(table->key, table->nkey, r->from, r->to);
    for (size_t i = 0; i < table->nindexes; i++) {
        cf__schema_index *index = &table->indexes[i];

        for (size_t j = 0; j < index->nparts; j++)
            if (strcmp(index->parts[j].column, r->from) == 0)
                index->parts[j].column = r->to;
        index->where = rename_text(d, index->where, r);
        index->sql = rename_text(d, index->sql, r);
    }
    for (size_t i = 0; i < table->nforeigns; i++)
        rename_in(table->foreigns[i].columns, table->foreigns[i].ncolumns, r->from, r->to);
    for (size_t i = 0; i < table->nchecks; i++) {
        cf__schema_check *check = &table->checks[i];

        check->sql = rename_text(d, check->sql, r);
        check->canonical = cf__expression(d->arena, table, check->sql, NULL);
        if (check->column && strcmp(check->column, r->from) == 0)
            check->column = r->to;
    }
    for (size_t i = 0; i < table->ntriggers; i++)
        table->triggers[i] = rename_text(d, table->triggers[i], r);
}

/* What others say of a table or column that has a new name. */
static void rename_references(cf__diff *d, const cf__rename *r)
{
    for (size_t i = 0; i < d->before.ntables; i++)
        for (size_t j = 0; j < d->before.tables[i].nforeigns; j++) {
            cf__schema_foreign *foreign = &d->before.tables[i].foreigns[j];

            if (!r->table && strcmp(foreign->table, r->from) == 0)
                foreign->table = r->to;
            if (r->table && strcmp(foreign->table, r->table) == 0 && foreign->parents)
                rename_in(foreign->parents, foreign->ncolumns, r->from, r->to);
        }
}

static bool rename_table(cf__diff *d, const cf__rename *r)
{
    cf__schema_table *table = cf__schema_find(&d->before, r->from);

    if (!table)
        return cf_fail(d->err, CF_ENOTFOUND, "there is no table '%s' that could be renamed",
                       r->from);
    if (cf__schema_find(&d->before, r->to))
        return cf_fail(d->err, CF_ECONFLICT, "'%s' cannot be renamed: there is a table '%s'",
                       r->from, r->to);
    if (!cf__schema_find(d->models, r->to))
        return cf_fail(d->err, CF_ENOTFOUND, "no model has the table '%s'", r->to);
    table->name = r->to;
    for (size_t i = 0; i < table->nindexes; i++)
        table->indexes[i].sql = rename_text(d, table->indexes[i].sql, r);
    for (size_t i = 0; i < table->ntriggers; i++)
        table->triggers[i] = rename_text(d, table->triggers[i], r);
    cf__change(d, '>', false, "table %s becomes %s", r->from, r->to);
    return true;
}

/* The table a column's rename means: by its new name, or by the old one. */
static cf__schema_table *table_of_rename(cf__diff *d, cf__rename *r)
{
    for (size_t i = 0; i < d->nrenames; i++)
        if (!d->renames[i].table && strcmp(d->renames[i].from, r->table) == 0)
            r->table = d->renames[i].to;
    return cf__schema_find(&d->before, r->table);
}

static bool check_column_rename(cf__diff *d, cf__rename *r)
{
    cf__schema_table *table = table_of_rename(d, r), *model;

    if (!table)
        return cf_fail(d->err, CF_ENOTFOUND, "there is no table '%s' with a column to rename",
                       r->table);
    if (!cf__table_column(table, r->from))
        return cf_fail(d->err, CF_ENOTFOUND, "the table %s has no column '%s' to rename", r->table,
                       r->from);
    if (cf__table_column(table, r->to))
        return cf_fail(d->err, CF_ECONFLICT, "%s.%s cannot be renamed: there is a column '%s'",
                       r->table, r->from, r->to);
    model = cf__schema_find(d->models, r->table);
    if (!model || !cf__table_column(model, r->to))
        return cf_fail(d->err, CF_ENOTFOUND, "no model has the column %s.%s", r->table, r->to);
    rename_column(d, table, r);
    cf__change(d, '>', false, "column %s.%s becomes %s", r->table, r->from, r->to);
    return true;
}

bool cf__diff_prepare(cf__diff *d)
{
    const cf_compare_options *o = d->options;

    for (size_t i = 0; o->renames && o->renames[i]; i++)
        if (!parse_rename(d, o->renames[i]))
            return false;
    for (size_t i = 0; o->fills && o->fills[i]; i++)
        if (!parse_fill(d, o->fills[i]))
            return false;
    d->before = *d->live;
    d->before.tables = copy_array(d->arena, d->live->tables, d->live->ntables,
                                  sizeof(*d->live->tables));
    for (size_t i = 0; i < d->before.ntables; i++)
        d->before.tables[i] = copy_table(d->arena, &d->live->tables[i]);
    for (int columns = 0; columns <= 1; columns++)
        for (size_t i = 0; i < d->nrenames; i++) {
            cf__rename *r = &d->renames[i];

            if (!!r->table != columns)
                continue;
            if (columns ? !check_column_rename(d, r) : !rename_table(d, r))
                return false;
            rename_references(d, r);
        }
    return true;
}

/* ---- tables ---- */

static bool is_ours(const cf__diff *d, const char *table)
{
    const char *const *known = d->options->ours;

    if (d->options->drop_unknown)
        return true;
    for (size_t i = 0; known && known[i]; i++)
        if (cf_str_ieq(cf_str_of(known[i]), cf_str_of(table)))
            return true;
    for (size_t i = 0; i < d->nrenames; i++)
        if (!d->renames[i].table && strcmp(d->renames[i].to, table) == 0)
            return true;
    return false;
}

bool cf__diff_drops(const cf__diff *d, const char *table)
{
    return !cf__schema_find(d->models, table) && is_ours(d, table);
}

/* Tables that no model has any more. */
static void look_at_others(cf__diff *d)
{
    cf_buf strangers = cf_buf_in(d->arena, 0);
    size_t count = 0;

    for (size_t i = 0; i < d->before.ntables; i++) {
        const cf__schema_table *table = &d->before.tables[i];

        if (cf__schema_find(d->models, table->name))
            continue;
        if (is_ours(d, table->name)) {
            cf__change(d, '-', true, "table %s, with what is in it", table->name);
            continue;
        }
        cf_buf_printf(&strangers, "%s%s", count++ ? ", " : "", table->name);
        *CF__PUSH(d->arena, d->after.tables, d->after.ntables) = *table;
    }
    if (count)
        cf__note(d, "%zu table%s that no model and no migration knows: %s", count,
                 count == 1 ? "" : "s", cf_buf_cstr(&strangers));
    for (size_t i = 0; i < d->live->nunread; i++)
        cf__note(d, "a table that could not be read: %s", d->live->unread[i]);
}

bool cf__diff_run(cf_arena *arena, const cf__schema *live, const cf__schema *models,
                  const cf_compare_options *options, cf__diff *out, cf_error *err)
{
    static const cf_compare_options none;

    *out = (cf__diff){ .arena = arena,
                       .live = live,
                       .models = models,
                       .options = options ? options : &none,
                       .err = err };
    if (!cf__diff_prepare(out))
        return false;
    out->after = out->before;
    out->after.tables = NULL;
    out->after.ntables = 0;
    for (size_t i = 0; i < models->ntables; i++) {
        const cf__schema_table *model = &models->tables[i];
        cf__schema_table       *table = cf__schema_find(&out->before, model->name);

        if (table) {
            cf__diff_table(out, table, model);
            continue;
        }
        cf__change(out, '+', false, "table %s with %zu columns", model->name, model->ncolumns)
            ->problem = cf_printf(arena, "table %s is missing", model->name);
        *CF__PUSH(arena, out->after.tables, out->after.ntables) = *model;
    }
    look_at_others(out);
    cf__diff_ask(out);
    return true;
}
