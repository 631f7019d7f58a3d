/* site.h -- the app for one test: a database of its own, an administrator and a member. */
#ifndef TESTS_STARTER_SITE_H
#define TESTS_STARTER_SITE_H

#include "app.h"
#include "base/base.h"
#include "blog/blog.h"

#define BOSS "boss@example.com"
#define ADA  "ada@example.com"

extern cf_arena  *arena;
extern cf_app    *app;
extern cf_client *anyone, *ada, *boss;

/* Before and after each test. */
void site_begin(void);
void site_end(void);

/* Runs a function with a request of its own, on a fiber, and commits what it changed. */
void site_do(void (*fn)(cf_request *req, void *data), void *data);

/* Runs one of the app's commands; its exit status. */
int site_command(const cf_command *command, int argc, char **argv);

/* How many rows a table has. */
int64_t site_count(const char *table);

/* A member's or post's id, or a post's image, by a condition on one column. */
int64_t     site_id(const char *table, const char *column, const char *value);
const char *site_text(const char *table, const char *field, const char *column, const char *value);

/* Writes a post as the administrator; its address. */
const char *site_write(const char *title, const char *body, const char *status);

#endif
