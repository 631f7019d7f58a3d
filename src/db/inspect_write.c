/* inspect_write.c -- models.h and models.c as somebody would write them. */
#include "db/inspect.h"

/* ---- pieces ---- */

/* A C string literal. */
static void write_literal(cf_buf *out, const char *text)
{
    cf_buf_putc(out, '"');
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;

        if (c == '"' || c == '\\')
            cf_buf_printf(out, "\\%c", c);
        else if (c == '?')
            cf_buf_puts(out, "\\?"); /* Two of them could begin a trigraph. */
        else if (c == '\n')
            cf_buf_puts(out, "\\n");
        else if (c < ' ' || c == 0x7f)
            cf_buf_printf(out, "\\%03o", c);
        else
            cf_buf_putc(out, (char)c);
    }
    cf_buf_putc(out, '"');
}

static bool is_integer(const cf__type *type)
{
    return type->kind == CF__TYPE_INT32 || type->kind == CF__TYPE_INT64;
}

static const char *c_type(const cf__inspector *in, const cf__schema_table *table,
                          const cf__schema_column *column)
{
    static const char *const types[] = {
        [CF__TYPE_OTHER] = "",
        [CF__TYPE_BOOL] = "bool ",
        [CF__TYPE_INT32] = "int32_t ",
        [CF__TYPE_INT64] = "int64_t ",
        [CF__TYPE_DOUBLE] = "double ",
        [CF__TYPE_DECIMAL] = "cf_decimal ",
        [CF__TYPE_TEXT] = "const char *",
        [CF__TYPE_BYTES] = "cf_str ",
        [CF__TYPE_TIME] = "cf_time ",
        [CF__TYPE_DATE] = "cf_date ",
        [CF__TYPE_CLOCK] = "cf_clock ",
        [CF__TYPE_UUID] = "cf_uuid ",
        [CF__TYPE_JSON] = "cf_value ",
    };
    const cf__schema_foreign *foreign = cf__inspect_foreign(in, table, column->name);

    /* A reference has the type of what it leads to. */
    if (foreign) {
        const cf__schema_table *parent = cf__schema_find(&in->schema, foreign->table);

        column = cf__table_column(parent, parent->key[0]);
        if (parent != table)
            return c_type(in, parent, column);
    }
    if (is_integer(&column->type) &&
        (column->type.any_integer || foreign || cf__table_is_key(table, column->name)))
        return types[CF__TYPE_INT64];
    return types[column->type.kind];
}

/* Whether NULL has no natural form in C, so that it has to be asked for. */
static bool is_plain(const cf__type *type)
{
    return type->kind == CF__TYPE_BOOL || is_integer(type) || type->kind == CF__TYPE_DOUBLE ||
           type->kind == CF__TYPE_DECIMAL;
}

/* ---- models.h ---- */

static void write_struct(cf__inspector *in, const cf__plan_table *t)
{
    cf_buf *out = &in->header;

    cf_buf_printf(out, "\ntypedef struct %s {\n    CF_ROW;\n", t->name);
    for (size_t i = 0; i < t->table->ncolumns; i++) {
        const cf__schema_column *column = &t->table->columns[i];

        if (cf__inspect_can(column))
            cf_buf_printf(out, "    %-12s%s;\n", c_type(in, t->table, column),
                          cf__inspect_member(in->arena, column->name));
        else
            cf_buf_printf(out, "    /* %s %s: left to SQL. */\n",
                          cf__inspect_member(in->arena, column->name),
                          column->computed ? "(computed)" : column->type.text);
    }
    cf_buf_printf(out, "} %s;\nextern const cf_model %s_model;\n", t->name, t->name);
}

static void write_header(cf__inspector *in)
{
    cf_buf_puts(&in->header, "/* models.h -- the tables of the database as C. */\n"
                             "#ifndef MODELS_H\n#define MODELS_H\n\n#include <carafe.h>\n");
    for (size_t i = 0; i < in->count; i++)
        if (in->tables[i].role == CF__ROLE_MODEL)
            write_struct(in, &in->tables[i]);
    cf_buf_puts(&in->header, "\n/* Every model, ended by NULL: for cf_app_models(). */\n"
                             "extern const cf_model *const models[];\n\n#endif\n");
}

/* ---- models.c ---- */

typedef struct options {
    cf_buf text;
} options;

static void option(options *o, const char *name, const char *value)
{
    cf_buf_printf(&o->text, ", .%s = %s", name, value);
}

static void text_option(options *o, const char *name, const char *value)
{
    cf_buf_printf(&o->text, ", .%s = ", name);
    write_literal(&o->text, value);
}

static void write_default(options *o, const cf__schema_column *column)
{
    const cf__default *standard = &column->standard;
    bool time = column->type.kind == CF__TYPE_TIME || column->type.kind == CF__TYPE_DATE ||
                column->type.kind == CF__TYPE_CLOCK;

    if (standard->kind == CF__DEFAULT_NOW && time)
        option(o, "default_now", "true");
    if (cf__inspect_makes_uuid(column))
        option(o, "default_uuid", "true");
    if (standard->kind != CF__DEFAULT_LITERAL)
        return;
    if (column->type.kind == CF__TYPE_BOOL)
        text_option(o, "default_value", strchr("tTyY1", standard->text[0]) ? "true" : "false");
    else
        text_option(o, "default_value", standard->text);
}

static void write_reference(options *o, const cf__inspector *in, const cf__schema_foreign *foreign,
                            bool required)
{
    static const char *const actions[] = { NULL, "CF_CASCADE", "CF_SET_NULL", NULL, NULL };
    const cf__schema_table  *parent = cf__schema_find(&in->schema, foreign->table);

    text_option(o, "references", cf_printf(in->arena, "%s.%s", parent->name, parent->key[0]));
    if (actions[foreign->on_delete] && !(required && foreign->on_delete == CF__SET_NULL))
        option(o, "on_delete", actions[foreign->on_delete]);
    if (actions[foreign->on_update] && !(required && foreign->on_update == CF__SET_NULL))
        option(o, "on_update", actions[foreign->on_update]);
}

/* The index that an option of its column says; NULL: none. `unique`: by .unique. */
static const cf__schema_index *own_index(const cf__schema_table *table, const char *column,
                                         bool unique)
{
    for (size_t i = 0; i < table->nindexes; i++) {
        const cf__schema_index *index = &table->indexes[i];

        if (!index->exotic && !index->where && index->unique == unique && index->nparts == 1 &&
            !index->parts[0].descending && strcmp(index->parts[0].column, column) == 0)
            return index;
    }
    return NULL;
}

/* The check that .one_of of its column says, or NULL. */
static const cf__schema_check *own_check(const cf__schema_table  *table,
                                         const cf__schema_column *column)
{
    if (column->type.kind != CF__TYPE_TEXT)
        return NULL;
    for (size_t i = 0; i < table->nchecks; i++) {
        const cf__schema_check *check = &table->checks[i];

        if (check->words && strcmp(check->about, column->name) == 0 &&
            !(column->standard.kind == CF__DEFAULT_LITERAL &&
              cf_word_index(check->words, cf_str_of(column->standard.text)) < 0))
            return check;
    }
    return NULL;
}

static const char *column_options(cf__inspector *in, const cf__schema_table *table,
                                  const cf__schema_column *column)
{
    options                   o = { cf_buf_in(in->arena, 0) };
    bool                      key = cf__table_is_key(table, column->name);
    bool                      alone = key && table->nkey == 1;
    const cf__schema_foreign *foreign = cf__inspect_foreign(in, table, column->name);
    const cf__schema_check   *check = own_check(table, column);
    bool                      native = column->words && !table->nchecks;

    if (key)
        option(&o, "primary_key", "true");
    if (foreign)
        write_reference(&o, in, foreign, column->not_null);
    if (column->type.kind == CF__TYPE_TEXT && column->type.length)
        option(&o, "max", cf_printf(in->arena, "%lld", (long long)column->type.length));
    if (column->type.kind == CF__TYPE_DECIMAL) {
        option(&o, "precision", cf_printf(in->arena, "%d", (int)column->type.precision));
        option(&o, "scale",
               column->type.scale ? cf_printf(in->arena, "%d", (int)column->type.scale) : "-1");
    }
    if (!key && column->not_null && (foreign || !is_plain(&column->type)))
        option(&o, "required", "true");
    if (!key && !column->not_null && !foreign && is_plain(&column->type))
        option(&o, "nullable", "true");
    if (check || native)
        text_option(&o, "one_of", check ? check->words : column->words);
    if (!column->generated)
        write_default(&o, column);
    if (!alone && own_index(table, column->name, true))
        option(&o, "unique", "true");
    else if (!key && !foreign && own_index(table, column->name, false))
        option(&o, "index", "true");
    return o.text.len ? cf_buf_cstr(&o.text) + 2 : "";
}

static void write_column(cf__inspector *in, const cf__plan_table *t,
                         const cf__schema_column *column, int width)
{
    const char *member = cf__inspect_member(in->arena, column->name);
    const char *text = column_options(in, t->table, column);

    if (strcmp(member, column->name) == 0) {
        cf_buf_printf(&in->source, ",\n    CF_COLUMN(%s, %s%s%*s%s)", t->name, member,
                      *text ? "," : "", *text ? width - (int)strlen(member) + 1 : 0, "", text);
        return;
    }
    /* CF_COLUMN() takes the member's name for the column's; these differ. */
    cf_buf_puts(&in->source, ",\n    { .field = { ");
    write_literal(&in->source, column->name);
    cf_buf_printf(&in->source,
                  ", CF_KIND_OF(((%s *)0)->%s), offsetof(%s, %s), NULL, NULL },\n"
                  "      .kind = CF_MEMBER_COLUMN, .column = { %s%s }, .line = __LINE__ }",
                  t->name, member, t->name, member, text, *text ? "" : "0");
}

/* Whether a column's options say an index already. */
static bool is_said(const cf__inspector *in, const cf__schema_table *table,
                    const cf__schema_index *index)
{
    const char *column = index->parts[0].column;

    if (index->nparts != 1 || index->where || index->parts[0].descending)
        return false;
    if (table->nkey == 1 && cf__table_is_key(table, column))
        return index->unique;
    if (!index->unique && table->nkey && strcmp(table->key[0], column) == 0)
        return false;
    if (index->unique)
        return own_index(table, column, true) == index;
    return cf__inspect_foreign(in, table, column) ||
           (own_index(table, column, false) == index && !own_index(table, column, true));
}

/* Whether every column of an index can be a member. */
static bool can_say(const cf__schema_table *table, const cf__schema_index *index)
{
    for (size_t i = 0; i < index->nparts; i++) {
        const cf__schema_column *column = cf__table_column(table, index->parts[i].column);

        if (!column || !cf__inspect_can(column))
            return false;
    }
    return index->nparts > 0 && index->nparts <= CF__INDEX_COLUMNS && !index->exotic;
}

static void write_indexes(cf__inspector *in, const cf__plan_table *t)
{
    cf_buf *out = &in->source;

    for (size_t i = 0; i < t->table->nindexes; i++) {
        const cf__schema_index *index = &t->table->indexes[i];
        cf_buf                  columns = cf_buf_in(in->arena, 0);

        if (!can_say(t->table, index) || is_said(in, t->table, index))
            continue;
        for (size_t k = 0; k < index->nparts; k++)
            cf_buf_printf(&columns, "%s%s%s", k ? ", " : "", index->parts[k].descending ? "-" : "",
                          index->parts[k].column);
        cf_buf_printf(out, ",\n    CF_INDEX(%s, ", t->name);
        write_literal(out, cf_buf_cstr(&columns));
        if (index->unique)
            cf_buf_puts(out, ", .unique = true");
        if (index->where) {
            cf_buf_puts(out, ", .where = ");
            write_literal(out, index->where);
        }
        if (index->name) {
            cf_buf_puts(out, ", .name = ");
            write_literal(out, index->name);
        }
        cf_buf_putc(out, ')');
    }
}

/* SQLAlchemy's check of a BOOLEAN says nothing new. */
static bool is_boolean(const cf__schema_table *table, const cf__schema_check *check)
{
    for (size_t i = 0; i < table->ncolumns; i++) {
        cf_buf text = cf_buf_in(NULL, 0);
        bool   same;

        cf__name_write(&text, table->columns[i].name);
        cf_buf_puts(&text, " IN (0, 1)");
        same = table->columns[i].type.kind == CF__TYPE_BOOL &&
               cf_str_is(cf_buf_view(&text), check->canonical);
        cf_buf_free(&text);
        if (same)
            return true;
    }
    return false;
}

static void write_checks(cf__inspector *in, const cf__plan_table *t)
{
    for (size_t i = 0; i < t->table->nchecks; i++) {
        const cf__schema_check  *check = &t->table->checks[i];
        const cf__schema_column *column = check->words ? cf__table_column(t->table, check->about)
                                                       : NULL;
        const char              *name = check->name;

        if ((column && own_check(t->table, column) == check) || is_boolean(t->table, check))
            continue;
        if (!name || cf__table_column(t->table, name))
            name = cf_printf(in->arena, "%s_check_%zu", t->table->name, i + 1);
        cf_buf_printf(&in->source, ",\n    CF_CHECK(%s, %s, ", t->name,
                      cf__inspect_member(in->arena, name));
        write_literal(&in->source, check->sql);
        cf_buf_putc(&in->source, ')');
    }
}

static void write_relations(cf__inspector *in, const cf__plan_table *t)
{
    cf_buf *out = &in->source;

    for (size_t i = 0; i < t->nwishes; i++) {
        const cf__wish *wish = &t->wishes[i];
        const char     *target = in->tables[wish->target].name;

        cf_buf_printf(out, ",\n    CF_%s(%s, %s, %s, ", wish->many ? "MANY_TO_MANY" : "BELONGS_TO",
                      t->name, wish->name, target);
        if (wish->many) {
            cf_buf_puts(out, ".through = ");
            write_literal(out, wish->through);
            cf_buf_puts(out, ", ");
        }
        cf_buf_puts(out, ".column = ");
        write_literal(out, wish->column);
        if (wish->many) {
            cf_buf_puts(out, ", .target_column = ");
            write_literal(out, wish->far);
        }
        cf_buf_puts(out, ", .backref = ");
        write_literal(out, wish->backref);
        cf_buf_putc(out, ')');
    }
}

/* What was left out of a table's model, for models cannot say it. */
static void write_notes(cf__inspector *in, const cf__schema_table *table)
{
    cf_buf *out = &in->source;

    for (size_t i = 0; i < in->nnotes; i++) {
        if (in->about[i] != table)
            continue;
        cf_buf_puts(out, "/* ");
        for (const char *p = in->notes[i]; *p; p++)
            cf_buf_putc(out, (p[0] == '*' && p[1] == '/') || (unsigned char)*p < ' ' ? ' ' : *p);
        cf_buf_puts(out, " */\n");
    }
}

static void write_model(cf__inspector *in, const cf__plan_table *t)
{
    int width = 0;

    cf_buf_putc(&in->source, '\n');
    write_notes(in, t->table);
    cf_buf_printf(&in->source, "CF_MODEL(%s, ", t->name);
    write_literal(&in->source, t->table->name);
    for (size_t i = 0; i < t->table->ncolumns; i++) {
        int len = (int)strlen(t->table->columns[i].name);

        width = len > width && len < 24 ? len : width;
    }
    for (size_t i = 0; i < t->table->ncolumns; i++)
        if (cf__inspect_can(&t->table->columns[i]))
            write_column(in, t, &t->table->columns[i], width);
    write_indexes(in, t);
    write_checks(in, t);
    write_relations(in, t);
    cf_buf_puts(&in->source, ");\n");
}

static void write_source(cf__inspector *in)
{
    cf_buf *out = &in->source;

    cf_buf_puts(out, "/* models.c -- the tables of the database as models.");
    if (in->nnotes)
        cf_buf_puts(out, "\n *\n * What models cannot say stands in a comment at its place; "
                         "migrations leave it as it is.");
    cf_buf_puts(out, " */\n#include \"models.h\"\n\n/* clang-format off */");
    for (size_t i = 0; i < in->count; i++)
        if (in->tables[i].role == CF__ROLE_MODEL) {
            write_model(in, &in->tables[i]);
        } else if (in->tables[i].role == CF__ROLE_NONE) {
            cf_buf_putc(out, '\n');
            write_notes(in, in->tables[i].table);
        }
    write_notes(in, NULL);
    cf_buf_puts(out, "/* clang-format on */\n\nconst cf_model *const models[] = {\n");
    for (size_t i = 0; i < in->count; i++)
        if (in->tables[i].role == CF__ROLE_MODEL)
            cf_buf_printf(out, "    &%s_model,\n", in->tables[i].name);
    cf_buf_puts(out, "    NULL,\n};\n");
}

void cf__inspect_write(cf__inspector *in)
{
    write_header(in);
    write_source(in);
}
