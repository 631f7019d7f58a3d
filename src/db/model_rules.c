/* model_rules.c -- a model's indexes and checks, resolved: their columns found, their names made.
 *
 * What a column's own options imply (.index, a foreign key) is listed beside what CF_INDEX says, so
 * that whoever writes or compares schemas has one list. A column's .unique is a rule of the column
 * and not listed. */
#include "db/session.h"

/* PostgreSQL cuts names at 63 bytes. */
#define MAX_NAME 63

static const char *rule_name(cf_arena *arena, const char *prefix, const char *table,
                             const cf__index *index)
{
    cf_buf   out = cf_buf_in(arena, 0);
    uint64_t hash;

    cf_buf_printf(&out, "%s_%s", prefix, table);
    for (size_t i = 0; i < index->count; i++)
        cf_buf_printf(&out, "_%s", index->columns[i]->name);
    if (out.len <= MAX_NAME)
        return cf_buf_cstr(&out);
    /* What would be cut off is told apart by a hash. */
    hash = cf__sql_of(cf_buf_view(&out)).hash; /* The same in every process. */
    return cf_printf(arena, "%.*s_%08x", MAX_NAME - 9, cf_buf_cstr(&out), (unsigned)(hash >> 32));
}

static const char *at(cf_models *models, const cf__mapper *mapper, const cf_member *member)
{
    return cf_printf(models->arena, "%s:%d (%s's %s)", mapper->model->file, member->line,
                     mapper->model->name, member->field.name);
}

/* Resolves "status, -publish_date". */
static bool find_columns(cf_models *models, const cf__mapper *mapper, const cf_member *member,
                         cf__index *out, cf_error *err)
{
    cf_str rest = cf_str_of(member->sql), name;

    while (rest.len) {
        const cf__column *column;
        bool              down;

        cf_str_cut(rest, ',', &name, &rest);
        name = cf_str_trim(name);
        down = name.len && name.ptr[0] == '-';
        if (down)
            name = cf_str_slice(name, 1, name.len);
        column = cf__mapper_column(mapper, name);
        if (!column) {
            cf__no_member(mapper, "column", name, err);
            return cf_fail_prefix(err, "%s", at(models, mapper, member));
        }
        if (out->count == CF__INDEX_COLUMNS)
            return cf_fail(err, CF_ELIMIT, "%s: an index has at most %d columns",
                           at(models, mapper, member), CF__INDEX_COLUMNS);
        out->descending[out->count] = down;
        out->columns[out->count++] = column;
    }
    return out->count ||
           cf_fail(err, CF_EINVAL, "%s: an index needs columns", at(models, mapper, member));
}

static bool add_index(cf_models *models, cf__mapper *mapper, const cf__index *index,
                      const char *where, cf_error *err)
{
    for (size_t i = 0; i < mapper->nindexes; i++)
        if (strcmp(mapper->indexes[i].name, index->name) == 0)
            return cf_fail(err, CF_EINVAL, "%s: two indexes are named \"%s\"", where, index->name);
    for (size_t i = 0; i < models->count; i++)
        for (size_t j = 0; &models->mappers[i] != mapper && j < models->mappers[i].nindexes; j++)
            if (strcmp(models->mappers[i].indexes[j].name, index->name) == 0)
                return cf_fail(err, CF_EINVAL, "%s: %s has an index named \"%s\" too", where,
                               models->mappers[i].model->name, index->name);
    mapper->indexes[mapper->nindexes++] = *index;
    return true;
}

static bool add_declared(cf_models *models, cf__mapper *mapper, const cf_member *member,
                         cf_error *err)
{
    cf__index index = { .unique = member->index.unique, .where = member->index.where };

    if (!find_columns(models, mapper, member, &index, err))
        return false;
    index.name = member->index.name ? member->index.name
                                    : rule_name(models->arena, index.unique ? "uq" : "ix",
                                                mapper->model->table, &index);
    if (strlen(index.name) > MAX_NAME)
        return cf_fail(err, CF_EINVAL, "%s has a name of more than %d bytes, which PostgreSQL cuts",
                       at(models, mapper, member), MAX_NAME);
    return add_index(models, mapper, &index, at(models, mapper, member), err);
}

static bool add_check(cf_models *models, cf__mapper *mapper, const cf_member *member, cf_error *err)
{
    const char *name = member->index.name;

    if (!*member->sql)
        return cf_fail(err, CF_EINVAL, "%s has no condition", at(models, mapper, member));
    if (strlen(name) > MAX_NAME)
        return cf_fail(err, CF_EINVAL, "%s has a name of more than %d bytes, which PostgreSQL cuts",
                       at(models, mapper, member), MAX_NAME);
    for (size_t i = 0; i < mapper->nchecks; i++)
        if (strcmp(mapper->checks[i].name, name) == 0)
            return cf_fail(err, CF_EINVAL, "%s: two checks are named \"%s\"",
                           at(models, mapper, member), name);
    for (size_t i = 0; i < mapper->ncolumns; i++)
        if (strcmp(mapper->columns[i].name, name) == 0 && mapper->columns[i].member->column.one_of)
            return cf_fail(err, CF_EINVAL, "%s has the name that the check of %s.%s has",
                           at(models, mapper, member), mapper->model->name, name);
    mapper->checks[mapper->nchecks++] = (cf__check){ name, member->sql };
    return true;
}

/* Whether a declared index begins with a column and so serves in its own one's stead. */
static bool is_covered(const cf__mapper *mapper, const cf__column *column)
{
    for (size_t i = 0; i < mapper->nindexes; i++)
        if (!mapper->indexes[i].where && mapper->indexes[i].columns[0] == column)
            return true;
    return column == mapper->key; /* The key's own index begins with it. */
}

bool cf__rules_build(cf_models *models, cf__mapper *mapper, cf_error *err)
{
    const cf_model *model = mapper->model;

    mapper->indexes = cf_new_array(models->arena, cf__index, model->count + mapper->ncolumns + 1);
    mapper->checks = cf_new_array(models->arena, cf__check, model->count + 1);
    for (size_t i = 0; i < model->count; i++) {
        const cf_member *member = &model->members[i];

        if ((member->kind == CF_MEMBER_INDEX && !add_declared(models, mapper, member, err)) ||
            (member->kind == CF_MEMBER_CHECK && !add_check(models, mapper, member, err)))
            return false;
    }
    for (size_t i = 0; i < mapper->ncolumns; i++) {
        const cf__column *column = &mapper->columns[i];
        const cf_column  *options = &column->member->column;
        cf__index         index = { .columns = { column }, .count = 1 };

        /* A foreign key without an index makes every delete of a parent a table scan. */
        if ((!options->index && !options->references) || options->unique ||
            is_covered(mapper, column))
            continue;
        index.name = rule_name(models->arena, "ix", model->table, &index);
        if (!add_index(models, mapper, &index, cf__declared(models->arena, model, column->member),
                       err))
            return false;
    }
    return true;
}
