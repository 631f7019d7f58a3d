/* model_facts.c -- models as maps, from their declarations and the registry that resolved them. */
#include "cli/models.h"

#include "db/schema.h"

static const char *action_name(cf_on_delete action)
{
    switch (action) {
    case CF_CASCADE:
        return "cascade";
    case CF_SET_NULL:
        return "set null";
    default:
        return "restrict";
    }
}

static const char *lazy_name(cf_lazy lazy)
{
    switch (lazy) {
    case CF_LAZY_SELECT:
        return "select";
    case CF_JOINED:
        return "joined";
    case CF_SELECTIN:
        return "selectin";
    case CF_DYNAMIC:
        return "dynamic";
    case CF_RAISE:
        return "raise";
    case CF_SUBQUERY:
        return "subquery";
    case CF_WRITE_ONLY:
        return "write-only";
    }
    return "unknown";
}

static const char *kind_name(cf_member_kind kind)
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
    default:
        return "member";
    }
}

static cf_value type_of(cf_arena *arena, const cf_database *database, const cf_member *member)
{
    cf_buf   out = cf_buf_in(arena, 0);
    cf__type type = cf__type_of_member(member);

    cf__type_write(&out, &type, cf__flavor_of(database));
    return cf_string_of(cf_buf_view(&out));
}

/* Text, dates and the like take NULL by nature; numbers only where it is said. */
static bool takes_null(const cf_member *member)
{
    const cf_column *c = &member->column;

    if (c->required || c->primary_key)
        return false;
    if (c->nullable || c->references)
        return true;
    switch (member->field.kind) {
    case CF_KIND_BOOL:
    case CF_KIND_INT32:
    case CF_KIND_INT64:
    case CF_KIND_DOUBLE:
    case CF_KIND_DECIMAL:
    case CF_KIND_ENUM:
        return false;
    default:
        return true;
    }
}

static cf_value default_of(const cf_column *c)
{
    if (c->default_now)
        return cf_string("now()");
    if (c->default_uuid)
        return cf_string("uuid()");
    return cf_string(c->default_value);
}

static cf_value column_facts(cf_arena *arena, const cf_database *database, const cf_member *member)
{
    const cf_column *c = &member->column;
    cf_map          *map = cf_map_new(arena);

    cf_map_set(map, "name", cf_string(member->field.name));
    cf_map_set(map, "type", type_of(arena, database, member));
    cf_map_set(map, "primary_key", cf_bool(c->primary_key));
    cf_map_set(map, "nullable", cf_bool(takes_null(member)));
    cf_map_set(map, "unique", cf_bool(c->unique));
    cf_map_set(map, "index", cf_bool(c->index));
    cf_map_set(map, "default", default_of(c));
    cf_map_set(map, "references", cf_string(c->references));
    cf_map_set(map, "on_delete", c->references ? cf_string(action_name(c->on_delete)) : cf_none());
    cf_map_set(map, "one_of", cf_string(c->one_of));
    cf_map_set(map, "info", cf_string(c->info));
    return cf_from_map(map);
}

/* What the relationship rests on: "post.user_id = user.id", "tags_posts (post_id, tag_id)". */
static cf_value keys_of(cf_arena *arena, const cf_relation_info *r)
{
    const char *table = r->kind == CF_MEMBER_BELONGS_TO ? r->owner->table : r->target->table;

    if (r->through)
        return cf_string_printf(arena, "%s (%s, %s)", r->through, r->column, r->target_column);
    return cf_string_printf(arena, "%s.%s", table, r->column);
}

static cf_value relation_facts(cf_arena *arena, const cf_relation_info *r)
{
    cf_map *map = cf_map_new(arena);

    cf_map_set(map, "name", cf_string(r->name));
    cf_map_set(map, "kind", cf_string(kind_name(r->kind)));
    cf_map_set(map, "target", cf_string(r->target->name));
    cf_map_set(map, "lazy", cf_string(lazy_name(r->lazy)));
    cf_map_set(map, "opposite",
               r->opposite ? cf_string_printf(arena, "%s.%s", r->target->name, r->opposite)
                           : cf_none());
    cf_map_set(map, "keys", keys_of(arena, r));
    cf_map_set(map, "column", cf_string(r->column));
    cf_map_set(map, "through", cf_string(r->through));
    cf_map_set(map, "target_column", cf_string(r->target_column));
    cf_map_set(map, "implied", cf_bool(r->implied));
    return cf_from_map(map);
}

static cf_value rule_facts(cf_arena *arena, const cf_member *member)
{
    cf_map *map = cf_map_new(arena);

    cf_map_set(map, "name", cf_string(member->index.name));
    cf_map_set(map, member->kind == CF_MEMBER_INDEX ? "columns" : "condition",
               cf_string(member->sql));
    if (member->kind == CF_MEMBER_INDEX) {
        cf_map_set(map, "unique", cf_bool(member->index.unique));
        cf_map_set(map, "where", cf_string(member->index.where));
    }
    return cf_from_map(map);
}

/* Where it is declared, from the top of the source. */
static cf_value file_of(const cf_model *model)
{
    const char *file = model->file;

    while (strncmp(file, "../", 3) == 0)
        file += 3;
    return cf_string(file);
}

cf_map *cf__model_facts(cf_arena *arena, const cf_database *database, const cf_model *model)
{
    cf_map          *map = cf_map_new(arena);
    cf_list         *columns = cf_list_new(arena), *relations = cf_list_new(arena);
    cf_list         *properties = cf_list_new(arena), *indexes = cf_list_new(arena);
    cf_list         *checks = cf_list_new(arena);
    cf_relation_info info;

    for (size_t i = 0; i < model->count; i++) {
        const cf_member *m = &model->members[i];

        if (m->kind == CF_MEMBER_COLUMN)
            cf_list_add(columns, column_facts(arena, database, m));
        else if (m->kind == CF_MEMBER_PROPERTY)
            cf_list_add(properties, cf_string(m->field.name));
        else if (m->kind == CF_MEMBER_INDEX || m->kind == CF_MEMBER_CHECK)
            cf_list_add(m->kind == CF_MEMBER_INDEX ? indexes : checks, rule_facts(arena, m));
    }
    for (size_t i = 0; cf_models_relation(cf_database_models(database), model, i, &info); i++)
        cf_list_add(relations, relation_facts(arena, &info));
    cf_map_set(map, "name", cf_string(model->name));
    cf_map_set(map, "table", cf_string(model->table));
    cf_map_set(map, "file", file_of(model));
    cf_map_set(map, "line", cf_int(model->line));
    cf_map_set(map, "columns", cf_from_list(columns));
    cf_map_set(map, "relationships", cf_from_list(relations));
    cf_map_set(map, "properties", cf_from_list(properties));
    cf_map_set(map, "indexes", cf_from_list(indexes));
    cf_map_set(map, "checks", cf_from_list(checks));
    return map;
}

const cf_model *cf__model_named(cf_arena *arena, const cf_models *models, const char *name,
                                const char **near)
{
    const cf_model *model = cf_models_find(models, cf_str_of(name));
    const char    **names = cf_new_array(arena, const char *, CF_MAX_MODELS + 1);
    size_t          count = 0;

    *near = NULL;
    if (!model)
        model = cf_models_find_table(models, cf_str_of(name));
    for (const cf_model *m; !model && (m = cf_models_at(models, count)); count++) {
        names[count] = m->name;
        if (cf_str_iis(cf_str_of(name), m->name))
            *near = m->name;
    }
    if (!model && !*near)
        *near = cf_nearest(cf_str_of(name), names, count);
    return model;
}
