/* related.c -- relationships as the application uses them: read, set, added to, both sides at once.
 */
#include "db/sql.h"

/* The relationship with a name, for one of two uses. Errors are recorded. */
static const cf__relation *find(cf_row *row, const char *name, bool list)
{
    const cf__mapper   *mapper = row->state->mapper;
    const cf__relation *r = cf__mapper_relation(mapper, cf_str_of(name));
    CF_NO_ERROR(error);

    if (r && cf__is_list(r) == list)
        return r;
    if (!r)
        cf__no_member(mapper, "relationship", cf_str_of(name), &error);
    else
        cf_fail(&error, CF_EINVAL, "%s.%s is %s and leads to %s", mapper->model->name, name,
                cf__relation_kind_name(r->kind),
                list ? "one row: use cf_related()" : "many rows: use cf_related_list()");
    cf__session_fail(row->state->db, &error, NULL);
    return NULL;
}

/* Whether only a query of its own reads a relationship. */
static bool is_write_only(const cf_row *row, const cf__relation *r)
{
    const cf__slot *slot = cf__row_slot_peek(row, r);

    return r->lazy == CF_WRITE_ONLY && cf_row_is_stored(row) && !(slot && slot->loaded);
}

/* Whether access must not load: as declared, unless the row's query said otherwise. */
static bool is_raising(const cf_row *row, const cf__relation *r)
{
    const cf__slot *slot = cf__row_slot_peek(row, r);

    if ((slot && slot->loaded) || !cf_row_is_stored(row))
        return false;
    return slot && slot->access ? slot->access == CF__ACCESS_RAISE : r->lazy == CF_RAISE;
}

/* Loads for an access by the application, where that is allowed. */
static bool access_slot(cf_row *row, const cf__relation *r, cf_error *err)
{
    if (is_raising(row, r))
        return cf_fail(err, CF_ERUNTIME,
                       "%s.%s is %s CF_RAISE and was not loaded: add cf_query_load(q, \"%s\", "
                       "CF_SELECTIN) to the query",
                       r->owner->model->name, r->name,
                       r->lazy == CF_RAISE ? "declared" : "asked for with", r->name);
    if (is_write_only(row, r))
        return cf_fail(err, CF_ERUNTIME,
                       "%s.%s is declared CF_WRITE_ONLY: read it by a query, "
                       "cf_related_query(row, \"%s\")",
                       r->owner->model->name, r->name, r->name);
    return cf__slot_load(row, r, err);
}

/* Whether rows are added and removed without knowing which there are. */
static bool is_blind(const cf_row *row, const cf__relation *r)
{
    const cf__slot *slot = cf__row_slot_peek(row, r);

    return (r->lazy == CF_DYNAMIC || r->lazy == CF_WRITE_ONLY) && cf_row_is_stored(row) &&
           !(slot && slot->loaded);
}

void *cf_related(void *data, const char *name)
{
    cf_row             *row = data;
    const cf__relation *r = find(row, name, false);
    CF_NO_ERROR(error);

    if (r && access_slot(row, r, &error))
        return cf__row_slot(row, r)->one;
    if (r)
        cf__session_fail(row->state->db, &error, NULL);
    return NULL;
}

cf_list *cf_related_list(void *data, const char *name)
{
    cf_row             *row = data;
    const cf__relation *r = find(row, name, true);
    CF_NO_ERROR(error);

    if (r && r->lazy == CF_DYNAMIC && cf_row_is_stored(row))
        return cf_query_all(cf__slot_query(row, r));
    if (r && access_slot(row, r, &error))
        return cf__row_slot(row, r)->many;
    if (r)
        cf__session_fail(row->state->db, &error, NULL);
    return NULL;
}

cf_query *cf_related_query(void *data, const char *name)
{
    cf_row             *row = data;
    const cf__relation *r = cf__mapper_relation(row->state->mapper, cf_str_of(name));
    CF_NO_ERROR(error);
    cf_query *q;

    if (r)
        return cf__slot_query(row, r);
    q = cf__query_new(row->state->db, row->state->mapper);
    cf__no_member(row->state->mapper, "relationship", cf_str_of(name), &error);
    q->err = cf_memdup(row->state->db->arena, &error, sizeof(error));
    return q;
}

bool cf__related_value(cf_row *row, const cf__relation *r, cf_value *out, cf_error *err)
{
    CF_NO_ERROR(error);

    if (r->lazy == CF_DYNAMIC) {
        *out = cf_from_object(cf__slot_query(row, r));
        return true;
    }
    if (!access_slot(row, r, &error))
        return cf__session_fail(row->state->db, &error, err);
    *out = cf__is_list(r) ? cf_from_list(cf__row_slot(row, r)->many)
                          : cf_from_object(cf__row_slot(row, r)->one);
    return true;
}

/* ---- changes ---- */

/* Lets the other side show that it was added, or will when it is loaded. */
static void show(cf_row *on, const cf__relation *r, cf_row *row)
{
    cf__slot *slot;

    if (!r)
        return;
    slot = cf__row_slot(on, r);
    if (!cf__is_list(r)) {
        cf__slot_set_one(on, r, row);
        return;
    }
    if (!slot->loaded && !cf_row_is_stored(on))
        cf__slot_set_many(on, r, cf_list_new(on->state->db->arena));
    if (!slot->loaded && !slot->extra)
        slot->extra = cf_list_new(on->state->db->arena);
    if (!cf__list_has(slot->loaded ? slot->many : slot->extra, row))
        cf_list_add(slot->loaded ? slot->many : slot->extra, cf_from_object(row));
}

/* Lets the other side show that it was taken away. */
static void hide(cf_row *on, const cf__relation *r, cf_row *row)
{
    cf__slot *slot = r ? cf__row_slot_peek(on, r) : NULL;

    if (!slot)
        return;
    cf__list_drop(slot->extra, row);
    if (cf__is_list(r) && slot->loaded)
        cf__list_drop(slot->many, row);
    else if (!cf__is_list(r) && slot->one == row)
        slot->one = NULL;
}

/* child belongs to parent from now on; r is the belongs-to side, or NULL when only `list` is. */
static void set_parent(cf_row *child, const cf__column *column, const cf__relation *r,
                       const cf__relation *list, cf_row *parent)
{
    cf__slot *slot = r ? cf__row_slot(child, r) : NULL;

    if (slot && slot->loaded && slot->one && slot->one != parent)
        hide(slot->one, list, child);
    child->state->db->related = true;
    cf__link_to(child, column, parent);
    if (r)
        cf__slot_set_one(child, r, parent);
    if (parent)
        show(parent, list, child);
}

/* Checks that a row may stand in a relationship. Errors are recorded. */
static bool fits(const cf_row *row, const cf__relation *r, const cf_row *other)
{
    CF_NO_ERROR(error);

    if (!other || (cf__is_row(&other->object) && other->state->mapper == r->target &&
                   other->state->db == row->state->db))
        return true;
    if (cf__is_row(&other->object) && other->state->mapper == r->target)
        cf_fail(&error, CF_EINVAL, "%s.%s: the row belongs to another session",
                r->owner->model->name, r->name);
    else
        cf_fail(&error, CF_ETYPE, "%s.%s leads to %s, not to %s", r->owner->model->name, r->name,
                r->target->model->name, other->object.class->name);
    return cf__session_fail(row->state->db, &error, NULL);
}

static bool assign_one(cf_row *row, const cf__relation *r, cf_row *other)
{
    CF_NO_ERROR(error);
    cf__slot *slot;

    if (!fits(row, r, other))
        return false;
    if (r->kind == CF_MEMBER_BELONGS_TO) {
        set_parent(row, r->column, r, r->opposite, other);
        return true;
    }
    if (!cf__slot_load(row, r, &error))
        return cf__session_fail(row->state->db, &error, NULL);
    slot = cf__row_slot(row, r);
    if (slot->one && slot->one != other) {
        cf_row *before = slot->one;

        set_parent(before, r->column, r->opposite, r, NULL);
        if (r->delete_orphan)
            cf_db_delete(row->state->db, before);
    }
    cf__slot_set_one(row, r, other);
    if (other)
        set_parent(other, r->column, r->opposite, r, row);
    return true;
}

bool cf_relate(void *data, const char *name, void *other)
{
    cf_row             *row = data;
    const cf__relation *r = find(row, name, false);

    return r && assign_one(row, r, other);
}

/* Notes a row in one list of a slot that is not loaded, and takes it from the other. */
static void note(cf_row *row, cf_list **in, cf_list *from, cf_row *other)
{
    cf__list_drop(from, other);
    if (!*in)
        *in = cf_list_new(row->state->db->arena);
    if (!cf__list_has(*in, other))
        cf_list_add(*in, cf_from_object(other));
}

static void add_blindly(cf_row *row, const cf__relation *r, cf_row *other)
{
    cf__slot *slot = cf__row_slot(row, r);

    row->state->db->related = true;
    note(row, &slot->extra, slot->dropped, other);
    if (r->kind == CF_MEMBER_HAS_MANY)
        set_parent(other, r->column, r->opposite, r, row);
    else
        show(other, r->opposite, row);
}

static void remove_blindly(cf_row *row, const cf__relation *r, cf_row *other)
{
    cf__slot *slot = cf__row_slot(row, r);

    row->state->db->related = true;
    note(row, &slot->dropped, slot->extra, other);
    if (r->kind == CF_MEMBER_MANY_TO_MANY)
        hide(other, r->opposite, row);
    else
        set_parent(other, r->column, r->opposite, r, NULL);
}

static bool add_one(cf_row *row, const cf__relation *r, cf_row *other)
{
    CF_NO_ERROR(error);
    cf__slot *slot;

    if (!other || !fits(row, r, other))
        return false;
    if (is_blind(row, r)) {
        add_blindly(row, r, other);
        return true;
    }
    if (!cf__slot_load(row, r, &error))
        return cf__session_fail(row->state->db, &error, NULL);
    slot = cf__row_slot(row, r);
    if (cf__list_has(slot->many, other))
        return true;
    row->state->db->related = true;
    cf_list_add(slot->many, cf_from_object(other));
    if (r->kind == CF_MEMBER_HAS_MANY)
        set_parent(other, r->column, r->opposite, r, row);
    else
        show(other, r->opposite, row);
    return true;
}

/* A row taken from a has-many that is not loaded must have been in it. */
static bool is_child(const cf_row *row, const cf__relation *r, const cf_row *other)
{
    cf__param fk, key;
    cf_arena *arena = row->state->db->arena;

    return cf__link_parent(other, r->column) == row ||
           (cf__param_of_column(arena, other, r->column, &fk, NULL) &&
            cf__param_of_column(arena, row, r->owner->key, &key, NULL) &&
            cf__param_equal(&fk, &key));
}

static bool remove_one(cf_row *row, const cf__relation *r, cf_row *other)
{
    CF_NO_ERROR(error);

    if (!other || !fits(row, r, other))
        return false;
    if (is_blind(row, r)) {
        if (r->kind == CF_MEMBER_HAS_MANY && !is_child(row, r, other))
            return true;
        remove_blindly(row, r, other);
    } else {
        if (!cf__slot_load(row, r, &error))
            return cf__session_fail(row->state->db, &error, NULL);
        if (!cf__list_drop(cf__row_slot(row, r)->many, other))
            return true;
        row->state->db->related = true;
        if (r->kind == CF_MEMBER_MANY_TO_MANY)
            hide(other, r->opposite, row);
        else
            set_parent(other, r->column, r->opposite, r, NULL);
    }
    if (r->delete_orphan)
        cf_db_delete(row->state->db, other);
    return true;
}

bool cf_relate_add(void *data, const char *name, void *other)
{
    const cf__relation *r = find(data, name, true);

    return r && add_one(data, r, other);
}

bool cf_relate_remove(void *data, const char *name, void *other)
{
    const cf__relation *r = find(data, name, true);

    return r && remove_one(data, r, other);
}

static bool assign_all(cf_row *row, const cf__relation *r, const cf_list *others)
{
    CF_NO_ERROR(error);
    cf_list *before;

    for (size_t i = 0; i < others->len; i++)
        if (!cf_is(others->items[i], CF_TYPE_OBJECT)) {
            cf_fail(&error, CF_ETYPE, "%s.%s takes rows, not %s", r->owner->model->name, r->name,
                    cf_type_name(others->items[i]));
            return cf__session_fail(row->state->db, &error, NULL);
        }
    if (!cf__slot_load(row, r, &error))
        return cf__session_fail(row->state->db, &error, NULL);
    before = cf__list_copy(row->state->db->arena, cf__row_slot(row, r)->many);
    for (size_t i = 0; i < others->len; i++)
        if (!add_one(row, r, cf_row_at(others, i)))
            return false;
    for (size_t i = 0; i < before->len; i++)
        if (!cf__list_has(others, cf_row_at(before, i)) &&
            !remove_one(row, r, cf_row_at(before, i)))
            return false;
    return true;
}

bool cf_relate_all(void *data, const char *name, const cf_list *others)
{
    const cf__relation *r = find(data, name, true);

    /* The list may be the relationship's own. */
    return r && assign_all(data, r, cf__list_copy(((cf_row *)data)->state->db->arena, others));
}

bool cf__related_assign(cf_row *row, const cf__relation *r, cf_value value, cf_error *err)
{
    bool ok;

    if (cf__is_list(r) && !cf_is(value, CF_TYPE_LIST))
        return cf_fail(err, CF_ETYPE, "%s.%s takes a list of rows, not %s", r->owner->model->name,
                       r->name, cf_type_name(value));
    if (!cf__is_list(r) && !cf_is_missing(value) && !cf_is(value, CF_TYPE_OBJECT))
        return cf_fail(err, CF_ETYPE, "%s.%s takes a row or none, not %s", r->owner->model->name,
                       r->name, cf_type_name(value));
    if (cf__is_list(r))
        ok = assign_all(row, r, cf__list_copy(row->state->db->arena, value.as.list));
    else
        ok = assign_one(row, r, cf_is_missing(value) ? NULL : (void *)value.as.object);
    if (!ok && err)
        *err = row->state->db->err;
    return ok;
}
