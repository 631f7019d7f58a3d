/* test_keyset.c -- keyset pages: every row once, in both directions, whatever the order. */
#include "fixture.h"

#define ROWS 23

static void setup(void)
{
    fixture_database();
    for (int i = 0; i < ROWS; i++) {
        User *user = cf_db_new_row(db, User);

        user->email = cf_printf(arena, "u%d@example.org", i);
        user->name = i % 4 ? cf_printf(arena, "n%d", i % 3) : NULL;
        user->confirmed_at = (cf_time){ i % 5 ? (i % 3 + 1) * CF_DAY + 123456 : 0 };
        if (i % 2)
            user->logins = i % 7;
        cf_db_add(db, user);
    }
    cr_assert(cf_db_commit(db, &err), "%s", err.message);
}

TestSuite(keyset, .init = setup, .fini = fixture_end);

static cf_query *users(const char *order)
{
    return cf_query_order_by(cf_db_query(db, User), order);
}

Test(keyset, pages_hold_every_row_once_there_and_back)
{
    static const char *const orders[] = { "",
                                          "id",
                                          "-id",
                                          "name",
                                          "-name",
                                          "logins,-name",
                                          "-logins nulls first,confirmed_at",
                                          "name nulls last",
                                          "-confirmed_at",
                                          "active,-logins,name,-email" };

    for (size_t o = 0; o < sizeof(orders) / sizeof(*orders); o++) {
        const char *tie = strchr(orders[o], '-') &&
                                  strrchr(orders[o], '-') > strrchr(orders[o], ',')
                              ? ",-id"
                              : ",id";
        cf_list    *all = cf_query_all(
               users(cf_printf(arena, "%s%s", orders[o], *orders[o] ? tie : "id")));
        const char *cursor = NULL, *back = NULL;
        size_t      seen = 0;
        cf_keyset  *page;

        cr_assert(all && all->len == ROWS);
        do {
            page = cf_query_keyset(users(orders[o]), cursor, 5);
            cr_assert(page, "%s: %s", orders[o], cf_db_error(db)->message);
            for (size_t i = 0; i < page->items->len; i++, seen++)
                cr_assert_eq(cf_row_at(page->items, i), cf_row_at(all, seen), "%s at %zu",
                             orders[o], seen);
            cr_assert_eq(page->prev != NULL, cursor != NULL);
            back = page->prev;
            cursor = page->next;
        } while (cursor);
        cr_assert_eq(seen, ROWS, "%s: %zu", orders[o], seen);
        seen -= page->items->len;
        while (back) {
            page = cf_query_keyset(users(orders[o]), back, 5);
            cr_assert_eq(page->items->len, 5);
            cr_assert(page->next);
            seen -= 5;
            for (size_t i = 0; i < 5; i++)
                cr_assert_eq(cf_row_at(page->items, i), cf_row_at(all, seen + i), "%s", orders[o]);
            back = page->prev;
        }
        cr_assert_eq(seen, 0);
    }
}

Test(keyset, rows_that_come_and_go_move_no_other)
{
    cf_keyset *page = cf_query_keyset(users("id"), NULL, 5);
    User      *last = cf_row_at(page->items, 4), *next;

    cf_db_delete(db, last);
    cf_db_delete(db, cf_row_at(page->items, 0));
    cr_assert(cf_db_commit(db, &err), "%s", err.message);
    page = cf_query_keyset(users("id"), page->next, 5);
    next = cf_row_at(page->items, 0);
    cr_assert_eq(next->id, 6);
}

Test(keyset, a_cursor_of_another_query_or_of_nobody_is_no_page)
{
    const char              *cursor = cf_query_keyset(users("name"), NULL, 5)->next;
    static const char *const wrong[] = { "x",        "AAAA", "W10",      "bm9uc2Vuc2U",
                                         "W3RydWVd", "%00",  "\xff\xfe", "W2ZhbHNlLDEsMiwzXQ" };

    cr_assert(cf_query_keyset(users("name"), cursor, 5));
    cr_assert_null(cf_query_keyset(users("-name"), cursor, 5));
    cr_assert_null(cf_query_keyset(users("email"), cursor, 5));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        cr_assert_null(cf_query_keyset(users("name"), wrong[i], 5), "%s", wrong[i]);
    cr_assert_eq(cf_db_error(db)->code, CF_OK);
}

Test(keyset, an_order_that_cannot_serve_is_refused)
{
    static const struct {
        const char *order, *says;
    } cases[] = { { "user.name", "columns of Post itself" }, { "count(*)", "columns of Post" } };

    for (size_t i = 0; i < 2; i++) {
        cf_query *q = cf_query_order_by(cf_db_query(db, Post), cases[i].order);

        cr_assert_null(cf_query_keyset(q, NULL, 5));
        cr_assert(strstr(cf_db_error(db)->message, cases[i].says), "%s", cf_db_error(db)->message);
    }
    cr_assert_null(cf_query_keyset(cf_query_limit(users("id"), 3), NULL, 5));
    cr_assert_null(
        cf_query_keyset(cf_query_order_by(cf_db_query(db, Profile), "picture"), NULL, 5));
}

Test(keyset, a_value_too_long_for_a_cursor_is_an_error)
{
    static const size_t lengths[] = { 2500, 5000 };
    cf_keyset          *page;

    for (size_t i = 0; i < 2; i++) {
        Post  *post = cf_db_new_row(db, Post), *other = cf_db_new_row(db, Post);
        cf_buf body = cf_buf_in(arena, 0);

        for (size_t j = 0; j < lengths[i]; j++)
            cf_buf_putc(&body, 'a');
        post->title = other->title = "Long";
        post->body = cf_buf_cstr(&body);
        other->body = "b";
        cf_db_add(db, post);
        cf_db_add(db, other);
        cr_assert(cf_db_commit(db, &err), "%s", err.message);
        page = cf_query_keyset(cf_query_order_by(cf_db_query(db, Post), "body"), NULL, 1);
        if (!i) {
            cr_assert(page && page->next);
            page = cf_query_keyset(cf_query_order_by(cf_db_query(db, Post), "body"), page->next, 1);
            cr_assert(page && page->items->len == 1);
            cf_db_delete(db, post);
            continue;
        }
        cr_assert_null(page);
        cr_assert_eq(cf_db_error(db)->code, CF_ELIMIT);
        cr_assert(strstr(cf_db_error(db)->message, "Post.body"), "%s", cf_db_error(db)->message);
    }
}

Test(keyset, an_empty_list_is_one_page)
{
    cf_keyset *page = cf_query_keyset(cf_query_filter_by(users("id"), "email", "nobody"), NULL, 5);

    cr_assert(page);
    cr_assert_eq(page->items->len, 0);
    cr_assert_null(page->next);
    cr_assert_null(page->prev);
}
