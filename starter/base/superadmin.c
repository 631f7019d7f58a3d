/* superadmin.c -- figures, charts, the users and the latest events, for administrators. */
#include "base.h"

#include "../blog/models.h"

#define EVENTS_SHOWN  50
#define USERS_ON_PAGE 20
#define CHART_DAYS    14

/* One bar of a chart. */
static void add_bar(cf_list *rows, const char *label, int64_t value)
{
    cf_map *row = cf_map_new(rows->arena);
    cf_map_set(row, "label", cf_string(label));
    cf_map_set(row, "value", cf_int(value));
    cf_list_add(rows, cf_from_map(row));
}

static int64_t count_since(cf_request *req, cf_query *q, const char *column, cf_time since)
{
    return cf_query_count(
        cf_query_where(q, column, CF_GE, cf_time_value(cf_request_arena(req), since)));
}

static cf_map *figures(cf_request *req)
{
    cf_map *map = cf_map_new(cf_request_arena(req));
    cf_time week = { cf_now().us - 7 * CF_DAY };
    cf_db  *db = cf_request_db(req);

    cf_map_set(map, "users", cf_int(cf_query_count(cf_select(req, User))));
    cf_map_set(map, "users_new",
               cf_int(count_since(req, cf_select(req, User), "created_at", week)));
    cf_map_set(map, "published", cf_int(cf_query_count(published_posts(db))));
    cf_map_set(map, "drafts",
               cf_int(cf_query_count(cf_query_filter_by(cf_select(req, Post), "status", "draft"))));
    cf_map_set(map, "tags", cf_int(cf_query_count(cf_select(req, Tag))));
    cf_map_set(map, "events", cf_int(cf_query_count(cf_select(req, Buzz))));
    cf_map_set(map, "events_new",
               cf_int(count_since(req, cf_select(req, Buzz), "created_on", week)));
    return map;
}

/* New users of each of the last days, today last. */
static cf_list *users_by_day(cf_request *req)
{
    cf_arena *arena = cf_request_arena(req);
    cf_list  *rows = cf_list_new(arena);
    cf_time   now = cf_now();
    int64_t   today = now.us - now.us % CF_DAY;

    for (int i = CHART_DAYS - 1; i >= 0; i--) {
        cf_time   from = { today - i * CF_DAY }, to = { from.us + CF_DAY };
        cf_query *q = cf_select(req, User);
        cf_query_where(q, "created_at", CF_GE, cf_time_value(arena, from));
        cf_query_where(q, "created_at", CF_LT, cf_time_value(arena, to));
        add_bar(rows, cf_time_format(arena, from, "%-d %b"), cf_query_count(q));
    }
    return rows;
}

static cf_list *posts_by_status(cf_request *req)
{
    static const char *const names[][2] = { { "published", "Published" },
                                            { "draft", "Drafts" },
                                            { "archived", "Archived" } };
    cf_list                 *rows = cf_list_new(cf_request_arena(req));

    for (size_t i = 0; i < 3; i++)
        add_bar(rows, names[i][1],
                cf_query_count(cf_query_filter_by(cf_select(req, Post), "status", names[i][0])));
    return rows;
}

static cf_list *events_by_kind(cf_request *req)
{
    cf_result result;
    if (!cf_db_execute(cf_request_db(req),
                       "SELECT coalesce(event_type, 'other') AS label, count(*) AS value FROM buzz"
                       " GROUP BY label ORDER BY value DESC, label LIMIT 5",
                       NULL, 0, &result, cf_request_error(req)))
        return NULL;
    return result.rows;
}

/* The columns that the table of users can be sorted by. */
/* clang-format off */
static const struct sorting {
    const char *name, *ascending, *descending;
} sortings[] = {
    { "created", "created_at,id",                "-created_at,-id" },
    { "name",    "first_name,last_name,id",      "-first_name,-last_name,-id" },
    { "email",   "email",                        "-email" },
    { "seen",    "last_seen,id",                 "-last_seen,-id" },
};
/* clang-format on */

static const struct sorting *find_sorting(const char *name)
{
    for (size_t i = 1; i < sizeof(sortings) / sizeof(sortings[0]); i++)
        if (strcmp(sortings[i].name, name) == 0)
            return &sortings[i];
    return &sortings[0];
}

static cf_page *find_users(cf_request *req, const char *word, const struct sorting *by, bool down)
{
    cf_query *q = cf_query_load(cf_select(req, User), "roles", CF_SELECTIN);
    if (*word)
        cf_query_filter(q, cf_or(q, cf_cond_of(q, "email", CF_CONTAINS, word),
                                 cf_cond_of(q, "first_name", CF_CONTAINS, word),
                                 cf_cond_of(q, "last_name", CF_CONTAINS, word)));
    cf_query_order_by(q, down ? by->descending : by->ascending);
    return cf_query_paginate(q, cf_query_arg_int(req, "page", 1), USERS_ON_PAGE);
}

cf_response *superadmin(cf_request *req)
{
    const struct sorting *by = find_sorting(cf_query_arg(req, "sort", "created"));
    const char           *q = clip(cf_request_arena(req), cf_query_arg(req, "q", ""), 100);
    const char           *fallback = by == &sortings[0] ? "desc" : "asc";
    bool                  down = strcmp(cf_query_arg(req, "dir", fallback), "desc") == 0;
    cf_page              *users = find_users(req, q, by, down);
    cf_query *latest = cf_query_limit(cf_query_order_by(cf_select(req, Buzz), "-created_on,-id"),
                                      EVENTS_SHOWN);
    cf_list  *events = cf_query_all(cf_query_load(latest, "user", CF_JOINED));

    if (!users || !events)
        return cf_abort(req, 404);
    return cf_render(req, "base/superadmin.html", CF_VAR(q), CF_VAR(users),
                     CF_NAMED("buzz", events), CF_NAMED("sort", by->name),
                     CF_NAMED("direction", down ? "desc" : "asc"),
                     CF_NAMED("figures", figures(req)), CF_NAMED("chart_users", users_by_day(req)),
                     CF_NAMED("chart_posts", posts_by_status(req)),
                     CF_NAMED("chart_events", events_by_kind(req)));
}
