/* test_session.c -- sessions: what is added, changed and deleted, and what a failure undoes. */
#include "fixture.h"

TestSuite(session, .init = fixture_database, .fini = fixture_end);

/* A second session sees only what is in the database. */
static cf_db *other(void)
{
    return cf_db_new(arena, database);
}

Test(session, a_new_row_gets_defaults_and_a_key)
{
    User *user = test_user(db, "ann@example.org"), *read;

    cr_assert_eq(user->id, 1);
    cr_assert(user->active);
    cr_assert(user->created_at.us > 0);
    cr_assert(cf_is_null(user, confirmed_at));
    cr_assert(cf_is_null(user, logins));
    read = cf_db_get(other(), User, 1);
    cr_assert_neq(read, user);
    cr_assert_str_eq(read->email, "ann@example.org");
    cr_assert_eq(read->created_at.us, user->created_at.us);
    cr_assert(read->active);
    cr_assert(cf_is_null(read, logins));
}

Test(session, a_row_is_known_once)
{
    User   *user = test_user(db, "ann@example.org");
    int64_t before;
    cf_db  *second = other();
    User   *a = cf_db_get(second, User, 1), *b;

    before = cf_db_query_count(second);
    b = cf_db_get(second, User, "1");
    cr_assert_eq(a, b);
    cr_assert_eq(cf_db_query_count(second), before);
    cr_assert_eq(cf_query_first(cf_db_query(second, User)), a);
    cr_assert_eq(cf_db_get(db, User, 1), user);
}

Test(session, an_absent_row_is_null_without_an_error)
{
    cr_assert_null(cf_db_get(db, User, 7));
    cr_assert_null(cf_db_get(db, User, "seven"));
    cr_assert_null(cf_db_get(db, User, cf_none()));
    cr_assert_eq(cf_db_error(db)->code, CF_OK);
}

Test(session, only_changed_columns_are_written)
{
    User               *user = test_user(db, "ann@example.org");
    const cf_statement *last = NULL, *s;

    user->name = "Bea";
    user->logins = 0;
    cf_set_not_null(user, logins);
    commit();
    for (size_t i = 0; (s = cf_db_statement(db, i)); i++)
        last = s;
    cr_assert_str_eq(last->sql,
                     "UPDATE \"user\" SET \"name\" = ?, \"logins\" = ? WHERE \"id\" = ?");
    cr_assert_str_eq(((User *)cf_db_get(other(), User, 1))->name, "Bea");
    cr_assert_not(cf_is_null((User *)cf_db_get(other(), User, 1), logins));
}

Test(session, nothing_changed_writes_nothing)
{
    User   *user = test_user(db, "ann@example.org");
    int64_t before = cf_db_query_count(db);

    user->name = cf_strdup(arena, "Ann");
    commit();
    cr_assert_eq(cf_db_query_count(db), before);
}

Test(session, null_can_be_stored_and_taken_back)
{
    User *user = test_user(db, "ann@example.org"), *read;

    user->logins = 5;
    user->confirmed_at = (cf_time){ 1234567 };
    commit();
    cf_set_null(user, logins);
    user->name = NULL;
    commit();
    read = cf_db_get(other(), User, 1);
    cr_assert(cf_is_null(read, logins));
    cr_assert(cf_is_null(read, name));
    cr_assert_eq(read->confirmed_at.us, 1234567);
}

Test(session, rows_are_deleted)
{
    User *user = test_user(db, "ann@example.org");

    cf_db_delete(db, user);
    commit();
    cr_assert_null(cf_db_get(db, User, 1));
    cr_assert_null(cf_db_get(other(), User, 1));
    cr_assert_not(cf_row_is_stored(user));
}

Test(session, a_row_added_and_deleted_was_never_there)
{
    User *user = cf_db_new_row(db, User);

    user->email = "x";
    cf_db_add(db, user);
    cf_db_delete(db, user);
    commit();
    cr_assert_eq(cf_query_count(cf_db_query(db, User)), 0);
}

Test(session, rollback_restores_rows)
{
    User *user = test_user(db, "ann@example.org"), *fresh = cf_db_new_row(db, User);

    user->name = "Changed";
    fresh->email = "new@example.org";
    cf_db_add(db, fresh);
    cr_assert(cf_db_flush(db, NULL));
    cr_assert_eq(fresh->id, 2);
    user->name = "Changed again";
    cf_db_delete(db, user);
    cr_assert(cf_db_flush(db, NULL));
    cf_db_rollback(db);
    cr_assert_str_eq(user->name, "Ann");
    cr_assert(cf_row_is_stored(user));
    cr_assert_not(cf_row_is_stored(fresh));
    cr_assert_eq(fresh->id, 0);
    cr_assert_eq(cf_db_get(db, User, 1), user);
    cr_assert_eq(cf_query_count(cf_db_query(db, User)), 1);
    /* It may be added again. */
    cf_db_add(db, fresh);
    commit();
    cr_assert_eq(cf_query_count(cf_db_query(other(), User)), 2);
}

Test(session, a_taken_value_is_a_conflict_that_names_the_column)
{
    User *ann = test_user(db, "ann@example.org"), *bea = cf_db_new_row(db, User);

    ann->name = "not saved";
    bea->email = "ann@example.org";
    cf_db_add(db, bea);
    cr_assert_not(cf_db_commit(db, &err));
    cr_assert_eq(err.code, CF_ECONFLICT);
    cr_assert_str_eq(err.input, "email");
    cr_assert_eq(cf_db_error(db)->code, CF_ECONFLICT);
    cr_assert_str_eq(ann->name, "Ann");
    cr_assert_str_eq(bea->email, "ann@example.org");
    /* Another try with another value. */
    bea->email = "bea@example.org";
    cf_db_add(db, bea);
    commit();
    cr_assert_eq(cf_db_error(db)->code, CF_OK);
    /* A sequence does not give a number twice. */
    cr_assert_eq(bea->id, test_on_postgres() ? 3 : 2);
}

/* What a column refuses, whatever the engine thinks of it. */
static void refused(Post *post, const char *column, const char *says)
{
    cf_db_add(db, post);
    cr_assert_not(cf_db_commit(db, &err), "%s was not refused", column);
    cr_assert_str_eq(err.input, column);
    cr_assert(strstr(err.message, says), "%s", err.message);
}

Test(session, columns_refuse_what_their_rules_forbid)
{
    Post *post = cf_db_new_row(db, Post);
    char  title[400] = { 0 };

    refused(post, "title", "required");
    for (int i = 0; i < 81; i++)
        memcpy(title + i * 2, "é", 2);
    post->title = title;
    refused(post, "title", "80 characters");
    title[160] = '\0';
    post->status = "lost";
    refused(post, "status", "draft published archived");
    post->status = "draft";
    post->body = "\xff";
    refused(post, "body", "UTF-8");
    post->body = NULL;
    post->user_id = 99;
    refused(post, "user_id", "no such row in user");
    post->user_id = 0;
    cf_db_add(db, post);
    commit();
}

Test(session, a_referenced_row_cannot_be_deleted)
{
    User *user = test_user(db, "ann@example.org");

    test_post(db, user, "one");
    cf_db_delete(db, user);
    cr_assert_not(cf_db_commit(db, &err));
    cr_assert_eq(err.code, CF_ECONFLICT);
    cr_assert(strstr(err.message, "post.user_id still references"), "%s", err.message);
    cr_assert(cf_row_is_stored(user));
}

Test(session, a_row_deleted_by_another_is_a_conflict)
{
    User  *user = test_user(db, "ann@example.org");
    cf_db *second = other();

    cf_db_delete(second, cf_db_get(second, User, 1));
    cr_assert(cf_db_commit(second, NULL));
    user->name = "Late";
    cr_assert_not(cf_db_commit(db, &err));
    cr_assert_eq(err.code, CF_ECONFLICT);
}

Test(session, savepoints_undo_what_follows_them)
{
    User *user = test_user(db, "ann@example.org"), *b = cf_db_new_row(db, User);

    user->name = "kept";
    cr_assert(cf_db_begin_nested(db, NULL));
    user->name = "dropped";
    b->email = "b";
    cf_db_add(db, b);
    cr_assert(cf_db_flush(db, NULL));
    cf_db_rollback_nested(db);
    cr_assert_str_eq(user->name, "kept");
    cr_assert_not(cf_row_is_stored(b));
    cr_assert(cf_db_begin_nested(db, NULL));
    user->logins = 9;
    cr_assert(cf_db_release(db, NULL));
    commit();
    user = cf_db_get(other(), User, 1);
    cr_assert_str_eq(user->name, "kept");
    cr_assert_eq(user->logins, 9);
    cr_assert_eq(cf_query_count(cf_db_query(db, User)), 1);
}

Test(session, a_failure_in_a_savepoint_keeps_what_came_before)
{
    User *user = test_user(db, "ann@example.org"), *twin = cf_db_new_row(db, User);

    user->name = "kept";
    cr_assert(cf_db_begin_nested(db, NULL));
    twin->email = user->email;
    cf_db_add(db, twin);
    cr_assert_not(cf_db_flush(db, NULL));
    cf_db_rollback_nested(db);
    commit();
    cr_assert_str_eq(((User *)cf_db_get(other(), User, 1))->name, "kept");
}

Test(session, a_failed_flush_before_a_query_fails_the_commit)
{
    User *twin;

    test_user(db, "ann@example.org");
    twin = cf_db_new_row(db, User);
    twin->email = "ann@example.org";
    cf_db_add(db, twin);
    cr_assert_null(cf_query_all(cf_db_query(db, User)));
    cr_assert_not(cf_db_commit(db, &err));
    cr_assert_eq(err.code, CF_ECONFLICT);
    commit();
}

Test(session, queries_see_what_was_added)
{
    User *user = cf_db_new_row(db, User);

    user->email = "ann@example.org";
    cf_db_add(db, user);
    cr_assert_eq(cf_query_first(cf_db_query(db, User)), user);
    cr_assert_eq(cf_query_count(cf_db_query(other(), User)), 0);
    cf_db_rollback(db);
}

Test(session, an_ended_session_loses_what_it_did_not_commit)
{
    cf_arena *mine = cf_arena_new();
    cf_db    *session = cf_db_new(mine, database);
    User     *user = cf_db_new_row(session, User);

    user->email = "ann@example.org";
    cf_db_add(session, user);
    cr_assert(cf_db_flush(session, NULL));
    cf_arena_free(mine);
    cr_assert_eq(cf_query_count(cf_db_query(db, User)), 0);
    test_user(db, "ann@example.org");
}

Test(session, refresh_reads_a_row_again)
{
    User    *user = test_user(db, "ann@example.org");
    cf_value params[] = { cf_string("Zoë"), cf_int(1) };
    cf_db   *second = other();

    cr_assert(
        cf_db_execute(second, "UPDATE \"user\" SET name = ? WHERE id = ?", params, 2, NULL, NULL));
    cr_assert(cf_db_commit(second, NULL));
    user->logins = 3;
    cr_assert(cf_db_refresh(db, user));
    cr_assert_str_eq(user->name, "Zoë");
    cr_assert(cf_is_null(user, logins));
    cr_assert(cf_db_execute(second, "DELETE FROM \"user\"", NULL, 0, NULL, NULL));
    cr_assert(cf_db_commit(second, NULL));
    cr_assert_not(cf_db_refresh(db, user));
    cr_assert_eq(cf_db_error(db)->code, CF_ENOTFOUND);
}

Test(session, every_kind_of_column_survives)
{
    User    *user = test_user(db, "ann@example.org");
    Profile *profile = cf_db_new_row(db, Profile);
    Note    *note = cf_db_new_row(db, Note);
    cf_map  *map = cf_map_new(arena);

    cf_map_set(map, "dark", cf_bool(true));
    profile->user_id = user->id;
    profile->settings = cf_from_map(map);
    profile->picture = cf_str_n("a\0b", 3);
    profile->motto = "𝄞 ü ☃ 'x' \"y\" -- ; DROP TABLE user";
    note->code = "ключ";
    note->stars = -7;
    cf_db_add(db, profile);
    cf_db_add(db, note);
    commit();
    db = other();
    profile = cf_db_get(db, Profile, 1);
    cr_assert_str_eq(profile->motto, "𝄞 ü ☃ 'x' \"y\" -- ; DROP TABLE user");
    cr_assert(cf_str_eq(profile->picture, cf_str_n("a\0b", 3)));
    cr_assert(cf_truth(cf_map_get(profile->settings.as.map, "dark")));
    note = cf_db_get(db, Note, "ключ");
    cr_assert_eq(note->stars, -7);
    cr_assert_not(cf_db_is_dirty(db));
    cf_map_set(profile->settings.as.map, "dark", cf_bool(false));
    cr_assert(cf_db_is_dirty(db));
    commit();
    profile = cf_db_get(other(), Profile, 1);
    cr_assert_not(cf_truth(cf_map_get(profile->settings.as.map, "dark")));
}

Test(session, a_huge_text_survives)
{
    size_t size = 8 * 1024 * 1024;
    char  *text = cf_alloc(arena, size + 1);
    Post  *post = cf_db_new_row(db, Post);

    memset(text, 'x', size);
    text[size] = '\0';
    post->title = "t";
    post->body = text;
    cf_db_add(db, post);
    commit();
    cr_assert_eq(strlen(((Post *)cf_db_get(other(), Post, 1))->body), size);
}

Test(session, text_with_nul_is_refused)
{
    cf_value nul = cf_string_of(cf_str_n("a\0b", 3));
    cf_named set = { "name", nul };

    cr_assert_not(cf_db_execute(db, "SELECT ?", &nul, 1, NULL, NULL));
    cr_assert_eq(cf_db_error(db)->code, CF_EINVAL);
    cr_assert_null(cf_query_all(cf_query_filter_by(cf_db_query(db, User), "name", nul)));
    cr_assert_eq(cf_query_update(cf_db_query(db, User), &set, 1), -1);
}

Test(session, rows_are_objects)
{
    User    *user = test_user(db, "ann@example.org");
    cf_eval  eval = { .arena = arena, .err = &err };
    cf_value v = cf_from_object(user), out = cf_undefined(NULL);
    cf_buf   text = cf_buf_in(arena, 0);

    cr_assert(cf_get_attr(&eval, v, CF_STR("email"), &out));
    cr_assert(cf_str_is(cf_text(out), "ann@example.org"));
    cr_assert(cf_get_attr(&eval, v, CF_STR("initial"), &out));
    cr_assert(cf_str_is(cf_text(out), "A"));
    cr_assert(cf_get_attr(&eval, v, CF_STR("nonsense"), &out));
    cr_assert(cf_is(out, CF_TYPE_UNDEFINED));
    cr_assert(cf_to_text(&eval, v, &text));
    cr_assert_str_eq(cf_buf_cstr(&text), "<User 1>");
    cr_assert(cf_row_set(user, CF_STR("active"), cf_string("false"), &err));
    cr_assert_not(user->active);
    cr_assert_not(cf_row_set(user, CF_STR("emial"), cf_none(), &err));
    cr_assert(strstr(err.message, "did you mean 'email'"), "%s", err.message);
}

Test(session, a_bulk_change_does_not_undo_what_was_not_written_yet)
{
    User    *user = test_user(db, "ann@example.org");
    cf_named logins = CF_NAMED("logins", 4);

    cr_assert_eq(cf_query_update(cf_db_query(db, User), &logins, 1), 1);
    user->name = "mine";
    cr_assert_eq(cf_db_get(db, User, 1), user);
    cr_assert_str_eq(user->name, "mine");
    commit();
    cr_assert_eq(cf_db_get(db, User, 1), user);
    cr_assert_eq(user->logins, 4);
    cr_assert_str_eq(((User *)cf_db_get(other(), User, 1))->name, "mine");
}

Test(session, times_are_kept_to_the_microsecond_and_within_the_calendar)
{
    static const int64_t times[] = {
        0, 1, -1, 999999, INT64_C(-62135596800000000), INT64_C(253402300799999999)
    };
    User *user = test_user(db, "ann@example.org");

    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        user->created_at.us = times[i];
        cf_set_not_null(user, created_at);
        commit();
        cr_assert_eq(((User *)cf_db_get(other(), User, 1))->created_at.us, times[i]);
    }
    user->created_at.us = INT64_MAX;
    cr_assert_not(cf_db_commit(db, &err));
    cr_assert_str_eq(err.input, "created_at");
    user->created_at.us = INT64_MIN;
    cr_assert_not(cf_db_commit(db, &err));
}

Test(session, get_or_create_makes_a_row_once)
{
    Tag     *tag = cf_db_get_or_create(db, Tag, "name", "fibers"), *again;
    int64_t  queries;
    cf_list *tags;

    cr_assert(tag->id > 0);
    queries = cf_db_query_count(db);
    again = cf_db_get_or_create(db, Tag, "name", "fibers");
    cr_assert_eq(tag, again);
    cr_assert_eq(cf_db_query_count(db), queries + 1);
    commit();
    tags = cf_query_all(cf_db_query(other(), Tag));
    cr_assert_eq(tags->len, 1);
}

Test(session, get_or_create_that_is_refused_keeps_what_was_written_before)
{
    User *user = test_user(db, "ann@example.org");

    user->name = "Ann";
    cr_assert_null(cf_db_get_or_create(db, Tag, "name", cf_none()));
    cr_assert_eq(cf_db_error(db)->code, CF_ECONFLICT);
    cr_assert_str_eq(cf_db_error(db)->input, "name");
    cf_db_clear_error(db);
    cr_assert_null(cf_db_get_or_create(db, Tag, "nmae", "x"));
    cr_assert_eq(cf_db_error(db)->code, CF_EUNDEFINED);
    cf_db_clear_error(db);
    commit();
    cr_assert_str_eq(((User *)cf_db_get(other(), User, user->id))->name, "Ann");
}

/* SQLite's comments do not nest, a comment may end with the text, and a byte order mark is blank.
 */
Test(session, statements_that_would_end_a_transaction_are_refused)
{
    static const char *const refused[] = {
        "COMMIT",
        "\f/* a */rollback",
        "/* /* */ COMMIT */",
        "-- a\n END",
        "-- a\r\nsavepoint s",
        "\xef\xbb\xbf BEGIN",
        "; ;attach ':memory:' as x",
        "/**/ /*/ */ RELEASE s",
    };
    static const char *const others[] = {
        "/* a /* b */ SELECT 1",
        "-- COMMIT\r ROLLBACK\nSELECT 1",
        "SELECT 1 /* COMMIT",
        "/* COMMIT; */ SELECT 1",
    };

    if (test_on_postgres())
        return; /* See test_postgres_transaction.c. */
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        cr_expect_not(cf_db_execute(db, refused[i], NULL, 0, NULL, &err), "%s", refused[i]);
        cr_expect(strstr(err.message, "the session's business"), "%s: %s", refused[i], err.message);
        cf_error_clear(&err);
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        cr_expect(cf_db_execute(db, others[i], NULL, 0, NULL, &err), "%s: %s", others[i],
                  err.message);
}
