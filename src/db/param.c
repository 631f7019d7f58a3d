/* param.c -- C fields and values as statement parameters, and result columns as C fields. */
#include <carafe/json.h>

#include "db/session.h"

#include <stdio.h>

/* Text must be well-formed and free of NUL, which neither C strings nor PostgreSQL can hold. */
static bool check_text(cf_str text, cf_error *err)
{
    if (text.len && memchr(text.ptr, 0, text.len))
        return cf_fail(err, CF_EINVAL, "text contains a NUL byte");
    if (!cf_str_is_utf8(text))
        return cf_fail(err, CF_EINVAL, "text is not well-formed UTF-8");
    return true;
}

/* Years of four digits: what can be written and sorts as text. */
static bool check_time(cf_time time, cf_error *err)
{
    if (time.us < INT64_C(-62135596800) * CF_SECOND || time.us >= INT64_C(253402300800) * CF_SECOND)
        return cf_fail(err, CF_EINVAL, "a time must lie in the years 1 to 9999");
    return true;
}

/* Room for one field of any kind. */
typedef union any_field {
    bool        boolean;
    int64_t     integer;
    double      number;
    const char *text;
    cf_str      bytes;
    cf_time     time;
    cf_value    value;
    cf_decimal  decimal;
    cf_uuid     uuid;
} any_field;

/* Names the column in an error. Returns false. */
static bool at_column(const cf__column *column, cf_error *err)
{
    cf_fail_prefix(err, "%s", column->name);
    if (err)
        snprintf(err->input, sizeof(err->input), "%s", column->name);
    return false;
}

static bool json_param(cf_arena *arena, cf_value value, cf__param *out, cf_error *err)
{
    cf_buf  buf = cf_buf_in(arena, 0);
    cf_eval eval = { .arena = arena, .err = err };

    if (!cf_json_write(&eval, value, NULL, &buf, err))
        return false;
    *out = (cf__param){ .kind = CF_KIND_TEXT, .as.text = cf_buf_view(&buf) };
    return true;
}

/* Kinds that travel as text; it is made in the arena. */
static bool text_param(cf_arena *arena, const cf_field *field, const void *data, cf__param *out,
                       cf_error *err)
{
    char   text[40];
    cf_str word;

    out->kind = CF_KIND_TEXT;
    if (field->kind == CF_KIND_ENUM) {
        word = cf_word_at(field->words, *(const unsigned *)data);
        out->as.text = word;
        return word.len ||
               cf_fail(err, CF_ECONFLICT, "%s must be one of: %s", field->name, field->words);
    }
    if (field->kind == CF_KIND_DATE) {
        if (!cf_date_is_valid(*(const cf_date *)data))
            return cf_fail(err, CF_EINVAL, "there is no such day");
        cf_date_text(*(const cf_date *)data, text);
    } else if (field->kind == CF_KIND_CLOCK) {
        if (!cf_clock_is_valid(*(const cf_clock *)data))
            return cf_fail(err, CF_EINVAL, "a time of day must lie in one day");
        cf_clock_text(*(const cf_clock *)data, text);
    } else if (field->kind == CF_KIND_DECIMAL) {
        if (!cf_decimal_is_valid(*(const cf_decimal *)data))
            return cf_fail(err, CF_EINVAL, "a decimal has at most %d digits", CF_DECIMAL_DIGITS);
        cf_decimal_text(*(const cf_decimal *)data, text);
    } else {
        cf_uuid_text(*(const cf_uuid *)data, text);
    }
    out->as.text = cf_str_of(cf_strdup(arena, text));
    return true;
}

/* The content of a field at `data`, known not to be NULL. */
static bool param_of_data(cf_arena *arena, const cf_field *field, const void *data, cf__param *out,
                          cf_error *err)
{
    out->kind = field->kind;
    switch (field->kind) {
    case CF_KIND_BOOL:
        out->as.boolean = *(const bool *)data;
        return true;
    case CF_KIND_INT32:
        out->kind = CF_KIND_INT64;
        out->as.integer = *(const int32_t *)data;
        return true;
    case CF_KIND_INT64:
        out->as.integer = *(const int64_t *)data;
        return true;
    case CF_KIND_DOUBLE:
        out->as.number = *(const double *)data;
        return true;
    case CF_KIND_TEXT:
        out->as.text = cf_str_of(*(const char *const *)data);
        return check_text(out->as.text, err);
    case CF_KIND_BYTES:
        out->as.text = *(const cf_str *)data;
        return true;
    case CF_KIND_TIME:
        out->as.time = *(const cf_time *)data;
        return check_time(out->as.time, err);
    case CF_KIND_VALUE:
        return json_param(arena, *(const cf_value *)data, out, err);
    case CF_KIND_DATE:
    case CF_KIND_CLOCK:
    case CF_KIND_DECIMAL:
    case CF_KIND_UUID:
    case CF_KIND_ENUM:
        return text_param(arena, field, data, out, err);
    case CF_KIND_NONE:
        break;
    }
    return true;
}

bool cf__param_of_column(cf_arena *arena, const cf_row *row, const cf__column *column,
                         cf__param *out, cf_error *err)
{
    if (cf__column_is_null(row, column)) {
        out->kind = CF_KIND_NONE;
        return true;
    }
    return param_of_data(arena, &column->field, (const char *)row + column->offset, out, err) ||
           at_column(column, err);
}

bool cf__param_equal(const cf__param *a, const cf__param *b)
{
    if (a->kind != b->kind || !a->kind)
        return false;
    if (a->kind == CF_KIND_INT64)
        return a->as.integer == b->as.integer;
    return cf_str_eq(a->as.text, b->as.text);
}

bool cf__param_for(cf_arena *arena, const cf__column *column, cf_value value, cf__param *out,
                   cf_error *err)
{
    any_field data = { .value = { 0 } };
    cf_field  field = column->field;

    if (cf_is_missing(value)) {
        out->kind = CF_KIND_NONE;
        return true;
    }
    if (column->kind == CF_KIND_INT64 && value.type == CF_TYPE_INT) {
        *out = (cf__param){ .kind = CF_KIND_INT64, .as.integer = value.as.integer };
        return true;
    }
    if (column->kind == CF_KIND_TEXT && value.type == CF_TYPE_STRING) {
        *out = (cf__param){ .kind = CF_KIND_TEXT, .as.text = cf_text(value) };
        return check_text(out->as.text, err) || at_column(column, err);
    }
    field.offset = 0;
    if (!cf_field_set(arena, &field, &data, value, err)) {
        if (err)
            snprintf(err->input, sizeof(err->input), "%s", column->name);
        return false;
    }
    return param_of_data(arena, &field, &data, out, err) || at_column(column, err);
}

/* Dates, times of day, decimals and UUIDs. */
static bool scalar_param(cf_arena *arena, cf_value value, cf__param *out)
{
    union {
        cf_date    date;
        cf_clock   clock;
        cf_decimal decimal;
        cf_uuid    uuid;
    } scratch;
    cf_field field = { .name = "value" };

    if (cf_value_date(value, &scratch.date))
        field.kind = CF_KIND_DATE;
    else if (cf_value_clock(value, &scratch.clock))
        field.kind = CF_KIND_CLOCK;
    else if (cf_value_decimal(value, &scratch.decimal))
        field.kind = CF_KIND_DECIMAL;
    else if (cf_value_uuid(value, &scratch.uuid))
        field.kind = CF_KIND_UUID;
    return field.kind && text_param(arena, &field, &scratch, out, NULL);
}

bool cf__param_of_value(cf_arena *arena, cf_value value, cf__param *out, cf_error *err)
{
    cf_time time;

    *out = (cf__param){ .kind = CF_KIND_NONE };
    switch ((cf_type)value.type) {
    case CF_TYPE_NONE:
        return true;
    case CF_TYPE_BOOL:
        *out = (cf__param){ .kind = CF_KIND_BOOL, .as.boolean = value.as.boolean };
        return true;
    case CF_TYPE_INT:
        *out = (cf__param){ .kind = CF_KIND_INT64, .as.integer = value.as.integer };
        return true;
    case CF_TYPE_FLOAT:
        *out = (cf__param){ .kind = CF_KIND_DOUBLE, .as.number = value.as.number };
        return true;
    case CF_TYPE_STRING:
        *out = (cf__param){ .kind = value.bytes ? CF_KIND_BYTES : CF_KIND_TEXT,
                            .as.text = cf_text(value) };
        return value.bytes || check_text(out->as.text, err);
    case CF_TYPE_LIST:
    case CF_TYPE_MAP:
        return json_param(arena, value, out, err);
    case CF_TYPE_OBJECT:
        if (cf_value_time(value, &time)) {
            *out = (cf__param){ .kind = CF_KIND_TIME, .as.time = time };
            return check_time(time, err);
        }
        if (scalar_param(arena, value, out))
            return true;
        if (cf_row_model(value.as.object))
            return cf__param_of_value(arena, cf_row_key(value.as.object), out, err);
        break;
    case CF_TYPE_UNDEFINED:
    case CF_TYPE_FUNCTION:
        break;
    }
    return cf_fail(err, CF_ETYPE, "a parameter cannot be of type %s", cf_type_name(value));
}

/* ---- decimals that are stored ---- */

bool cf__decimal_fit(const cf__column *column, cf_decimal *decimal)
{
    const cf_column *options = &column->member->column;
    int64_t          limit = 1;

    for (int32_t i = 0; i < cf__precision(options); i++)
        limit *= 10;
    return cf_decimal_round(*decimal, cf__scale(options), decimal) &&
           decimal->coefficient < limit && decimal->coefficient > -limit;
}

static bool too_long(const cf__column *column, cf_error *err)
{
    const cf_column *options = &column->member->column;

    cf_fail(err, CF_ECONFLICT, "%s has more than %d digits before the point", column->name,
            (int)(cf__precision(options) - cf__scale(options)));
    if (err)
        snprintf(err->input, sizeof(err->input), "%s", column->name);
    return false;
}

bool cf__row_round(cf_row *row, cf_error *err)
{
    const cf__mapper *mapper = row->state->mapper;

    for (size_t i = 0; mapper->has_decimals && i < mapper->ncolumns; i++) {
        const cf__column *column = &mapper->columns[i];

        if (column->kind == CF_KIND_DECIMAL && !cf__column_is_null(row, column) &&
            !cf__decimal_fit(column, &CF__AT(row, column, cf_decimal)))
            return too_long(column, err);
    }
    return true;
}

bool cf__param_round(cf_arena *arena, const cf__column *column, cf__param *param, cf_error *err)
{
    cf_decimal decimal;
    char       text[24];

    if (column->kind != CF_KIND_DECIMAL || param->kind != CF_KIND_TEXT ||
        !cf_decimal_parse(param->as.text, &decimal))
        return true;
    if (!cf__decimal_fit(column, &decimal))
        return too_long(column, err);
    cf_decimal_text(decimal, text);
    param->as.text = cf_str_of(cf_strdup(arena, text));
    return true;
}

/* ---- results ---- */

/* What makes a column unreadable, for people. Returns false. */
static bool unreadable(const char *table, const cf__column *column, const cf__datum *datum,
                       cf_error *err)
{
    cf_str text = datum->cell == CF__CELL_TEXT ? cf_str_slice(datum->as.text, 0, 40)
                                               : CF_STR("a value of another type");

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
    case CF__CELL_NULL:
    case CF__CELL_BYTES:
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

/* Two digits; *ok becomes false for anything else. */
static int two(const char *p, bool *ok)
{
    unsigned tens = (unsigned)(p[0] - '0'), ones = (unsigned)(p[1] - '0');

    *ok &= (tens < 10) & (ones < 10);
    return (int)(tens * 10 + ones);
}

/* "2026-11-23 16:25:33.123456" as cf__time_text() writes it, without the general parser. */
static bool parse_own_time(cf_str text, cf_time *out)
{
    const char *p = text.ptr;
    cf_civil    civil = { 0 };
    bool        ok = text.len == 26;

    if (!ok || p[4] != '-' || p[7] != '-' || p[10] != ' ' || p[13] != ':' || p[16] != ':' ||
        p[19] != '.')
        return false;
    civil.year = two(p, &ok) * 100 + two(p + 2, &ok);
    civil.month = two(p + 5, &ok);
    civil.day = two(p + 8, &ok);
    civil.hour = two(p + 11, &ok);
    civil.minute = two(p + 14, &ok);
    civil.second = two(p + 17, &ok);
    civil.microsecond = two(p + 20, &ok) * 10000 + two(p + 22, &ok) * 100 + two(p + 24, &ok);
    if (!ok || civil.month < 1 || civil.month > 12 || civil.day < 1 || civil.day > 31 ||
        civil.hour > 23 || civil.minute > 59 || civil.second > 59)
        return false;
    *out = cf_time_of_civil(&civil);
    return true;
}

static bool read_time(const cf__datum *datum, cf_time *out)
{
    if (datum->cell == CF__CELL_TEXT)
        return parse_own_time(datum->as.text, out) || cf_time_from_iso(datum->as.text, out);
    if (datum->cell != CF__CELL_INT || datum->as.integer < -INT64_C(62135596800) ||
        datum->as.integer > INT64_C(253402300800))
        return false;
    out->us = datum->as.integer * CF_SECOND;
    return true;
}

static inline const char *copy_text(cf_arena *arena, cf_str text)
{
    char *copy = cf_alloc(arena, text.len + 1);

    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return copy;
}

/* Text as the application sees it: NUL-terminated UTF-8. */
static bool read_text(cf_arena *arena, const cf__datum *datum, const char **out)
{
    cf_str text = datum->as.text;

    if (datum->cell == CF__CELL_INT)
        *out = cf_printf(arena, "%lld", (long long)datum->as.integer);
    else if (datum->cell == CF__CELL_FLOAT)
        *out = cf_printf(arena, "%.17g", datum->as.number);
    else if (cf_str_is_utf8(text))
        *out = copy_text(arena, text);
    else
        *out = cf_str_dup(arena, cf_str_to_utf8(arena, text));
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
    cf_time time;

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
        return datum->cell == CF__CELL_TEXT && cf_clock_parse(datum->as.text, at);
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

/* Columns that are read from the engine at once. */
#define AT_ONCE 16

static inline void read_some(const cf__cursor *cursor, int first, size_t count, cf__datum *out)
{
    count = count < AT_ONCE ? count : AT_ONCE;
    if (cursor->ops->read_many) {
        cursor->ops->read_many(cursor, first, (int)count, out);
        return;
    }
    for (size_t i = 0; i < count; i++)
        cursor->ops->read(cursor, first + (int)i, &out[i]);
}

bool cf__row_read(cf_db *db, cf_row *row, const cf__cursor *cursor, int first, cf_error *err)
{
    const cf__mapper *mapper = row->state->mapper;
    const cf__column *column = mapper->columns, *end = column + mapper->ncolumns;
    cf_arena         *arena = db->arena;
    cf__datum         data[AT_ONCE], *datum = data;

    for (size_t left = mapper->ncolumns; column < end; column++, datum++, left--) {
        char *at = (char *)row + column->offset;

        if (datum == data || datum == data + AT_ONCE) {
            datum = data;
            read_some(cursor, first + (int)(mapper->ncolumns - left), left, data);
        }
        if (datum->cell == CF__CELL_NULL)
            cf__column_clear(row, column);
        else if (datum->cell == CF__CELL_INT && column->kind == CF_KIND_INT64)
            memcpy(at, &datum->as.integer, sizeof(int64_t));
        else if (!read_data(arena, column, datum, at))
            return unreadable(mapper->model->table, column, datum, err);
    }
    return true;
}

bool cf__column_value(cf_db *db, const cf__column *column, const cf__datum *datum, cf_value *out,
                      cf_error *err)
{
    any_field data = { .value = { 0 } };
    cf_field  field = column->field;

    *out = cf_none();
    if (datum->cell == CF__CELL_NULL)
        return true;
    if (!read_data(db->arena, column, datum, &data))
        return unreadable("the result", column, datum, err);
    field.offset = 0;
    *out = cf_field_get(db->arena, &field, &data);
    return true;
}
