/* promote.h -- moving a SQLite database into an empty PostgreSQL one. */
#ifndef CARAFE_PROMOTE_H
#define CARAFE_PROMOTE_H

#include <carafe/asset.h>
#include <carafe/db.h>

/* A table that was moved. */
typedef struct cf_promoted {
    const char *table;
    int64_t     rows;
    uint64_t    checksum; /* The same on both sides, whatever the order of the rows. */
} cf_promoted;

/* What cf_promote() did. */
typedef struct cf_promotion {
    cf_promoted *tables;
    size_t       count;
    int64_t      rows;
    int64_t      migrations; /* Tables of the target came from so many. */
} cf_promotion;

/* Makes the app's tables in an empty PostgreSQL database by its migrations, copies every row, sets
 * the sequences of generated keys past them, and compares numbers of rows and checksums of both
 * sides. All of it is one transaction: whatever ends it, an error, a signal or a power cut, leaves
 * the target as empty as it was. Nobody can write to the source meanwhile.
 *
 * Args:
 *   source: a SQLite database with every migration applied.
 *   url: "postgresql://…"; the database must exist and hold nothing.
 *   bundle: the app's migrations.
 *   out: receives what was moved, in `arena`; may be NULL.
 *
 * Errors: CF_EINVAL for a source that is not SQLite or a target that is not PostgreSQL,
 *   CF_ECONFLICT when the target is not empty, the source lacks migrations, a row does not fit or
 *   the two sides differ; CF_EUNAVAILABLE when the target is not reached.
 */
bool cf_promote(cf_arena *arena, cf_database *source, const char *url, const cf_bundle *bundle,
                cf_promotion *out, cf_error *err);

#endif
