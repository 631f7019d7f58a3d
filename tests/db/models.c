/* models.c -- the models that the tests of the data room share. */
#include "models.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static bool user_initial(cf_eval *eval, cf_object *self, cf_value *out)
{
    const User *user = (const User *)(const void *)self;

    *out = cf_string_copy(eval->arena, cf_str_slice(cf_str_of(user->name), 0, 1));
    return true;
}

CF_MODEL(User, "user", CF_COLUMN(User, id, .primary_key = true),
         CF_COLUMN(User, email, .max = 255, .required = true, .unique = true),
         CF_COLUMN(User, name, .max = 80), CF_COLUMN(User, active, .default_value = "true"),
         CF_COLUMN(User, confirmed_at), CF_COLUMN(User, created_at, .default_now = true),
         CF_COLUMN(User, logins, .nullable = true),
         CF_MANY_TO_MANY(User, friends, User, .through = "friends", .column = "user_id",
                         .target_column = "friend_id"),
         CF_PROPERTY(User, initial, user_initial));

CF_MODEL(Post, "post", CF_COLUMN(Post, id, .primary_key = true),
         CF_COLUMN(Post, user_id, .references = "user.id"),
         CF_COLUMN(Post, title, .max = 80, .required = true),
         CF_COLUMN(Post, slug, .max = 125, .unique = true), CF_COLUMN(Post, body),
         CF_COLUMN(Post, status, .one_of = "draft published archived", .default_value = "draft"),
         CF_COLUMN(Post, publish_date, .default_now = true, .index = true),
         CF_COLUMN(Post, live, .default_value = "true"),
         CF_COLUMN(Post, score, .default_value = "1.5"),
         CF_BELONGS_TO(Post, user, User, .column = "user_id", .backref = "posts",
                       .lazy = CF_DYNAMIC),
         CF_MANY_TO_MANY(Post, tags, Tag, .through = "tags_posts", .backref = "posts",
                         .order_by = "name"));

CF_MODEL(Tag, "tag", CF_COLUMN(Tag, id, .primary_key = true),
         CF_COLUMN(Tag, name, .max = 50, .required = true, .unique = true));

CF_MODEL(Node, "node", CF_COLUMN(Node, id, .primary_key = true),
         CF_COLUMN(Node, parent_id, .references = "node.id"), CF_COLUMN(Node, name),
         CF_BELONGS_TO(Node, parent, Node, .back_populates = "children"),
         CF_HAS_MANY(Node, children, Node, .back_populates = "parent", .order_by = "name"));

CF_MODEL(Profile, "profile", CF_COLUMN(Profile, id, .primary_key = true),
         CF_COLUMN(Profile, user_id, .references = "user.id", .on_delete = CF_CASCADE,
                   .unique = true, .required = true),
         CF_COLUMN(Profile, motto), CF_COLUMN(Profile, settings),
         CF_COLUMN(Profile, picture, .max = 1000),
         CF_BELONGS_TO(Profile, user, User, .backref = "profile"),
         CF_HAS_MANY(Profile, notes, Note, .backref = "profile", .delete_orphan = true));

CF_MODEL(Note, "note", CF_COLUMN(Note, code, .primary_key = true),
         CF_COLUMN(Note, profile_id, .references = "profile.id", .on_delete = CF_SET_NULL),
         CF_COLUMN(Note, stars, .default_value = "3"));

CF_MODEL(Bill, "bill", CF_COLUMN(Bill, id, .primary_key = true, .default_uuid = true),
         CF_COLUMN(Bill, batch), CF_COLUMN(Bill, payee, .max = 80, .required = true),
         CF_COLUMN(Bill, amount, .precision = 10, .scale = 2, .default_value = "1.50"),
         CF_COLUMN(Bill, rate, .precision = 15, .scale = 6, .nullable = true), CF_COLUMN(Bill, due),
         CF_COLUMN(Bill, made, .default_now = true, .required = true), CF_COLUMN(Bill, reminder),
         CF_COLUMN(Bill, state, .one_of = "open paid lost", .default_value = "paid"),
         CF_COLUMN(Bill, before, .one_of = "open paid lost", .nullable = true),
         CF_COLUMN(Bill, number), CF_INDEX(Bill, "state, -due"),
         CF_INDEX(Bill, "payee, number", .unique = true),
         CF_INDEX(Bill, "batch", .unique = true, .where = "number > 0", .name = "one_per_batch"),
         CF_CHECK(Bill, amount_is_not_negative, "amount >= 0"),
         CF_HAS_MANY(Bill, parts, Part, .backref = "bill", .order_by = "place"));

CF_MODEL(Part, "part", CF_COLUMN(Part, id, .primary_key = true),
         CF_COLUMN(Part, bill_id, .references = "bill.id", .on_delete = CF_CASCADE,
                   .on_update = CF_CASCADE, .required = true),
         CF_COLUMN(Part, place), CF_COLUMN(Part, name),
         CF_INDEX(Part, "bill_id, place", .unique = true));

const cf_model *const test_models[] = { &Note_model, &Post_model, &User_model,
                                        &Tag_model,  &Node_model, &Profile_model,
                                        &Bill_model, &Part_model, NULL };

static cf_database *open_with(cf_arena *arena, const char *url, const cf_model *const *models)
{
    cf_error            err = { 0 };
    cf_database_options options = { .models = cf_models_new(arena, models, &err), .record = true };
    cf_database        *database;

    cr_assert(options.models, "%s", err.message);
    database = cf_database_open(arena, url, &options, &err);
    cr_assert(database, "%s", err.message);
    return database;
}

static cf_database *open_at(cf_arena *arena, const char *url)
{
    return open_with(arena, url, test_models);
}

/* ---- on PostgreSQL, a schema of its own stands for each file ---- */

bool test_on_postgres(void)
{
    const char *url = getenv("CARAFE_TEST_DATABASE");

    return url && *url;
}

static const char *schema_of(cf_arena *arena, const char *path)
{
    return cf_printf(arena, "t_%llx", (unsigned long long)cf_str_hash(cf_str_of(path)));
}

/* Runs a statement on the server, outside of any schema. */
static void on_server(const char *sql)
{
    cf_arena    *own = cf_arena_new();
    cf_error     err = { 0 };
    cf_database *server = cf_database_open(own, getenv("CARAFE_TEST_DATABASE"), NULL, &err);
    cf_db       *db = server ? cf_db_new(own, server) : NULL;

    cr_assert(db && cf_db_execute(db, sql, NULL, 0, NULL, &err) && cf_db_commit(db, &err), "%s",
              err.message);
    cf_arena_free(own);
}

static void drop_schema(void *data)
{
    char sql[200];

    snprintf(sql, sizeof(sql), "DROP SCHEMA IF EXISTS \"%s\" CASCADE", (const char *)data);
    on_server(sql);
}

const char *test_url(cf_arena *arena, const char *path)
{
    if (!test_on_postgres())
        return cf_printf(arena, "sqlite:///%s", path);
    return cf_printf(arena, "%s?options=-csearch_path%%3D%s", getenv("CARAFE_TEST_DATABASE"),
                     schema_of(arena, path));
}

/* Makes what test_url() leads to; it goes with the arena. */
static void make_place(cf_arena *arena, const char *path)
{
    char *schema;

    if (!test_on_postgres())
        return;
    schema = cf_strdup(arena, schema_of(arena, path));
    on_server(cf_printf(arena, "CREATE SCHEMA \"%s\"", schema));
    cf_arena_defer(arena, drop_schema, schema);
}

cf_database *test_database_at(cf_arena *arena, const char *path)
{
    return open_at(arena, test_url(arena, path));
}

static void remove_folder(void *data)
{
    static const char *const names[] = { "test.db", "test.db-wal", "test.db-shm" };

    for (size_t i = 0; i < 3; i++) {
        char path[300];

        snprintf(path, sizeof(path), "%s/%s", (char *)data, names[i]);
        remove(path);
    }
    remove(data);
}

const char *test_place(cf_arena *arena)
{
    char       *folder = cf_strdup(arena, "/tmp/carafe-db-XXXXXX");
    const char *path;

    cr_assert(mkdtemp(folder));
    cf_arena_defer(arena, remove_folder, folder);
    path = cf_printf(arena, "%s/test.db", folder);
    make_place(arena, path);
    return path;
}

cf_database *test_database(cf_arena *arena, bool file)
{
    cf_database *database;
    cf_error     err = { 0 };

    if (file || test_on_postgres())
        database = test_database_at(arena, test_place(arena));
    else
        database = open_at(arena, "sqlite://:memory:");
    cr_assert(cf_schema_create_all(database, &err), "%s", err.message);
    return database;
}

cf_database *test_database_with(cf_arena *arena, const cf_model *const *models)
{
    cf_database *database = open_with(arena, test_url(arena, test_place(arena)), models);
    cf_error     err = { 0 };

    cr_assert(cf_schema_create_all(database, &err), "%s", err.message);
    return database;
}

User *test_user(cf_db *db, const char *email)
{
    User    *user = cf_db_new_row(db, User);
    cf_error err = { 0 };

    user->email = email;
    user->name = "Ann";
    cf_db_add(db, user);
    cr_assert(cf_db_commit(db, &err), "%s", err.message);
    return user;
}

Post *test_post(cf_db *db, User *user, const char *slug)
{
    Post    *post = cf_db_new_row(db, Post);
    cf_error err = { 0 };

    post->title = slug;
    post->slug = slug;
    cf_relate(post, "user", user);
    cf_db_add(db, post);
    cr_assert(cf_db_commit(db, &err), "%s", err.message);
    return post;
}
