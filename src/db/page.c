/* page.c -- one page of a query's rows, with the names Flask-SQLAlchemy gave them. */
#include "db/sql.h"

#define PER_PAGE     20
#define MAX_PER_PAGE 100

typedef struct edges {
    int64_t left_edge, left_current, right_current, right_edge;
} edges;

static bool is_shown(const cf_page *page, const edges *e, int64_t number)
{
    return number <= e->left_edge || number > page->pages - e->right_edge ||
           (number >= page->page - e->left_current && number <= page->page + e->right_current);
}

/* Appends page numbers, one 0 for each gap. */
static void number_pages(const cf_page *page, const edges *e, cf_list *out)
{
    bool gap = false;

    for (int64_t number = 1; number <= page->pages;) {
        if (is_shown(page, e, number)) {
            cf_list_add(out, cf_int(number));
            gap = false;
            if (number == page->pages)
                break;
            number++;
            continue;
        }
        if (!gap)
            cf_list_add(out, cf_none());
        gap = true;
        /* On to the next that is shown, however many pages there are. */
        if (number < page->page - e->left_current)
            number = page->page - e->left_current;
        else
            number = page->pages - e->right_edge + 1;
    }
}

size_t cf_page_numbers(const cf_page *page, int64_t *out, size_t capacity)
{
    static const edges usual = { 2, 2, 4, 2 };
    cf_arena          *arena = cf_arena_new();
    cf_list           *list = cf_list_new(arena);
    size_t             count;

    number_pages(page, &usual, list);
    count = list->len < capacity ? list->len : capacity;
    for (size_t i = 0; i < count; i++)
        out[i] = cf_is(list->items[i], CF_TYPE_INT) ? list->items[i].as.integer : 0;
    cf_arena_free(arena);
    return count;
}

/* ---- as an object ---- */

static cf_value number_or_none(int64_t number)
{
    return number ? cf_int(number) : cf_none();
}

static bool page_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    const cf_page *page = (const cf_page *)(const void *)self;

    (void)eval;
    if (cf_str_is(name, "items"))
        *out = cf_from_list(page->items);
    else if (cf_str_is(name, "page"))
        *out = cf_int(page->page);
    else if (cf_str_is(name, "per_page"))
        *out = cf_int(page->per_page);
    else if (cf_str_is(name, "total"))
        *out = cf_int(page->total);
    else if (cf_str_is(name, "pages"))
        *out = cf_int(page->pages);
    else if (cf_str_is(name, "first"))
        *out = cf_int(page->first);
    else if (cf_str_is(name, "last"))
        *out = cf_int(page->last);
    else if (cf_str_is(name, "has_prev"))
        *out = cf_bool(page->has_prev);
    else if (cf_str_is(name, "has_next"))
        *out = cf_bool(page->has_next);
    else if (cf_str_is(name, "prev_num"))
        *out = number_or_none(page->prev_num);
    else if (cf_str_is(name, "next_num"))
        *out = number_or_none(page->next_num);
    return true;
}

static bool edge(cf_call *call, size_t i, const char *name, int64_t *out)
{
    cf_value v = cf_arg(call, i, name);

    if (v.type == CF_TYPE_UNDEFINED)
        return true;
    if (!cf_is(v, CF_TYPE_INT) || v.as.integer < 0 || v.as.integer > 100)
        return cf_fail(call->eval->err, CF_ETYPE, "iter_pages: %s is a number from 0 to 100", name);
    *out = v.as.integer;
    return true;
}

static bool page_method(cf_call *call, cf_object *self, cf_str name, cf_value *result, bool *found)
{
    static const char *const names[] = { "left_edge", "left_current", "right_current", "right_edge",
                                         NULL };
    edges                    e = { 2, 2, 4, 2 };
    cf_list                 *list;

    *found = cf_str_is(name, "iter_pages");
    if (!*found)
        return true;
    if (!cf_args_check(call, "iter_pages", 0, 4, names) || !edge(call, 0, names[0], &e.left_edge) ||
        !edge(call, 1, names[1], &e.left_current) || !edge(call, 2, names[2], &e.right_current) ||
        !edge(call, 3, names[3], &e.right_edge))
        return false;
    list = cf_list_new(call->eval->arena);
    number_pages((const cf_page *)(const void *)self, &e, list);
    *result = cf_from_list(list);
    return true;
}

static bool page_iter(cf_eval *eval, cf_object *self, cf_iter *iter)
{
    return cf_iterate(eval, cf_from_list(((cf_page *)(void *)self)->items), iter);
}

static bool page_length(cf_eval *eval, cf_object *self, int64_t *out)
{
    (void)eval;
    *out = (int64_t)((cf_page *)(void *)self)->items->len;
    return true;
}

static void page_names(cf_eval *eval, cf_object *self, cf_list *out)
{
    static const char *const names[] = { "items",    "page",     "per_page", "total",
                                         "pages",    "first",    "last",     "has_prev",
                                         "has_next", "prev_num", "next_num", "iter_pages" };

    (void)eval;
    (void)self;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        cf_list_add(out, cf_string(names[i]));
}

static const cf_class page_class = { .name = "Pagination",
                                     .get = page_get,
                                     .method = page_method,
                                     .iter = page_iter,
                                     .length = page_length,
                                     .names = page_names };

cf_page *cf_query_paginate(cf_query *q, int64_t number, int64_t per_page)
{
    cf_query copy = *q;
    cf_page *page = cf_new(q->db->arena, cf_page);

    number = number ? number : 1;
    per_page = per_page > 0 ? per_page : PER_PAGE;
    per_page = per_page < MAX_PER_PAGE ? per_page : MAX_PER_PAGE;
    if (number < 1 || number > INT64_MAX / MAX_PER_PAGE)
        return NULL;
    copy.limit = -1;
    copy.offset = 0;
    page->object.class = &page_class;
    page->page = number;
    page->per_page = per_page;
    page->total = cf_query_count(&copy);
    if (page->total < 0)
        return NULL;
    page->pages = (page->total + per_page - 1) / per_page;
    if (number > 1 && number > page->pages)
        return NULL;
    copy.limit = per_page;
    copy.offset = (number - 1) * per_page;
    page->items = page->total ? cf_query_all(&copy) : cf_list_new(q->db->arena);
    if (!page->items)
        return NULL;
    page->first = page->items->len ? copy.offset + 1 : 0;
    page->last = copy.offset + (int64_t)page->items->len;
    page->has_prev = number > 1;
    page->has_next = number < page->pages;
    page->prev_num = page->has_prev ? number - 1 : 0;
    page->next_num = page->has_next ? number + 1 : 0;
    return page;
}
