/* fuzz_postgres_cell.c -- any bytes as a cell of PostgreSQL's, as text and in binary form: never
 * read past their end, and what comes out is what its kind promises. */
#include <stdint.h>
#include <stdlib.h>

#include "db/postgres.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const Oid types[] = { 16,   17,   19,   20,   21,   23,   25,   26,   114,  700,  701,
                             1042, 1043, 1082, 1083, 1114, 1184, 1700, 2950, 3802, 12345 };

static void check(const cf__datum *datum)
{
    char    made[32];
    int64_t integer = datum->as.integer;

    if (cf__datum_text(datum, made).len > 31)
        abort();
    switch (datum->cell) {
    case CF__CELL_TIME:
        if (integer < -INT64_C(719162) * CF_DAY || integer >= INT64_C(2932897) * CF_DAY)
            abort();
        break;
    case CF__CELL_DATE:
        if (integer < -719162 || integer >= 2932897)
            abort();
        break;
    case CF__CELL_CLOCK:
        if (!cf_clock_is_valid((cf_clock){ integer }))
            abort();
        break;
    case CF__CELL_TEXT:
    case CF__CELL_BYTES:
        cf_str_hash(datum->as.text); /* Reads all of it. */
        break;
    default:
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cf_arena      *arena = cf_arena_new();
    cf__pg_scratch scratch = { 0 };
    cf__datum      datum;
    cf_str         bytes;
    Oid            type;

    if (size) {
        type = types[data[0] / 2 % (sizeof(types) / sizeof(types[0]))];
        bytes = cf_str_n(cf_strndup(arena, (const char *)data + 1, size - 1), size - 1);
        for (int i = 0; i < 4; i++) {
            if (data[0] & 1)
                cf__pg_read_binary(&scratch, type, bytes, &datum);
            else
                cf__pg_read_text(&scratch, type, bytes, &datum);
            check(&datum);
        }
        cf__pg_scratch_reset(&scratch);
    }
    cf_arena_free(arena);
    return 0;
}
