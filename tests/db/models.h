/* models.h -- the models that the tests of the data room share. */
#ifndef CARAFE_TESTS_DB_MODELS_H
#define CARAFE_TESTS_DB_MODELS_H

#include <carafe/migrate.h>
#include <carafe/query.h>

typedef struct User {
    CF_ROW;
    int64_t     id;
    const char *email, *name;
    bool        active;
    cf_time     confirmed_at, created_at;
    int64_t     logins;
} User;
extern const cf_model User_model;

typedef struct Post {
    CF_ROW;
    int64_t     id, user_id;
    const char *title, *slug, *body, *status;
    cf_time     publish_date;
    bool        live;
    double      score;
} Post;
extern const cf_model Post_model;

typedef struct Tag {
    CF_ROW;
    int64_t     id;
    const char *name;
} Tag;
extern const cf_model Tag_model;

/* A tree: a model that references itself. */
typedef struct Node {
    CF_ROW;
    int64_t     id, parent_id;
    const char *name;
} Node;
extern const cf_model Node_model;

/* One a user; its notes are orphans when they are taken away. */
typedef struct Profile {
    CF_ROW;
    int64_t     id, user_id;
    const char *motto;
    cf_value    settings;
    cf_str      picture;
} Profile;
extern const cf_model Profile_model;

typedef struct Note {
    CF_ROW;
    const char *code;
    int64_t     profile_id;
    int32_t     stars;
} Note;
extern const cf_model Note_model;

/* Every kind of column that the others have not, and rules of a whole table. */
typedef enum BillState { BILL_OPEN, BILL_PAID, BILL_LOST } BillState;

typedef struct Bill {
    CF_ROW;
    cf_uuid     id, batch;
    const char *payee;
    cf_decimal  amount, rate;
    cf_date     due, made;
    cf_clock    reminder;
    BillState   state, before;
    int64_t     number;
} Bill;
extern const cf_model Bill_model;

typedef struct Part {
    CF_ROW;
    int64_t     id, place;
    cf_uuid     bill_id;
    const char *name;
} Part;
extern const cf_model Part_model;

extern const cf_model *const test_models[];

/* The tests run on SQLite, or on the server that CARAFE_TEST_DATABASE names. */
bool test_on_postgres(void);
/* A place for a database: a file's path in a new temporary folder; on PostgreSQL its name stands
 * for a schema. */
const char *test_place(cf_arena *arena);
const char *test_url(cf_arena *arena, const char *path);
/* A database with every table, in a file of a new temporary folder; or in memory. */
cf_database *test_database(cf_arena *arena, bool file);
/* The same on a file that is there already. */
cf_database *test_database_at(cf_arena *arena, const char *path);
/* A file of its own for other models, NULL ending their list. */
cf_database *test_database_with(cf_arena *arena, const cf_model *const *models);
/* A user that is stored. */
User *test_user(cf_db *db, const char *email);
Post *test_post(cf_db *db, User *user, const char *slug);

#endif
