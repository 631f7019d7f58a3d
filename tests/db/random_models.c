/* random_models.c -- models made up at run time: every kind of column, rule and link, and changes
 * of them that rows can take part in.
 *
 * What no migration could do is not asked for: values that a new type cannot hold, rows that a new
 * rule forbids, references to rows that are gone. */
#include "random_models.h"

#include <criterion/criterion.h>
#include <stdio.h>

static uint64_t next_random(world *w)
{
    w->state ^= w->state << 13;
    w->state ^= w->state >> 7;
    w->state ^= w->state << 17;
    return w->state >> 11;
}

static int below(world *w, int n)
{
    return (int)(next_random(w) % (uint64_t)n);
}

static bool once_in(world *w, int n)
{
    return below(w, n) == 0;
}

/* Names that need quotes somewhere are among them. */
static const char *new_name(world *w, const char *prefix)
{
    static const char *const hard[] = { "order", "group", "user", "Mixed", "with space", "to" };

    w->next++;
    if (once_in(w, 6))
        return cf_printf(w->arena, "%s%s%d", hard[below(w, 6)], prefix, w->next);
    if (once_in(w, 12))
        return cf_printf(w->arena, "%s_of_a_rather_long_name_that_goes_on_for_a_while_%d", prefix,
                         w->next);
    return cf_printf(w->arena, "%s%d", prefix, w->next);
}

static bool is_integer(cf_kind kind)
{
    return kind == CF_KIND_INT32 || kind == CF_KIND_INT64;
}

static const char *standard_for(world *w, cf_kind kind)
{
    switch (kind) {
    case CF_KIND_BOOL:
        return once_in(w, 2) ? "true" : "false";
    case CF_KIND_INT32:
    case CF_KIND_INT64:
        return once_in(w, 2) ? "0" : "-17";
    case CF_KIND_DOUBLE:
        return "1.5";
    case CF_KIND_DECIMAL:
        return "2.25";
    case CF_KIND_TEXT:
        return once_in(w, 2) ? "it's" : "";
    case CF_KIND_TIME:
    case CF_KIND_DATE:
    case CF_KIND_CLOCK:
        return "now";
    default:
        return NULL;
    }
}

static field new_field(world *w)
{
    static const cf_kind kinds[] = { CF_KIND_BOOL,  CF_KIND_INT32, CF_KIND_INT64, CF_KIND_DOUBLE,
                                     CF_KIND_TEXT,  CF_KIND_TEXT,  CF_KIND_BYTES, CF_KIND_TIME,
                                     CF_KIND_VALUE, CF_KIND_DATE,  CF_KIND_CLOCK, CF_KIND_DECIMAL,
                                     CF_KIND_UUID };
    field                f = { .id = w->next, .name = new_name(w, "c"), .parent = -1 };

    f.kind = kinds[below(w, 13)];
    f.required = once_in(w, 2);
    f.index = once_in(w, 5);
    if (f.kind == CF_KIND_TEXT && once_in(w, 3)) {
        f.words = "draft published archived";
        f.standard = once_in(w, 2) ? "draft" : NULL;
        return f;
    }
    if (f.kind == CF_KIND_TEXT)
        f.max = once_in(w, 2) ? 40 + below(w, 100) : 0;
    if ((is_integer(f.kind) || f.kind == CF_KIND_TEXT) && once_in(w, 4))
        f.unique = true;
    else if (once_in(w, 3))
        f.standard = standard_for(w, f.kind);
    return f;
}

static table *table_with(world *w, int id)
{
    for (size_t i = 0; i < w->count; i++)
        if (w->tables[i].id == id)
            return &w->tables[i];
    return NULL;
}

static void add_field(table *t, field f)
{
    if (t->count < MAX_FIELDS)
        t->fields[t->count++] = f;
}

/* A foreign key to a table that is there; `old`: its rows have values. */
static void add_reference(world *w, table *t, bool old)
{
    field f = new_field(w);

    f.kind = CF_KIND_INT64;
    f.parent = w->tables[below(w, (int)w->count)].id;
    f.max = 0;
    f.words = f.standard = NULL;
    f.unique = false;
    f.pinned = old && once_in(w, 4);
    f.required = f.pinned;
    f.on_delete = f.required ? below(w, 2) : below(w, 3);
    f.on_update = once_in(w, 3);
    add_field(t, f);
}

static void add_table(world *w)
{
    table *t;
    int    fields = 1 + below(w, 5);

    if (w->count == MAX_TABLES)
        return;
    t = &w->tables[w->count];
    *t = (table){ .id = w->next,
                  .name = new_name(w, "t"),
                  .pair = { -1, -1 },
                  .partial = -1,
                  .check = -1,
                  .link = -1 };
    w->count++;
    for (int i = 0; i < fields; i++)
        add_field(t, new_field(w));
    if (once_in(w, 2))
        add_reference(w, t, true);
    if (once_in(w, 4))
        t->link = w->tables[below(w, (int)w->count)].id;
}

world random_world(cf_arena *arena, uint64_t seed)
{
    world w = { .arena = arena, .state = (seed + 1) * UINT64_C(0x9E3779B97F4A7C15) };
    int   tables = 1 + below(&w, 4);

    for (int i = 0; i < tables; i++)
        add_table(&w);
    return w;
}

/* ---- changes ---- */

static void note_rename(world *w, const char *text)
{
    if (w->nrenames < MAX_RENAMES)
        w->renames[w->nrenames++] = text;
}

static void rename_field(world *w, table *t, field *f)
{
    const char *to = new_name(w, "n");

    /* Both the old table's name and the new one are understood; the world's first names count. */
    if (w->nrenames == MAX_RENAMES || f->changed || strchr(f->name, 'n'))
        return;
    note_rename(w, cf_printf(w->arena, "%s.%s=%s", t->name, f->name, to));
    f->name = to;
}

static void drop_field(table *t, size_t i)
{
    int id = t->fields[i].id;

    if (t->count < 2 || t->fields[i].pinned)
        return;
    memmove(&t->fields[i], &t->fields[i + 1], (t->count - i - 1) * sizeof(field));
    t->count--;
    for (int k = 0; k < 2; k++)
        if (t->pair[k] == id)
            t->pair[0] = t->pair[1] = -1;
    if (t->partial == id)
        t->partial = -1;
    if (t->check == id)
        t->check = -1;
}

static void drop_table(world *w, size_t i)
{
    int id = w->tables[i].id;

    for (size_t k = 0; k < w->count; k++)
        for (size_t j = 0; j < w->tables[k].count; j++)
            if (k != i && w->tables[k].fields[j].parent == id &&
                (w->tables[k].fields[j].pinned || w->tables[k].count < 2))
                return;
    if (w->count < 2)
        return;
    for (size_t k = 0; k < w->count; k++) {
        if (w->tables[k].link == id)
            w->tables[k].link = -1;
        for (size_t j = w->tables[k].count; j-- > 0;)
            if (k != i && w->tables[k].fields[j].parent == id)
                drop_field(&w->tables[k], j);
    }
    /* Two references may have been the last fields. */
    for (size_t k = 0; k < w->count; k++)
        for (size_t j = 0; j < w->tables[k].count; j++)
            if (k != i && w->tables[k].fields[j].parent == id)
                w->tables[k].fields[j].parent = -1;
    memmove(&w->tables[i], &w->tables[i + 1], (w->count - i - 1) * sizeof(table));
    w->count--;
}

/* Changes for which SQLite has one type before and after. */
static bool sqlite_sees_nothing(cf_kind from, cf_kind to)
{
    return (from == CF_KIND_VALUE && to == CF_KIND_TEXT) || (is_integer(from) && is_integer(to));
}

/* Types that the values of another can become, and come back from. */
static void retype(world *w, table *t, field *f)
{
    static const cf_kind pairs[][2] = {
        { CF_KIND_INT32, CF_KIND_INT64 },  { CF_KIND_INT64, CF_KIND_INT32 },
        { CF_KIND_INT32, CF_KIND_TEXT },   { CF_KIND_INT64, CF_KIND_DOUBLE },
        { CF_KIND_DOUBLE, CF_KIND_INT64 }, { CF_KIND_BOOL, CF_KIND_INT32 },
        { CF_KIND_INT32, CF_KIND_BOOL },   { CF_KIND_DECIMAL, CF_KIND_DOUBLE },
        { CF_KIND_DATE, CF_KIND_TIME },    { CF_KIND_TIME, CF_KIND_DATE },
        { CF_KIND_TIME, CF_KIND_TEXT },    { CF_KIND_UUID, CF_KIND_TEXT },
        { CF_KIND_VALUE, CF_KIND_TEXT },   { CF_KIND_BYTES, CF_KIND_TEXT },
        { CF_KIND_TIME, CF_KIND_BOOL },    { CF_KIND_TEXT, CF_KIND_TIME },
        { CF_KIND_CLOCK, CF_KIND_TEXT },   { CF_KIND_UUID, CF_KIND_DOUBLE },
        { CF_KIND_BOOL, CF_KIND_TEXT },    { CF_KIND_DECIMAL, CF_KIND_TEXT },
    };
    size_t pick = (size_t)below(w, 20);

    for (size_t i = 0; i < 20; i++, pick = (pick + 1) % 20) {
        /* A text that is no time cannot become one, nor words anything else. */
        if (pairs[pick][0] != f->kind || f->kind == CF_KIND_TEXT || f->changed || f->unique ||
            t->check == f->id || t->partial == f->id || f->parent >= 0 || f->words ||
            (w->across && sqlite_sees_nothing(pairs[pick][0], pairs[pick][1])))
            continue;
        f->kind = pairs[pick][1];
        f->standard = NULL;
        f->max = 0;
        f->changed = true;
        return;
    }
}

static void change_rules(world *w, table *t, field *f)
{
    bool changeable = f->parent < 0 && !f->pinned;

    switch (below(w, 6)) {
    case 0:
        if (changeable && !(f->unique && f->kind == CF_KIND_TEXT && f->words))
            f->required = !f->required;
        break;
    case 1:
        if (changeable && (is_integer(f->kind) || f->kind == CF_KIND_TEXT) && !f->words &&
            !f->standard && !f->changed)
            f->unique = !f->unique;
        break;
    case 2:
        if (f->parent < 0)
            f->index = !f->index;
        break;
    case 3:
        if (!f->unique && changeable && !f->words)
            f->standard = f->standard ? NULL : standard_for(w, f->kind);
        break;
    case 4:
        if (f->words)
            f->words = strlen(f->words) > 26 ? "draft published archived"
                                             : "draft published archived gone";
        else if (f->kind == CF_KIND_TEXT)
            f->max = f->max ? 0 : 200;
        break;
    default:
        if (f->parent >= 0 && !f->required)
            f->on_delete = (f->on_delete + 1) % 3;
    }
    (void)t;
}

static void change_table_rules(world *w, table *t)
{
    const field *a = &t->fields[below(w, (int)t->count)];
    const field *b = &t->fields[below(w, (int)t->count)];

    switch (below(w, 4)) {
    case 0:
        t->pair[0] = t->pair[0] < 0 && a != b ? a->id : -1;
        t->pair[1] = t->pair[0] < 0 ? -1 : b->id;
        t->pair_down = once_in(w, 2);
        break;
    case 1:
        t->partial = t->partial < 0 && is_integer(a->kind) && a->parent < 0 && !a->changed ? a->id
                                                                                           : -1;
        break;
    case 2:
        t->check = t->check < 0 && is_integer(a->kind) && a->parent < 0 && !a->changed ? a->id : -1;
        break;
    default:
        t->link = t->link < 0 ? w->tables[below(w, (int)w->count)].id : -1;
    }
}

static void change_one(world *w)
{
    table *t = &w->tables[below(w, (int)w->count)];
    size_t i = (size_t)below(w, (int)t->count);

    switch (below(w, 12)) {
    case 0:
        add_table(w);
        break;
    case 1:
        drop_table(w, (size_t)(t - w->tables));
        break;
    case 2:
    case 3:
        add_field(t, new_field(w));
        break;
    case 4:
        add_reference(w, t, false);
        break;
    case 5:
        drop_field(t, i);
        break;
    case 6:
        rename_field(w, t, &t->fields[i]);
        break;
    case 7:
    case 8:
        retype(w, t, &t->fields[i]);
        break;
    case 9:
        change_table_rules(w, t);
        break;
    default:
        change_rules(w, t, &t->fields[i]);
    }
}

/* Old names of tables, for the last step: a table's rename is noted under the name it had. */
static void rename_some_table(world *w, int before)
{
    table      *t = &w->tables[below(w, (int)w->count)];
    const char *to = new_name(w, "renamed");

    if (t->id >= before || w->nrenames == MAX_RENAMES)
        return;
    note_rename(w, cf_printf(w->arena, "%s=%s", t->name, to));
    t->name = to;
}

void random_changes(world *w, int times)
{
    int    before = w->next;
    size_t kept = 0;

    for (int i = 0; i < times; i++)
        change_one(w);
    /* Renames of what came or went meanwhile are none. */
    for (size_t i = 0; i < w->nrenames; i++) {
        cf_str left, to, table_name, column;
        bool   alive = false;

        cf_str_cut(cf_str_of(w->renames[i]), '=', &left, &to);
        cf_str_rcut(left, '.', &table_name, &column);
        for (size_t k = 0; k < w->count; k++)
            for (size_t j = 0; j < w->tables[k].count; j++)
                alive = alive || (w->tables[k].id < before && w->tables[k].fields[j].id < before &&
                                  cf_str_is(table_name, w->tables[k].name) &&
                                  cf_str_is(to, w->tables[k].fields[j].name));
        if (alive)
            w->renames[kept++] = w->renames[i];
    }
    w->nrenames = kept;
    if (once_in(w, 4))
        rename_some_table(w, before);
    w->renames[w->nrenames] = NULL;
}

/* ---- models ---- */

static size_t size_of(cf_kind kind)
{
    switch (kind) {
    case CF_KIND_BOOL:
        return sizeof(bool);
    case CF_KIND_INT32:
        return sizeof(int32_t);
    case CF_KIND_VALUE:
        return sizeof(cf_value);
    case CF_KIND_BYTES:
        return sizeof(cf_str);
    case CF_KIND_DECIMAL:
        return sizeof(cf_decimal);
    case CF_KIND_UUID:
        return sizeof(cf_uuid);
    case CF_KIND_DATE:
        return sizeof(cf_date);
    case CF_KIND_CLOCK:
        return sizeof(cf_clock);
    default:
        return 8;
    }
}

typedef struct maker {
    world     *w;
    cf_member *members;
    size_t     count, offset;
} maker;

static cf_member *add_member(maker *m, const char *name, cf_kind kind)
{
    cf_member *member = &m->members[m->count++];

    *member = (cf_member){ .field = { .name = name, .kind = kind, .offset = (uint32_t)m->offset },
                           .kind = CF_MEMBER_COLUMN,
                           .line = (int)m->count };
    m->offset += (size_of(kind) + 15) / 16 * 16;
    return member;
}

static bool is_plain(cf_kind kind)
{
    return kind == CF_KIND_BOOL || is_integer(kind) || kind == CF_KIND_DOUBLE ||
           kind == CF_KIND_DECIMAL;
}

static void add_field_member(maker *m, const field *f)
{
    cf_member *member = add_member(m, f->name, f->kind);
    cf_column *c = &member->column;

    c->required = f->required && !is_plain(f->kind);
    c->nullable = !f->required && is_plain(f->kind) && f->parent < 0;
    if (f->parent >= 0) {
        c->required = f->required;
        c->references = cf_printf(m->w->arena, "%s.id", table_with(m->w, f->parent)->name);
        c->on_delete = (cf_on_delete)f->on_delete;
        c->on_update = f->on_update ? CF_CASCADE : CF_RESTRICT;
    }
    c->unique = f->unique;
    c->index = f->index;
    c->max = f->max;
    c->one_of = f->words;
    c->default_now = f->standard && strcmp(f->standard, "now") == 0;
    c->default_value = c->default_now ? NULL : f->standard;
}

const field *random_field(const table *t, int id)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->fields[i].id == id)
            return &t->fields[i];
    return NULL;
}

static void add_rules(maker *m, const table *t)
{
    cf_arena    *arena = m->w->arena;
    const field *f;

    if (t->pair[0] >= 0) {
        cf_member *member = add_member(m, "index of two", CF_KIND_NONE);

        member->kind = CF_MEMBER_INDEX;
        member->sql = cf_printf(arena, "%s, %s%s", random_field(t, t->pair[0])->name,
                                t->pair_down ? "-" : "", random_field(t, t->pair[1])->name);
        member->index.name = cf_printf(arena, "ix_pair_%d", t->id);
    }
    if ((f = random_field(t, t->partial)) != NULL) {
        cf_member *member = add_member(m, "index of some", CF_KIND_NONE);
        cf_buf     where = cf_buf_in(arena, 0);

        cf__name_write(&where, f->name);
        cf_buf_puts(&where, " BETWEEN 3 AND 9 OR ");
        cf__name_write(&where, f->name);
        cf_buf_puts(&where, " IN (20, 30)");
        member->kind = CF_MEMBER_INDEX;
        member->sql = f->name;
        member->index.where = cf_buf_cstr(&where);
        member->index.name = cf_printf(arena, "ix_some_%d", t->id);
    }
    if ((f = random_field(t, t->check)) != NULL) {
        cf_member *member = add_member(m, "check", CF_KIND_NONE);
        cf_buf     sql = cf_buf_in(arena, 0);

        cf__name_write(&sql, f->name);
        cf_buf_puts(&sql, " > -100 AND (");
        cf__name_write(&sql, f->name);
        cf_buf_puts(&sql, " <> 5 OR id IS NOT NULL)");
        member->kind = CF_MEMBER_CHECK;
        member->sql = cf_buf_cstr(&sql);
        member->index.name = cf_printf(arena, "check_%d", t->id);
    }
}

static cf_model *make_model(world *w, const table *t)
{
    cf_model  *model = cf_new(w->arena, cf_model);
    cf_record *record = cf_new(w->arena, cf_record);
    maker      m = { w, cf_new_array(w->arena, cf_member, MAX_FIELDS + 6), 0,
                     (sizeof(cf_row) + 15) / 16 * 16 };

    add_member(&m, "id", CF_KIND_INT64)->column.primary_key = true;
    for (size_t i = 0; i < t->count; i++)
        add_field_member(&m, &t->fields[i]);
    add_rules(&m, t);
    *record = (cf_record){ t->name, m.offset, &m.members[0].field, m.count, sizeof(cf_member) };
    *model = (cf_model){ t->name, t->name, record, m.members, m.count, "random", t->id };
    return model;
}

const cf_models *random_models(world *w)
{
    cf_model **models = cf_new_array(w->arena, cf_model *, MAX_TABLES + 1);
    cf_error   err = { 0 };
    cf_models *registry;

    for (size_t i = 0; i < w->count; i++)
        models[i] = make_model(w, &w->tables[i]);
    for (size_t i = 0; i < w->count; i++) {
        const table *t = &w->tables[i], *other = table_with(w, t->link);
        cf_member   *member;

        if (!other)
            continue;
        member = (cf_member *)(uintptr_t)&models[i]->members[models[i]->count++];
        *member = (cf_member){ .field = { .name = "links" },
                               .kind = CF_MEMBER_MANY_TO_MANY,
                               .target = models[other - w->tables],
                               .relation = { .through = cf_printf(w->arena, "link_%d", t->id),
                                             .column = "near_id",
                                             .target_column = "far_id" } };
        ((cf_record *)(uintptr_t)models[i]->record)->count++;
    }
    registry = cf_models_new(w->arena, (const cf_model *const *)models, &err);
    cr_assert(registry, "%s", err.message);
    return registry;
}
