/* postgres_items.h -- what the tests of PostgreSQL share: a table of a hundred items, connections
 * that are known by name, fibers. */
#ifndef CARAFE_TESTS_DB_POSTGRES_ITEMS_H
#define CARAFE_TESTS_DB_POSTGRES_ITEMS_H

#include <criterion/criterion.h>
#include <stdio.h>

#include <carafe/fiber.h>

#include "models.h"

typedef struct Item {
    CF_ROW;
    int64_t     id;
    const char *name;
} Item;
extern const cf_model Item_model;

/* A view: row 3 of `odd` cannot be read, row 5 takes a while. */
typedef struct Odd {
    CF_ROW;
    int64_t     id, quotient;
    const char *nap;
} Odd;
extern const cf_model Odd_model;

/* Of a test; each runs in a process of its own. */
extern cf_arena    *arena;
extern cf_database *database;
extern cf_error     err;
extern int          running; /* Fibers, each of which takes itself off. */

/* Of a suite: .init and .fini. */
void items_setup(void);
void items_teardown(void);

#define ONLY_ON_POSTGRES                                                                           \
    if (!test_on_postgres())                                                                       \
    return

/* The name of this test's connections, by which it finds their processes. */
const char  *own_name(void);
cf_database *open_with(const char *options);
cf_database *open_models_with(const cf_model *const *models, const char *options);
/* A statement and its commit. */
void run(cf_db *db, const char *sql);
/* The first column of a query's first row; -1: there is none. */
int64_t number(cf_database *from, const char *sql);
/* Ends the server's side of all connections but the one that asks. */
void kill_connections(void);

void spawn(void (*fn)(void *arg), void *arg);
void run_fibers(void);

#endif
