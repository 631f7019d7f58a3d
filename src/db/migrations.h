/* migrations.h -- what the files that read and apply migrations share. */
#ifndef CARAFE_DB_MIGRATIONS_H
#define CARAFE_DB_MIGRATIONS_H

#include <carafe/migrate.h>

#include "db/session.h"

/* Most migrations an app may have. */
#define CF__MAX_MIGRATIONS 10000

typedef struct cf__applied {
    const char *revision, *checksum, *at;
} cf__applied;

typedef struct cf__migration_node {
    size_t *parents; /* Numbers of items. */
    size_t  nparents;
} cf__migration_node;

/* The migrations of a bundle in an order in which they can be applied. */
typedef struct cf__work {
    cf_arena           *arena;
    cf_database        *database;
    cf_migration       *items;
    size_t              count;
    cf__migration_node *nodes;
    const char        **checksums;
    bool                purge; /* Revisions that the bundle does not know are passed over. */
    cf__applied        *applied;
    size_t              napplied;
} cf__work;

/* Reads the files and finds out what follows what. */
bool cf__migrations_read(cf__work *w, const cf_bundle *bundle, cf_error *err);
/* Marks an item and everything it follows. */
void cf__migrations_before(const cf__work *w, size_t i, bool *marks);
/* Marks everything that follows an item, without itself. */
void cf__migrations_after(const cf__work *w, size_t i, bool *marks);
/* The item that "0003" or a full revision names; CF_NPOS with CF_ENOTFOUND or CF_ECONFLICT. */
size_t cf__migrations_find(const cf__work *w, const char *revision, cf_error *err);
/* Which items an upgrade (or, if not `up`, a downgrade) to a target is about, and at most how many
 * of them. */
bool cf__migrations_want(const cf__work *w, const char *target, bool up, bool *marks, size_t *most,
                         cf_error *err);
/* The next of the wanted items, or count. */
size_t cf__migrations_next(const cf__work *w, const bool *marks, bool up);

/* Reads files and database without changing anything. */
bool cf__migrations_survey(cf__work *w, const cf_bundle *bundle, cf_error *err);
/* Begins a transaction, makes the version table if need be, and finds out what is applied. NULL
 * with an error. */
cf__conn *cf__migrations_begin(cf__work *w, cf_error *err);
void      cf__migrations_rollback(cf__work *w, cf__conn *conn);
/* Notes an item as applied, or takes the note back. */
bool cf__migrations_note(cf__work *w, cf__conn *conn, size_t i, bool up, cf_error *err);

#endif
