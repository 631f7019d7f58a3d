/* inspect.c -- models from a live database: which table becomes what. */
#include "db/inspect.h"

void cf__inspect_note(cf__inspector *in, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    *CF__PUSH(in->arena, in->notes, in->nnotes) = cf_vprintf(in->arena, format, args);
    va_end(args);
}

size_t cf__inspect_find(const cf__inspector *in, const char *table)
{
    for (size_t i = 0; i < in->count; i++)
        if (in->tables[i].role == CF__ROLE_MODEL && strcmp(in->tables[i].table->name, table) == 0)
            return i;
    return CF_NPOS;
}

bool cf__inspect_can(const cf__schema_column *column)
{
    return column->type.kind != CF__TYPE_OTHER && !column->computed;
}

const cf__schema_foreign *cf__inspect_foreign(const cf__inspector    *in,
                                              const cf__schema_table *table, const char *column)
{
    for (size_t i = 0; i < table->nforeigns; i++) {
        const cf__schema_foreign *foreign = &table->foreigns[i];
        size_t                    parent = cf__inspect_find(in, foreign->table);
        const cf__schema_table   *target;

        if (foreign->ncolumns != 1 || strcmp(foreign->columns[0], column) != 0 || parent == CF_NPOS)
            continue;
        target = in->tables[parent].table;
        if (!foreign->parents || strcmp(foreign->parents[0], target->key[0]) == 0)
            return foreign;
    }
    return NULL;
}

/* ---- roles ---- */

static bool key_fits(const cf__schema_table *table)
{
    const cf__schema_column *key = table->nkey == 1 ? cf__table_column(table, table->key[0]) : NULL;

    if (!key || key->computed)
        return false;
    switch (key->type.kind) {
    case CF__TYPE_INT32:
    case CF__TYPE_INT64:
        return true;
    case CF__TYPE_TEXT:
    case CF__TYPE_UUID:
        return true;
    default:
        return false;
    }
}

/* Whether two columns are all that has to be known of a row, and each leads to a model. */
static bool is_link(const cf__schema_table *table)
{
    size_t plain = 0;

    if (table->nforeigns != 2 || table->foreigns[0].ncolumns != 1 ||
        table->foreigns[1].ncolumns != 1 ||
        strcmp(table->foreigns[0].columns[0], table->foreigns[1].columns[0]) == 0)
        return false;
    for (size_t i = 0; i < table->ncolumns; i++) {
        const cf__schema_column *column = &table->columns[i];

        if (cf__table_is_foreign(table, column->name))
            continue;
        plain++;
        if (column->not_null && !column->standard.kind && !column->computed)
            return false;
    }
    if (table->nkey == 2)
        return cf__table_is_foreign(table, table->key[0]) &&
               cf__table_is_foreign(table, table->key[1]);
    return !table->nkey && !plain;
}

static const char *why_not(cf__inspector *in, const cf__schema_table *table)
{
    cf_buf out = cf_buf_in(in->arena, 0);

    if (!table->nkey)
        return "it has no primary key";
    if (table->nkey == 1)
        return cf_printf(in->arena, "its primary key %s is no integer, text or UUID",
                         table->key[0]);
    for (size_t i = 0; i < table->nkey; i++)
        cf_buf_printf(&out, "%s%s", i ? ", " : "", table->key[i]);
    return cf_printf(in->arena, "its primary key has several columns (%s)", cf_buf_cstr(&out));
}

static void choose_roles(cf__inspector *in)
{
    for (size_t i = 0; i < in->schema.ntables; i++) {
        cf__plan_table *t = CF__PUSH(in->arena, in->tables, in->count);

        t->table = &in->schema.tables[i];
        if (key_fits(t->table))
            t->role = CF__ROLE_MODEL;
    }
    for (size_t i = 0; i < in->count; i++) {
        cf__plan_table *t = &in->tables[i];

        if (t->role == CF__ROLE_MODEL)
            continue;
        if (is_link(t->table) &&
            cf__inspect_foreign(in, t->table, t->table->foreigns[0].columns[0]) &&
            cf__inspect_foreign(in, t->table, t->table->foreigns[1].columns[0]))
            t->role = CF__ROLE_LINK;
        else
            cf__inspect_note(in, "table %s: %s", t->table->name, why_not(in, t->table));
    }
}

static void note_columns(cf__inspector *in, const cf__plan_table *t)
{
    const cf__schema_column *key = t->role == CF__ROLE_MODEL
                                       ? cf__table_column(t->table, t->table->key[0])
                                       : NULL;

    if (key && !key->generated && key->type.kind != CF__TYPE_TEXT &&
        key->type.kind != CF__TYPE_UUID && !cf__table_is_foreign(t->table, key->name))
        cf__inspect_note(in, "key %s.%s: the database does not count it; new rows bring their own",
                         t->table->name, key->name);
    for (size_t i = 0; i < t->table->ncolumns; i++) {
        const cf__schema_column *column = &t->table->columns[i];

        if (t->role == CF__ROLE_MODEL && !cf__inspect_can(column))
            cf__inspect_note(in, "column %s.%s (%s): %s", t->table->name, column->name,
                             column->type.text,
                             column->computed ? "the database computes it"
                             : column->not_null && !column->standard.kind
                                 ? "models have no such type; it must be filled, so rows can only "
                                   "be added by SQL"
                                 : "models have no such type");
        if (t->role == CF__ROLE_LINK && !cf__table_is_foreign(t->table, column->name))
            cf__inspect_note(in, "column %s.%s: a link's rows are only its two references",
                             t->table->name, column->name);
    }
}

static void note_rules(cf__inspector *in, const cf__plan_table *t)
{
    for (size_t i = 0; t->role == CF__ROLE_MODEL && i < t->table->nforeigns; i++) {
        const cf__schema_foreign *foreign = &t->table->foreigns[i];

        if (foreign->ncolumns > 1)
            cf__inspect_note(in, "foreign key of %s to %s: it has several columns", t->table->name,
                             foreign->table);
        else if (cf__inspect_foreign(in, t->table, foreign->columns[0]) != foreign)
            cf__inspect_note(in, "foreign key %s.%s to %s: it does not lead to a model's key",
                             t->table->name, foreign->columns[0], foreign->table);
    }
    for (size_t i = 0; t->role == CF__ROLE_MODEL && i < t->table->nindexes; i++)
        if (t->table->indexes[i].exotic)
            cf__inspect_note(in, "index %s on %s: expressions, collations or other methods",
                             t->table->indexes[i].name, t->table->name);
}

/* Parents first, as people read. */
static void order_tables(cf__inspector *in)
{
    const cf__schema_table **ordered = cf_new_array(in->arena, const cf__schema_table *,
                                                    in->schema.ntables + 1);
    cf__schema_table *copy = cf_new_array(in->arena, cf__schema_table, in->schema.ntables + 1);

    for (size_t i = 0; i < in->schema.ntables; i++)
        ordered[i] = &in->schema.tables[i];
    cf__tables_order(in->arena, ordered, in->schema.ntables);
    for (size_t i = 0; i < in->schema.ntables; i++)
        copy[i] = *ordered[i];
    in->schema.tables = copy;
}

bool cf_inspect(cf_arena *arena, cf_database *database, cf_inspection *out, cf_error *err)
{
    cf__inspector in = { .arena = arena,
                         .header = cf_buf_in(arena, 0),
                         .source = cf_buf_in(arena, 0) };

    *out = (cf_inspection){ 0 };
    if (!cf__schema_live(arena, database, &in.schema, err))
        return false;
    if (!in.schema.ntables)
        return cf_fail(err, CF_ENOTFOUND, "%s has no tables", database->url);
    order_tables(&in);
    choose_roles(&in);
    for (size_t i = 0; i < in.count; i++) {
        if (in.tables[i].role == CF__ROLE_MODEL)
            in.tables[i].name = cf__inspect_type_name(&in, in.tables[i].table->name);
        note_columns(&in, &in.tables[i]);
        note_rules(&in, &in.tables[i]);
        out->models += in.tables[i].role == CF__ROLE_MODEL;
        out->links += in.tables[i].role == CF__ROLE_LINK;
    }
    for (size_t i = 0; i < in.schema.nunread; i++)
        cf__inspect_note(&in, "table %s", in.schema.unread[i]);
    cf__inspect_relations(&in);
    cf__inspect_write(&in);
    if (!cf_buf_ok(&in.header, err) || !cf_buf_ok(&in.source, err))
        return false;
    out->header = cf_buf_cstr(&in.header);
    out->source = cf_buf_cstr(&in.source);
    out->notes = in.notes;
    out->nnotes = in.nnotes;
    return true;
}
