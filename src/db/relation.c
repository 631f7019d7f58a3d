/* relation.c -- relationships resolved at start-up: foreign keys found, backrefs made, pairs
 * checked.
 *
 * Every relationship ends as one cf__relation on its owner. A backref makes the opposite one; two
 * declared ones must name each other by back_populates. Half a pair is an error that names both. */
#include "db/session.h"

/* "belongs-to", for messages. */
const char *cf__relation_kind_name(cf_member_kind kind)
{
    switch (kind) {
    case CF_MEMBER_BELONGS_TO:
        return "belongs-to";
    case CF_MEMBER_HAS_ONE:
        return "has-one";
    case CF_MEMBER_HAS_MANY:
        return "has-many";
    case CF_MEMBER_MANY_TO_MANY:
        return "many-to-many";
    case CF_MEMBER_COLUMN:
    case CF_MEMBER_PROPERTY:
    case CF_MEMBER_INDEX:
    case CF_MEMBER_CHECK:
    case CF_MEMBER_BEFORE_INSERT:
        break;
    }
    return "member";
}

static bool is_relation(cf_member_kind kind)
{
    return kind >= CF_MEMBER_BELONGS_TO && kind <= CF_MEMBER_MANY_TO_MANY;
}

static const char *where(cf_models *models, const cf__relation *r)
{
    return cf__declared(models->arena, r->declared_in, r->declared);
}

/* The column of `child` that references `parent`: the named one, or the only one. */
static bool find_foreign_key(cf_models *models, cf__relation *r, const cf__mapper *child,
                             const cf__mapper *parent, cf_error *err)
{
    const char       *name = r->declared->relation.column;
    const cf__column *found = NULL;

    for (size_t i = 0; i < child->ncolumns; i++) {
        const cf__column *column = &child->columns[i];

        if (name ? strcmp(column->name, name) != 0 : column->parent != parent)
            continue;
        if (found)
            return cf_fail(err, CF_EINVAL,
                           "%s: both %s.%s and %s.%s reference %s; say which by .column",
                           where(models, r), child->model->name, found->name, child->model->name,
                           column->name, parent->model->name);
        found = column;
    }
    if (!found && name)
        return cf_fail(err, CF_EINVAL, "%s: .column = \"%s\", but %s has no such column",
                       where(models, r), name, cf__declared(models->arena, child->model, NULL));
    if (!found)
        return cf_fail(err, CF_EINVAL, "%s: no column of %s has .references = \"%s.%s\"",
                       where(models, r), cf__declared(models->arena, child->model, NULL),
                       parent->model->table, parent->key->name);
    if (found->parent != parent)
        return cf_fail(err, CF_EINVAL, "%s: %s needs .references = \"%s.%s\"", where(models, r),
                       cf__declared(models->arena, child->model, found->member),
                       parent->model->table, parent->key->name);
    r->column = found;
    return true;
}

static bool find_link(cf_models *models, cf__relation *r, cf_error *err)
{
    const cf_relation *options = &r->declared->relation;
    cf_arena          *arena = models->arena;

    if (!options->through || !*options->through)
        return cf_fail(err, CF_EINVAL, "%s: a many-to-many needs .through = \"link_table\"",
                       where(models, r));
    if (r->owner->nkeys > 1 || r->target->nkeys > 1)
        return cf_fail(
            err, CF_EINVAL,
            "%s: the primary key of %s has several columns, which no link table leads to",
            where(models, r), (r->owner->nkeys > 1 ? r->owner : r->target)->model->name);
    r->through = options->through;
    r->near = options->column ? options->column : cf_printf(arena, "%s_id", r->owner->model->table);
    r->far = options->target_column ? options->target_column
                                    : cf_printf(arena, "%s_id", r->target->model->table);
    if (strcmp(r->near, r->far) == 0)
        return cf_fail(err, CF_EINVAL,
                       "%s: both columns of \"%s\" would be \"%s\"; name them by .column and "
                       ".target_column",
                       where(models, r), r->through, r->near);
    return true;
}

static bool check_lazy(cf_models *models, const cf__relation *r, cf_error *err)
{
    if ((r->lazy == CF_DYNAMIC || r->lazy == CF_WRITE_ONLY) && !cf__is_list(r))
        return cf_fail(err, CF_EINVAL, "%s: %s is for relationships to many", where(models, r),
                       r->lazy == CF_DYNAMIC ? "CF_DYNAMIC" : "CF_WRITE_ONLY");
    if ((r->delete_orphan || r->cascade_delete) && r->kind != CF_MEMBER_HAS_MANY &&
        r->kind != CF_MEMBER_HAS_ONE)
        return cf_fail(err, CF_EINVAL, "%s: %s is for has-many and has-one", where(models, r),
                       r->delete_orphan ? ".delete_orphan" : ".cascade_delete");
    return true;
}

/* Laziness that a belongs-to cannot have itself is its backref's. */
static bool is_backrefs(const cf_member *member)
{
    return member->kind == CF_MEMBER_BELONGS_TO &&
           (member->relation.lazy == CF_DYNAMIC || member->relation.lazy == CF_WRITE_ONLY);
}

static bool resolve_one(cf_models *models, cf__mapper *owner, const cf_member *member,
                        cf_error *err)
{
    const cf_relation *options = &member->relation;
    cf__relation      *r = &owner->relations[owner->nrelations];
    bool               moved = is_backrefs(member) && options->backref;

    *r = (cf__relation){ .name = member->field.name,
                         .kind = member->kind,
                         .owner = owner,
                         .target = cf__mapper_of(models, member->target),
                         .index = (unsigned)owner->nrelations++,
                         .lazy = moved ? CF_LAZY_SELECT : options->lazy,
                         .delete_orphan = options->delete_orphan,
                         .cascade_delete = options->cascade_delete,
                         .order_by = options->order_by,
                         .declared = member,
                         .declared_in = owner->model,
                         .back_populates = options->back_populates };
    if (!r->target)
        return cf_fail(err, CF_EINVAL, "%s leads to %s, which is not in the list of models",
                       where(models, r), cf__declared(models->arena, member->target, NULL));
    if (options->backref && options->back_populates)
        return cf_fail(err, CF_EINVAL, "%s has both .backref and .back_populates; one of them",
                       where(models, r));
    if (member->kind == CF_MEMBER_MANY_TO_MANY)
        return find_link(models, r, err) && check_lazy(models, r, err);
    if (options->through || options->target_column)
        return cf_fail(err, CF_EINVAL, "%s: .through and .target_column are for many-to-many",
                       where(models, r));
    if (member->kind == CF_MEMBER_BELONGS_TO)
        return find_foreign_key(models, r, owner, r->target, err) && check_lazy(models, r, err);
    return find_foreign_key(models, r, r->target, owner, err) && check_lazy(models, r, err);
}

static cf__relation *find(const cf__mapper *mapper, const char *name)
{
    for (size_t i = 0; i < mapper->nrelations; i++)
        if (strcmp(mapper->relations[i].name, name) == 0)
            return &mapper->relations[i];
    return NULL;
}

/* Whether two relationships are the two ends of one. */
static bool are_ends(const cf__relation *a, const cf__relation *b)
{
    if (a == b || a->target != b->owner || b->target != a->owner)
        return false;
    if (a->kind == CF_MEMBER_MANY_TO_MANY)
        return b->kind == a->kind && strcmp(a->through, b->through) == 0 &&
               strcmp(a->near, b->far) == 0 && strcmp(a->far, b->near) == 0;
    return b->kind != CF_MEMBER_MANY_TO_MANY && a->column == b->column &&
           (a->kind == CF_MEMBER_BELONGS_TO) != (b->kind == CF_MEMBER_BELONGS_TO);
}

static cf_member_kind opposite_kind(const cf__relation *r)
{
    if (r->kind == CF_MEMBER_MANY_TO_MANY)
        return CF_MEMBER_MANY_TO_MANY;
    if (r->kind != CF_MEMBER_BELONGS_TO)
        return CF_MEMBER_BELONGS_TO;
    return r->column->member->column.unique || (r->column == r->owner->key && r->owner->nkeys == 1)
               ? CF_MEMBER_HAS_ONE
               : CF_MEMBER_HAS_MANY;
}

static bool make_backref(cf_models *models, cf__relation *r, cf_error *err)
{
    const cf_relation  *options = &r->declared->relation;
    cf__mapper         *target = &models->mappers[r->target->index];
    const cf__relation *other = find(target, options->backref);
    const cf_member    *taken = cf_model_member(target->model, cf_str_of(options->backref));
    cf__relation       *made = &target->relations[target->nrelations];
    bool                moved = is_backrefs(r->declared);

    if (taken || other)
        return cf_fail(err, CF_EINVAL,
                       "%s: .backref = \"%s\" makes %s.%s, which %s makes too; remove one, or join "
                       "two declarations by .back_populates",
                       where(models, r), options->backref, target->model->name, options->backref,
                       taken ? cf__declared(models->arena, target->model, taken)
                             : where(models, other));
    *made = (cf__relation){ .name = options->backref,
                            .kind = opposite_kind(r),
                            .owner = target,
                            .target = r->owner,
                            .index = (unsigned)target->nrelations++,
                            .lazy = moved ? options->lazy : options->backref_lazy,
                            .implied = true,
                            .column = r->column,
                            .through = r->through,
                            .near = r->far,
                            .far = r->near,
                            .opposite = r,
                            .declared = r->declared,
                            .declared_in = r->declared_in };
    if (made->kind == CF_MEMBER_HAS_MANY)
        made->order_by = options->order_by;
    r->opposite = made;
    return check_lazy(models, made, err);
}

/* Joins r with the relationship it names by back_populates. */
static bool join_pair(cf_models *models, cf__relation *r, cf_error *err)
{
    cf__relation *other = find(r->target, r->back_populates);

    if (!other)
        return cf_fail(err, CF_EINVAL,
                       "%s: .back_populates = \"%s\", but %s has no such relationship",
                       where(models, r), r->back_populates,
                       cf__declared(models->arena, r->target->model, NULL));
    if (!other->back_populates || strcmp(other->back_populates, r->name) != 0)
        return cf_fail(err, CF_EINVAL,
                       "%s says .back_populates = \"%s\", but %s does not say .back_populates = "
                       "\"%s\"",
                       where(models, r), r->back_populates, where(models, other), r->name);
    if (!are_ends(r, other))
        return cf_fail(err, CF_EINVAL,
                       "%s (%s by %s) and %s (%s by %s) name each other, but are not two ends of "
                       "one relationship",
                       where(models, r), cf__relation_kind_name(r->kind),
                       r->column ? r->column->name : r->through, where(models, other),
                       cf__relation_kind_name(other->kind),
                       other->column ? other->column->name : other->through);
    r->opposite = other;
    return true;
}

/* Two declared ends that do not know of each other would show different things. */
static bool check_strangers(cf_models *models, const cf__relation *r, cf_error *err)
{
    for (size_t i = 0; !r->opposite && i < r->target->nrelations; i++) {
        const cf__relation *other = &r->target->relations[i];

        if (are_ends(r, other))
            return cf_fail(err, CF_EINVAL,
                           "%s and %s are two ends of one relationship: join them by "
                           ".back_populates = \"%s\" there and \"%s\" here, or keep one with a "
                           ".backref",
                           where(models, r), where(models, other), other->name, r->name);
    }
    return true;
}

/* A link table that is a model too must have the columns. */
static bool check_link_model(cf_models *models, const cf__relation *r, cf_error *err)
{
    const cf_model *link = r->through ? cf_models_find_table(models, cf_str_of(r->through)) : NULL;

    if (!link)
        return true;
    if (!cf_model_column(link, cf_str_of(r->near)) || !cf_model_column(link, cf_str_of(r->far)))
        return cf_fail(err, CF_EINVAL, "%s: %s has no columns \"%s\" and \"%s\"", where(models, r),
                       cf__declared(models->arena, link, NULL), r->near, r->far);
    return true;
}

/* Makes room for what is declared on each model and what backrefs add. */
static void reserve(cf_models *models)
{
    size_t counts[CF_MAX_MODELS + 1] = { 0 };

    for (size_t i = 0; i < models->count; i++)
        for (size_t j = 0; j < models->mappers[i].model->count; j++) {
            const cf_member  *member = &models->mappers[i].model->members[j];
            const cf__mapper *target;

            if (!is_relation(member->kind))
                continue;
            counts[i]++;
            target = cf__mapper_of(models, member->target);
            if (target && member->relation.backref)
                counts[target->index]++;
        }
    for (size_t i = 0; i < models->count; i++)
        models->mappers[i].relations = cf_new_array(models->arena, cf__relation, counts[i] + 1);
}

static bool join_all(cf_models *models, cf_error *err)
{
    for (size_t i = 0; i < models->count; i++)
        for (size_t j = 0; j < models->mappers[i].nrelations; j++) {
            cf__relation *r = &models->mappers[i].relations[j];

            if (r->implied)
                continue;
            if (r->declared->relation.backref && !make_backref(models, r, err))
                return false;
            if (r->back_populates && !join_pair(models, r, err))
                return false;
        }
    return true;
}

bool cf__relations_resolve(cf_models *models, cf_error *err)
{
    reserve(models);
    for (size_t i = 0; i < models->count; i++) {
        const cf_model *model = models->mappers[i].model;

        for (size_t j = 0; j < model->count; j++)
            if (is_relation(model->members[j].kind) &&
                !resolve_one(models, &models->mappers[i], &model->members[j], err))
                return false;
    }
    if (!join_all(models, err))
        return false;
    for (size_t i = 0; i < models->count; i++)
        for (size_t j = 0; j < models->mappers[i].nrelations; j++) {
            const cf__relation *r = &models->mappers[i].relations[j];

            if (!check_strangers(models, r, err) || !check_link_model(models, r, err))
                return false;
            models->mappers[i].eager |= r->lazy == CF_JOINED || r->lazy == CF_SELECTIN ||
                                        r->lazy == CF_SUBQUERY;
        }
    return true;
}
