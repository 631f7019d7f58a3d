/* promote_value.c -- one spelling for the values of both engines, and checksums of it. */
#include <ctype.h>
#include <stdio.h>

#include <carafe/decimal.h>
#include <carafe/json.h>

#include "db/promote.h"

cf__moved cf__moved_of_type(const char *type)
{
    static const struct {
        const char *begins;
        cf__moved   kind;
    } kinds[] = {
        { "boolean", CF__MOVED_BOOL },      { "bytea", CF__MOVED_BYTES },
        { "timestamp", CF__MOVED_TIME },    { "time", CF__MOVED_CLOCK },
        { "double", CF__MOVED_DOUBLE },     { "real", CF__MOVED_DOUBLE },
        { "numeric", CF__MOVED_NUMERIC },   { "uuid", CF__MOVED_UUID },
        { "character(", CF__MOVED_PADDED }, { "json", CF__MOVED_JSON },
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (cf_str_starts(cf_str_of(type), cf_str_of(kinds[i].begins)))
            return kinds[i].kind;
    return CF__MOVED_PLAIN;
}

static void plain(cf_buf *out, const cf__datum *datum)
{
    if (datum->cell == CF__CELL_INT)
        cf_buf_printf(out, "%lld", (long long)datum->as.integer);
    else if (datum->cell == CF__CELL_FLOAT)
        cf_buf_printf(out, "%.17g", datum->as.number);
    else if (datum->cell != CF__CELL_NULL)
        cf_buf_add(out, datum->as.text.ptr, datum->as.text.len);
}

static void boolean(cf_buf *out, const cf__datum *datum)
{
    if (datum->cell == CF__CELL_INT)
        cf_buf_putc(out, datum->as.integer ? 't' : 'f');
    else
        plain(out, datum);
}

static void bytes(cf_buf *out, const cf__datum *datum)
{
    static const char digits[] = "0123456789abcdef";

    if (datum->cell < CF__CELL_TEXT) {
        plain(out, datum);
        return;
    }
    cf_buf_puts(out, "\\x");
    for (size_t i = 0; i < datum->as.text.len; i++) {
        unsigned char c = (unsigned char)datum->as.text.ptr[i];

        cf_buf_putc(out, digits[c >> 4]);
        cf_buf_putc(out, digits[c & 15]);
    }
}

static void moment(cf_buf *out, const cf__datum *datum)
{
    cf_time time = { 0 };
    char    text[32];

    if (datum->cell == CF__CELL_INT && datum->as.integer > -INT64_C(62135596800) &&
        datum->as.integer < INT64_C(253402300800))
        time.us = datum->as.integer * CF_SECOND;
    else if (datum->cell != CF__CELL_TEXT || !cf_time_from_iso(datum->as.text, &time)) {
        plain(out, datum);
        return;
    }
    cf_buf_add(out, text, cf__time_text(time, text));
    cf_buf_puts(out, "+00");
}

/* Without the zeros at the end of a fraction. */
static void shortest(cf_buf *out, cf_str text)
{
    if (cf_str_chr(text, '.') != CF_NPOS) {
        while (text.len && text.ptr[text.len - 1] == '0')
            text.len--;
        if (text.len && text.ptr[text.len - 1] == '.')
            text.len--;
    }
    cf_buf_add(out, text.ptr, text.len);
}

static void number(cf_buf *out, const cf__datum *datum)
{
    char   text[40];
    double value;

    if (datum->cell == CF__CELL_INT)
        value = (double)datum->as.integer;
    else if (datum->cell == CF__CELL_FLOAT)
        value = datum->as.number;
    else if (datum->cell != CF__CELL_TEXT || !cf_str_to_double(datum->as.text, &value)) {
        plain(out, datum);
        return;
    }
    /* Both zeros are one number. */
    snprintf(text, sizeof(text), "%.17g", value == 0 ? 0 : value);
    cf_buf_puts(out, text);
}

/* SQLite keeps a decimal as a double, which is exact to 15 digits. */
static void numeric(cf_buf *out, const cf__datum *datum)
{
    char   text[400];
    double value = datum->as.number;

    if (datum->cell == CF__CELL_TEXT) {
        shortest(out, datum->as.text);
    } else if (datum->cell == CF__CELL_FLOAT && value > -1e15 && value < 1e15) {
        int whole = snprintf(text, sizeof(text), "%.0f", value < 0 ? -value : value);

        snprintf(text, sizeof(text), "%.*f", whole < 15 ? 15 - whole : 0, value);
        shortest(out, cf_str_of(text));
    } else {
        plain(out, datum);
    }
}

static void lower(cf_buf *out, cf_str text)
{
    for (size_t i = 0; i < text.len; i++)
        cf_buf_putc(out, (char)tolower((unsigned char)text.ptr[i]));
}

void cf__moved_text(cf_buf *out, cf__moved kind, const cf__datum *datum)
{
    bool   text = datum->cell == CF__CELL_TEXT;
    cf_str trimmed;

    if (datum->cell == CF__CELL_NULL)
        return;
    if (kind == CF__MOVED_BOOL)
        boolean(out, datum);
    else if (kind == CF__MOVED_BYTES)
        bytes(out, datum);
    else if (kind == CF__MOVED_TIME)
        moment(out, datum);
    else if (kind == CF__MOVED_DOUBLE)
        number(out, datum);
    else if (kind == CF__MOVED_NUMERIC)
        numeric(out, datum);
    else if (kind == CF__MOVED_CLOCK && text)
        shortest(out, datum->as.text);
    else if (kind == CF__MOVED_UUID && text)
        lower(out, datum->as.text);
    else if (kind == CF__MOVED_PADDED && text) {
        trimmed = datum->as.text;
        while (trimmed.len && trimmed.ptr[trimmed.len - 1] == ' ')
            trimmed.len--;
        cf_buf_add(out, trimmed.ptr, trimmed.len);
    } else
        plain(out, datum);
}

/* ---- checksums ---- */

static uint64_t mix(uint64_t h)
{
    h = (h ^ (h >> 33)) * UINT64_C(0xFF51AFD7ED558CCD);
    h = (h ^ (h >> 33)) * UINT64_C(0xC4CEB9FE1A85EC53);
    return h ^ (h >> 33);
}

static uint64_t hash_bytes(cf_str text, uint64_t seed)
{
    uint64_t h = seed ^ UINT64_C(0xCBF29CE484222325);

    for (size_t i = 0; i < text.len; i++)
        h = (h ^ (unsigned char)text.ptr[i]) * UINT64_C(0x100000001B3);
    return mix(h + text.len);
}

/* JSONB keeps neither the order of keys nor the white space. */
static uint64_t hash_value(cf_value value)
{
    char     text[40];
    uint64_t h = 0;

    switch ((cf_type)value.type) {
    case CF_TYPE_BOOL:
        return mix(value.as.boolean ? 2 : 1);
    case CF_TYPE_INT:
    case CF_TYPE_FLOAT:
        snprintf(text, sizeof(text), "%.17g",
                 value.type == CF_TYPE_INT ? (double)value.as.integer : value.as.number);
        return hash_bytes(cf_str_of(text), 3);
    case CF_TYPE_STRING:
        return hash_bytes(cf_text(value), 4);
    case CF_TYPE_LIST:
        for (size_t i = 0; i < value.as.list->len; i++)
            h = mix(h * 31 + hash_value(value.as.list->items[i]) + 5);
        return mix(h + 5);
    case CF_TYPE_MAP:
        for (size_t i = 0; i < value.as.map->len; i++)
            h += mix(hash_value(value.as.map->entries[i].key) * 31 +
                     hash_value(value.as.map->entries[i].value));
        return mix(h + 6);
    default:
        return mix(7);
    }
}

uint64_t cf__moved_hash(cf_arena *scratch, cf__moved kind, size_t column, const cf__datum *datum,
                        cf_str text)
{
    uint64_t seed = mix(column + 1);
    cf_value value;

    if (datum->cell == CF__CELL_NULL)
        return mix(seed + 99);
    if (kind == CF__MOVED_JSON && cf_json_parse(scratch, text, &value, NULL))
        return mix(seed + hash_value(value));
    return mix(seed + hash_bytes(text, 1));
}
