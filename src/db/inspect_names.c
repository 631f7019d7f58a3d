/* inspect_names.c -- names for structs, members and relationships, each once and fit for C. */
#include "db/inspect.h"

static const char keywords[] =
    " auto break case char const continue default do double else enum extern float for goto if "
    "inline int long register restrict return short signed sizeof static struct switch typedef "
    "union unsigned void volatile while bool true false asm typeof unix linux errno stdin stdout "
    "stderr NULL EOF cf__row ";

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

const char *cf__inspect_member(cf_arena *arena, const char *column)
{
    cf_buf out = cf_buf_in(arena, 0);
    char   word[80];

    for (const char *p = column; *p; p++) {
        if (p == column && is_digit(*p))
            cf_buf_putc(&out, '_');
        cf_buf_putc(&out, is_letter(*p) || is_digit(*p) ? *p : '_');
    }
    if (out.len + 2 < sizeof(word)) {
        word[0] = ' ';
        memcpy(word + 1, out.ptr, out.len);
        word[out.len + 1] = ' ';
        if (cf_str_find(cf_str_n(keywords, sizeof(keywords) - 1), cf_str_n(word, out.len + 2)) !=
            CF_NPOS)
            cf_buf_putc(&out, '_');
    }
    return cf_buf_cstr(&out);
}

static bool type_taken(const cf__inspector *in, const char *name)
{
    for (size_t i = 0; i < in->count; i++)
        if (in->tables[i].name && strcmp(in->tables[i].name, name) == 0)
            return true;
    return false;
}

const char *cf__inspect_type_name(cf__inspector *in, const char *table)
{
    cf_buf      out = cf_buf_in(in->arena, 0);
    bool        upper = true;
    const char *name;

    for (const char *p = table; *p; p++) {
        if (!is_letter(*p) && !is_digit(*p)) {
            upper = true;
            continue;
        }
        if (*p == '_') {
            upper = true;
            continue;
        }
        if (!out.len && is_digit(*p))
            cf_buf_putc(&out, 'T');
        cf_buf_putc(&out, upper && *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p);
        upper = false;
    }
    name = out.len ? cf_buf_cstr(&out) : "Table";
    /* FILE, DIR and the like are words of the C library. */
    if (cf_str_is(cf_str_of(name), "FILE") || cf_str_is(cf_str_of(name), "DIR"))
        name = cf_printf(in->arena, "%sRow", name);
    for (int i = 2; type_taken(in, name); i++)
        name = cf_printf(in->arena, "%s%d", out.len ? cf_buf_cstr(&out) : "Table", i);
    return name;
}

/* ---- relationships ---- */

static bool is_taken(const cf__plan_table *t, const char *name)
{
    for (size_t i = 0; i < t->ntaken; i++)
        if (strcmp(t->taken[i], name) == 0)
            return true;
    return false;
}

static const char *take(cf__inspector *in, cf__plan_table *t, const char *name)
{
    *CF__PUSH(in->arena, t->taken, t->ntaken) = name;
    return name;
}

/* "FirstName" → "first_name", and a fit identifier. */
static const char *snake(cf_arena *arena, const char *name)
{
    cf_buf out = cf_buf_in(arena, 0);

    for (const char *p = name; *p; p++) {
        bool upper = *p >= 'A' && *p <= 'Z';

        if (upper && p > name && p[-1] >= 'a' && p[-1] <= 'z')
            cf_buf_putc(&out, '_');
        cf_buf_putc(&out, upper ? (char)(*p + 32) : *p);
    }
    return cf__inspect_member(arena, cf_buf_cstr(&out));
}

static const char *plural(cf_arena *arena, const char *word)
{
    cf_str w = cf_str_of(word);

    if (cf_str_ends(w, CF_STR("s")) && !cf_str_ends(w, CF_STR("ss")) &&
        !cf_str_ends(w, CF_STR("us")))
        return word;
    if (cf_str_ends(w, CF_STR("y")) && w.len > 1 && !strchr("aeiou", w.ptr[w.len - 2]))
        return cf_printf(arena, "%.*sies", (int)w.len - 1, word);
    if (cf_str_ends(w, CF_STR("ss")) || cf_str_ends(w, CF_STR("x")) ||
        cf_str_ends(w, CF_STR("z")) || cf_str_ends(w, CF_STR("ch")) ||
        cf_str_ends(w, CF_STR("sh")) || cf_str_ends(w, CF_STR("us")))
        return cf_printf(arena, "%ses", word);
    return cf_printf(arena, "%ss", word);
}

/* "user_id" → "user", "ReportsTo" → "reports_to_row" where the column itself has the plain name. */
static const char *relation_name(cf__inspector *in, const cf__plan_table *t, const char *column,
                                 const char *target)
{
    const char *name = snake(in->arena, column), *base;
    cf_str      s = cf_str_of(name);

    if (cf_str_ends(s, CF_STR("_id")) && s.len > 3)
        name = cf_str_dup(in->arena, cf_str_slice(s, 0, s.len - 3));
    else if (is_taken(t, name))
        name = cf_printf(in->arena, "%s_%s", name, snake(in->arena, target));
    base = name;
    for (int i = 2; is_taken(t, name); i++)
        name = cf_printf(in->arena, "%s_%d", base, i);
    return name;
}

static const char *backref_name(cf__inspector *in, const cf__plan_table *target, const char *table,
                                const char *relation, bool one)
{
    const char *name = snake(in->arena, table), *base;

    if (!one)
        name = plural(in->arena, name);
    if (is_taken(target, name))
        name = cf_printf(in->arena, "%s_by_%s", name, relation);
    base = name;
    for (int i = 2; is_taken(target, name); i++)
        name = cf_printf(in->arena, "%s_%d", base, i);
    return name;
}

static bool is_unique(const cf__schema_table *table, const char *column)
{
    for (size_t i = 0; i < table->nindexes; i++)
        if (table->indexes[i].unique && !table->indexes[i].where && !table->indexes[i].exotic &&
            table->indexes[i].nparts == 1 && strcmp(table->indexes[i].parts[0].column, column) == 0)
            return true;
    return table->nkey == 1 && strcmp(table->key[0], column) == 0;
}

static void add_belongs_to(cf__inspector *in, cf__plan_table *t, const char *column)
{
    const cf__schema_foreign *foreign = cf__inspect_foreign(in, t->table, column);
    cf__wish                 *wish;
    cf__plan_table           *target;

    if (!foreign)
        return;
    wish = CF__PUSH(in->arena, t->wishes, t->nwishes);
    wish->column = column;
    wish->target = cf__inspect_find(in, foreign->table);
    target = &in->tables[wish->target];
    wish->name = take(in, t, relation_name(in, t, column, foreign->table));
    wish->backref = take(
        in, target,
        backref_name(in, target, t->table->name, wish->name, is_unique(t->table, column)));
}

static void add_link(cf__inspector *in, const cf__schema_table *link)
{
    /* The column that stands first is the owner's. */
    int first = cf__table_column(link, link->foreigns[0].columns[0]) >
                cf__table_column(link, link->foreigns[1].columns[0]);
    const cf__schema_foreign *a = &link->foreigns[first], *b = &link->foreigns[!first];
    const char               *near = a->columns[0], *far = b->columns[0];
    cf__plan_table           *owner = &in->tables[cf__inspect_find(in, a->table)];
    cf__plan_table           *target = &in->tables[cf__inspect_find(in, b->table)];
    cf__wish                 *wish = CF__PUSH(in->arena, owner->wishes, owner->nwishes);

    *wish = (cf__wish){ .column = near, .many = true, .through = link->name, .far = far };
    wish->target = (size_t)(target - in->tables);
    wish->name = take(
        in, owner,
        backref_name(in, owner, target->table->name, snake(in->arena, link->name), false));
    wish->backref = take(
        in, target,
        backref_name(in, target, owner->table->name, snake(in->arena, link->name), false));
}

void cf__inspect_relations(cf__inspector *in)
{
    for (size_t i = 0; i < in->count; i++)
        for (size_t j = 0; j < in->tables[i].table->ncolumns; j++)
            take(in, &in->tables[i], in->tables[i].table->columns[j].name);
    for (size_t i = 0; i < in->count; i++)
        for (size_t j = 0;
             in->tables[i].role == CF__ROLE_MODEL && j < in->tables[i].table->ncolumns; j++)
            if (cf__inspect_can(&in->tables[i].table->columns[j]))
                add_belongs_to(in, &in->tables[i], in->tables[i].table->columns[j].name);
    for (size_t i = 0; i < in->count; i++)
        if (in->tables[i].role == CF__ROLE_LINK)
            add_link(in, in->tables[i].table);
}
