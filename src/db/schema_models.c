/* schema_models.c -- the tables that models ask for: their own, and those of many-to-many links. */
#include "db/schema.h"

cf__type cf__type_of_member(const cf_member *member)
{
    static const cf__type_kind kinds[] = {
        [CF_KIND_NONE] = CF__TYPE_OTHER,    [CF_KIND_BOOL] = CF__TYPE_BOOL,
        [CF_KIND_INT32] = CF__TYPE_INT32,   [CF_KIND_INT64] = CF__TYPE_INT64,
        [CF_KIND_DOUBLE] = CF__TYPE_DOUBLE, [CF_KIND_TEXT] = CF__TYPE_TEXT,
        [CF_KIND_BYTES] = CF__TYPE_BYTES,   [CF_KIND_TIME] = CF__TYPE_TIME,
        [CF_KIND_VALUE] = CF__TYPE_JSON,    [CF_KIND_DATE] = CF__TYPE_DATE,
        [CF_KIND_CLOCK] = CF__TYPE_CLOCK,   [CF_KIND_DECIMAL] = CF__TYPE_DECIMAL,
        [CF_KIND_UUID] = CF__TYPE_UUID,     [CF_KIND_ENUM] = CF__TYPE_TEXT,
    };
    const cf_column *options = &member->column;
    cf__type         type = { .kind = kinds[member->field.kind] };

    if (member->field.kind == CF_KIND_TEXT)
        type.length = options->max;
    if (member->field.kind == CF_KIND_ENUM)
        type.length = cf__longest_word(options->one_of);
    type.any_length = type.kind == CF__TYPE_TEXT && options->one_of != NULL;
    if (type.kind == CF__TYPE_DECIMAL) {
        type.precision = cf__precision(options);
        type.scale = cf__scale(options);
    }
    return type;
}

static cf__default default_of_column(const cf_column *options)
{
    cf__default standard = { 0 };

    if (options->default_now)
        standard.kind = CF__DEFAULT_NOW;
    else if (options->default_value) {
        standard.kind = CF__DEFAULT_LITERAL;
        standard.text = options->default_value;
    }
    return standard;
}

static cf__action action_of(cf_on_delete action)
{
    return action == CF_CASCADE    ? CF__CASCADE
           : action == CF_SET_NULL ? CF__SET_NULL
                                   : CF__NO_ACTION;
}

static cf__schema_index *add_index(cf_arena *arena, cf__schema_table *table, const char *column)
{
    cf__schema_index *index = CF__PUSH(arena, table->indexes, table->nindexes);

    index->parts = cf_new(arena, cf__key_part);
    index->parts[0].column = column;
    index->nparts = 1;
    return index;
}

static void add_foreign(cf_arena *arena, cf__schema_table *table, const char *column,
                        const cf__mapper *parent, const char *parent_column)
{
    cf__schema_foreign *foreign = CF__PUSH(arena, table->foreigns, table->nforeigns);

    foreign->columns = cf_new_array(arena, const char *, 1);
    foreign->columns[0] = column;
    foreign->parents = cf_new_array(arena, const char *, 1);
    foreign->parents[0] = parent_column;
    foreign->ncolumns = 1;
    foreign->table = parent->model->table;
}

static void add_words(cf_arena *arena, cf__schema_table *table, const char *column,
                      const char *words)
{
    cf__schema_check *check = CF__PUSH(arena, table->checks, table->nchecks);
    cf_buf            sql = cf_buf_in(arena, 0);
    cf_str            rest = cf_str_of(words), word;
    const char       *comma = "";

    cf__name_write(&sql, column);
    cf_buf_puts(&sql, " IN (");
    while (rest.len) {
        cf_str_cut(rest, ' ', &word, &rest);
        if (!word.len)
            continue;
        cf_buf_puts(&sql, comma);
        cf__text_write(&sql, cf_str_dup(arena, word));
        comma = ", ";
    }
    cf_buf_putc(&sql, ')');
    *check = (cf__schema_check){
        .name = column, .column = column, .sql = cf_buf_cstr(&sql), .words = words
    };
    check->canonical = cf__expression(arena, table, check->sql, NULL);
}

static void add_column(cf_arena *arena, cf__schema_table *table, const cf__mapper *mapper,
                       const cf__column *column)
{
    const cf_column   *options = &column->member->column;
    cf__schema_column *out = CF__PUSH(arena, table->columns, table->ncolumns);
    bool               key = column == mapper->key && mapper->nkeys == 1;

    *out = (cf__schema_column){ .name = column->name,
                                .type = cf__type_of_member(column->member),
                                .not_null = column->not_null,
                                .generated = key && mapper->generated_key,
                                .standard = default_of_column(options),
                                .words = options->one_of,
                                .info = options->info };
    if (options->one_of)
        add_words(arena, table, column->name, options->one_of);
    if (column->parent) {
        add_foreign(arena, table, column->name, column->parent, column->parent_column->name);
        table->foreigns[table->nforeigns - 1].on_delete = action_of(options->on_delete);
        table->foreigns[table->nforeigns - 1].on_update = action_of(options->on_update);
    }
    if (options->unique && !key) {
        cf__schema_index *unique = add_index(arena, table, column->name);

        unique->unique = unique->constraint = true;
    }
}

/* An index as the registry resolved it. One that only a foreign key asks for is implied. */
static void add_resolved(cf_arena *arena, cf__schema_table *table, const cf__index *index)
{
    cf__schema_index *out = CF__PUSH(arena, table->indexes, table->nindexes);
    const cf_column  *first = &index->columns[0]->member->column;

    out->name = index->name;
    out->unique = index->unique;
    out->where = index->where;
    out->implied = index->count == 1 && !index->unique && !index->where && first->references &&
                   !first->index;
    for (size_t i = 0; i < index->count; i++) {
        cf__key_part *part = CF__PUSH(arena, out->parts, out->nparts);

        part->column = index->columns[i]->name;
        part->descending = index->descending[i];
    }
}

static void add_check(cf_arena *arena, cf__schema_table *table, const cf__check *rule)
{
    cf__schema_check *check = CF__PUSH(arena, table->checks, table->nchecks);

    check->name = rule->name;
    check->sql = rule->sql;
    check->canonical = cf__expression(arena, table, check->sql, NULL);
    check->words = cf__expression_words(arena, cf__expression_portable(arena, table, check->sql),
                                        &check->about);
}

static void add_table(cf_arena *arena, cf__schema *out, const cf__mapper *mapper)
{
    cf__schema_table *table = CF__PUSH(arena, out->tables, out->ntables);

    table->name = mapper->model->table;
    table->autoincrement = mapper->generated_key;
    table->key = cf_new_array(arena, const char *, mapper->nkeys);
    table->nkey = mapper->nkeys;
    for (size_t i = 0; i < mapper->nkeys; i++)
        table->key[i] = mapper->keys[i]->name;
    for (size_t i = 0; i < mapper->ncolumns; i++)
        add_column(arena, table, mapper, &mapper->columns[i]);
    for (size_t i = 0; i < mapper->nindexes; i++)
        add_resolved(arena, table, &mapper->indexes[i]);
    for (size_t i = 0; i < mapper->nchecks; i++)
        add_check(arena, table, &mapper->checks[i]);
}

static void add_link_column(cf_arena *arena, cf__schema_table *table, const char *name,
                            const cf__mapper *parent)
{
    cf__schema_column *column = CF__PUSH(arena, table->columns, table->ncolumns);

    column->name = name;
    column->type = cf__type_of_member(parent->key->member);
    column->not_null = true;
    add_foreign(arena, table, name, parent, parent->key->name);
    table->foreigns[table->nforeigns - 1].on_delete = CF__CASCADE;
}

static void add_link(cf_arena *arena, cf__schema *out, const cf__relation *r)
{
    cf__schema_table *table = CF__PUSH(arena, out->tables, out->ntables);
    cf__schema_index *index;

    table->name = r->through;
    table->link = true;
    add_link_column(arena, table, r->near, r->owner);
    add_link_column(arena, table, r->far, r->target);
    table->key = cf_new_array(arena, const char *, 2);
    table->key[0] = r->near;
    table->key[1] = r->far;
    table->nkey = 2;
    index = add_index(arena, table, r->far);
    index->name = cf_printf(arena, "ix_%s_%s", r->through, r->far);
    index->implied = true;
}

bool cf__schema_of_models(cf_arena *arena, const cf_models *models, cf__schema *out, cf_error *err)
{
    *out = (cf__schema){ .flavor = CF__MODELS };
    if (!models)
        return cf_fail(err, CF_EINVAL, "the database was opened without models");
    for (size_t i = 0; i < models->count; i++)
        add_table(arena, out, models->by_rank[i]);
    for (size_t i = 0; i < models->count; i++)
        for (size_t j = 0; j < models->mappers[i].nrelations; j++) {
            const cf__relation *r = &models->mappers[i].relations[j];

            if (r->kind == CF_MEMBER_MANY_TO_MANY && !r->implied &&
                !cf__schema_find(out, r->through))
                add_link(arena, out, r);
        }
    return true;
}
