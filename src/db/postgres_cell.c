/* postgres_cell.c -- the cells of PostgreSQL's results.
 *
 * A SELECT that the query layer wrote gives its rows in binary form once it is prepared and all
 * its columns turned out to be of types that can be read so: numbers need no digits then, times no
 * calendar. Everything else comes as text. */
#include "db/postgres.h"

#include <endian.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    OID_BOOL = 16,
    OID_BYTEA = 17,
    OID_NAME = 19,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_OID = 26,
    OID_JSON = 114,
    OID_FLOAT4 = 700,
    OID_FLOAT8 = 701,
    OID_BPCHAR = 1042,
    OID_VARCHAR = 1043,
    OID_DATE = 1082,
    OID_TIME = 1083,
    OID_TIMESTAMP = 1114,
    OID_TIMESTAMPTZ = 1184,
    OID_NUMERIC = 1700,
    OID_UUID = 2950,
    OID_JSONB = 3802,
};

/* ---- memory for what is made of a cell ---- */

/* Until the next row. */
static char *room_for(cf__pg_scratch *scratch, size_t size)
{
    char *block;

    if (size <= sizeof(scratch->room) - scratch->used) {
        block = scratch->room + scratch->used;
        scratch->used += size;
        return block;
    }
    block = cf_xmalloc(sizeof(void *) + size);
    memcpy(block, &scratch->blocks, sizeof(void *));
    scratch->blocks = block;
    return block + sizeof(void *);
}

void cf__pg_scratch_reset(cf__pg_scratch *scratch)
{
    scratch->used = 0;
    while (scratch->blocks) {
        void *block = scratch->blocks;

        memcpy(&scratch->blocks, block, sizeof(void *));
        free(block);
    }
}

/* ---- texts ---- */

static bool read_integer(cf_str text, int64_t *out)
{
    uint64_t number = 0;
    size_t   i = text.len && text.ptr[0] == '-';

    if (text.len == i || text.len - i > 18)
        return cf_str_to_i64(text, out);
    for (size_t j = i; j < text.len; j++) {
        if (text.ptr[j] < '0' || text.ptr[j] > '9')
            return false;
        number = number * 10 + (uint64_t)(text.ptr[j] - '0');
    }
    *out = i ? -(int64_t)number : (int64_t)number;
    return true;
}

/* "-12.75": at most 15 digits divided by a power of ten, both of which a double holds exactly, so
 * that the quotient is the nearest double. False for everything else. */
static bool read_short(cf_str text, double *out)
{
    static const double powers[] = { 1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                     1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };
    bool                negative = text.len && text.ptr[0] == '-', point = false;
    uint64_t            number = 0;
    size_t              digits = 0, after = 0;

    for (size_t i = negative; i < text.len; i++) {
        if (text.ptr[i] == '.' && !point) {
            point = true;
            continue;
        }
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || ++digits > 15)
            return false;
        number = number * 10 + (uint64_t)(text.ptr[i] - '0');
        after += point;
    }
    *out = (double)number / powers[after];
    *out = negative ? -*out : *out;
    return digits > after;
}

static bool read_number(cf_str text, double *out)
{
    if (read_short(text, out) || cf_str_to_double(text, out))
        return true;
    if (cf_str_is(text, "NaN"))
        *out = (double)NAN;
    else if (cf_str_is(text, "Infinity"))
        *out = (double)INFINITY;
    else if (cf_str_is(text, "-Infinity"))
        *out = -(double)INFINITY;
    else
        return false;
    return true;
}

static unsigned nibble(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10) & 15;
}

/* "\x0aff" */
static cf_str read_hex(cf__pg_scratch *scratch, cf_str text)
{
    size_t len = text.len >= 2 ? (text.len - 2) / 2 : 0;
    char  *out = room_for(scratch, len + 1);

    for (size_t i = 0; i < len; i++)
        out[i] = (char)(nibble(text.ptr[2 + 2 * i]) << 4 | nibble(text.ptr[3 + 2 * i]));
    return cf_str_n(out, len);
}

void cf__pg_read_text(cf__pg_scratch *scratch, Oid type, cf_str text, cf__datum *out)
{
    out->cell = CF__CELL_TEXT;
    out->as.text = text;
    switch ((int)type) {
    case OID_INT8:
    case OID_INT4:
    case OID_INT2:
    case OID_OID:
    case OID_NUMERIC:
        /* A number with a fraction stays text, which loses nothing. */
        if (read_integer(text, &out->as.integer))
            out->cell = CF__CELL_INT;
        else
            out->as.text = text;
        break;
    case OID_BOOL:
        out->cell = CF__CELL_INT;
        out->as.integer = cf_str_is(text, "t");
        break;
    case OID_FLOAT4:
    case OID_FLOAT8:
        if (read_number(text, &out->as.number))
            out->cell = CF__CELL_FLOAT;
        else
            out->as.text = text;
        break;
    case OID_BYTEA:
        out->cell = CF__CELL_BYTES;
        out->as.text = read_hex(scratch, text);
        break;
    case OID_TIMESTAMPTZ:
        /* The session's zone is UTC. */
        if (cf_str_ends(text, CF_STR("+00")))
            out->as.text.len -= 3;
        break;
    default:
        break;
    }
}

/* ---- binary ---- */

static int64_t big_endian(cf_str bytes)
{
    uint64_t eight;
    uint32_t four;
    uint16_t two;

    switch (bytes.len) {
    case 2:
        memcpy(&two, bytes.ptr, 2);
        return (int16_t)be16toh(two);
    case 4:
        memcpy(&four, bytes.ptr, 4);
        return (int32_t)be32toh(four);
    default:
        memcpy(&eight, bytes.ptr, 8);
        return (int64_t)be64toh(eight);
    }
}

static void as_integer(cf_str bytes, cf__datum *out)
{
    out->cell = CF__CELL_INT;
    out->as.integer = big_endian(bytes);
}

static void as_text(cf_str text, cf__datum *out)
{
    out->cell = CF__CELL_TEXT;
    out->as.text = text;
}

static void as_double(cf_str bytes, cf__datum *out)
{
    int64_t bits = big_endian(bytes);

    out->cell = CF__CELL_FLOAT;
    memcpy(&out->as.number, &bits, sizeof(bits));
}

/* Days or microseconds since 2000; what C cannot hold becomes a text, which fits no time. */
static void as_moment(cf__cell cell, int64_t since, int64_t unit, int64_t least, int64_t most,
                      cf__datum *out)
{
    if (since == most)
        as_text(CF_STR("infinity"), out);
    else if (since == least)
        as_text(CF_STR("-infinity"), out);
    else if (since < -INT64_C(730119) * unit || since >= INT64_C(2921940) * unit)
        as_text(CF_STR("a time outside the years 1 to 9999"), out);
    else {
        out->cell = cell;
        out->as.integer = since + INT64_C(10957) * unit;
    }
}

static void as_clock(cf_str bytes, cf__datum *out)
{
    out->cell = CF__CELL_CLOCK;
    out->as.integer = big_endian(bytes);
    if (out->as.integer == CF_DAY)
        as_text(CF_STR("24:00:00"), out);
}

static void as_uuid(cf__pg_scratch *scratch, cf_str bytes, cf__datum *out)
{
    static const char hex[] = "0123456789abcdef";
    char             *text = room_for(scratch, 37), *at = text;

    for (size_t i = 0; i < 16; i++) {
        unsigned char byte = (unsigned char)bytes.ptr[i];

        if (i == 4 || i == 6 || i == 8 || i == 10)
            *at++ = '-';
        *at++ = hex[byte >> 4];
        *at++ = hex[byte & 15];
    }
    *at = '\0';
    as_text(cf_str_n(text, 36), out);
}

static unsigned word_at(cf_str bytes, size_t i)
{
    return (unsigned)(unsigned char)bytes.ptr[2 * i] << 8 | (unsigned char)bytes.ptr[2 * i + 1];
}

/* The digits of a numeric from the point on, or before it: groups of four from `group` on. */
static char *write_groups(char *at, cf_str bytes, int count, int group, int digits)
{
    for (int written = 0; written < digits; group++) {
        unsigned four = group >= 0 && group < count ? word_at(bytes, 4 + (size_t)group) : 0;
        char     text[4] = { (char)('0' + four / 1000), (char)('0' + four / 100 % 10),
                             (char)('0' + four / 10 % 10), (char)('0' + four % 10) };

        for (int i = 0; i < 4 && written < digits; i++, written++)
            *at++ = text[i];
    }
    return at;
}

/* Sixteen-bit words: how many groups of four digits follow, the first one's power of 10,000, the
 * sign, and how many digits to show after the point. False when they make no number. */
static bool as_numeric(cf__pg_scratch *scratch, cf_str bytes, cf__datum *out)
{
    int      count, weight, scale;
    unsigned sign;
    char    *text, *at, *start, *from;

    if (bytes.len < 8)
        return false;
    count = (int)word_at(bytes, 0);
    weight = (int16_t)word_at(bytes, 1);
    sign = word_at(bytes, 2);
    scale = (int)word_at(bytes, 3);
    if (sign == 0xC000 || sign == 0xD000 || sign == 0xF000) {
        as_text(sign == 0xC000   ? CF_STR("NaN")
                : sign == 0xD000 ? CF_STR("Infinity")
                                 : CF_STR("-Infinity"),
                out);
        return true;
    }
    if ((sign & 0xBFFF) || scale > 0x3FFF || bytes.len != 8 + 2 * (size_t)count)
        return false;
    for (int i = 0; i < count; i++)
        if (word_at(bytes, 4 + (size_t)i) > 9999)
            return false;
    at = text = room_for(scratch, 4 * (size_t)(weight < 0 ? 1 : weight + 1) + (size_t)scale + 3);
    if (sign)
        *at++ = '-';
    start = at;
    at = write_groups(at, bytes, count, weight < 0 ? weight : 0, 4 * (weight < 0 ? 1 : weight + 1));
    /* Without the zeros that the first group begins with, but for the last digit. */
    from = start;
    while (at - from > 1 && *from == '0')
        from++;
    memmove(start, from, (size_t)(at - from));
    at -= from - start;
    if (scale) {
        *at++ = '.';
        at = write_groups(at, bytes, count, weight + 1, scale);
    }
    *at = '\0';
    as_text(cf_str_n(text, (size_t)(at - text)), out);
    if (!scale && read_integer(out->as.text, &out->as.integer))
        out->cell = CF__CELL_INT;
    else
        as_text(cf_str_n(text, (size_t)(at - text)), out);
    return true;
}

/* How many bytes a value of a type has; 0: any number. -1: it has no binary form that is read. */
static int size_of(Oid type)
{
    switch ((int)type) {
    case OID_BOOL:
        return 1;
    case OID_INT2:
        return 2;
    case OID_INT4:
    case OID_OID:
    case OID_DATE:
        return 4;
    case OID_INT8:
    case OID_FLOAT8:
    case OID_TIME:
    case OID_TIMESTAMP:
    case OID_TIMESTAMPTZ:
        return 8;
    case OID_UUID:
        return 16;
    case OID_NAME:
    case OID_TEXT:
    case OID_VARCHAR:
    case OID_BPCHAR:
    case OID_JSON:
    case OID_JSONB:
    case OID_BYTEA:
    case OID_NUMERIC:
        return 0;
    default: /* FLOAT4 among them: as text 0.1 is 0.1. */
        return -1;
    }
}

static bool read_sound(cf__pg_scratch *scratch, Oid type, cf_str bytes, cf__datum *out)
{
    switch ((int)type) {
    case OID_BOOL:
        out->cell = CF__CELL_INT;
        out->as.integer = bytes.ptr[0] != 0;
        return true;
    case OID_OID:
        out->cell = CF__CELL_INT;
        out->as.integer = (uint32_t)big_endian(bytes);
        return true;
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
        as_integer(bytes, out);
        return true;
    case OID_FLOAT8:
        as_double(bytes, out);
        return true;
    case OID_DATE:
        as_moment(CF__CELL_DATE, big_endian(bytes), 1, INT32_MIN, INT32_MAX, out);
        return true;
    case OID_TIMESTAMP:
    case OID_TIMESTAMPTZ:
        as_moment(CF__CELL_TIME, big_endian(bytes), CF_DAY, INT64_MIN, INT64_MAX, out);
        return true;
    case OID_TIME:
        as_clock(bytes, out);
        return out->cell == CF__CELL_TEXT || cf_clock_is_valid((cf_clock){ out->as.integer });
    case OID_UUID:
        as_uuid(scratch, bytes, out);
        return true;
    case OID_NUMERIC:
        return as_numeric(scratch, bytes, out);
    case OID_JSONB: /* A version comes first. */
        as_text(cf_str_slice(bytes, 1, bytes.len), out);
        return bytes.len && bytes.ptr[0] == 1;
    case OID_BYTEA:
        out->cell = CF__CELL_BYTES;
        out->as.text = bytes;
        return true;
    default:
        as_text(bytes, out);
        return true;
    }
}

void cf__pg_read_binary(cf__pg_scratch *scratch, Oid type, cf_str bytes, cf__datum *out)
{
    int size = size_of(type);

    if (size < 0 || (size && bytes.len != (size_t)size) || !read_sound(scratch, type, bytes, out))
        as_text(CF_STR("malformed bytes"), out);
}

/* ---- rows ---- */

/* How a column of a result is read. */
typedef enum form {
    ANY_TEXT,   /* By its type, from text; */
    ANY_BINARY, /* from bytes. */
    PLAIN,      /* What stands there is the text. */
    BYTE,
    FOUR_BYTES,
    EIGHT_BYTES,
    REAL,
    MOMENT,
} form;

typedef struct result_cursor {
    PGresult           *result;
    int                 row;
    const cf__pg_shape *shape;
    cf__pg_scratch      scratch;
} result_cursor;

static form form_of(Oid type, bool binary)
{
    switch ((int)type) {
    case OID_TEXT:
    case OID_VARCHAR:
        return PLAIN;
    case OID_BOOL:
        return binary ? BYTE : ANY_TEXT;
    case OID_INT4:
        return binary ? FOUR_BYTES : ANY_TEXT;
    case OID_INT8:
        return binary ? EIGHT_BYTES : ANY_TEXT;
    case OID_FLOAT8:
        return binary ? REAL : ANY_TEXT;
    case OID_TIMESTAMP:
    case OID_TIMESTAMPTZ:
        return binary ? MOMENT : ANY_TEXT;
    default:
        return binary ? ANY_BINARY : ANY_TEXT;
    }
}

/* Brings a shape up to a result: mostly it is that of the one before. */
static void look(cf__pg_shape *shape, const PGresult *result)
{
    int  columns = PQnfields(result);
    bool binary = PQbinaryTuples(result) != 0;
    bool same = shape->columns == columns && shape->binary == binary && columns <= CF__PG_KNOWN;

    for (int i = 0; same && i < columns; i++)
        same = shape->types[i] == PQftype(result, i);
    if (same)
        return;
    *shape = (cf__pg_shape){ .columns = columns, .binary = binary, .legible = true };
    for (int i = 0; i < columns; i++) {
        Oid type = PQftype(result, i);

        shape->legible = shape->legible && size_of(type) >= 0;
        if (i >= CF__PG_KNOWN)
            continue;
        shape->types[i] = type;
        shape->forms[i] = (unsigned char)form_of(type, binary);
    }
}

bool cf__pg_learn(cf__pg_stmt *stmt, const PGresult *result)
{
    if (!stmt->read || PQresultStatus(result) != PGRES_TUPLES_OK)
        return true;
    if (!stmt->shape)
        stmt->shape = cf_xcalloc(1, sizeof(*stmt->shape));
    look(stmt->shape, result);
    stmt->binary = stmt->shape->legible;
    return stmt->binary || !stmt->shape->binary;
}

static inline uint64_t eight_bytes(const char *bytes)
{
    uint64_t number;

    memcpy(&number, bytes, sizeof(number));
    return be64toh(number);
}

static void read_any(result_cursor *c, int i, cf_str bytes, cf__datum *out)
{
    Oid type = i < CF__PG_KNOWN ? c->shape->types[i] : PQftype(c->result, i);

    if (c->shape->binary)
        cf__pg_read_binary(&c->scratch, type, bytes, out);
    else
        cf__pg_read_text(&c->scratch, type, bytes, out);
}

/* The forms that most columns have; other lengths are left to the general reader. */
static inline void read_cell(result_cursor *c, form how, int i, cf__datum *out)
{
    int         len = PQgetlength(c->result, c->row, i);
    const char *bytes = PQgetvalue(c->result, c->row, i);

    if (!len && PQgetisnull(c->result, c->row, i)) {
        out->cell = CF__CELL_NULL;
        return;
    }
    switch (how) {
    case PLAIN:
        as_text((cf_str){ bytes, (size_t)len }, out);
        return;
    case EIGHT_BYTES:
        if (len != 8)
            break;
        out->cell = CF__CELL_INT;
        out->as.integer = (int64_t)eight_bytes(bytes);
        return;
    case MOMENT:
        if (len != 8)
            break;
        as_moment(CF__CELL_TIME, (int64_t)eight_bytes(bytes), CF_DAY, INT64_MIN, INT64_MAX, out);
        return;
    case REAL:
        if (len != 8)
            break;
        as_double((cf_str){ bytes, 8 }, out);
        return;
    case BYTE:
        if (len != 1)
            break;
        out->cell = CF__CELL_INT;
        out->as.integer = bytes[0] != 0;
        return;
    case FOUR_BYTES:
        if (len != 4)
            break;
        as_integer((cf_str){ bytes, 4 }, out);
        return;
    case ANY_TEXT:
    case ANY_BINARY:
        break;
    }
    read_any(c, i, cf_str_n(bytes, (size_t)len), out);
}

static form form_at(const result_cursor *c, int i)
{
    if (i < CF__PG_KNOWN)
        return (form)c->shape->forms[i];
    return c->shape->binary ? ANY_BINARY : ANY_TEXT;
}

static void read_one(const cf__cursor *cursor, int i, cf__datum *out)
{
    read_cell(cursor->handle, form_at(cursor->handle, i), i, out);
}

static void read_many(const cf__cursor *cursor, int first, int count, cf__datum *out)
{
    result_cursor *c = cursor->handle;

    for (int i = first; i < first + count; i++, out++)
        read_cell(c, form_at(c, i), i, out);
}

static const char *cell_name(const cf__cursor *cursor, int i)
{
    const result_cursor *c = cursor->handle;

    return PQfname(c->result, i);
}

static const cf__cursor_ops cursor_ops = { read_one, cell_name, read_many };

bool cf__pg_rows(PGresult *result, const cf__pg_shape *shape, cf__row_fn *row, void *data,
                 cf__outcome *out, cf_error *err)
{
    result_cursor c CF_UNSET;
    cf__pg_shape    own;
    int             count = PQntuples(result);
    cf__cursor      cursor = { &cursor_ops, &c, PQnfields(result), count };
    bool            ok = true;

    c.result = result;
    c.scratch.used = 0;
    c.scratch.blocks = NULL;
    c.shape = shape;
    if (!shape) {
        own.columns = -1;
        look(&own, result);
        c.shape = &own;
    }
    for (c.row = 0; ok && c.row < count; c.row++) {
        out->rows++;
        ok = !row || row(data, &cursor, err);
        cf__pg_scratch_reset(&c.scratch);
    }
    return ok;
}

int64_t cf__pg_affected(const PGresult *result)
{
    /* libpq leaves its argument alone, but does not say so. */
    cf_str  text = cf_str_of(PQcmdTuples((PGresult *)(uintptr_t)result));
    int64_t count = 0;

    return cf_str_to_i64(text, &count) ? count : 0;
}
