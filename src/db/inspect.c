/* inspect.c -- models from a live database: which table becomes what. */
#include "db/inspect.h"

void cf__inspect_note(cf__inspector *in, const cf__schema_table *table, const char *format, ...)
{
    size_t  about = in->nnotes;
    va_list args;

    va_start(args, format);
    *CF__PUSH(in->arena, in->notes, in->nnotes) = cf_vprintf(in->arena, format, args);
    va_end(args);
    *CF__PUSH(in->arena, in->about, about) = table;
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

bool cf__inspect_makes_uuid(const cf__schema_column *column)
{
    return column->type.kind == CF__TYPE_UUID && column->standard.kind == CF__DEFAULT_OTHER &&
           (strcmp(column->standard.text, "gen_random_uuid()") == 0 ||
            strcmp(column->standard.text, "uuid_generate_v4()") == 0);
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
        if (target->nkey == 1 &&
            (!foreign->parents || strcmp(foreign->parents[0], target->key[0]) == 0))
            return foreign;
    }
    return NULL;
}

/* ---- roles ---- */

static bool is_key_type(cf__type_kind kind)
{
    return kind == CF__TYPE_INT32 || kind == CF__TYPE_INT64 || kind == CF__TYPE_TEXT ||
           kind == CF__TYPE_UUID || kind == CF__TYPE_DATE;
}

/* A column of the key that no model's key can have, or NULL. */
static const char *odd_key(const cf__schema_table *table)
{
    for (size_t i = 0; i < table->nkey; i++) {
        const cf__schema_column *key = cf__table_column(table, table->key[i]);

        if (!key || key->computed || !is_key_type(key->type.kind))
            return table->key[i];
    }
    return NULL;
}

static bool key_fits(const cf__schema_table *table)
{
    return table->nkey && table->nkey <= CF__KEY_COLUMNS && !odd_key(table);
}

/* Whether two references are all that there is of a row. */
static bool is_link(const cf__schema_table *table)
{
    if (table->ncolumns != 2 || table->nchecks || table->nforeigns != 2 ||
        table->foreigns[0].ncolumns != 1 || table->foreigns[1].ncolumns != 1 ||
        strcmp(table->foreigns[0].columns[0], table->foreigns[1].columns[0]) == 0)
        return false;
    return table->nkey == 2 || !table->nkey;
}

static const char *why_not(cf__inspector *in, const cf__schema_table *table)
{
    if (!table->nkey)
        return "it has no primary key";
    if (table->nkey > CF__KEY_COLUMNS)
        return cf_printf(in->arena, "its primary key has %zu columns, and %d are the most",
                         table->nkey, CF__KEY_COLUMNS);
    return cf_printf(in->arena, "its primary key's %s is no integer, text, date or UUID",
                     odd_key(table));
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

        if (is_link(t->table) &&
            cf__inspect_foreign(in, t->table, t->table->foreigns[0].columns[0]) &&
            cf__inspect_foreign(in, t->table, t->table->foreigns[1].columns[0]))
            t->role = CF__ROLE_LINK;
        else if (t->role != CF__ROLE_MODEL)
            cf__inspect_note(in, t->table, "table %s: %s", t->table->name, why_not(in, t->table));
    }
}

/* What an INSERT of a model's row never leaves to the database. */
static void note_default(cf__inspector *in, const cf__schema_table *table,
                         const cf__schema_column *column)
{
    if (column->standard.kind == CF__DEFAULT_OTHER && !column->generated &&
        cf__inspect_can(column) && !cf__inspect_makes_uuid(column))
        cf__inspect_note(in, table, "default of %s.%s (%s): new rows bring their own value",
                         table->name, column->name, column->standard.text);
}

static void note_columns(cf__inspector *in, const cf__plan_table *t)
{
    const cf__schema_column *key = t->role == CF__ROLE_MODEL && t->table->nkey == 1
                                       ? cf__table_column(t->table, t->table->key[0])
                                       : NULL;

    if (key && !key->generated && key->type.kind != CF__TYPE_TEXT &&
        key->type.kind != CF__TYPE_UUID && key->type.kind != CF__TYPE_DATE &&
        !cf__table_is_foreign(t->table, key->name))
        cf__inspect_note(in, t->table,
                         "key %s.%s: the database does not count it; new rows bring their own",
                         t->table->name, key->name);
    for (size_t i = 0; t->role == CF__ROLE_MODEL && i < t->table->ncolumns; i++) {
        const cf__schema_column *column = &t->table->columns[i];

        note_default(in, t->table, column);
        if (!cf__inspect_can(column))
            cf__inspect_note(in, t->table, "column %s.%s (%s): %s", t->table->name, column->name,
                             column->type.text,
                             column->computed ? "the database computes it"
                             : column->not_null && !column->standard.kind
                                 ? "models have no such type; it must be filled, so rows can only "
                                   "be added by SQL"
                                 : "models have no such type");
    }
}

static const char *names_of(cf__inspector *in, const cf__schema_foreign *foreign)
{
    cf_buf out = cf_buf_in(in->arena, 0);

    for (size_t i = 0; i < foreign->ncolumns; i++)
        cf_buf_printf(&out, "%s%s", i ? ", " : "", foreign->columns[i]);
    return cf_buf_cstr(&out);
}

static void note_rules(cf__inspector *in, const cf__plan_table *t)
{
    for (size_t i = 0; t->role == CF__ROLE_MODEL && i < t->table->nforeigns; i++) {
        const cf__schema_foreign *foreign = &t->table->foreigns[i];

        if (foreign->ncolumns > 1)
            cf__inspect_note(in, t->table, "foreign key %s (%s) to %s: it has several columns",
                             t->table->name, names_of(in, foreign), foreign->table);
        else if (cf__inspect_foreign(in, t->table, foreign->columns[0]) != foreign)
            cf__inspect_note(in, t->table,
                             "foreign key %s.%s to %s: it does not lead to a model's key",
                             t->table->name, foreign->columns[0], foreign->table);
    }
    for (size_t i = 0; t->role == CF__ROLE_MODEL && i < t->table->nindexes; i++)
        if (t->table->indexes[i].exotic)
            cf__inspect_note(in, t->table,
                             "index %s on %s: expressions, collations or other methods",
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
        cf__inspect_note(&in, NULL, "table %s", in.schema.unread[i]);
    for (size_t i = 0; i < in.schema.nunmanaged; i++)
        cf__inspect_note(&in, NULL, "not managed: %s", in.schema.unmanaged[i]);
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
