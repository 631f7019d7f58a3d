/* keyset.c -- pages by the values of the row before: as fast on the thousandth page as on the
 * first, and unmoved by rows that come and go meanwhile.
 *
 * A cursor is base64url of JSON: [direction, a hash of the order, the row's value of each column
 * that is ordered by]. The primary key is ordered by last, so that no two rows are equal. A cursor
 * comes back from a browser: whatever it holds, it can do no more than choose another place to
 * begin. */
#include <carafe/crypto.h>
#include <carafe/json.h>

#include "db/sql.h"

#define PER_PAGE     20
#define MAX_PER_PAGE 100
#define MAX_KEYS     8
#define MAX_CURSOR   4000 /* Characters: it comes back in an address. */

typedef struct sort_key {
    const cf__column *column;
    bool              descending, nulls_first; /* In the direction of the walk. */
} sort_key;

typedef struct keyset {
    cf_query *q; /* A copy, without the order. */
    sort_key  keys[MAX_KEYS];
    size_t    count;
    int64_t   hash;
    bool      back;
    cf_list  *at; /* Of the cursor; NULL at the beginning. */
} keyset;

/* ---- the order ---- */

static bool add_key(keyset *k, const cf__column *column, const cf__order *order, cf_error *err)
{
    bool down = order && order->descending;

    if (k->count == MAX_KEYS)
        return cf_fail(err, CF_ELIMIT, "keyset pages are ordered by at most %d columns", MAX_KEYS);
    if (column->kind == CF_KIND_BYTES || column->kind == CF_KIND_VALUE)
        return cf_fail(err, CF_ETYPE, "keyset pages cannot be ordered by %s: it has no order",
                       column->name);
    k->keys[k->count++] = (sort_key){
        .column = column,
        .descending = down,
        .nulls_first = order && order->nulls ? order->nulls == CF__NULLS_FIRST : !down,
    };
    return true;
}

static bool find_keys(keyset *k, const cf_query *q, cf_error *err)
{
    const cf__mapper *mapper = q->mapper;
    bool              down = false;

    for (size_t i = 0; i < q->norders; i++) {
        const cf__order *order = &q->orders[i];

        if (order->mistake) {
            *err = *order->mistake;
            return false;
        }
        if (order->term.function || order->term.path.nsteps)
            return cf_fail(err, CF_EINVAL, "keyset pages are ordered by columns of %s itself",
                           q->mapper->model->name);
        if (!add_key(k, order->term.path.column, order, err))
            return false;
        down = order->descending;
    }
    /* The key follows the direction before it, as one index can then serve both. */
    for (size_t i = 0; i < mapper->nkeys; i++) {
        bool there = false;

        for (size_t j = 0; j < k->count; j++)
            there = there || k->keys[j].column == mapper->keys[i];
        if (!there && !add_key(k, mapper->keys[i], &(cf__order){ .descending = down }, err))
            return false;
    }
    return true;
}

static int64_t hash_of(const keyset *k)
{
    uint64_t h = 0;

    for (size_t i = 0; i < k->count; i++)
        h = (h + cf_str_hash(cf_str_of(k->keys[i].column->name)) + k->keys[i].descending * 2u +
             k->keys[i].nulls_first) *
            UINT64_C(0x9E3779B97F4A7C15);
    return (int64_t)(h >> 40);
}

/* ---- cursors ---- */

/* A cursor that would not be taken back is not given. */
static bool too_long(const keyset *k, const cf_list *list, cf_error *err)
{
    size_t longest = 0, len = 0;

    for (size_t i = 0; i < k->count; i++) {
        cf_value v = list->items[i + 2];

        if (v.type == CF_TYPE_STRING && v.len > len) {
            len = v.len;
            longest = i;
        }
    }
    return cf_fail(err, CF_ELIMIT,
                   "keyset pages cannot be ordered by %s.%s: a row's value is too long for a "
                   "cursor (%d characters at most)",
                   k->q->mapper->model->name, k->keys[longest].column->name, MAX_CURSOR);
}

static bool write_cursor(const keyset *k, const cf_row *row, bool back, const char **cursor,
                         cf_error *err)
{
    cf_arena *arena = k->q->db->arena;
    cf_list  *list = cf_list_new(arena);
    cf_buf    out = cf_buf_in(arena, 0);
    cf_eval   eval = { .arena = arena };
    cf_str    text;

    cf_list_add(list, cf_bool(back));
    cf_list_add(list, cf_int(k->hash));
    for (size_t i = 0; i < k->count; i++)
        cf_list_add(list, cf_row_get(row, cf_str_of(k->keys[i].column->name)));
    if (!cf_json_write(&eval, cf_from_list(list), NULL, &out, err))
        return false;
    text = cf_b64url_encode(arena, cf_buf_view(&out));
    *cursor = text.ptr;
    return text.len <= MAX_CURSOR || too_long(k, list, err);
}

/* Whether a value may stand in a cursor for a column: what the column can hold, and no more. */
static bool is_sound(const keyset *k, size_t i, cf_value v)
{
    cf__param param;

    if (cf_is_missing(v))
        return !k->keys[i].column->not_null;
    return v.type >= CF_TYPE_BOOL && v.type <= CF_TYPE_STRING &&
           cf__param_for(k->q->db->arena, k->keys[i].column, v, &param, NULL);
}

static bool read_cursor(keyset *k, const char *text)
{
    cf_arena *arena = k->q->db->arena;
    cf_str    json;
    cf_value  v;
    cf_list  *list;

    if (strlen(text) > MAX_CURSOR || !cf_b64url_decode(arena, cf_str_of(text), &json, NULL) ||
        !cf_json_parse(arena, json, &v, NULL) || v.type != CF_TYPE_LIST)
        return false;
    list = v.as.list;
    if (list->len != k->count + 2 || list->items[0].type != CF_TYPE_BOOL ||
        list->items[1].type != CF_TYPE_INT || list->items[1].as.integer != k->hash)
        return false;
    for (size_t i = 0; i < k->count; i++)
        if (!is_sound(k, i, list->items[i + 2]))
            return false;
    k->back = list->items[0].as.boolean;
    k->at = list;
    return true;
}

/* ---- the rows beyond a cursor ---- */

/* column > value, with NULL where the order has it. */
static cf_cond *past(keyset *k, size_t i)
{
    const sort_key *key = &k->keys[i];
    const char     *name = key->column->name;
    cf_value        at = k->at->items[i + 2];
    cf_cond        *cond;

    if (cf_is_missing(at))
        return key->nulls_first
                   ? cf__cond(k->q, name, CF_NE, cf_none())
                   : cf__cond(k->q, name, CF_IN, cf_from_list(cf_list_new(k->q->db->arena)));
    cond = cf__cond(k->q, name, key->descending ? CF_LT : CF_GT, at);
    if (key->nulls_first || key->column->not_null)
        return cond;
    return cf_or(k->q, cond, cf__cond(k->q, name, CF_EQ, cf_none()));
}

/* (a > x) OR (a = x AND b > y) OR … */
static cf_cond *beyond(keyset *k)
{
    cf_cond *any = cf_or(k->q, NULL);

    for (size_t i = 0; i < k->count; i++) {
        cf_cond *all = cf_and(k->q, NULL);

        for (size_t j = 0; j < i; j++)
            cf__cond_add(k->q, all,
                         cf__cond(k->q, k->keys[j].column->name, CF_EQ, k->at->items[j + 2]));
        cf__cond_add(k->q, all, past(k, i));
        cf__cond_add(k->q, any, all);
    }
    return any;
}

static void set_order(keyset *k)
{
    k->q->orders = NULL;
    k->q->norders = 0;
    for (size_t i = 0; i < k->count; i++) {
        sort_key *key = &k->keys[i];

        key->descending ^= k->back;
        key->nulls_first ^= k->back;
        CF__PUSH(k->q->db->arena, k->q->orders, k->q->norders) = (cf__order){
            .term = { .path = { .column = key->column } },
            .descending = key->descending,
            .nulls = key->column->not_null                  ? CF__NULLS_DEFAULT
                     : key->nulls_first == !key->descending ? CF__NULLS_DEFAULT
                     : key->nulls_first                     ? CF__NULLS_FIRST
                                                            : CF__NULLS_LAST,
        };
    }
}

static void reverse(cf_list *list)
{
    for (size_t i = 0; i < list->len / 2; i++) {
        cf_value v = list->items[i];

        list->items[i] = list->items[list->len - 1 - i];
        list->items[list->len - 1 - i] = v;
    }
}

/* ---- as an object ---- */

static cf_value text_or_none(const char *text)
{
    return text ? cf_string(text) : cf_none();
}

static bool keyset_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    const cf_keyset *page = (const cf_keyset *)(const void *)self;

    (void)eval;
    if (cf_str_is(name, "items"))
        *out = cf_from_list(page->items);
    else if (cf_str_is(name, "per_page"))
        *out = cf_int(page->per_page);
    else if (cf_str_is(name, "next"))
        *out = text_or_none(page->next);
    else if (cf_str_is(name, "prev"))
        *out = text_or_none(page->prev);
    else if (cf_str_is(name, "has_next"))
        *out = cf_bool(page->next != NULL);
    else if (cf_str_is(name, "has_prev"))
        *out = cf_bool(page->prev != NULL);
    return true;
}

static bool keyset_iter(cf_eval *eval, cf_object *self, cf_iter *iter)
{
    return cf_iterate(eval, cf_from_list(((cf_keyset *)(void *)self)->items), iter);
}

static bool keyset_length(cf_eval *eval, cf_object *self, int64_t *out)
{
    (void)eval;
    *out = (int64_t)((cf_keyset *)(void *)self)->items->len;
    return true;
}

static void keyset_names(cf_eval *eval, cf_object *self, cf_list *out)
{
    static const char *const names[] = {
        "items", "per_page", "next", "prev", "has_next", "has_prev"
    };

    (void)eval;
    (void)self;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        cf_list_add(out, cf_string(names[i]));
}

static const cf_class keyset_class = { .name = "Keyset",
                                       .get = keyset_get,
                                       .iter = keyset_iter,
                                       .length = keyset_length,
                                       .names = keyset_names };

/* ---- the page ---- */

static bool prepare(keyset *k, const cf_query *q, cf_error *err)
{
    if (q->err) {
        *err = *q->err;
        return false;
    }
    if (q->limit >= 0 || q->offset || q->nterms || q->ngroups)
        return cf_fail(err, CF_EINVAL,
                       "keyset pages take no limit, offset, groups or selected columns");
    return find_keys(k, q, err);
}

static cf_keyset *make_page(keyset *k, cf_list *rows, int64_t per_page, cf_error *err)
{
    cf_keyset *page = cf_new(k->q->db->arena, cf_keyset);
    bool       more = rows->len > (size_t)per_page;

    if (more)
        rows->len = (size_t)per_page;
    if (k->back)
        reverse(rows);
    page->object.class = &keyset_class;
    page->items = rows;
    page->per_page = per_page;
    if (!rows->len)
        return page;
    if ((k->back || more) &&
        !write_cursor(k, cf_row_at(rows, rows->len - 1), false, &page->next, err))
        return NULL;
    if ((k->back ? more : k->at != NULL) &&
        !write_cursor(k, cf_row_at(rows, 0), true, &page->prev, err))
        return NULL;
    return page;
}

cf_keyset *cf_query_keyset(cf_query *q, const char *cursor, int64_t per_page)
{
    keyset k = { .q = cf_query_copy(q) };
    CF_NO_ERROR(error);
    cf_list   *rows;
    cf_keyset *page;

    per_page = per_page > 0 ? per_page : PER_PAGE;
    per_page = per_page < MAX_PER_PAGE ? per_page : MAX_PER_PAGE;
    if (!prepare(&k, q, &error)) {
        cf__session_fail(q->db, &error, NULL);
        return NULL;
    }
    k.hash = hash_of(&k);
    if (cursor && *cursor && !read_cursor(&k, cursor))
        return NULL;
    set_order(&k);
    if (k.at)
        cf__query_and(k.q, beyond(&k));
    cf_query_limit(k.q, per_page + 1);
    rows = cf_query_all(k.q);
    page = rows ? make_page(&k, rows, per_page, &error) : NULL;
    if (rows && !page)
        cf__session_fail(q->db, &error, NULL);
    return page;
}
