/* model.c -- the registry: models checked, and resolved to what sessions and queries work with. */
#include <carafe/model.h>

#include "db/session.h"

/* "models.c:12 (Post.user)" names a declaration. */
const char *cf__declared(cf_arena *arena, const cf_model *model, const cf_member *member)
{
    if (!member)
        return cf_printf(arena, "%s:%d (%s)", model->file, model->line, model->name);
    return cf_printf(arena, "%s:%d (%s.%s)", model->file, member->line, model->name,
                     member->field.name);
}

static size_t pointer_hash(const void *p)
{
    return (size_t)(((uint64_t)(uintptr_t)p * UINT64_C(0x9E3779B97F4A7C15)) >> 40);
}

static size_t name_hash(cf_str name)
{
    uint64_t h = name.len;

    for (size_t i = 0; i < name.len; i++)
        h = (h ^ (unsigned char)name.ptr[i]) * UINT64_C(0x100000001B3);
    return (size_t)(h ^ (h >> 29));
}

static size_t table_size(size_t count)
{
    size_t size = 8;

    while (size < count * 2)
        size *= 2;
    return size;
}

const cf__mapper *cf__mapper_of(const cf_models *models, const cf_model *model)
{
    size_t i;

    if (!models)
        return NULL;
    for (i = pointer_hash(model) & models->slots_mask; models->slots[i].model;
         i = (i + 1) & models->slots_mask)
        if (models->slots[i].model == model)
            return models->slots[i].mapper;
    return NULL;
}

const cf__name *cf__mapper_name(const cf__mapper *mapper, cf_str name)
{
    size_t i;

    for (i = name_hash(name) & mapper->names_mask; mapper->names[i].name.len;
         i = (i + 1) & mapper->names_mask)
        if (cf_str_eq(mapper->names[i].name, name))
            return &mapper->names[i];
    return NULL;
}

const cf__column *cf__mapper_column(const cf__mapper *mapper, cf_str name)
{
    const cf__name *found = cf__mapper_name(mapper, name);

    return found ? found->column : NULL;
}

const cf__relation *cf__mapper_relation(const cf__mapper *mapper, cf_str name)
{
    const cf__name *found = cf__mapper_name(mapper, name);

    return found ? found->relation : NULL;
}

bool cf__no_member(const cf__mapper *mapper, const char *what, cf_str name, cf_error *err)
{
    const char *names[CF_MAX_COLUMNS * 2];
    const char *near;
    size_t      count = 0;

    for (size_t i = 0; i <= mapper->names_mask && count < CF_MAX_COLUMNS * 2; i++)
        if (mapper->names[i].name.len)
            names[count++] = mapper->names[i].name.ptr;
    near = cf_nearest(name, names, count);
    return cf_fail(err, CF_EUNDEFINED, "%s has no %s '%.*s'%s%s%s", mapper->model->name, what,
                   CF_STR_ARG(name), near ? "; did you mean '" : "", near ? near : "",
                   near ? "'?" : "");
}

/* ---- building one mapper ---- */

/* Kinds whose C type has no natural none. */
static bool is_number(cf_kind kind)
{
    return kind == CF_KIND_BOOL || kind == CF_KIND_INT32 || kind == CF_KIND_INT64 ||
           kind == CF_KIND_DOUBLE || kind == CF_KIND_DECIMAL || kind == CF_KIND_ENUM;
}

static bool column_not_null(const cf_member *member)
{
    const cf_column *column = &member->column;

    if (column->primary_key || column->required)
        return true;
    return is_number(member->field.kind) && !column->nullable && !column->references;
}

static bool build_columns(cf_models *models, cf__mapper *mapper, cf_error *err)
{
    const cf_model *model = mapper->model;
    cf__column     *columns = cf_new_array(models->arena, cf__column, model->count);
    unsigned        count = 0;

    for (size_t i = 0; i < model->count; i++) {
        const cf_member *member = &model->members[i];

        if (member->kind != CF_MEMBER_COLUMN)
            continue;
        if (count == CF_MAX_COLUMNS)
            return cf_fail(err, CF_ELIMIT, "%s: more than %d columns",
                           cf__declared(models->arena, model, member), CF_MAX_COLUMNS);
        columns[count] = (cf__column){ .member = member,
                                       .field = member->field,
                                       .name = member->field.name,
                                       .kind = member->field.kind,
                                       .direct = cf__direct_cell(member->field.kind),
                                       .offset = member->field.offset,
                                       .index = count,
                                       .not_null = column_not_null(member) };
        columns[count].field.words = member->column.one_of;
        mapper->has_values |= member->field.kind == CF_KIND_VALUE;
        mapper->has_decimals |= member->field.kind == CF_KIND_DECIMAL;
        if (member->column.version)
            mapper->version = &columns[count];
        if (member->column.primary_key)
            mapper->keys[mapper->nkeys++] = &columns[count];
        count++;
    }
    mapper->columns = columns;
    mapper->ncolumns = count;
    mapper->key = mapper->keys[0];
    mapper->generated_key = mapper->nkeys == 1 && mapper->key->kind == CF_KIND_INT64 &&
                            !mapper->key->member->column.references;
    return true;
}

/* Resolves "table.column" of every foreign key. */
static bool build_references(cf_models *models, cf__mapper *mapper, cf_error *err)
{
    cf_arena *arena = models->arena;

    for (size_t i = 0; i < mapper->ncolumns; i++) {
        /* The registry made the columns; they are const to everybody else. */
        cf__column     *column = (cf__column *)(uintptr_t)&mapper->columns[i];
        const char     *where = cf__declared(arena, mapper->model, column->member);
        const char     *text = column->member->column.references;
        const cf_model *parent;
        cf_str          table, name;

        if (!text)
            continue;
        if (!cf_str_rcut(cf_str_of(text), '.', &table, &name))
            return cf_fail(err, CF_EINVAL, "%s: .references = \"%s\" must be \"table.column\"",
                           where, text);
        parent = cf_models_find_table(models, table);
        if (!parent)
            return cf_fail(err, CF_EINVAL,
                           "%s references \"%s\", but no model has the table '%.*s'", where, text,
                           CF_STR_ARG(table));
        column->parent = cf__mapper_of(models, parent);
        column->parent_column = NULL;
        for (size_t j = 0; j < column->parent->ncolumns; j++)
            if (cf_str_is(name, column->parent->columns[j].name))
                column->parent_column = &column->parent->columns[j];
        if (!column->parent_column)
            return cf_fail(err, CF_EINVAL, "%s references \"%s\", but %s has no such column", where,
                           text, cf__declared(arena, parent, NULL));
        if (column->parent_column->kind != column->kind)
            return cf_fail(err, CF_EINVAL, "%s references %s, which has another C type", where,
                           cf__declared(arena, parent, column->parent_column->member));
        if (column->parent->nkeys > 1)
            return cf_fail(err, CF_EINVAL,
                           "%s references %s, whose primary key has %zu columns; give it a key of "
                           "one column, and a unique index over these",
                           where, cf__declared(arena, parent, NULL), column->parent->nkeys);
        if (column->parent_column != column->parent->key)
            return cf_fail(err, CF_EINVAL, "%s references %s, which is not the primary key", where,
                           cf__declared(arena, parent, column->parent_column->member));
    }
    return true;
}

static bool name_add(cf_models *models, cf__mapper *mapper, cf__name entry, cf_error *err)
{
    size_t i;

    if (cf__mapper_name(mapper, entry.name))
        return cf_fail(err, CF_EINVAL, "%s: two members are named '%s'",
                       cf__declared(models->arena, mapper->model, NULL), entry.name.ptr);
    for (i = name_hash(entry.name) & mapper->names_mask; mapper->names[i].name.len;)
        i = (i + 1) & mapper->names_mask;
    mapper->names[i] = entry;
    return true;
}

/* Puts columns, properties and resolved relationships in the table of names. */
static bool build_names(cf_models *models, cf__mapper *mapper, cf_error *err)
{
    size_t size = table_size(mapper->model->count + mapper->nrelations + 1);

    mapper->names = cf_new_array(models->arena, cf__name, size);
    mapper->names_mask = size - 1;
    for (size_t i = 0; i < mapper->ncolumns; i++)
        if (!name_add(models, mapper,
                      (cf__name){ .name = cf_str_of(mapper->columns[i].name),
                                  .column = &mapper->columns[i] },
                      err))
            return false;
    for (size_t i = 0; i < mapper->nrelations; i++)
        if (!name_add(models, mapper,
                      (cf__name){ .name = cf_str_of(mapper->relations[i].name),
                                  .relation = &mapper->relations[i] },
                      err))
            return false;
    for (size_t i = 0; i < mapper->model->count; i++) {
        const cf_member *member = &mapper->model->members[i];

        if (member->kind == CF_MEMBER_PROPERTY &&
            !name_add(models, mapper,
                      (cf__name){ .name = cf_str_of(member->field.name),
                                  .property = member->field.property },
                      err))
            return false;
    }
    return true;
}

/* ---- the registry ---- */

static bool register_models(cf_models *models, const cf_model *const *list, cf_error *err)
{
    size_t size = table_size(models->count + 1);

    models->slots = cf_calloc(models->arena, size, sizeof(*models->slots));
    models->slots_mask = size - 1;
    for (size_t i = 0; i < models->count; i++) {
        cf__mapper *mapper = &models->mappers[i];
        size_t      at;

        for (size_t j = 0; j < i; j++)
            if (list[j] == list[i] || strcmp(list[j]->table, list[i]->table) == 0 ||
                strcmp(list[j]->name, list[i]->name) == 0)
                return cf_fail(err, CF_EINVAL, "%s and %s: each model and table is listed once",
                               cf__declared(models->arena, list[j], NULL),
                               cf__declared(models->arena, list[i], NULL));
        mapper->model = list[i];
        mapper->models = models;
        mapper->index = (unsigned)i;
        cf__row_class(&mapper->class, list[i]->name);
        for (at = pointer_hash(list[i]) & models->slots_mask; models->slots[at].model;)
            at = (at + 1) & models->slots_mask;
        models->slots[at].model = list[i];
        models->slots[at].mapper = mapper;
    }
    return true;
}

/* Parents before the children that reference them; circles are cut where they are met. */
static void rank_models(cf_models *models)
{
    bool  *done = cf_new_array(models->arena, bool, models->count + 1);
    size_t ranked = 0;

    models->by_rank = cf_new_array(models->arena, const cf__mapper *, models->count + 1);
    while (ranked < models->count) {
        size_t pick = CF_NPOS, first = CF_NPOS;

        for (size_t i = 0; i < models->count && pick == CF_NPOS; i++) {
            const cf__mapper *mapper = &models->mappers[i];
            bool              ready = !done[i];

            if (ready && first == CF_NPOS)
                first = i;
            for (size_t j = 0; ready && j < mapper->ncolumns; j++) {
                const cf__mapper *parent = mapper->columns[j].parent;

                ready = !parent || parent == mapper || done[parent->index];
            }
            if (ready)
                pick = i;
        }
        if (pick == CF_NPOS)
            pick = first;
        done[pick] = true;
        models->mappers[pick].rank = (unsigned)ranked;
        models->by_rank[ranked++] = &models->mappers[pick];
    }
}

cf_models *cf_models_new(cf_arena *arena, const cf_model *const *list, cf_error *err)
{
    cf_models *models = cf_new(arena, cf_models);

    models->arena = arena;
    while (list[models->count])
        if (++models->count > CF_MAX_MODELS) {
            cf_fail(err, CF_ELIMIT, "more than %d models (does the list end with NULL?)",
                    CF_MAX_MODELS);
            return NULL;
        }
    models->mappers = cf_new_array(arena, cf__mapper, models->count + 1);
    if (!register_models(models, list, err))
        return NULL;
    for (size_t i = 0; i < models->count; i++)
        if (!cf__model_check(arena, list[i], err) ||
            !build_columns(models, &models->mappers[i], err))
            return NULL;
    for (size_t i = 0; i < models->count; i++)
        if (!build_references(models, &models->mappers[i], err))
            return NULL;
    if (!cf__relations_resolve(models, err))
        return NULL;
    for (size_t i = 0; i < models->count; i++)
        if (!build_names(models, &models->mappers[i], err) ||
            !cf__rules_build(models, &models->mappers[i], err))
            return NULL;
    rank_models(models);
    return models;
}

const cf_model *cf_models_at(const cf_models *models, size_t i)
{
    return i < models->count ? models->mappers[i].model : NULL;
}

const cf_model *cf_models_find(const cf_models *models, cf_str name)
{
    for (size_t i = 0; i < models->count; i++)
        if (cf_str_is(name, models->mappers[i].model->name))
            return models->mappers[i].model;
    return NULL;
}

const cf_model *cf_models_find_table(const cf_models *models, cf_str table)
{
    for (size_t i = 0; i < models->count; i++)
        if (cf_str_is(table, models->mappers[i].model->table))
            return models->mappers[i].model;
    return NULL;
}

bool cf_models_relation(const cf_models *models, const cf_model *model, size_t i,
                        cf_relation_info *out)
{
    const cf__mapper   *mapper = cf__mapper_of(models, model);
    const cf__relation *r;

    if (!mapper || i >= mapper->nrelations)
        return false;
    r = &mapper->relations[i];
    *out = (cf_relation_info){
        .name = r->name,
        .owner = r->owner->model,
        .target = r->target->model,
        .kind = r->kind,
        .lazy = r->lazy,
        .implied = r->implied,
        .opposite = r->opposite ? r->opposite->name : NULL,
        .column = r->column ? r->column->name : r->near,
        .through = r->through,
        .target_column = r->far,
    };
    return true;
}

const cf_member *cf_model_member(const cf_model *model, cf_str name)
{
    for (size_t i = 0; i < model->count; i++)
        if (cf_str_is(name, model->members[i].field.name))
            return &model->members[i];
    return NULL;
}

const cf_member *cf_model_column(const cf_model *model, cf_str name)
{
    const cf_member *member = cf_model_member(model, name);

    return member && member->kind == CF_MEMBER_COLUMN ? member : NULL;
}
