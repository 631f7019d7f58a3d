/* param.c -- C fields and values as statement parameters. */
#include <carafe/json.h>

#include "base/bigint.h"
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
    cf__any_field data = { .value = { 0 } };
    cf_field      field = column->field;

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
    if (cf__is_bigint(value))
        return cf_fail(err, CF_ETYPE, "a parameter cannot be an integer beyond 64 bits");
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
