/* cell.c -- result columns as C fields and values.
 *
 * A row's columns are read from the engine sixteen at a time, and its texts are copied into one
 * block of the arena. Every kind is checked: what does not fit is an error that names the column.
 */
#include <carafe/json.h>

#include "db/session.h"

#include <endian.h>
#include <stdio.h>

/* What makes a column unreadable, for people. Returns false. */
static bool unreadable(const char *table, const cf__column *column, const cf__datum *datum,
                       cf_error *err)
{
    char   made[32];
    cf_str text = datum->cell == CF__CELL_TEXT ? cf_str_slice(datum->as.text, 0, 40)
                                               : cf__datum_text(datum, made);

    if (!text.len && datum->cell != CF__CELL_TEXT)
        text = CF_STR("a value of another type");

    cf_fail(err, CF_ETYPE, "%s.%s holds '%.*s', which does not fit the model's C type", table,
            column->name, CF_STR_ARG(text));
    if (err)
        snprintf(err->input, sizeof(err->input), "%s", column->name);
    return false;
}

static bool read_integer(const cf__datum *datum, int64_t *out)
{
    switch (datum->cell) {
    case CF__CELL_INT:
        *out = datum->as.integer;
        return true;
    case CF__CELL_FLOAT: {
        double number = datum->as.number;

        *out = (int64_t)(number > -9e18 && number < 9e18 ? number : 0);
        return (double)*out >= number && (double)*out <= number;
    }
    case CF__CELL_TEXT:
        return cf_str_to_i64(datum->as.text, out);
    default:
        break;
    }
    return false;
}

static bool read_int32(const cf__datum *datum, int32_t *out)
{
    int64_t integer = 0;

    if (!read_integer(datum, &integer) || integer < INT32_MIN || integer > INT32_MAX)
        return false;
    *out = (int32_t)integer;
    return true;
}

static bool read_bool(const cf__datum *datum, bool *out)
{
    int64_t integer;

    if (datum->cell == CF__CELL_TEXT) {
        cf_str text = datum->as.text;

        *out = cf_str_iis(text, "true") || cf_str_iis(text, "t") || cf_str_is(text, "1");
        return *out || cf_str_iis(text, "false") || cf_str_iis(text, "f") || cf_str_is(text, "0");
    }
    if (!read_integer(datum, &integer))
        return false;
    *out = integer != 0;
    return true;
}

static bool read_double(const cf__datum *datum, double *out)
{
    if (datum->cell == CF__CELL_TEXT)
        return cf_str_to_double(datum->as.text, out);
    if (datum->cell == CF__CELL_INT)
        *out = (double)datum->as.integer;
    else
        *out = datum->as.number;
    return datum->cell == CF__CELL_INT || datum->cell == CF__CELL_FLOAT;
}

/* Eight characters of a time against a pattern: byte i of the result is the number that digits i
 * and i + 1 make. *wrong gets a highest bit set unless there are digits for the pattern's zeros and
 * its marks elsewhere: `carry` lifts a digit there from 10 on, a mark's difference from 1 on. */
static inline uint64_t pairs(const char *at, const char pattern[9], const char carry[9],
                             uint64_t *wrong)
{
    uint64_t digits, expected, lift;

    memcpy(&digits, at, 8);
    memcpy(&expected, pattern, 8);
    memcpy(&lift, carry, 8);
    digits ^= expected;
    *wrong |= (digits + lift) | digits;
    digits = le64toh(digits);
    return digits * 10 + (digits >> 8);
}

static inline int pair(uint64_t pairs, int at)
{
    return (int)(pairs >> (8 * at) & 0xFF);
}

/* "2026-11-23 16:25:33.123456" as cf__time_text() writes it, without the general parser. */
static bool parse_own_time(cf_str text, cf_time *out)
{
    uint64_t wrong = 0, first, second, third, last;
    cf_civil civil;

    if (text.len != 26)
        return false;
    first = pairs(text.ptr, "0000-00-", "vvvv\x7Fvv\x7F", &wrong);
    second = pairs(text.ptr + 8, "00 00:00", "vv\x7Fvv\x7Fvv", &wrong);
    third = pairs(text.ptr + 16, ":00.0000", "\x7Fvv\x7Fvvvv", &wrong);
    last = pairs(text.ptr + 18, "0.000000", "v\x7Fvvvvvv", &wrong);
    if (wrong & UINT64_C(0x8080808080808080))
        return false;
    civil.year = pair(first, 0) * 100 + pair(first, 2);
    civil.month = pair(first, 5);
    civil.day = pair(second, 0);
    civil.hour = pair(second, 3);
    civil.minute = pair(second, 6);
    civil.second = pair(third, 1);
    civil.microsecond = pair(last, 2) * 10000 + pair(last, 4) * 100 + pair(last, 6);
    if (civil.month < 1 || civil.month > 12 || civil.day < 1 || civil.day > 31 || civil.hour > 23 ||
        civil.minute > 59 || civil.second > 59)
        return false;
    *out = cf_time_of_civil(&civil);
    return true;
}

static bool read_time(const cf__datum *datum, cf_time *out)
{
    if (datum->cell == CF__CELL_TIME) {
        out->us = datum->as.integer;
        return true;
    }
    if (datum->cell == CF__CELL_DATE) {
        out->us = datum->as.integer * CF_DAY;
        return true;
    }
    if (datum->cell == CF__CELL_TEXT)
        return parse_own_time(datum->as.text, out) || cf_time_from_iso(datum->as.text, out);
    if (datum->cell != CF__CELL_INT || datum->as.integer < -INT64_C(62135596800) ||
        datum->as.integer > INT64_C(253402300800))
        return false;
    out->us = datum->as.integer * CF_SECOND;
    return true;
}

/* Two words, which most processors have registers for. */
typedef uint64_t words __attribute__((vector_size(16)));

/* Copies a text and says whether all of it is ASCII, in one pass by words. */
static inline bool copy_ascii(char *to, cf_str text)
{
    words    two, all = { 0, 0 };
    uint64_t word, seen = 0;
    size_t   i = 0;

    for (; i + sizeof(two) <= text.len; i += sizeof(two)) {
        memcpy(&two, text.ptr + i, sizeof(two));
        memcpy(to + i, &two, sizeof(two));
        all |= two;
    }
    for (; i + sizeof(word) <= text.len; i += sizeof(word)) {
        memcpy(&word, text.ptr + i, sizeof(word));
        memcpy(to + i, &word, sizeof(word));
        seen |= word;
    }
    if (i < text.len && text.len >= sizeof(word)) {
        /* What is left, with what was read before it. */
        memcpy(&word, text.ptr + text.len - sizeof(word), sizeof(word));
        memcpy(to + text.len - sizeof(word), &word, sizeof(word));
        seen |= word;
        i = text.len;
    }
    for (; i < text.len; i++) {
        to[i] = text.ptr[i];
        seen |= (unsigned char)to[i];
    }
    to[text.len] = '\0';
    return !((seen | all[0] | all[1]) & UINT64_C(0x8080808080808080));
}

/* Text as the application sees it: NUL-terminated UTF-8. `room` has place for a copy, and moves
 * past it. */
static inline const char *take_text(cf_arena *arena, cf_str text, char **room)
{
    char *copy = *room;

    *room += text.len + 1;
    if (copy_ascii(copy, text) || cf_str_is_utf8(text))
        return copy;
    return cf_str_dup(arena, cf_str_to_utf8(arena, text));
}

static bool read_text(cf_arena *arena, const cf__datum *datum, const char **out)
{
    char  made[32];
    char *room;

    if (datum->cell == CF__CELL_INT) {
        *out = cf_printf(arena, "%lld", (long long)datum->as.integer);
    } else if (datum->cell == CF__CELL_FLOAT) {
        *out = cf_printf(arena, "%.17g", datum->as.number);
    } else if (datum->cell < CF__CELL_TEXT) {
        *out = cf_str_dup(arena, cf__datum_text(datum, made));
    } else {
        room = cf_alloc(arena, datum->as.text.len + 1);
        *out = take_text(arena, datum->as.text, &room);
    }
    return true;
}

static bool read_bytes(cf_arena *arena, const cf__datum *datum, cf_str *out)
{
    if (datum->cell < CF__CELL_TEXT)
        return false;
    *out = cf_str_n(
        cf_strndup(arena, datum->as.text.ptr ? datum->as.text.ptr : "", datum->as.text.len),
        datum->as.text.len);
    return true;
}

static bool read_json(cf_arena *arena, const cf__datum *datum, cf_value *out)
{
    const char *text;

    return datum->cell != CF__CELL_BYTES && read_text(arena, datum, &text) &&
           cf_json_parse(arena, cf_str_of(text), out, NULL);
}

static bool read_date(const cf__datum *datum, cf_date *out)
{
    static const cf_date epoch = { 1970, 1, 1 };
    cf_time              time;

    if (datum->cell == CF__CELL_DATE) {
        *out = cf_date_add(epoch, datum->as.integer);
        return true;
    }
    if (datum->cell == CF__CELL_TIME) {
        *out = cf_date_of_time((cf_time){ datum->as.integer });
        return true;
    }
    if (datum->cell != CF__CELL_TEXT)
        return false;
    if (cf_date_parse(datum->as.text, out))
        return true;
    if (!cf_time_from_iso(datum->as.text, &time)) /* Written by hand with a time. */
        return false;
    *out = cf_date_of_time(time);
    return true;
}

/* SQLite keeps decimals as numbers; the shortest text of 15 digits is what was stored. */
static bool read_decimal(const cf__column *column, const cf__datum *datum, cf_decimal *out)
{
    int32_t scale = cf__scale(&column->member->column);
    char    text[64];

    if (datum->cell == CF__CELL_INT)
        return cf_decimal_of_int(datum->as.integer, out) && cf_decimal_round(*out, scale, out);
    if (datum->cell == CF__CELL_FLOAT) {
        snprintf(text, sizeof(text), "%.15g", datum->as.number);
        return (cf_decimal_parse(cf_str_of(text), out) ||
                cf_decimal_of_double(datum->as.number, scale, out)) &&
               cf_decimal_round(*out, scale, out);
    }
    return datum->cell == CF__CELL_TEXT && cf_decimal_parse(cf_str_trim(datum->as.text), out) &&
           cf_decimal_round(*out, scale, out);
}

static bool read_clock(const cf__datum *datum, cf_clock *out)
{
    if (datum->cell == CF__CELL_CLOCK) {
        out->us = datum->as.integer;
        return true;
    }
    return datum->cell == CF__CELL_TEXT && cf_clock_parse(datum->as.text, out);
}

static bool read_word(const cf__column *column, const cf__datum *datum, unsigned *out)
{
    int number = datum->cell == CF__CELL_TEXT ? cf_word_index(column->field.words, datum->as.text)
                                              : -1;

    *out = number < 0 ? 0 : (unsigned)number;
    return number >= 0;
}

/* Reads into memory of the column's C type; false when it does not fit. */
static inline bool read_data(cf_arena *arena, const cf__column *column, const cf__datum *datum,
                             void *at)
{
    switch (column->kind) {
    case CF_KIND_BOOL:
        return read_bool(datum, at);
    case CF_KIND_INT32:
        return read_int32(datum, at);
    case CF_KIND_INT64:
        return read_integer(datum, at);
    case CF_KIND_DOUBLE:
        return read_double(datum, at);
    case CF_KIND_TEXT:
        return read_text(arena, datum, at);
    case CF_KIND_BYTES:
        return read_bytes(arena, datum, at);
    case CF_KIND_TIME:
        return read_time(datum, at);
    case CF_KIND_VALUE:
        return read_json(arena, datum, at);
    case CF_KIND_DATE:
        return read_date(datum, at);
    case CF_KIND_CLOCK:
        return read_clock(datum, at);
    case CF_KIND_DECIMAL:
        return read_decimal(column, datum, at);
    case CF_KIND_UUID:
        return datum->cell == CF__CELL_TEXT && cf_uuid_parse(datum->as.text, at);
    case CF_KIND_ENUM:
        return read_word(column, datum, at);
    case CF_KIND_NONE:
        break;
    }
    return true;
}

/* ---- rows ---- */

static size_t at_once(size_t count)
{
    return count < CF__AT_ONCE ? count : CF__AT_ONCE;
}

static void read_some(const cf__cursor *cursor, int first, size_t count, cf__datum *out)
{
    if (cursor->ops->read_many) {
        cursor->ops->read_many(cursor, first, (int)count, out);
        return;
    }
    for (size_t i = 0; i < count; i++)
        cursor->ops->read(cursor, first + (int)i, &out[i]);
}

void cf__cells_read(const cf__mapper *mapper, const cf__cursor *cursor, int first, cf__datum *out)
{
    read_some(cursor, first, at_once(mapper->ncolumns), out);
}

bool cf__datum_key(const cf__datum *datum, const cf__column *column, char made[32], cf__param *out)
{
    out->kind = column->kind == CF_KIND_INT64 ? CF_KIND_INT64 : CF_KIND_TEXT;
    if (column->kind == CF_KIND_INT64)
        out->as.integer = datum->cell == CF__CELL_INT ? datum->as.integer : 0;
    else
        out->as.text = datum->cell >= CF__CELL_TEXT ? datum->as.text : cf__datum_text(datum, made);
    return datum->cell != CF__CELL_NULL;
}

unsigned char cf__direct_cell(cf_kind kind)
{
    static const unsigned char cells[] = {
        [CF_KIND_INT64] = CF__CELL_INT,
        [CF_KIND_DOUBLE] = CF__CELL_FLOAT,
        [CF_KIND_TIME] = CF__CELL_TIME,
        [CF_KIND_CLOCK] = CF__CELL_CLOCK,
    };

    return (size_t)kind < sizeof(cells) && cells[kind] ? cells[kind] : UINT8_MAX;
}

static size_t texts_size(const cf__column *columns, const cf__datum *data, size_t count)
{
    size_t size = 0;

    for (size_t i = 0; i < count; i++)
        if (data[i].cell >= CF__CELL_TEXT && columns[i].kind == CF_KIND_TEXT)
            size += data[i].as.text.len + 1;
    return size;
}

size_t cf__cells_size(const cf__mapper *mapper, const cf__datum *data)
{
    return texts_size(mapper->columns, data, at_once(mapper->ncolumns));
}

static bool read_columns(cf_arena *arena, cf_row *row, const cf__column *column,
                         const cf__datum *data, size_t count, char *room, cf_error *err)
{
    for (const cf__datum *datum = data; datum < data + count; datum++, column++) {
        char *at = (char *)row + column->offset;

        if (datum->cell == column->direct)
            memcpy(at, &datum->as, sizeof(int64_t));
        else if (datum->cell >= CF__CELL_TEXT && column->kind == CF_KIND_TEXT)
            *(const char **)(void *)at = take_text(arena, datum->as.text, &room);
        else if (datum->cell == CF__CELL_NULL)
            cf__column_clear(row, column);
        else if (!read_data(arena, column, datum, at))
            return unreadable(row->state->mapper->model->table, column, datum, err);
    }
    return true;
}

bool cf__row_read(cf_db *db, cf_row *row, const cf__cursor *cursor, int first, cf__datum *data,
                  char *room, cf_error *err)
{
    const cf__mapper *mapper = row->state->mapper;
    size_t            n = mapper->ncolumns;

    if (!read_columns(db->arena, row, mapper->columns, data, at_once(n), room, err))
        return false;
    for (size_t i = CF__AT_ONCE; i < n; i += CF__AT_ONCE) {
        const cf__column *columns = &mapper->columns[i];
        size_t            count = at_once(n - i);

        read_some(cursor, first + (int)i, count, data);
        room = cf_alloc(db->arena, texts_size(columns, data, count));
        if (!read_columns(db->arena, row, columns, data, count, room, err))
            return false;
    }
    return true;
}

bool cf__column_value(cf_db *db, const cf__column *column, const cf__datum *datum, cf_value *out,
                      cf_error *err)
{
    cf__any_field data = { .value = { 0 } };
    cf_field      field = column->field;

    *out = cf_none();
    if (datum->cell == CF__CELL_NULL)
        return true;
    if (!read_data(db->arena, column, datum, &data))
        return unreadable("the result", column, datum, err);
    field.offset = 0;
    *out = cf_field_get(db->arena, &field, &data);
    return true;
}
