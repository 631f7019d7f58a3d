/* test_aggregate.c -- selected columns, groups, joins, distinct, NULL's place, calculations. */
#include "fixture.h"

/* Ann has 3 posts, Bob 2, Cy none; post i has i tags of a, b, c. */
static void setup(void)
{
    static const char *const names[] = { "Ann", "Bob", "Cy" };
    User                    *users[3];
    Tag                     *tags[3];

    fixture_database();
    for (int i = 0; i < 3; i++) {
        users[i] = cf_db_new_row(db, User);
        users[i]->name = names[i];
        users[i]->email = cf_printf(arena, "%s@example.org", names[i]);
        cf_db_add(db, users[i]);
        tags[i] = cf_db_new_row(db, Tag);
        tags[i]->name = cf_printf(arena, "%c", 'a' + i);
        cf_db_add(db, tags[i]);
    }
    users[0]->logins = 5;
    users[1]->logins = 2;
    for (int i = 0; i < 5; i++) {
        Post *post = cf_db_new_row(db, Post);

        post->title = post->slug = cf_printf(arena, "p%d", i);
        post->score = i + 0.5;
        post->status = i % 2 ? "published" : "draft";
        post->publish_date = (cf_time){ (i + 1) * CF_DAY };
        cf_relate(post, "user", users[i / 3]);
        for (int j = 0; j < i && j < 3; j++)
            cf_relate_add(post, "tags", tags[j]);
        cf_db_add(db, post);
    }
    cr_assert(cf_db_commit(db, &err), "%s", err.message);
}

TestSuite(aggregate, .init = setup, .fini = fixture_end);

static cf_query *posts(void)
{
    return cf_db_query(db, Post);
}

/* What a query selects, as "[{'n': 1}, …]" or its error. */
static const char *shown(cf_query *q)
{
    cf_list *rows = cf_query_all(q);
    cf_buf   out = cf_buf_in(arena, 0);
    cf_eval  eval = { .arena = arena };

    if (!rows)
        return cf_db_error(db)->message;
    cr_assert(cf_to_repr(&eval, cf_from_list(rows), &out));
    return cf_buf_cstr(&out);
}

Test(aggregate, columns_are_selected_with_their_types)
{
    cf_query *q = cf_query_select(cf_query_order_by(posts(), "id"), "slug, user.name, live");
    cf_list  *rows = cf_query_all(cf_query_limit(q, 1));
    cf_value  latest;

    cr_assert_str_eq(shown(q), "[{'slug': 'p0', 'user_name': 'Ann', 'live': True}]");
    cr_assert_eq(rows->len, 1);
    latest = cf_query_scalar(cf_query_select(posts(), "max(publish_date)"));
    cr_assert(cf_equal(latest, cf_time_value(arena, (cf_time){ 5 * CF_DAY })));
    cr_assert_eq(cf_query_count(cf_query_select(posts(), "status")), 5);
    cr_assert_eq(cf_query_count(cf_query_distinct(cf_query_select(posts(), "status"))), 2);
}

Test(aggregate, groups_count_sum_and_compare)
{
    cf_query *q = cf_query_group_by(posts(), "user.name");

    cf_query_select(q, "user.name as who, count(*) as n, sum(score) as total, avg(score), min(id), "
                       "count(distinct status) as kinds");
    cf_query_order_by(q, "-n");
    cr_assert_str_eq(shown(q),
                     "[{'who': 'Ann', 'n': 3, 'total': 4.5, 'avg_score': 1.5, 'min_id': 1, "
                     "'kinds': 2}, {'who': 'Bob', 'n': 2, 'total': 8.0, 'avg_score': 4.0, "
                     "'min_id': 4, 'kinds': 2}]");
    cr_assert_eq(cf_query_count(q), 2);
    cf_query_having(q, "count(*)", CF_GT, 2);
    cr_assert_eq(cf_query_count(q), 1);
    cr_assert(cf_query_exists(q));
    cf_query_having(q, "sum(score)", CF_GT, 100.0);
    cr_assert_str_eq(shown(q), "[]");
    cr_assert_not(cf_query_exists(q));
}

Test(aggregate, an_aggregate_of_nothing_is_none)
{
    cf_query *q = cf_query_filter_by(posts(), "slug", "nowhere");

    cr_assert_str_eq(shown(cf_query_select(q, "count(*), sum(score), max(title)")),
                     "[{'count': 0, 'sum_score': None, 'max_title': None}]");
}

Test(aggregate, sums_of_integers_and_decimals_are_exact)
{
    cf_value total;

    cr_assert_eq(cf_query_scalar(cf_query_select(cf_db_query(db, User), "sum(logins)")).as.integer,
                 7);
    for (int i = 0; i < 3; i++) {
        Bill *bill = cf_db_new_row(db, Bill);

        bill->payee = "x";
        bill->number = i;
        bill->amount = (cf_decimal){ 10, 2 };
        cf_db_add(db, bill);
    }
    total = cf_query_scalar(cf_query_select(cf_db_query(db, Bill), "sum(amount)"));
    cr_assert(cf_equal(total, cf_decimal_value(arena, (cf_decimal){ 30, 2 })));
    cr_assert(cf_value_decimal(total, NULL));
}

Test(aggregate, joins_lead_to_many)
{
    cf_query *q = cf_query_join(posts(), "tags");

    cr_assert_eq(cf_query_count(q), 0 + 1 + 2 + 3 + 3);
    cr_assert_eq(cf_query_count(cf_query_distinct(cf_query_copy(q))), 4);
    cf_query_group_by(cf_query_select(q, "tags.name as tag, count(*) as n"), "tags.name");
    cf_query_order_by(q, "tag");
    cr_assert_str_eq(shown(q),
                     "[{'tag': 'a', 'n': 4}, {'tag': 'b', 'n': 3}, {'tag': 'c', 'n': 2}]");
    cf_query_filter_by(q, "tags.name", "b"); /* Of the joined tag, not of any. */
    cr_assert_str_eq(shown(q), "[{'tag': 'b', 'n': 3}]");
    q = cf_query_outer_join(posts(), "tags");
    cr_assert_eq(cf_query_count(q), 1 + 1 + 2 + 3 + 3);
    cr_assert_eq(cf_query_count(cf_query_where(q, "tags.id", CF_EQ, cf_none())), 1);
}

Test(aggregate, outer_joins_keep_those_without)
{
    cf_query *q = cf_query_outer_join(cf_db_query(db, User), "posts");

    cf_query_select(cf_query_group_by(q, "name"), "name, count(posts.id) as n");
    cr_assert_str_eq(shown(cf_query_order_by(q, "name")),
                     "[{'name': 'Ann', 'n': 3}, {'name': 'Bob', 'n': 2}, {'name': 'Cy', 'n': 0}]");
    q = cf_query_distinct(cf_query_join(cf_db_query(db, User), "posts.tags"));
    cr_assert_eq(cf_query_count(q), 2);
    cr_assert_eq(cf_query_all(cf_query_order_by(q, "id"))->len, 2);
}

Test(aggregate, null_has_one_place_on_every_engine)
{
    cf_query *q = cf_query_select(cf_db_query(db, User), "name");

    cr_assert_str_eq(shown(cf_query_order_by(cf_query_copy(q), "logins")),
                     "[{'name': 'Cy'}, {'name': 'Bob'}, {'name': 'Ann'}]");
    cr_assert_str_eq(shown(cf_query_order_by(cf_query_copy(q), "-logins")),
                     "[{'name': 'Ann'}, {'name': 'Bob'}, {'name': 'Cy'}]");
    cr_assert_str_eq(shown(cf_query_order_by(cf_query_copy(q), "logins nulls last")),
                     "[{'name': 'Bob'}, {'name': 'Ann'}, {'name': 'Cy'}]");
    cr_assert_str_eq(shown(cf_query_order_by(cf_query_copy(q), "-logins NULLS FIRST")),
                     "[{'name': 'Cy'}, {'name': 'Ann'}, {'name': 'Bob'}]");
}

Test(aggregate, mistakes_are_named)
{
    static const struct {
        const char *select, *group, *order, *says;
    } cases[] = {
        { "count(nam)", "status", "id", "no column or relationship 'nam'" },
        { "median(score)", "status", "id", "the functions are count()" },
        { "sum(title)", "status", "id", "sum is for numbers" },
        { "user", "status", "id", "'user' is a relationship" },
        { "tags.name", "", "id", "leads to many rows; join it first" },
        { "id, id", "", "id", "two selected things are named 'id'" },
        { "id", "", "total", "order_by 'total'" },
        { "id; DROP TABLE post", "", "id", "no column" },
        { "count(*) as n\" FROM post --", "", "id", "the functions are" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        cf_query *q = cf_query_select(posts(), cases[i].select);

        cf_query_order_by(cf_query_group_by(q, cases[i].group), cases[i].order);
        cr_expect(strstr(shown(q), cases[i].says), "%s: %s", cases[i].select, shown(q));
    }
    cr_assert_null(cf_query_all(cf_query_group_by(posts(), "status")));
    cr_assert_null(cf_query_first(cf_query_select(posts(), "id")));
    cr_assert(strstr(cf_db_error(db)->message, "cf_query_scalar"));
    cr_assert_eq(cf_query_delete(cf_query_join(posts(), "tags")), -1);
    cr_assert_eq(cf_query_count(posts()), 5);
}

Test(aggregate, a_name_for_a_selected_thing_is_quoted)
{
    cf_query *q = cf_query_select(posts(), "count(*) as a\"b");

    cr_assert_str_eq(shown(q), "[{'a\"b': 5}]");
}

Test(aggregate, calculations_change_rows_where_they_are)
{
    cf_query *q = cf_query_filter_by(cf_db_query(db, User), "name", "Ann");
    cf_named  more[] = { CF_NAMED("logins", cf_calc(q, "logins", '+', 2)) };
    cf_named  text[] = { CF_NAMED("name", cf_calc(q, "name", '+', "x")) };
    cf_named  none[] = { CF_NAMED("logins", cf_calc(q, "login", '+', 2)) };
    User     *ann = cf_query_one(q);

    cr_assert_eq(cf_query_update(q, more, 1), 1);
    cr_assert(cf_db_commit(db, &err), "%s", err.message);
    cr_assert(cf_db_refresh(db, ann));
    cr_assert_eq(ann->logins, 7);
    cr_assert_eq(cf_query_update(q, text, 1), -1);
    cr_assert(strstr(cf_db_error(db)->message, "no number to calculate with"));
    cr_assert_eq(cf_query_update(q, none, 1), -1);
    cr_assert(strstr(cf_db_error(db)->message, "did you mean 'logins'"));
    q = posts();
    cr_assert_eq(cf_query_count(cf_query_where(q, "id", CF_GT, cf_calc(q, "score", '=', 0))), 5);
    q = posts();
    cr_assert_eq(cf_query_count(cf_query_where(q, "user_id", CF_LT, cf_calc(q, "id", '-', 1))), 3);
}

Test(aggregate, one_or_none_and_the_only_row)
{
    cr_assert_null(cf_query_one_or_none(cf_query_filter_by(posts(), "slug", "nowhere")));
    cr_assert_eq(cf_db_error(db)->code, CF_OK);
    cr_assert(cf_query_one_or_none(cf_query_filter_by(posts(), "slug", "p1")));
    cr_assert_null(cf_query_one_or_none(posts()));
    cr_assert_eq(cf_db_error(db)->code, CF_ECONFLICT);
}

Test(aggregate, rows_come_from_sql_of_ones_own)
{
    cf_value params[] = { cf_float(2) };
    Post    *first = cf_db_get(db, Post, 1);
    cf_list *rows = cf_db_rows(db, Post, "SELECT * FROM post WHERE score > ? ORDER BY id", params,
                               1, &err);

    cr_assert(rows, "%s", err.message);
    cr_assert_eq(rows->len, 3);
    cr_assert_str_eq(((Post *)cf_row_at(rows, 0))->slug, "p2");
    rows = cf_db_rows(db, Post,
                      "SELECT p.* FROM post p JOIN \"user\" u ON u.id = p.user_id "
                      "WHERE u.name = 'Ann' ORDER BY p.id",
                      NULL, 0, &err);
    cr_assert_eq(cf_row_at(rows, 0), first); /* Known once. */
    cr_assert_null(cf_db_rows(db, Post, "SELECT id, title FROM post", NULL, 0, &err));
    cr_assert(strstr(err.message, "no column \"user_id\""), "%s", err.message);
}
