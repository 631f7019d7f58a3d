/* postgres_items.h -- what the tests of PostgreSQL share: a table of a hundred items, connections
 * that are known by name, fibers. */
#ifndef CARAFE_TESTS_DB_POSTGRES_ITEMS_H
#define CARAFE_TESTS_DB_POSTGRES_ITEMS_H

#include <stdio.h>

#include <carafe/fiber.h>

#include "fixture.h"

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

extern int running; /* Fibers, each of which takes itself off. */

/* Of a suite: .init; its .fini is fixture_end(). */
void items_setup(void);

#define ONLY_ON_POSTGRES                                                                           \
    if (!test_on_postgres())                                                                       \
    return

/* The name of this test's connections, by which it finds their processes. */
const char  *own_name(void);
cf_database *open_with(const char *options);
cf_database *open_models_with(const cf_model *const *models, const char *options);
/* Ends the server's side of all connections but the one that asks. */
void kill_connections(void);

void spawn(void (*fn)(void *arg), void *arg);
void run_fibers(void);

#endif
