/* fixture.h -- what most tests of a session begin with; each test runs in a process of its own. */
#ifndef CARAFE_TESTS_DB_FIXTURE_H
#define CARAFE_TESTS_DB_FIXTURE_H

#include <criterion/criterion.h>

#include "models.h"

extern cf_arena    *arena;
extern cf_database *database;
extern cf_db       *db;
extern cf_error     err;

/* Suites' .init: no database, the tests' own models, and from a setup: others. */
void fixture_arena(void);
void fixture_database(void);
void fixture_models(const cf_model *const *models);
/* Their .fini. */
void fixture_end(void);

/* Commits, and a statement with its commit; both must succeed. */
void commit(void);
void run(cf_db *on, const char *sql);
/* The first column of a query's first row; -1: there is none. */
int64_t number(cf_database *from, const char *sql);

#endif
