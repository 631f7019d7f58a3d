/* test_bulk.c -- many rows at once, and rows whose changes are noticed by a version. */
#include "fixture.h"

typedef struct Page {
    CF_ROW;
    int64_t     id, version;
    const char *title;
} Page;
extern const cf_model Page_model;

CF_MODEL(Page, "page", CF_COLUMN(Page, id, .primary_key = true),
         CF_COLUMN(Page, version, .version = true), CF_COLUMN(Page, title, .max = 40));

static const cf_model *const page_models[] = { &Page_model, NULL };

TestSuite(bulk, .init = fixture_database, .fini = fixture_end);

static cf_list *many_users(int count)
{
    cf_list *rows = cf_list_new(arena);

    for (int i = 0; i < count; i++) {
        cf_map *row = cf_map_new(arena);

        cf_map_set(row, "email", cf_string_printf(arena, "u%d@example.org", i));
        if (i % 2)
            cf_map_set(row, "logins", cf_int(i));
        cf_list_add(rows, cf_from_map(row));
    }
    return rows;
}

Test(bulk, many_rows_take_few_statements)
{
    int64_t before = cf_db_query_count(db);
    User   *user;

    cr_assert_eq(cf_db_insert_many(db, User, many_users(3000)), 3000, "%s",
                 cf_db_error(db)->message);
    cr_assert_lt(cf_db_query_count(db) - before, 20);
    cr_assert(cf_db_commit(db, &err), "%s", err.message);
    cr_assert_eq(cf_query_count(cf_db_query(db, User)), 3000);
    user = cf_query_one(cf_query_filter_by(cf_db_query(db, User), "email", "u2999@example.org"));
    cr_assert_eq(user->logins, 2999);
    cr_assert(user->active && user->created_at.us); /* Defaults. */
    user = cf_query_one(cf_query_filter_by(cf_db_query(db, User), "email", "u2@example.org"));
    cr_assert(cf_is_null(user, logins));
}

Test(bulk, a_refused_row_undoes_all_and_is_named)
{
    cf_list *rows = many_users(1000);

    cf_map_set(rows->items[900].as.map, "name",
               cf_string_copy(arena, cf_str_n(cf_printf(arena, "%081d", 0), 81)));
    cr_assert_eq(cf_db_insert_many(db, User, rows), -1);
    cr_assert(strstr(cf_db_error(db)->message, "row 901: name is longer"), "%s",
              cf_db_error(db)->message);
    cf_db_rollback(db);
    cr_assert_eq(cf_query_count(cf_db_query(db, User)), 0);
    rows = many_users(10);
    cf_map_set(rows->items[9].as.map, "email", cf_string("u1@example.org"));
    cr_assert_eq(cf_db_insert_many(db, User, rows), -1);
    cr_assert_eq(cf_db_error(db)->code, CF_ECONFLICT);
    cr_assert_str_eq(cf_db_error(db)->input, "email");
    cf_db_rollback(db);
    rows = many_users(2);
    cf_map_set(rows->items[1].as.map, "nam", cf_string("x"));
    cr_assert_eq(cf_db_insert_many(db, User, rows), -1);
    cr_assert(strstr(cf_db_error(db)->message, "did you mean 'name'"), "%s",
              cf_db_error(db)->message);
}

Test(bulk, picked_keys_do_not_break_the_next_ones)
{
    cf_list *rows = many_users(2);
    User    *user;

    cf_map_set(rows->items[0].as.map, "id", cf_int(1));
    cf_map_set(rows->items[1].as.map, "id", cf_int(2));
    cr_assert_eq(cf_db_insert_many(db, User, rows), 2, "%s", cf_db_error(db)->message);
    rows = many_users(5);
    rows->items += 2;
    rows->len = 3;
    cr_assert_eq(cf_db_insert_many(db, User, rows), 3, "%s", cf_db_error(db)->message);
    user = test_user(db, "next@example.org");
    cr_assert_eq(user->id, 6);
    cf_map_set(rows->items[0].as.map, "id", cf_int(100));
    cr_assert_eq(cf_db_insert_many(db, User, rows), -1);
    cr_assert(strstr(cf_db_error(db)->message, "either all rows have a id or none"), "%s",
              cf_db_error(db)->message);
    cr_assert_eq(cf_db_insert_many(db, User, cf_list_new(arena)), 0);
}

/* ---- versions ---- */

static cf_database *pages(void)
{
    cf_database *own = test_database_with(arena, page_models);

    return own;
}

static Page *new_page(cf_db *session)
{
    Page *page = cf_db_new_row(session, Page);

    page->title = "one";
    cf_db_add(session, page);
    cr_assert(cf_db_commit(session, &err), "%s", err.message);
    cr_assert_eq(page->version, 1);
    return page;
}

Test(bulk, a_version_counts_the_updates)
{
    cf_db *session = cf_db_new(arena, pages());
    Page  *page = new_page(session);

    page->title = "two";
    cr_assert(cf_db_commit(session, &err), "%s", err.message);
    cr_assert_eq(page->version, 2);
    cr_assert(cf_db_commit(session, &err)); /* Nothing changed. */
    cr_assert_eq(page->version, 2);
    cr_assert(cf_db_refresh(session, page));
    cr_assert_eq(page->version, 2);
    page->title = "three";
    cf_db_rollback(session);
    cr_assert_eq(page->version, 2);
    cr_assert_str_eq(page->title, "two");
}

Test(bulk, a_stale_update_or_delete_is_refused)
{
    cf_database *own = pages();
    cf_db       *mine = cf_db_new(arena, own), *other = cf_db_new(arena, own);
    Page        *page = new_page(mine), *same = cf_db_get(other, Page, page->id);

    same->title = "theirs";
    cr_assert(cf_db_commit(other, &err), "%s", err.message);
    page->title = "mine";
    cr_assert_not(cf_db_commit(mine, &err));
    cr_assert_eq(err.code, CF_ECONFLICT);
    cr_assert_str_eq(err.input, "version");
    cr_assert(strstr(err.message, "changed by somebody else"), "%s", err.message);
    cr_assert_str_eq(page->title, "one");
    cf_db_delete(mine, page);
    cr_assert_not(cf_db_commit(mine, &err));
    cr_assert_str_eq(err.input, "version");
    cr_assert(cf_db_refresh(mine, page));
    page->title = "mine";
    cr_assert(cf_db_commit(mine, &err), "%s", err.message);
    cr_assert_eq(page->version, 3);
    cf_db_delete(other, cf_db_get(other, Page, page->id));
    cr_assert_not(cf_db_commit(other, &err)); /* It is at 2 there. */
    cf_db_delete(mine, page);
    cr_assert(cf_db_commit(mine, &err), "%s", err.message);
    same->title = "late";
    cr_assert_not(cf_db_commit(other, &err));
    cr_assert(strstr(err.message, "deleted by somebody else"), "%s", err.message);
}

Test(bulk, the_version_that_a_form_was_made_with_counts)
{
    cf_database *own = pages();
    cf_db       *session = cf_db_new(arena, own);
    Page        *page = new_page(session);

    page->title = "two";
    cr_assert(cf_db_commit(session, &err), "%s", err.message);
    page->version = 1; /* The form's hidden field. */
    page->title = "from an old form";
    cr_assert_not(cf_db_commit(session, &err));
    cr_assert_str_eq(err.input, "version");
    cr_assert_str_eq(page->title, "two");
}
