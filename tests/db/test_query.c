/* test_query.c -- queries: filters, paths, order, pages, bulk changes, and attempts at injection.
 */
#include "fixture.h"

static void setup(void)
{
    static const char *const titles[] = { "Alpha", "beta", "Straße", "ÄRGER", "100%", "a_c" };
    User                    *ann, *bea;

    fixture_database();
    ann = test_user(db, "ann@example.org");
    bea = test_user(db, "bea@example.org");
    bea->name = "Bea";
    for (int i = 0; i < 6; i++) {
        Post *post = test_post(db, i % 2 ? bea : ann, cf_printf(arena, "p%d", i));

        post->title = titles[i];
        post->publish_date = (cf_time){ (i + 1) * CF_DAY };
        post->live = i != 1;
        post->body = i == 2 ? "text" : NULL;
        if (i < 2) {
            Tag *tag = cf_db_new_row(db, Tag);

            tag->name = i ? "web" : "c";
            cf_relate_add(post, "tags", tag);
        }
    }
    cr_assert(cf_db_commit(db, NULL));
    db = cf_db_new(arena, database);
}

TestSuite(query, .init = setup, .fini = fixture_end);

static cf_query *posts(void)
{
    return cf_db_query(db, Post);
}

/* The slugs that a query gives, in order: "p1 p4". */
static const char *slugs(cf_query *q)
{
    cf_list *rows = cf_query_all(q);
    cf_buf   out = cf_buf_in(arena, 0);
    Post    *post;

    cr_assert(rows, "%s", cf_db_error(db)->message);
    CF_EACH(rows, post)
    {
        if (out.len)
            cf_buf_putc(&out, ' ');
        cf_buf_puts(&out, post->slug);
    }
    return cf_buf_cstr(&out);
}

static cf_value list_of(cf_value a, cf_value b)
{
    cf_list *list = cf_list_new(arena);

    cf_list_add(list, a);
    cf_list_add(list, b);
    return cf_from_list(list);
}

#define IS(query, expected) cr_assert_str_eq(slugs(cf_query_order_by((query), "id")), (expected))

Test(query, compares)
{
    cf_value day3 = cf_time_value(arena, (cf_time){ 3 * CF_DAY });

    IS(cf_query_filter_by(posts(), "live", false), "p1");
    IS(cf_query_where(posts(), "id", CF_GT, 4), "p4 p5");
    IS(cf_query_where(posts(), "id", CF_LE, "2"), "p0 p1");
    IS(cf_query_where(posts(), "slug", CF_NE, "p0"), "p1 p2 p3 p4 p5");
    IS(cf_query_where(posts(), "publish_date", CF_LT, day3), "p0 p1");
    IS(cf_query_where(posts(), "publish_date", CF_GE, "1970-01-06"), "p4 p5");
    IS(cf_query_filter_by(posts(), "body", cf_none()), "p0 p1 p3 p4 p5");
    IS(cf_query_where(posts(), "body", CF_NE, cf_none()), "p2");
    IS(cf_query_where(posts(), "id", CF_IN, list_of(cf_int(2), cf_int(5))), "p1 p4");
    IS(cf_query_where(posts(), "id", CF_NOT_IN, list_of(cf_int(2), cf_int(5))), "p0 p2 p3 p5");
    IS(cf_query_where(posts(), "id", CF_IN, cf_list_new(arena)), "");
    IS(cf_query_where(posts(), "id", CF_NOT_IN, cf_list_new(arena)), "p0 p1 p2 p3 p4 p5");
    IS(cf_query_where(posts(), "id", CF_BETWEEN, list_of(cf_int(2), cf_int(3))), "p1 p2");
}

Test(query, text_is_matched_with_and_without_case)
{
    IS(cf_query_where(posts(), "title", CF_LIKE, "A%"), "p0");
    IS(cf_query_where(posts(), "title", CF_ILIKE, "a%"), "p0 p5");
    IS(cf_query_where(posts(), "title", CF_ILIKE, "ärger"), "p3");
    IS(cf_query_where(posts(), "title", CF_LIKE, "ärger"), "");
    IS(cf_query_where(posts(), "title", CF_LIKE, "b_ta"), "p1");
    IS(cf_query_where(posts(), "title", CF_LIKE, "%a%e"), "p2");
    IS(cf_query_where(posts(), "title", CF_CONTAINS, "%"), "p4");
    IS(cf_query_where(posts(), "title", CF_CONTAINS, "_"), "p5");
    IS(cf_query_where(posts(), "title", CF_CONTAINS, "LPH"), "p0");
    IS(cf_query_where(posts(), "title", CF_STARTS, "stra"), "p2");
    IS(cf_query_where(posts(), "title", CF_CONTAINS, ""), "p0 p1 p2 p3 p4 p5");
}

Test(query, like_takes_bounded_time)
{
    char *text = cf_alloc(arena, 20001);
    Post *post = cf_db_get(db, Post, 1);

    memset(text, 'a', 20000);
    text[20000] = '\0';
    post->body = text;
    IS(cf_query_where(posts(), "body", CF_LIKE, "%a%a%a%a%a%a%a%a%a%a%a%a%b"), "");
}

Test(query, conditions_combine)
{
    cf_query *q = posts();

    cf_query_filter(
        q, cf_or(q, cf_cond_of(q, "title", CF_CONTAINS, "alpha"),
                 cf_and(q, cf_cond_of(q, "id", CF_GT, 1), cf_cond_of(q, "live", CF_EQ, false))));
    IS(q, "p0 p1");
    q = posts();
    cf_query_filter(
        q, cf_not(q, cf_or(q, cf_cond_of(q, "id", CF_LT, 3), cf_cond_of(q, "id", CF_GT, 4))));
    IS(cf_query_filter_by(q, "live", true), "p2 p3");
}

Test(query, paths_lead_along_relationships)
{
    cf_query *q;

    IS(cf_query_filter_by(posts(), "user.name", "Bea"), "p1 p3 p5");
    IS(cf_query_filter_by(posts(), "tags.name", "c"), "p0");
    IS(cf_query_filter_by(posts(), "tags.posts.user.name", "Bea"), "p1");
    IS(cf_query_filter_by(posts(), "user", cf_db_get(db, User, 2)), "p1 p3 p5");
    IS(cf_query_filter_by(posts(), "tags", cf_db_get(db, Tag, 2)), "p1");
    IS(cf_query_filter_by(posts(), "tags", cf_none()), "p2 p3 p4 p5");
    IS(cf_query_where(posts(), "tags", CF_NE, cf_none()), "p0 p1");
    IS(cf_query_where(posts(), "user", CF_NE, cf_db_get(db, User, 2)), "p0 p2 p4");
    cr_assert_str_eq(slugs(cf_query_order_by(posts(), "-user.name,-id")), "p5 p3 p1 p4 p2 p0");
    q = cf_query_filter_by(cf_db_query(db, User), "posts.tags.name", "web");
    cr_assert_str_eq(((User *)cf_query_one(q))->name, "Bea");
    q = cf_query_filter_by(cf_db_query(db, User), "posts.live", false);
    cr_assert_eq(cf_query_count(q), 1);
}

Test(query, order_limit_offset)
{
    cr_assert_str_eq(slugs(cf_query_limit(cf_query_order_by(posts(), "-publish_date"), 2)),
                     "p5 p4");
    cr_assert_str_eq(slugs(cf_query_offset(cf_query_order_by(posts(), "id"), 4)), "p4 p5");
    cr_assert_str_eq(
        slugs(cf_query_limit(cf_query_offset(cf_query_order_by(posts(), "live, -id"), 1), 2)),
        "p5 p4");
    cr_assert_eq(cf_query_count(cf_query_limit(posts(), 4)), 4);
    cr_assert_eq(cf_query_count(cf_query_offset(posts(), 4)), 2);
    cr_assert_eq(cf_query_all(cf_query_limit(posts(), 0))->len, 0);
}

Test(query, first_one_exists)
{
    cr_assert_null(cf_query_first(cf_query_filter_by(posts(), "id", 99)));
    cr_assert_eq(cf_db_error(db)->code, CF_OK);
    cr_assert_null(cf_query_one(cf_query_filter_by(posts(), "id", 99)));
    cr_assert_eq(cf_db_error(db)->code, CF_ENOTFOUND);
    cr_assert_null(cf_query_one(posts()));
    cr_assert_eq(cf_db_error(db)->code, CF_ECONFLICT);
    cr_assert(cf_query_exists(cf_query_filter_by(posts(), "user.name", "Bea")));
    cr_assert_not(cf_query_exists(cf_query_filter_by(posts(), "user.name", "Cid")));
    cr_assert_not(cf_query_exists(cf_query_offset(posts(), 6)));
}

Test(query, mistakes_are_reported_when_it_runs)
{
    cf_query *q = cf_query_limit(cf_query_filter_by(posts(), "titel", "x"), 3);

    cr_assert_null(cf_query_all(q));
    cr_assert_str_eq(cf_db_error(db)->message,
                     "Post has no column or relationship 'titel'; did you mean 'title'?");
    cr_assert_eq(cf_query_count(q), -1);
    cr_assert_null(cf_query_sql(q));
    cr_assert_null(cf_query_all(cf_query_order_by(posts(), "tags.name")));
    cr_assert_null(cf_query_all(cf_query_order_by(posts(), "user")));
    cr_assert_null(cf_query_all(cf_query_filter_by(posts(), "id", "seven")));
    cr_assert_null(cf_query_all(cf_query_where(posts(), "id", CF_IN, 7)));
    cr_assert_null(cf_query_all(cf_query_where(posts(), "id", CF_LIKE, "7")));
    cr_assert_null(cf_query_all(cf_query_filter_by(posts(), "user", cf_db_get(db, Tag, 1))));
    cr_assert_null(cf_query_all(cf_query_load(posts(), "usr", CF_JOINED)));
}

Test(query, sql_is_visible_and_parameterised)
{
    cf_query *q = cf_query_filter_by(cf_db_query(db, Tag), "name", "x'; DROP TABLE tag; --");

    cr_assert_str_eq(
        cf_query_sql(cf_query_limit(cf_query_order_by(q, "-id"), 3)),
        "SELECT \"tag\".\"id\", \"tag\".\"name\" FROM \"tag\" WHERE \"tag\".\"name\" = ? "
        "ORDER BY \"tag\".\"id\" DESC LIMIT ?");
    cr_assert_eq(cf_query_all(q)->len, 0);
    cr_assert_eq(cf_query_count(cf_db_query(db, Tag)), 2);
}

Test(query, injection_by_names_finds_no_column)
{
    static const char *const names[] = {
        "id\" = 1 OR \"1", "id; DROP TABLE post", "user.id\"", ".", "", "user..id", "(SELECT 1)"
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        cr_assert_null(cf_query_all(cf_query_filter_by(posts(), names[i], 1)), "%s", names[i]);
        if (*names[i])
            cr_assert_null(cf_query_all(cf_query_order_by(posts(), names[i])), "%s", names[i]);
    }
    cr_assert_eq(cf_query_count(posts()), 6);
}

Test(query, updates_and_deletes_by_query)
{
    cf_named  values[] = { CF_NAMED("live", false), CF_NAMED("body", "new") };
    cf_named  bad = CF_NAMED("status", "lost");
    Post     *post = cf_db_get(db, Post, 1);
    cf_query *q = cf_query_filter_by(posts(), "user.name", "Ann");

    cr_assert_eq(cf_query_update(q, values, 2), 3);
    cr_assert_eq(cf_db_get(db, Post, 1), post);
    cr_assert_str_eq(post->body, "new");
    cr_assert_eq(cf_query_count(cf_query_filter_by(posts(), "live", false)), 4);
    cr_assert_eq(cf_query_update(posts(), &bad, 1), -1);
    cr_assert_str_eq(cf_db_error(db)->input, "status");
    cr_assert_eq(cf_query_delete(cf_query_limit(posts(), 1)), -1);
    cr_assert_eq(cf_query_delete(cf_query_filter_by(posts(), "tags", cf_none())), 4);
    cf_db_rollback(db);
    cr_assert_eq(cf_query_count(posts()), 6);
    cr_assert_eq(cf_query_delete(posts()), 6);
    cr_assert(cf_db_commit(db, NULL));
    cr_assert_null(cf_db_get(db, Post, 1));
}

Test(query, pages)
{
    cf_page *page = cf_query_paginate(cf_query_order_by(posts(), "id"), 2, 4);

    cr_assert_eq(page->items->len, 2);
    cr_assert_eq(page->total, 6);
    cr_assert_eq(page->pages, 2);
    cr_assert_eq(page->first, 5);
    cr_assert_eq(page->last, 6);
    cr_assert(page->has_prev && !page->has_next);
    cr_assert_eq(page->prev_num, 1);
    cr_assert_null(cf_query_paginate(posts(), 3, 4));
    cr_assert_null(cf_query_paginate(posts(), -1, 4));
    cr_assert_null(cf_query_paginate(posts(), INT64_MAX, 4));
    cr_assert_eq(cf_db_error(db)->code, CF_OK);
    page = cf_query_paginate(cf_query_filter_by(posts(), "id", 99), 1, 4);
    cr_assert_eq(page->items->len, 0);
    cr_assert_eq(page->pages, 0);
    cr_assert_eq(cf_query_paginate(posts(), 0, 1000000)->per_page, 100);
}

Test(query, page_numbers_have_gaps)
{
    /* As Flask-SQLAlchemy's iter_pages() for page 10 of 20, and for a very long run. */
    static const int64_t expected[] = { 1, 2, 0, 8, 9, 10, 11, 12, 13, 14, 0, 19, 20 };
    cf_page              page = { .page = 10, .pages = 20 };
    int64_t              numbers[64];

    cr_assert_eq(cf_page_numbers(&page, numbers, 64), 13);
    cr_assert_arr_eq(numbers, expected, sizeof(expected));
    page = (cf_page){ .page = 1, .pages = INT64_MAX };
    cr_assert_eq(cf_page_numbers(&page, numbers, 64), 8);
    page = (cf_page){ .page = 1, .pages = 0 };
    cr_assert_eq(cf_page_numbers(&page, numbers, 64), 0);
    page = (cf_page){ .page = 3, .pages = 5 };
    cr_assert_eq(cf_page_numbers(&page, numbers, 64), 5);
}

/* Calls a method of an object value, as a template does. */
static cf_value call(cf_value object, const char *name, cf_value *args, size_t nargs,
                     cf_kwarg *kwargs, size_t nkwargs)
{
    cf_eval  eval = { .arena = arena, .err = &err };
    cf_call  c = { &eval, NULL, args, nargs, kwargs, nkwargs };
    cf_value result = cf_none();
    bool     found = false;

    cr_assert(
        object.as.object->class->method(&c, object.as.object, cf_str_of(name), &result, &found),
        "%s", err.message);
    cr_assert(found, "%s", name);
    return result;
}

Test(query, queries_are_objects_with_methods)
{
    cf_kwarg live = { CF_STR("live"), cf_bool(true) };
    cf_value order = cf_string("-id"), two = cf_int(2), q = cf_from_object(posts()), row, page;
    cf_eval  eval = { .arena = arena, .err = &err };

    q = call(q, "filter_by", NULL, 0, &live, 1);
    q = call(q, "order_by", &order, 1, NULL, 0);
    cr_assert_eq(call(q, "count", NULL, 0, NULL, 0).as.integer, 5);
    cr_assert_eq(call(call(q, "limit", &two, 1, NULL, 0), "all", NULL, 0, NULL, 0).as.list->len, 2);
    row = call(q, "first", NULL, 0, NULL, 0);
    cr_assert_str_eq(((Post *)(void *)row.as.object)->slug, "p5");
    cr_assert(cf_get_item(&eval, q, cf_int(1), &row));
    cr_assert_str_eq(((Post *)(void *)row.as.object)->slug, "p4");
    cr_assert(cf_truth(call(q, "exists", NULL, 0, NULL, 0)));
    cr_assert_eq(cf_length(&eval, q), 5);
    page = call(q, "paginate", &two, 1, NULL, 0);
    cr_assert(cf_is(page, CF_TYPE_NONE));
    page = call(q, "paginate", NULL, 0, NULL, 0);
    cr_assert_eq(call(page, "iter_pages", NULL, 0, NULL, 0).as.list->len, 1);
    cr_assert(cf_get_attr(&eval, page, CF_STR("total"), &row));
    cr_assert_eq(row.as.integer, 5);
}

Test(query, raw_sql_takes_parameters)
{
    cf_value  params[] = { cf_string("Bea' OR 1=1 --"), cf_int(2) };
    cf_result result = { 0 };

    cr_assert(cf_db_execute(db, "SELECT id, name FROM \"user\" WHERE name = ? OR id = ?", params, 2,
                            &result, &err));
    cr_assert_eq(result.rows->len, 1);
    cr_assert(cf_str_is(cf_text(cf_map_get(result.rows->items[0].as.map, "name")), "Bea"));
    cr_assert(cf_db_execute(db, "UPDATE post SET live = false WHERE id < ?", &params[1], 1, &result,
                            &err));
    cr_assert_eq(result.affected, 1);
    cr_assert_not(cf_db_execute(db, "SELECT ?", params, 2, NULL, &err));
    cr_assert_eq(err.code, CF_EINVAL);
    cr_assert_not(cf_db_execute(db, "SELECT 1; DELETE FROM post", NULL, 0, NULL, &err));
    cr_assert(strstr(err.message, "more than one"));
    cr_assert_not(cf_db_execute(db, "  -- x\n commit", NULL, 0, NULL, &err));
    cr_assert_not(cf_db_execute(db, "", NULL, 0, NULL, &err));
    cr_assert_not(cf_db_execute(db, "SELECT nothing FROM post", NULL, 0, NULL, &err));
    cr_assert_eq(err.code, CF_EDB);
    cr_assert_not(cf_db_execute(db, "SELECT \"nothing\" FROM post", NULL, 0, NULL, &err),
                  "a quoted name that is none is not a string");
    cr_assert_not(cf_db_execute(db, "ATTACH '/tmp/x.db' AS x", NULL, 0, NULL, &err));
    cf_db_rollback(db);
    cr_assert_eq(cf_query_count(cf_query_filter_by(posts(), "live", false)), 1);
}

Test(query, statements_are_recorded_without_their_values)
{
    const cf_statement *s;
    size_t              count = 0;

    cf_query_all(cf_query_filter_by(posts(), "title", "secret"));
    for (; (s = cf_db_statement(db, count)); count++)
        cr_assert_null(strstr(s->sql, "secret"));
    cr_assert_eq(count, 1);
    for (int i = 0; i < 500; i++)
        cf_query_count(posts());
    for (count = 0; cf_db_statement(db, count); count++)
        continue;
    cr_assert_eq(count, 200);
    cr_assert_eq(cf_db_query_count(db), 501);
}
