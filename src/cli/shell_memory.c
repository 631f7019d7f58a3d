/* shell_memory.c -- generations: why a shell that runs for days does not grow.
 *
 * Everything a statement makes goes to the generation's arena, rows and queries included. Once that
 * has grown and the session holds nothing uncommitted, what the variables reach is copied to a new
 * generation: plain values as they are, times and the like anew, rows by reading them again by
 * their keys, as SQLAlchemy does after a commit. Values that cannot be moved, such as a query that
 * a variable holds, keep the old generation alive. */
#include "cli/shell.h"

/* Bytes that a generation may take before moving is tried. */
#define TIDY_BYTES CF_MIB(32)
/* Most rows that are read again by a move. */
#define MOST_ROWS 1000

bool cf__shell_begin(shell *sh, shell_generation *out, cf_error *err)
{
    *out = (shell_generation){ .arena = cf_arena_new() };
    out->req = cf_request_detached(sh->app, out->arena);
    out->db = cf_request_db(out->req);
    if (!out->db && err)
        *err = *cf_request_error(out->req);
    cf_error_clear(cf_request_error(out->req));
    return out->db != NULL;
}

void cf__shell_end(shell_generation *generation)
{
    if (!generation->arena)
        return;
    cf_request_finish(generation->req);
    cf_arena_free(generation->arena);
    *generation = (shell_generation){ 0 };
}

/* A move that is going on. */
typedef struct move {
    shell            *sh;
    shell_generation *to;
    cf_arena         *scratch;
    cf_map           *seen; /* Old addresses, as integers, to new values. */
    size_t            rows;
    unsigned          depth;
} move;

static bool move_value(move *m, cf_value v, cf_value *out);

static bool is_old(const move *m, const void *ptr)
{
    return cf_arena_owns(m->sh->now.arena, ptr);
}

static cf_value address(const void *ptr)
{
    return cf_int((int64_t)(uintptr_t)ptr);
}

static bool known(const move *m, const void *ptr, cf_value *out)
{
    const cf_value *found = cf_map_find(m->seen, address(ptr));

    if (found)
        *out = *found;
    return found != NULL;
}

static bool move_list(move *m, const cf_list *list, cf_value *out)
{
    cf_list *copy = list->tuple ? cf_tuple_new(m->to->arena) : cf_list_new(m->to->arena);

    *out = cf_from_list(copy);
    cf_map_put(m->seen, address(list), *out);
    for (size_t i = 0; i < list->len; i++) {
        cf_value item;

        if (!move_value(m, list->items[i], &item))
            return false;
        cf_list_add(copy, item);
    }
    return true;
}

static bool move_map(move *m, const cf_map *map, cf_value *out)
{
    cf_map *copy = cf_map_new(m->to->arena);

    *out = cf_from_map(copy);
    cf_map_put(m->seen, address(map), *out);
    for (size_t i = 0; i < map->len; i++) {
        cf_value key, value;

        if (!move_value(m, map->entries[i].key, &key) ||
            !move_value(m, map->entries[i].value, &value))
            return false;
        cf_map_put(copy, key, value);
    }
    return true;
}

/* A stored row is read again; one that is gone or was never added cannot be moved. */
static bool move_row(move *m, cf_object *object, cf_value *out)
{
    void *row;

    if (!cf_row_is_stored(object) || ++m->rows > MOST_ROWS)
        return false;
    row = cf__db_get(m->to->db, cf_row_model(object), cf_row_key(object));
    *out = cf_from_object(row);
    cf_map_put(m->seen, address(object), *out);
    return row != NULL;
}

static bool move_object(move *m, cf_object *object, cf_value *out)
{
    cf_value   v = cf_from_object(object);
    cf_time    time;
    cf_date    date;
    cf_decimal decimal;

    if (cf_row_model(object))
        return move_row(m, object, out);
    if (cf_value_time(v, &time))
        *out = cf_time_value(m->to->arena, time);
    else if (cf_value_date(v, &date))
        *out = cf_date_value(m->to->arena, date);
    else if (cf_value_decimal(v, &decimal))
        *out = cf_decimal_value(m->to->arena, decimal);
    else
        return false;
    return true;
}

static bool move_value(move *m, cf_value v, cf_value *out)
{
    bool ok = true;

    *out = v;
    if (++m->depth > 200)
        return false;
    switch ((cf_type)v.type) {
    case CF_TYPE_STRING:
        *out = cf_string_copy(m->to->arena, cf_text(v));
        out->safe = v.safe;
        out->bytes = v.bytes;
        break;
    case CF_TYPE_LIST:
        ok = known(m, v.as.list, out) || move_list(m, v.as.list, out);
        break;
    case CF_TYPE_MAP:
        ok = known(m, v.as.map, out) || move_map(m, v.as.map, out);
        break;
    case CF_TYPE_OBJECT:
        ok = !is_old(m, v.as.object) || known(m, v.as.object, out) ||
             move_object(m, v.as.object, out);
        break;
    case CF_TYPE_FUNCTION:
        ok = !is_old(m, v.as.function);
        break;
    case CF_TYPE_UNDEFINED: /* What is known of it lies before its name. */
        ok = !v.as.name || !is_old(m, v.as.name);
        break;
    default:
        break;
    }
    m->depth--;
    return ok;
}

static bool move_names(move *m, cf_map *names)
{
    for (size_t i = 0; i < m->sh->names->len; i++) {
        const cf_entry *entry = &m->sh->names->entries[i];
        cf_value        value;

        if (!move_value(m, entry->value, &value))
            return false;
        cf_map_put(names, entry->key, value);
    }
    return true;
}

static void adopt(shell *sh, const cf_map *names)
{
    for (size_t i = 0; i < names->len; i++)
        sh->names->entries[i].value = names->entries[i].value;
}

void cf__shell_tidy(shell *sh)
{
    size_t           used = cf_arena_used(sh->now.arena);
    shell_generation to;
    move             m = { .sh = sh, .to = &to };
    cf_map          *names;

    sh->tidy_at = sh->tidy_at ? sh->tidy_at : TIDY_BYTES;
    if (used < sh->tidy_at || sh->sandbox)
        return;
    if (sh->now.db && (cf_db_in_transaction(sh->now.db) || cf_db_is_dirty(sh->now.db)))
        return;
    cf__shell_begin(sh, &to, NULL);
    m.scratch = cf_arena_new();
    m.seen = cf_map_new(m.scratch);
    names = cf_map_new(m.scratch);
    if ((to.db || !sh->now.db) && move_names(&m, names)) {
        adopt(sh, names);
        cf__shell_end(&sh->now);
        sh->now = to;
        cf_fiber_set_local(to.req);
        used = cf_arena_used(to.arena);
    } else {
        cf__shell_end(&to);
        cf_fiber_set_local(sh->now.req);
    }
    sh->tidy_at = used * 2 > TIDY_BYTES ? used * 2 : TIDY_BYTES;
    cf_arena_free(m.scratch);
}

void cf__shell_reset(shell *sh)
{
    while (sh->names->len)
        cf_map_remove(sh->names, sh->names->entries[sh->names->len - 1].key);
    if (sh->now.db)
        cf_db_rollback(sh->now.db);
    cf__shell_end(&sh->now);
    cf_error_clear(&sh->db_error);
    cf__shell_begin(sh, &sh->now, &sh->db_error);
    cf_fiber_set_local(sh->now.req);
    sh->tidy_at = 0;
    sh->saved = false;
    sh->nested = 0;
}
