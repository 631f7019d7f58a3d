/* promote.h -- values on their way from SQLite to PostgreSQL: as text, and as checksums. */
#ifndef CARAFE_DB_PROMOTE_H
#define CARAFE_DB_PROMOTE_H

#include "db/engine.h"

/* How a column's values are compared: by what they mean, not by how an engine spells them. */
typedef enum cf__moved {
    CF__MOVED_PLAIN,
    CF__MOVED_BOOL,
    CF__MOVED_BYTES,
    CF__MOVED_TIME,
    CF__MOVED_CLOCK, /* A time of day: 12:30:00 is 12:30:00.000000. */
    CF__MOVED_DOUBLE,
    CF__MOVED_NUMERIC,
    CF__MOVED_UUID,
    CF__MOVED_PADDED, /* CHAR(n) */
    CF__MOVED_JSON,
} cf__moved;

/* By the type of PostgreSQL's column. */
cf__moved cf__moved_of_type(const char *type);
/* Writes a value in the spelling both sides agree on, which PostgreSQL reads. NULL writes nothing.
 */
void cf__moved_text(cf_buf *out, cf__moved kind, const cf__datum *datum);
/* A checksum of a value in its place in a row. */
uint64_t cf__moved_hash(cf_arena *scratch, cf__moved kind, size_t column, const cf__datum *datum,
                        cf_str text);

#endif
