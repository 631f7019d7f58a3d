/* diff_table.c -- one table, live and as a model has it: what fits stays as it is spelled. */
#include "db/diff.h"

/* A table's comparison: `out` is what it shall become. */
typedef struct merge {
    cf__diff               *d;
    const cf__schema_table *live, *model;
    cf__schema_table        out;
    cf__schema_table        live_types, model_types; /* By which the rules of each are read. */
} merge;

static const char *type_text(merge *m, const cf__type *type)
{
    cf_buf out = cf_buf_in(m->d->arena, 0);

    cf__type_write(&out, type, m->d->live->flavor);
    return cf_buf_cstr(&out);
}

static const char *default_text(merge *m, const cf__default *standard, const cf__type *type)
{
    cf_buf out = cf_buf_in(m->d->arena, 0);

    if (!standard->kind)
        return "nothing";
    cf__default_write(&out, standard, type, m->d->live->flavor);
    return cf_buf_cstr(&out);
}

/* ---- columns ---- */

/* Whether values can be lost on the way from one type to another. */
static bool narrows(const cf__type *from, const cf__type *to)
{
    if (from->kind == CF__TYPE_TEXT && to->kind == CF__TYPE_TEXT)
        return to->length && (!from->length || from->length > to->length);
    if (from->kind == CF__TYPE_INT32)
        return to->kind != CF__TYPE_INT64 && to->kind != CF__TYPE_TEXT &&
               to->kind != CF__TYPE_DOUBLE;
    return to->kind != CF__TYPE_TEXT || to->length;
}

static void merge_type(merge *m, const cf__schema_column *live, const cf__schema_column *model,
                       cf__schema_column *out)
{
    bool key = cf__table_is_key(m->model, model->name) ||
               cf__table_is_foreign(m->model, model->name) || live->generated;

    out->type = live->type;
    if (live->computed || cf__type_fits(&live->type, &model->type, key))
        return;
    out->type = model->type;
    out->extra = NULL;
    out->generated = model->generated;
    cf__change(m->d, '~', narrows(&live->type, &model->type), "column %s.%s: %s becomes %s",
               m->live->name, live->name, type_text(m, &live->type), type_text(m, &model->type));
}

static void merge_column(merge *m, const cf__schema_column *live, const cf__schema_column *model)
{
    cf__schema_column *out = CF__PUSH(m->d->arena, m->out.columns, m->out.ncolumns);
    const char        *table = m->live->name;
    bool               key = cf__table_is_key(m->live, live->name);

    *out = *live;
    merge_type(m, live, model, out);
    if (live->computed)
        return;
    if (!key && !m->model->link && live->not_null != model->not_null) {
        out->not_null = model->not_null;
        if (model->not_null)
            cf__change(m->d, '~', false, "column %s.%s must not be NULL any more", table,
                       live->name);
        else
            cf__change(m->d, '~', false, "column %s.%s may be NULL", table, live->name)
                ->problem = live->standard.kind
                                ? NULL
                                : cf_printf(m->d->arena,
                                            "column %s.%s is NOT NULL, but not .required in "
                                            "the model",
                                            table, live->name);
    }
    if (!live->generated && !cf__default_fits(&live->standard, &model->standard, &model->type)) {
        out->standard = model->standard;
        cf__change(m->d, '~', false, "column %s.%s: the default %s becomes %s", table, live->name,
                   default_text(m, &live->standard, &live->type),
                   default_text(m, &model->standard, &model->type));
    }
}

/* A column that only the model has. */
static void add_column(merge *m, const cf__schema_column *model)
{
    const char *type = type_text(m, &model->type);

    *CF__PUSH(m->d->arena, m->out.columns, m->out.ncolumns) = *model;
    cf__change(m->d, '+', false, "column %s.%s %s%s", m->live->name, model->name, type,
               model->not_null ? " NOT NULL" : "")
        ->problem = cf_printf(m->d->arena, "column %s.%s is missing", m->live->name, model->name);
}

/* A column that only the database has: it goes, unless models could not say it. */
static void drop_column(merge *m, const cf__schema_column *live)
{
    bool must = live->not_null && !live->standard.kind && !live->generated;

    if (live->type.kind == CF__TYPE_OTHER || live->computed || m->model->link) {
        *CF__PUSH(m->d->arena, m->out.columns, m->out.ncolumns) = *live;
        cf__note(m->d, "column %s.%s (%s), which models cannot say%s", m->live->name, live->name,
                 live->type.text ? live->type.text : "?",
                 must ? "; it must be filled, so rows can only be added by SQL" : "");
        return;
    }
    cf__change(m->d, '-', true, "column %s.%s, with what is in it", m->live->name, live->name)
        ->problem = must ? cf_printf(m->d->arena,
                                     "column %s.%s must be filled, but the model has none",
                                     m->live->name, live->name)
                         : NULL;
}

static void merge_columns(merge *m)
{
    m->out.columns = NULL;
    m->out.ncolumns = 0;
    for (size_t i = 0; i < m->model->ncolumns; i++) {
        const cf__schema_column *column = &m->model->columns[i];
        const cf__schema_column *live = cf__table_column(m->live, column->name);

        if (live)
            merge_column(m, live, column);
        else
            add_column(m, column);
    }
    for (size_t i = 0; i < m->live->ncolumns; i++)
        if (!cf__table_column(m->model, m->live->columns[i].name))
            drop_column(m, &m->live->columns[i]);
}

static const char *joined(merge *m, const char *const *names, size_t count)
{
    cf_buf out = cf_buf_in(m->d->arena, 0);

    for (size_t i = 0; i < count; i++)
        cf_buf_printf(&out, "%s%s", i ? ", " : "", names[i]);
    return cf_buf_cstr(&out);
}

static void merge_key(merge *m)
{
    const cf__schema_table *live = m->live, *model = m->model;
    bool                    same = live->nkey == model->nkey;

    for (size_t i = 0; same && i < model->nkey; i++)
        same = cf__table_is_key(live, model->key[i]);
    if (same || model->link)
        return;
    m->out.key = model->key;
    m->out.nkey = model->nkey;
    m->out.key_name = NULL;
    m->out.autoincrement = model->autoincrement;
    for (size_t i = 0; i < m->out.ncolumns; i++) {
        const cf__schema_column *column = cf__table_column(model, m->out.columns[i].name);

        m->out.columns[i].generated = column && column->generated;
    }
    cf__change(m->d, '~', false, "table %s: its primary key (%s) becomes (%s)", live->name,
               joined(m, live->key, live->nkey), joined(m, model->key, model->nkey));
}

/* ---- indexes and unique rules ---- */

static bool parts_fit(const cf__schema_index *a, const cf__schema_index *b)
{
    if (a->nparts != b->nparts)
        return false;
    for (size_t i = 0; i < a->nparts; i++)
        if (strcmp(a->parts[i].column, b->parts[i].column) != 0 ||
            a->parts[i].descending != b->parts[i].descending)
            return false;
    return true;
}

static bool where_fits(merge *m, const char *live, const char *model)
{
    if (!live || !model)
        return live == model;
    return strcmp(cf__expression(m->d->arena, &m->live_types, live, NULL),
                  cf__expression(m->d->arena, &m->model_types, model, NULL)) == 0;
}

static const char *index_text(merge *m, const cf__schema_index *index)
{
    cf_buf out = cf_buf_in(m->d->arena, 0);

    cf_buf_puts(&out, index->unique ? "unique " : "");
    cf_buf_puts(&out, index->constraint || !index->name ? "rule" : "index ");
    cf_buf_puts(&out, index->constraint || !index->name ? "" : index->name);
    cf_buf_printf(&out, " on %s (", m->live->name);
    for (size_t i = 0; i < index->nparts; i++)
        cf_buf_printf(&out, "%s%s%s", i ? ", " : "", index->parts[i].column,
                      index->parts[i].descending ? " DESC" : "");
    cf_buf_putc(&out, ')');
    if (index->where)
        cf_buf_printf(&out, " where %s", index->where);
    return cf_buf_cstr(&out);
}

/* Whether an index needs a column that goes. */
static bool index_lives(merge *m, const cf__schema_index *index)
{
    for (size_t i = 0; !index->exotic && i < index->nparts; i++)
        if (!cf__table_column(&m->out, index->parts[i].column))
            return false;
    for (size_t i = 0; index->exotic && i < m->live->ncolumns; i++) {
        const char *name = m->live->columns[i].name;

        if (!cf__table_column(&m->out, name) &&
            strcmp(cf__expression_rename(m->d->arena, index->sql, name, "gone"), index->sql) != 0)
            return false;
    }
    return true;
}

/* Indexes that nobody has to declare: beside a foreign key, or doubling the key's own. */
static bool needs_no_model(merge *m, const cf__schema_index *index)
{
    if (index->unique && index->nparts == m->out.nkey && !index->where) {
        bool key = true;

        for (size_t i = 0; i < index->nparts; i++)
            key = key && cf__table_is_key(&m->out, index->parts[i].column);
        if (key)
            return true;
    }
    return !index->unique && !index->where && index->nparts == 1 &&
           cf__table_is_foreign(m->model, index->parts[0].column);
}

/* A live index: kept when the model asks for it, cannot say it, or need not. */
static void merge_index(merge *m, const cf__schema_index *live, bool *taken)
{
    size_t i = 0;
    bool   keep = index_lives(m, live);

    while (i < m->model->nindexes &&
           !(!live->exotic && !taken[i] && parts_fit(live, &m->model->indexes[i]) &&
             live->unique == m->model->indexes[i].unique &&
             where_fits(m, live->where, m->model->indexes[i].where)))
        i++;
    if (i < m->model->nindexes)
        taken[i] = true;
    else if (keep && live->exotic && !m->model->link)
        cf__note(m->d, "index %s on %s, which models cannot say", live->name, m->live->name);
    else if (!keep || !(m->model->link || needs_no_model(m, live))) {
        if (keep)
            cf__change(m->d, '-', false, "%s", index_text(m, live));
        return;
    }
    *CF__PUSH(m->d->arena, m->out.indexes, m->out.nindexes) = *live;
}

static void merge_indexes(merge *m)
{
    bool *taken = cf_new_array(m->d->arena, bool, m->model->nindexes + 1);

    m->out.indexes = NULL;
    m->out.nindexes = 0;
    for (size_t i = 0; i < m->live->nindexes; i++)
        merge_index(m, &m->live->indexes[i], taken);
    for (size_t i = 0; i < m->model->nindexes; i++) {
        const cf__schema_index *index = &m->model->indexes[i];
        const char             *column = index->parts[0].column;

        if (taken[i] || (m->model->link && cf__table_column(m->live, column)))
            continue;
        /* An old foreign key may live without its index; a new one gets it. */
        if (index->implied && cf__table_column(m->live, column) &&
            cf__table_is_foreign(m->live, column))
            continue;
        *CF__PUSH(m->d->arena, m->out.indexes, m->out.nindexes) = *index;
        if (cf__table_column(m->live, column))
            cf__change(m->d, '+', false, "%s", index_text(m, index));
    }
}

/* ---- foreign keys ---- */

static bool action_fits(cf__action live, cf__action model)
{
    if (live == CF__RESTRICTED)
        live = CF__NO_ACTION;
    /* Models cannot say SET DEFAULT: it is left alone. */
    return live == model || (live == CF__SET_DEFAULT && model == CF__NO_ACTION);
}

static bool foreign_fits(merge *m, const cf__schema_foreign *live, const cf__schema_foreign *model)
{
    if (live->ncolumns != model->ncolumns || strcmp(live->table, model->table) != 0)
        return false;
    for (size_t i = 0; i < live->ncolumns; i++)
        if (strcmp(live->columns[i], model->columns[i]) != 0 ||
            (live->parents && strcmp(live->parents[i], model->parents[i]) != 0))
            return false;
    return m->model->link || (action_fits(live->on_delete, model->on_delete) &&
                              action_fits(live->on_update, model->on_update));
}

static const char *foreign_text(merge *m, const cf__schema_foreign *foreign)
{
    static const char *const actions[] = { "", "cascade", "set null", "restrict", "set default" };
    cf_buf                   out = cf_buf_in(m->d->arena, 0);

    cf_buf_printf(&out, "foreign key %s (%s) to %s", m->live->name,
                  joined(m, foreign->columns, foreign->ncolumns), foreign->table);
    if (foreign->on_delete)
        cf_buf_printf(&out, ", on delete %s", actions[foreign->on_delete]);
    if (foreign->on_update)
        cf_buf_printf(&out, ", on update %s", actions[foreign->on_update]);
    return cf_buf_cstr(&out);
}

/* Whether models can say a foreign key: of one column, to the key of a table that has a model. */
static bool foreign_sayable(merge *m, const cf__schema_foreign *foreign)
{
    const cf__schema_table *parent = cf__schema_find(&m->d->before, foreign->table);

    if (foreign->ncolumns > 1)
        return false;
    if (!parent || cf__diff_drops(m->d, foreign->table))
        return true;
    return cf__schema_find(m->d->models, foreign->table) && parent->nkey == 1 &&
           (!foreign->parents || strcmp(foreign->parents[0], parent->key[0]) == 0);
}

static void merge_foreign(merge *m, const cf__schema_foreign *live, bool *taken)
{
    size_t i = 0;
    bool   lives = true;

    for (size_t j = 0; j < live->ncolumns; j++)
        lives = lives && cf__table_column(&m->out, live->columns[j]);
    while (i < m->model->nforeigns && (taken[i] || !foreign_fits(m, live, &m->model->foreigns[i])))
        i++;
    if (i < m->model->nforeigns) {
        taken[i] = true;
    } else if (lives && !foreign_sayable(m, live)) {
        cf__note(m->d, "%s, which models cannot say", foreign_text(m, live));
    } else {
        if (lives)
            cf__change(m->d, '-', false, "%s", foreign_text(m, live));
        return;
    }
    *CF__PUSH(m->d->arena, m->out.foreigns, m->out.nforeigns) = *live;
}

static void merge_foreigns(merge *m)
{
    bool *taken = cf_new_array(m->d->arena, bool, m->model->nforeigns + 1);

    m->out.foreigns = NULL;
    m->out.nforeigns = 0;
    for (size_t i = 0; i < m->live->nforeigns; i++)
        merge_foreign(m, &m->live->foreigns[i], taken);
    for (size_t i = 0; i < m->model->nforeigns; i++) {
        const cf__schema_foreign *foreign = &m->model->foreigns[i];

        if (taken[i])
            continue;
        *CF__PUSH(m->d->arena, m->out.foreigns, m->out.nforeigns) = *foreign;
        if (cf__table_column(m->live, foreign->columns[0]))
            cf__change(m->d, '+', false, "%s", foreign_text(m, foreign));
    }
}

/* ---- checks ---- */

static bool same_words(const char *a, const char *b)
{
    for (int turn = 0; turn < 2; turn++) {
        cf_str rest = cf_str_of(turn ? b : a), word;

        while (rest.len) {
            cf_str_cut(rest, ' ', &word, &rest);
            if (word.len && cf_word_index(turn ? a : b, word) < 0)
                return false;
        }
    }
    return true;
}

static bool check_fits(const cf__schema_check *live, const cf__schema_check *model)
{
    if (strcmp(live->canonical, model->canonical) == 0)
        return true;
    return live->words && model->words && same_words(live->words, model->words) &&
           cf__same_text(live->about, model->about);
}

/* A native enum does what a check of words would. */
static bool type_checks(merge *m, const cf__schema_check *model)
{
    const cf__schema_column *column = model->column ? cf__table_column(m->live, model->column)
                                                    : NULL;

    return column && model->words && column->words && column->type.any_length &&
           same_words(column->words, model->words);
}

/* SQLAlchemy's BOOLEAN on engines that have none. */
static bool is_boolean_check(merge *m, const cf__schema_check *check)
{
    for (size_t i = 0; i < m->live->ncolumns; i++) {
        cf_buf text = cf_buf_in(m->d->arena, 0);

        if (m->live->columns[i].type.kind != CF__TYPE_BOOL)
            continue;
        cf__name_write(&text, m->live->columns[i].name);
        cf_buf_puts(&text, " IN (0, 1)");
        if (cf_str_is(cf_buf_view(&text), check->canonical))
            return true;
    }
    return false;
}

/* Whether a check names a column that goes. */
static bool check_lives(merge *m, const cf__schema_check *check)
{
    for (size_t i = 0; i < m->live->ncolumns; i++) {
        const char *name = m->live->columns[i].name;

        if (!cf__table_column(&m->out, name) &&
            strcmp(cf__expression_rename(m->d->arena, check->sql, name, "gone?"), check->sql) != 0)
            return false;
    }
    return true;
}

static void merge_checks(merge *m)
{
    bool *taken = cf_new_array(m->d->arena, bool, m->model->nchecks + 1);

    m->out.checks = NULL;
    m->out.nchecks = 0;
    for (size_t i = 0; i < m->live->nchecks; i++) {
        const cf__schema_check *live = &m->live->checks[i];
        size_t                  j = 0;

        while (j < m->model->nchecks && (taken[j] || !check_fits(live, &m->model->checks[j])))
            j++;
        if (j < m->model->nchecks)
            taken[j] = true;
        else if (!m->model->link && !is_boolean_check(m, live)) {
            if (check_lives(m, live))
                cf__change(m->d, '-', false, "check on %s: %s", m->live->name, live->canonical);
            continue;
        }
        *CF__PUSH(m->d->arena, m->out.checks, m->out.nchecks) = *live;
    }
    for (size_t i = 0; i < m->model->nchecks; i++) {
        const cf__schema_check *check = &m->model->checks[i];

        if (taken[i] || type_checks(m, check))
            continue;
        *CF__PUSH(m->d->arena, m->out.checks, m->out.nchecks) = *check;
        if (!check->column || cf__table_column(m->live, check->column))
            cf__change(m->d, '+', false, "check on %s: %s", m->live->name, check->canonical);
    }
}

/* What SQLite does not tell apart (JSON is text there, INTEGER holds 64 bits) the models do: with
 * their help the other engine's SQL is right too. */
static void refine(cf__schema_table *live, const cf__schema_table *model)
{
    for (size_t i = 0; i < live->ncolumns; i++) {
        cf__type                *type = &live->columns[i].type;
        const cf__schema_column *column = cf__table_column(model, live->columns[i].name);

        if (!column || type->flavor != CF__SQLITE || !cf__type_fits(type, &column->type, false))
            continue;
        type->kind = column->type.kind;
        type->any_integer = false;
    }
}

/* Rules are read with the same types on either side, the model's; those of columns that the model
 * lacks are the live ones. Only a column whose type changes has one of its own on each. */
static void choose_types(merge *m)
{
    cf__schema_table *live = &m->live_types, *model = &m->model_types;

    for (size_t i = 0; i < m->model->ncolumns; i++)
        *CF__PUSH(m->d->arena, model->columns, model->ncolumns) = m->model->columns[i];
    for (size_t i = 0; i < m->live->ncolumns; i++) {
        const cf__schema_column *own = &m->live->columns[i];
        const cf__schema_column *other = cf__table_column(m->model, own->name);
        cf__schema_column       *column = CF__PUSH(m->d->arena, live->columns, live->ncolumns);

        *column = *own;
        if (!other)
            *CF__PUSH(m->d->arena, model->columns, model->ncolumns) = *own;
        else if (own->computed || cf__type_fits(&own->type, &other->type, false))
            column->type = other->type;
    }
}

static void read_checks(cf_arena *arena, cf__schema_table *table, const cf__schema_table *types)
{
    cf__schema_check *checks = NULL;

    for (size_t i = 0, count = 0; i < table->nchecks; i++) {
        cf__schema_check *check = CF__PUSH(arena, checks, count);

        *check = table->checks[i];
        check->canonical = cf__expression(arena, types, check->sql, NULL);
    }
    table->checks = checks;
}

void cf__diff_table(cf__diff *d, cf__schema_table *live, const cf__schema_table *model)
{
    cf__schema_table asked = *model;
    merge            m = { .d = d, .live = live, .model = &asked };

    refine(live, model);
    choose_types(&m);
    read_checks(d->arena, live, &m.live_types);
    read_checks(d->arena, &asked, &m.model_types);
    m.out = *live;
    merge_columns(&m);
    merge_key(&m);
    merge_indexes(&m);
    merge_foreigns(&m);
    merge_checks(&m);
    *CF__PUSH(d->arena, d->after.tables, d->after.ntables) = m.out;
}
