/* test_hand.c -- rows written by hand (in sqlite3, by another program) and what the session makes
 * of them; and relationships that must be loaded on purpose. */
#include "fixture.h"

TestSuite(hand, .init = fixture_database, .fini = fixture_end);

Test(hand, a_row_inserted_by_hand_has_its_defaults)
{
    Post *post;

    test_user(db, "ann@example.org");
    run(db,
        "INSERT INTO post (id, user_id, title, slug, body, live) VALUES (40, 1, 'Hand', 'hand', 'x', true)");
    post = cf_query_one(cf_query_filter_by(cf_db_query(db, Post), "slug", "hand"));
    cr_assert_eq(post->id, 40);
    cr_assert(post->live);
    cr_assert_str_eq(post->status, "draft");
    cr_assert_lt(cf_now().us - post->publish_date.us, 10 * CF_SECOND);
    cr_assert_leq(post->publish_date.us, cf_now().us);
    cr_assert_float_eq(post->score, 1.5, 1e-9);
    cr_assert_str_eq(((User *)cf_related(post, "user"))->email, "ann@example.org");
    /* A hand-picked key does not break the next insert. */
    cr_assert_eq(test_post(db, NULL, "next")->id, test_on_postgres() ? 1 : 41);
    run(db, "DELETE FROM post WHERE id = 40");
    cr_assert_null(cf_db_get(db, Post, 40));
}

Test(hand, other_spellings_are_understood)
{
    if (test_on_postgres())
        return; /* The columns there take what fits their types only. */
    Post *post = test_post(db, NULL, "one");

    run(db, "UPDATE post SET publish_date = '2026-11-23T16:25:33Z', live = 'false', score = '2.5'");
    cr_assert_eq(cf_db_get(db, Post, 1), post);
    cr_assert_eq(post->publish_date.us, INT64_C(1795451133) * CF_SECOND);
    cr_assert_not(post->live);
    cr_assert_float_eq(post->score, 2.5, 1e-9);
    run(db, "UPDATE post SET publish_date = '2026-11-23', live = 't'");
    cr_assert(cf_db_refresh(db, post));
    cr_assert_eq(post->publish_date.us % CF_DAY, 0);
    cr_assert(post->live);
    run(db, "UPDATE post SET publish_date = 1795451133");
    cr_assert(cf_db_refresh(db, post));
    cr_assert_eq(post->publish_date.us, INT64_C(1795451133) * CF_SECOND);
    run(db, "UPDATE post SET title = 42, body = CAST(x'61ff62' AS TEXT)");
    cr_assert(cf_db_refresh(db, post));
    cr_assert_str_eq(post->title, "42");
    cr_assert_str_eq(post->body, "a\xEF\xBF\xBD"
                                 "b");
}

Test(hand, what_does_not_fit_is_named)
{
    if (test_on_postgres())
        return; /* The columns there take what fits their types only. */
    test_post(db, NULL, "one");
    run(db, "UPDATE post SET publish_date = 'soon'");
    db = cf_db_new(arena, database);
    cr_assert_null(cf_query_all(cf_db_query(db, Post)));
    cr_assert_eq(cf_db_error(db)->code, CF_ETYPE);
    cr_assert_str_eq(cf_db_error(db)->input, "publish_date");
    cr_assert(strstr(cf_db_error(db)->message, "post.publish_date holds 'soon'"), "%s",
              cf_db_error(db)->message);
}

Test(hand, the_database_refuses_what_the_models_would)
{
    cf_db *other = cf_db_new(arena, database);

    cr_assert_not(cf_db_execute(other, "INSERT INTO post (title, status) VALUES ('x', 'lost')",
                                NULL, 0, NULL, &err));
    cr_assert_eq(err.code, CF_ECONFLICT);
    cr_assert_str_eq(err.input, "status");
    cr_assert_not(
        cf_db_execute(other, "INSERT INTO post (body) VALUES ('x')", NULL, 0, NULL, &err));
    cr_assert_str_eq(err.input, "title");
    cr_assert_not(cf_db_execute(other, "INSERT INTO post (title, user_id) VALUES ('x', 9)", NULL, 0,
                                NULL, &err));
    cr_assert_eq(err.code, CF_ECONFLICT);
    cf_db_rollback(other);
}

/* ---- CF_RAISE and CF_JOINED as declared ---- */

typedef struct Shelf {
    CF_ROW;
    int64_t id;
} Shelf;
extern const cf_model Shelf_model;

typedef struct Book {
    CF_ROW;
    int64_t id, shelf_id;
} Book;
extern const cf_model Book_model;

CF_MODEL(Shelf, "shelf", CF_COLUMN(Shelf, id, .primary_key = true),
         CF_HAS_MANY(Shelf, books, Book, .lazy = CF_RAISE, .backref = "shelf",
                     .backref_lazy = CF_JOINED));
CF_MODEL(Book, "book", CF_COLUMN(Book, id, .primary_key = true),
         CF_COLUMN(Book, shelf_id, .references = "shelf.id"));

static cf_db *library(void)
{
    static const cf_model *const list[] = { &Shelf_model, &Book_model, NULL };
    cf_database_options          options = { .models = cf_models_new(arena, list, &err) };
    cf_database                 *own = cf_database_open(arena, "sqlite://:memory:", &options, &err);
    cf_db                       *session;

    cr_assert(own && cf_schema_create_all(own, &err), "%s", err.message);
    session = cf_db_new(arena, own);
    for (int i = 0; i < 3; i++) {
        Book *book = cf_db_new_row(session, Book);

        cf_relate(book, "shelf", cf_db_new_row(session, Shelf));
        cf_db_add(session, book);
    }
    cr_assert(cf_db_commit(session, &err), "%s", err.message);
    return cf_db_new(arena, own);
}

Test(hand, raise_wants_an_explicit_load)
{
    cf_db *session = library();
    Shelf *shelf = cf_db_get(session, Shelf, 1);

    cr_assert_null(cf_related_list(shelf, "books"));
    cr_assert_eq(cf_db_error(session)->code, CF_ERUNTIME);
    cr_assert(strstr(cf_db_error(session)->message, "cf_query_load(q, \"books\", CF_SELECTIN)"),
              "%s", cf_db_error(session)->message);
    cf_db_clear_error(session);
    shelf = cf_query_first(cf_query_load(cf_db_query(session, Shelf), "books", CF_SELECTIN));
    cr_assert_eq(cf_related_list(shelf, "books")->len, 1);
}

Test(hand, joined_comes_with_the_row)
{
    cf_db   *session = library();
    cf_list *books = cf_query_all(cf_query_order_by(cf_db_query(session, Book), "-shelf.id"));
    Book    *book;

    cr_assert_eq(books->len, 3);
    CF_EACH(books, book)
    cr_assert_eq(((Shelf *)cf_related(book, "shelf"))->id, book->shelf_id);
    cr_assert_eq(cf_db_query_count(session), 1);
    cr_assert_eq(((Book *)cf_row_at(books, 0))->shelf_id, 3);
}
