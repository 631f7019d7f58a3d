/* test_relation.c -- relationships: loading by kind, both sides at once, and what flushes write. */
#include "fixture.h"

TestSuite(relation, .init = fixture_database, .fini = fixture_end);

static void renew(void)
{
    commit();
    db = cf_db_new(arena, database);
}

static Tag *new_tag(const char *name)
{
    Tag *tag = cf_db_new_row(db, Tag);

    tag->name = name;
    return tag;
}

static int64_t count_links(void)
{
    cf_result result = { 0 };

    cr_assert(cf_db_execute(db, "SELECT count(*) AS n FROM tags_posts", NULL, 0, &result, NULL));
    return cf_map_get(result.rows->items[0].as.map, "n").as.integer;
}

Test(relation, belongs_to_loads_on_access_once)
{
    Post   *post;
    User   *user;
    int64_t before;

    test_post(db, test_user(db, "ann@example.org"), "one");
    renew();
    post = cf_db_get(db, Post, 1);
    before = cf_db_query_count(db);
    user = cf_related(post, "user");
    cr_assert_str_eq(user->email, "ann@example.org");
    cr_assert_eq(cf_related(post, "user"), user);
    cr_assert_eq(cf_db_query_count(db), before + 1);
    post->user_id = 0;
    cr_assert_null(cf_related(post, "user"));
    cr_assert_eq(cf_db_error(db)->code, CF_OK);
    post->user_id = 1;
    cr_assert_eq(cf_related(post, "user"), user);
}

Test(relation, a_changed_key_leads_to_another_row)
{
    User *ann = test_user(db, "ann@example.org"), *bea = test_user(db, "bea@example.org");
    Post *post = test_post(db, ann, "one");

    cr_assert_eq(cf_related(post, "user"), ann);
    post->user_id = bea->id;
    cr_assert_eq(cf_related(post, "user"), bea);
}

Test(relation, new_rows_are_inserted_parents_first)
{
    User *user = cf_db_new_row(db, User);
    Post *post = cf_db_new_row(db, Post);

    user->email = "ann@example.org";
    post->title = "t";
    cr_assert(cf_relate(post, "user", user));
    cf_db_add(db, post);
    renew();
    post = cf_db_get(db, Post, 1);
    cr_assert_str_eq(((User *)cf_related(post, "user"))->email, "ann@example.org");
}

Test(relation, both_sides_show_a_change_before_it_is_flushed)
{
    User    *user = cf_db_new_row(db, User);
    Profile *profile = cf_db_new_row(db, Profile);
    Note    *note = cf_db_new_row(db, Note);

    cr_assert(cf_relate(profile, "user", user));
    cr_assert_eq(cf_related(user, "profile"), profile);
    note->code = "n";
    cr_assert(cf_relate_add(profile, "notes", note));
    cr_assert_eq(cf_related(note, "profile"), profile);
    cr_assert(cf_relate_remove(profile, "notes", note));
    cr_assert_null(cf_related(note, "profile"));
    cr_assert(cf_relate(note, "profile", profile));
    cr_assert(cf_relate(note, "profile", profile));
    cr_assert_eq(cf_related_list(profile, "notes")->len, 1);
    cr_assert_eq(cf_db_query_count(db), 0);
}

Test(relation, a_stored_parent_shows_a_new_child_that_was_not_added)
{
    Profile *profile = cf_db_new_row(db, Profile);
    Note    *note = cf_db_new_row(db, Note);

    cf_relate(profile, "user", test_user(db, "ann@example.org"));
    cf_db_add(db, profile);
    renew();
    profile = cf_db_get(db, Profile, 1);
    note = cf_db_new_row(db, Note);
    note->code = "n";
    cf_relate(note, "profile", profile);
    cr_assert_eq(cf_row_at(cf_related_list(profile, "notes"), 0), note);
    renew();
    cr_assert_eq(cf_query_count(cf_db_query(db, Note)), 1);
}

Test(relation, many_to_many_links_are_added_and_removed)
{
    Post *post = test_post(db, test_user(db, "ann@example.org"), "one");
    Tag  *c = new_tag("c"), *web = new_tag("web"), *old;

    cr_assert(cf_relate_add(post, "tags", web));
    cr_assert(cf_relate_add(post, "tags", c));
    cr_assert(cf_relate_add(post, "tags", c));
    cr_assert_eq(cf_row_at(cf_related_list(c, "posts"), 0), post);
    renew();
    cr_assert_eq(count_links(), 2);
    post = cf_db_get(db, Post, 1);
    cr_assert_eq(cf_related_list(post, "tags")->len, 2);
    old = cf_row_at(cf_related_list(post, "tags"), 0);
    cr_assert_str_eq(old->name, "c");
    cr_assert(cf_relate_remove(post, "tags", old));
    cr_assert_eq(cf_related_list(old, "posts")->len, 0);
    renew();
    cr_assert_eq(count_links(), 1);
    cf_db_delete(db, cf_db_get(db, Post, 1));
    commit();
    cr_assert_eq(count_links(), 0);
}

Test(relation, a_many_to_many_is_set_as_a_whole_from_either_side)
{
    User    *user = test_user(db, "ann@example.org");
    Post    *one = test_post(db, user, "one"), *two = test_post(db, user, "two");
    Tag     *c = new_tag("c");
    cf_list *posts = cf_list_new(arena);

    cf_list_add(posts, cf_from_object(one));
    cf_list_add(posts, cf_from_object(two));
    cf_db_add(db, c);
    cr_assert(cf_relate_all(c, "posts", posts));
    cr_assert_eq(cf_row_at(cf_related_list(one, "tags"), 0), c);
    commit();
    cr_assert_eq(count_links(), 2);
    posts->len = 1;
    cr_assert(cf_relate_all(c, "posts", posts));
    commit();
    cr_assert_eq(count_links(), 1);
    commit();
    cr_assert_eq(count_links(), 1);
    cr_assert(cf_relate_all(c, "posts", cf_list_new(arena)));
    commit();
    cr_assert_eq(count_links(), 0);
}

Test(relation, a_list_changed_in_place_is_written)
{
    Post    *post = test_post(db, test_user(db, "ann@example.org"), "one");
    cf_list *tags = cf_related_list(post, "tags");

    cf_list_add(tags, cf_from_object(new_tag("c")));
    commit();
    cr_assert_eq(count_links(), 1);
    tags->len = 0;
    commit();
    cr_assert_eq(count_links(), 0);
}

Test(relation, a_model_may_relate_to_itself_by_a_link_table)
{
    User *ann = test_user(db, "ann@example.org"), *bea = test_user(db, "bea@example.org");

    cr_assert(cf_relate_add(ann, "friends", bea));
    renew();
    ann = cf_db_get(db, User, 1);
    bea = cf_db_get(db, User, 2);
    cr_assert_eq(cf_row_at(cf_related_list(ann, "friends"), 0), bea);
    cr_assert_eq(cf_related_list(bea, "friends")->len, 0);
}

Test(relation, a_tree_is_inserted_and_deleted_in_order)
{
    Node *root = cf_db_new_row(db, Node), *child = cf_db_new_row(db, Node);
    Node *leaf = cf_db_new_row(db, Node);

    root->name = "root";
    child->name = "child";
    leaf->name = "leaf";
    cf_relate(leaf, "parent", child);
    cf_relate_add(root, "children", child);
    cf_db_add(db, leaf);
    cf_db_add(db, root);
    renew();
    leaf = cf_query_one(cf_query_filter_by(cf_db_query(db, Node), "name", "leaf"));
    child = cf_related(leaf, "parent");
    root = cf_related(child, "parent");
    cr_assert_str_eq(root->name, "root");
    cr_assert_null(cf_related(root, "parent"));
    cf_db_delete(db, root);
    cf_db_delete(db, child);
    cf_db_delete(db, leaf);
    commit();
    cr_assert_eq(cf_query_count(cf_db_query(db, Node)), 0);
}

Test(relation, orphans_are_deleted_where_it_is_said)
{
    Profile *profile = cf_db_new_row(db, Profile);
    Note    *a = cf_db_new_row(db, Note), *b = cf_db_new_row(db, Note);

    a->code = "a";
    b->code = "b";
    cf_relate(profile, "user", test_user(db, "ann@example.org"));
    cf_relate_add(profile, "notes", a);
    cf_relate_add(profile, "notes", b);
    cf_db_add(db, profile);
    commit();
    cr_assert(cf_relate_remove(profile, "notes", a));
    commit();
    cr_assert_eq(cf_query_count(cf_db_query(db, Note)), 1);
    cf_related_list(profile, "notes")->len = 0;
    commit();
    cr_assert_eq(cf_query_count(cf_db_query(db, Note)), 0);
}

Test(relation, has_one_replaces_and_cascades)
{
    User    *user = test_user(db, "ann@example.org");
    Profile *profile = cf_db_new_row(db, Profile);

    cr_assert_null(cf_related(user, "profile"));
    cr_assert(cf_relate(user, "profile", profile));
    cf_db_add(db, profile);
    renew();
    user = cf_db_get(db, User, 1);
    profile = cf_related(user, "profile");
    cr_assert_eq(profile->user_id, 1);
    cf_db_delete(db, user);
    commit();
    cr_assert_null(cf_db_get(db, Profile, 1));
}

Test(relation, dynamic_gives_a_query_and_runs_nothing_by_itself)
{
    User     *user = test_user(db, "ann@example.org");
    cf_eval   eval = { .arena = arena, .err = &err };
    cf_value  v;
    cf_query *q;
    int64_t   before;

    for (int i = 0; i < 5; i++)
        test_post(db, user, cf_printf(arena, "post-%d", i));
    before = cf_db_query_count(db);
    cr_assert(cf_get_attr(&eval, cf_from_object(user), CF_STR("posts"), &v));
    cr_assert(cf_value_query(v, &q));
    cf_query_limit(cf_query_order_by(cf_query_filter_by(q, "live", true), "-slug"), 2);
    cr_assert_eq(cf_db_query_count(db), before);
    cr_assert_eq(cf_query_all(q)->len, 2);
    cr_assert_eq(cf_db_query_count(db), before + 1);
    cr_assert_str_eq(((Post *)cf_query_first(q))->slug, "post-4");
    cr_assert_eq(cf_related_list(user, "posts")->len, 5);
    cr_assert_eq(cf_length(&eval, v), 2);
}

static void fill(int users, int posts)
{
    for (int i = 0; i < users; i++) {
        User *user = test_user(db, cf_printf(arena, "%d@example.org", i));

        for (int j = 0; j < posts; j++) {
            Post *post = test_post(db, user, cf_printf(arena, "%d-%d", i, j));
            Tag  *tag = cf_query_first(cf_query_filter_by(cf_db_query(db, Tag), "name", "c"));

            cf_relate_add(post, "tags", tag ? tag : new_tag("c"));
        }
    }
    renew();
}

/* How many statements it takes to walk all posts with their user and tags. */
static int64_t walk(cf_query *q)
{
    int64_t  before = cf_db_query_count(db);
    cf_list *posts = cf_query_all(q);
    Post    *post;

    CF_EACH(posts, post)
    {
        cr_assert(cf_related(post, "user"));
        cr_assert_eq(cf_related_list(post, "tags")->len, 1);
    }
    return cf_db_query_count(db) - before;
}

Test(relation, loading_by_kind_costs_what_it_says)
{
    cf_query *q;

    fill(3, 2);
    cr_assert_eq(walk(cf_db_query(db, Post)), 1 + 3 + 6);
    renew();
    q = cf_db_query(db, Post);
    cr_assert_eq(walk(cf_query_load(cf_query_load(q, "user", CF_JOINED), "tags", CF_SELECTIN)), 2);
    renew();
    q = cf_db_query(db, Post);
    cr_assert_eq(walk(cf_query_load(cf_query_load(q, "user", CF_SELECTIN), "tags", CF_JOINED)), 2);
    cr_assert_eq(walk(cf_query_load(cf_db_query(db, Post), "user", CF_SELECTIN)), 1);
}

Test(relation, selectin_loads_more_parents_than_fit_in_one_list)
{
    cf_list *users;
    User    *user;
    size_t   posts = 0;

    for (int i = 0; i < 700; i++) {
        Node *node = cf_db_new_row(db, Node), *child = cf_db_new_row(db, Node);

        node->name = child->name = "x";
        cf_relate(child, "parent", node);
        cf_db_add(db, child);
    }
    renew();
    users = cf_query_all(cf_query_load(
        cf_query_filter_by(cf_db_query(db, Node), "parent", cf_none()), "children", CF_SELECTIN));
    cr_assert_eq(users->len, 700);
    cr_assert_eq(cf_db_query_count(db), 3);
    CF_EACH(users, user)
    posts += cf_related_list(user, "children")->len;
    cr_assert_eq(posts, 700);
    cr_assert_eq(cf_db_query_count(db), 3);
}

Test(relation, wrong_use_is_an_error_that_explains)
{
    Post *post = test_post(db, test_user(db, "ann@example.org"), "one");

    cr_assert_null(cf_related(post, "usr"));
    cr_assert(strstr(cf_db_error(db)->message, "did you mean 'user'"));
    cr_assert_null(cf_related(post, "tags"));
    cr_assert(strstr(cf_db_error(db)->message, "cf_related_list"));
    cr_assert_not(cf_relate(post, "user", new_tag("x")));
    cr_assert(strstr(cf_db_error(db)->message, "leads to User, not to Tag"));
    cr_assert_not(cf_relate(post, "user", cf_db_new_row(cf_db_new(arena, database), User)));
    cr_assert(strstr(cf_db_error(db)->message, "another session"));
}

Test(relation, rollback_forgets_links)
{
    Post *post = test_post(db, test_user(db, "ann@example.org"), "one");

    cf_relate_add(post, "tags", new_tag("c"));
    cr_assert(cf_db_flush(db, NULL));
    cr_assert_eq(count_links(), 1);
    cf_db_rollback(db);
    cr_assert_eq(cf_related_list(post, "tags")->len, 0);
    cr_assert_eq(count_links(), 0);
    commit();
}

Test(relation, a_row_changed_by_query_is_read_again_when_it_is_reached)
{
    Post    *post = test_post(db, test_user(db, "ann@example.org"), "one");
    cf_named name = CF_NAMED("name", "Zoë");

    cr_assert_str_eq(((User *)cf_related(post, "user"))->name, "Ann");
    cr_assert_eq(cf_query_update(cf_db_query(db, User), &name, 1), 1);
    cr_assert_str_eq(((User *)cf_related(post, "user"))->name, "Zoë");
    commit();
}

Test(relation, loads_row_by_row_are_counted)
{
    cf_lazy_load load;
    cf_list     *posts;
    Post        *post;

    fill(4, 3);
    posts = cf_query_all(cf_db_query(db, Post));
    cr_assert_not(cf_db_lazy_load(db, 0, &load));
    CF_EACH(posts, post)
    {
        cf_related(post, "user");
        cf_related_list(post, "tags");
        cf_related_list(post, "tags");
    }
    cr_assert(cf_db_lazy_load(db, 0, &load));
    cr_assert_str_eq(load.relationship, "user");
    cr_assert_eq(load.model, &Post_model);
    cr_assert_eq(load.count, 4);
    cr_assert(cf_db_lazy_load(db, 1, &load));
    cr_assert_str_eq(load.relationship, "tags");
    cr_assert_eq(load.count, 12);
    cr_assert_not(cf_db_lazy_load(db, 2, &load));
}
