/* diff_same.c -- whether two descriptions are the same in every word. */
#include "db/diff.h"

bool cf__same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_names(const char *const *a, const char *const *b, size_t count)
{
    if (!a || !b)
        return a == b;
    for (size_t i = 0; i < count; i++)
        if (strcmp(a[i], b[i]) != 0)
            return false;
    return true;
}

static bool same_type(const cf__type *a, const cf__type *b)
{
    if (a->text && b->text && a->flavor == b->flavor)
        return cf_str_ieq(cf_str_of(a->text), cf_str_of(b->text));
    return a->kind == b->kind && a->length == b->length && a->precision == b->precision &&
           a->scale == b->scale;
}

static bool same_default(const cf__default *a, const cf__default *b, const cf__type *type)
{
    return a->kind == b->kind && (a->kind == CF__DEFAULT_OTHER ? cf__same_text(a->text, b->text)
                                                               : cf__default_fits(a, b, type));
}

bool cf__column_same(const cf__schema_column *a, const cf__schema_column *b)
{
    return strcmp(a->name, b->name) == 0 && same_type(&a->type, &b->type) &&
           a->not_null == b->not_null && a->generated == b->generated &&
           a->computed == b->computed && cf__same_text(a->extra, b->extra) &&
           same_default(&a->standard, &b->standard, &a->type);
}

bool cf__index_same(const cf__schema_index *a, const cf__schema_index *b)
{
    if (a->nparts != b->nparts || a->unique != b->unique || a->constraint != b->constraint ||
        a->exotic != b->exotic || !cf__same_text(a->name, b->name) ||
        !cf__same_text(a->where, b->where))
        return false;
    for (size_t i = 0; i < a->nparts; i++)
        if (strcmp(a->parts[i].column, b->parts[i].column) != 0 ||
            a->parts[i].descending != b->parts[i].descending)
            return false;
    return !a->exotic || cf__same_text(a->sql, b->sql);
}

bool cf__foreign_same(const cf__schema_foreign *a, const cf__schema_foreign *b)
{
    return a->ncolumns == b->ncolumns && cf__same_text(a->name, b->name) &&
           strcmp(a->table, b->table) == 0 && a->on_delete == b->on_delete &&
           a->on_update == b->on_update && cf__same_text(a->extra, b->extra) &&
           same_names(a->columns, b->columns, a->ncolumns) &&
           same_names(a->parents, b->parents, a->ncolumns);
}

bool cf__check_same(const cf__schema_check *a, const cf__schema_check *b)
{
    return cf__same_text(a->name, b->name) && strcmp(a->canonical, b->canonical) == 0;
}

bool cf__key_same(const cf__schema_table *a, const cf__schema_table *b)
{
    return a->nkey == b->nkey && same_names(a->key, b->key, a->nkey) &&
           cf__same_text(a->key_name, b->key_name);
}

/* Whether every element of one array has its like in the other. */
#define SAME_ALL(a, b, items, count, same)                                                         \
    same_all((a)->items, (a)->count, (b)->items, (b)->count, sizeof(*(a)->items), (same))

static bool same_all(const void *a, size_t na, const void *b, size_t nb, size_t size,
                     bool (*same)(const void *, const void *))
{
    if (na != nb)
        return false;
    for (size_t i = 0; i < na; i++) {
        size_t j = 0;

        while (j < nb && !same((const char *)a + i * size, (const char *)b + j * size))
            j++;
        if (j == nb)
            return false;
    }
    return true;
}

static bool same_column(const void *a, const void *b)
{
    return cf__column_same(a, b);
}

static bool same_index(const void *a, const void *b)
{
    return cf__index_same(a, b);
}

static bool same_foreign(const void *a, const void *b)
{
    return cf__foreign_same(a, b);
}

static bool same_check(const void *a, const void *b)
{
    return cf__check_same(a, b);
}

static bool same_trigger(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b) == 0;
}

bool cf__table_same(const cf__schema_table *a, const cf__schema_table *b)
{
    return strcmp(a->name, b->name) == 0 && cf__key_same(a, b) &&
           cf__same_text(a->options, b->options) && a->autoincrement == b->autoincrement &&
           SAME_ALL(a, b, columns, ncolumns, same_column) &&
           SAME_ALL(a, b, indexes, nindexes, same_index) &&
           SAME_ALL(a, b, foreigns, nforeigns, same_foreign) &&
           SAME_ALL(a, b, checks, nchecks, same_check) &&
           SAME_ALL(a, b, triggers, ntriggers, same_trigger);
}

static bool same_table(const void *a, const void *b)
{
    return cf__table_same(a, b);
}

static bool same_view(const void *a, const void *b)
{
    const cf__schema_view *x = a, *y = b;

    return strcmp(x->name, y->name) == 0 && strcmp(x->sql, y->sql) == 0;
}

bool cf__schema_same(const cf__schema *a, const cf__schema *b)
{
    return SAME_ALL(a, b, tables, ntables, same_table) && SAME_ALL(a, b, views, nviews, same_view);
}
