/* record.c -- the fields of C structs as values, and structs as objects. */
#include <carafe/record.h>

#include <math.h>

#include "base/bigint.h"

const cf_field *cf_record_field(const cf_record *record, size_t i)
{
    size_t stride = record->stride ? record->stride : sizeof(cf_field);

    return (const cf_field *)((const char *)record->fields + i * stride);
}

const cf_field *cf_record_find(const cf_record *record, cf_str name)
{
    for (size_t i = 0; i < record->count; i++) {
        const cf_field *field = cf_record_field(record, i);

        if (cf_str_is(name, field->name))
            return field;
    }
    return NULL;
}

/* ---- one field ---- */

static const void *address(const cf_field *field, const void *data)
{
    return (const char *)data + field->offset;
}

cf_str cf_word_at(const char *words, size_t i)
{
    cf_str rest = cf_str_of(words), word = { "", 0 };

    while (rest.len) {
        cf_str_cut(rest, ' ', &word, &rest);
        if (word.len && !i--)
            return word;
    }
    return (cf_str){ "", 0 };
}

int cf_word_index(const char *words, cf_str word)
{
    cf_str rest = cf_str_of(words), head;
    int    i = 0;

    while (rest.len) {
        cf_str_cut(rest, ' ', &head, &rest);
        if (head.len && cf_str_eq(head, word))
            return i;
        i += head.len > 0;
    }
    return -1;
}

/* What has no word stays a number, so that nobody takes it for a word. */
static cf_value get_word(const cf_field *field, unsigned number)
{
    cf_str word = field->words ? cf_word_at(field->words, number) : (cf_str){ "", 0 };

    return word.len ? cf_string_of(word) : cf_int(number);
}

cf_value cf_field_get(cf_arena *arena, const cf_field *field, const void *data)
{
    const void *at = address(field, data);
    cf_value    bytes;

    switch (field->kind) {
    case CF_KIND_BOOL:
        return cf_bool(*(const bool *)at);
    case CF_KIND_INT32:
        return cf_int(*(const int32_t *)at);
    case CF_KIND_INT64:
        return cf_int(*(const int64_t *)at);
    case CF_KIND_DOUBLE:
        return cf_float(*(const double *)at);
    case CF_KIND_TEXT:
        return cf_string(*(const char *const *)at);
    case CF_KIND_BYTES:
        bytes = cf_string_of(*(const cf_str *)at);
        bytes.bytes = true;
        return bytes;
    case CF_KIND_TIME:
        return cf_time_value(arena, *(const cf_time *)at);
    case CF_KIND_VALUE:
        return *(const cf_value *)at;
    case CF_KIND_DATE:
        return cf_date_value(arena, *(const cf_date *)at);
    case CF_KIND_CLOCK:
        return cf_clock_value(arena, *(const cf_clock *)at);
    case CF_KIND_DECIMAL:
        return cf_decimal_value(arena, *(const cf_decimal *)at);
    case CF_KIND_UUID:
        return cf_uuid_value(arena, *(const cf_uuid *)at);
    case CF_KIND_ENUM:
        return get_word(field, *(const unsigned *)at);
    case CF_KIND_NONE:
        break;
    }
    return cf_undefined(field->name);
}

static bool misfit(cf_error *err, const cf_field *field, const char *wanted, cf_value value)
{
    if (value.type == CF_TYPE_STRING)
        return cf_fail(err, CF_ETYPE, "%s must be %s, not \"%.*s\"", field->name, wanted,
                       value.len > 60 ? 60 : (int)value.len, value.as.text);
    return cf_fail(err, CF_ETYPE, "%s must be %s, not %s", field->name, wanted,
                   cf__is_bigint(value) ? "one beyond 64 bits" : cf_type_name(value));
}

/* An integer from an int, bool, whole float or decimal text. */
static bool to_integer(cf_value value, int64_t *out)
{
    switch (value.type) {
    case CF_TYPE_NONE:
        *out = 0;
        return true;
    case CF_TYPE_BOOL:
        *out = value.as.boolean;
        return true;
    case CF_TYPE_INT:
        *out = value.as.integer;
        return true;
    case CF_TYPE_FLOAT:
        /* 2^63 is a double; INT64_MAX is none. */
        if (!(value.as.number >= -0x1p63 && value.as.number < 0x1p63) ||
            value.as.number != trunc(value.as.number))
            return false;
        *out = (int64_t)value.as.number;
        return true;
    case CF_TYPE_STRING:
        return cf_str_to_i64(cf_str_trim(cf_text(value)), out);
    default:
        return false;
    }
}

static bool to_number(cf_value value, double *out)
{
    int64_t integer;

    if (value.type == CF_TYPE_FLOAT) {
        *out = value.as.number;
        return true;
    }
    if (value.type == CF_TYPE_STRING)
        return cf_str_to_double(cf_str_trim(cf_text(value)), out);
    if (!to_integer(value, &integer))
        return false;
    *out = (double)integer;
    return true;
}

static bool to_bool(cf_value value, bool *out)
{
    cf_str  text = cf_text(value);
    int64_t integer = 0;

    if (value.type == CF_TYPE_STRING && (cf_str_iis(text, "true") || cf_str_iis(text, "false"))) {
        *out = cf_str_iis(text, "true");
        return true;
    }
    if (!to_integer(value, &integer) || (integer != 0 && integer != 1))
        return false;
    *out = integer == 1;
    return true;
}

static bool to_time(cf_value value, cf_time *out)
{
    cf_date date;

    if (value.type == CF_TYPE_NONE) {
        *out = (cf_time){ 0 };
        return true;
    }
    if (cf_value_date(value, &date)) {
        *out = cf_date_time(date);
        return true;
    }
    return cf_value_time(value, out) ||
           (value.type == CF_TYPE_STRING && cf_time_from_iso(cf_str_trim(cf_text(value)), out));
}

static bool to_date(cf_value value, cf_date *out)
{
    cf_time time;

    if (value.type == CF_TYPE_NONE) {
        *out = (cf_date){ 0 };
        return true;
    }
    if (cf_value_time(value, &time)) {
        *out = cf_date_of_time(time);
        return true;
    }
    return cf_value_date(value, out) ||
           (value.type == CF_TYPE_STRING && cf_date_parse(cf_str_trim(cf_text(value)), out));
}

static bool to_clock(cf_value value, cf_clock *out)
{
    cf_time time;

    if (value.type == CF_TYPE_NONE) {
        *out = (cf_clock){ 0 };
        return true;
    }
    if (cf_value_time(value, &time)) {
        *out = cf_clock_of_time(time);
        return true;
    }
    return cf_value_clock(value, out) ||
           (value.type == CF_TYPE_STRING && cf_clock_parse(cf_str_trim(cf_text(value)), out));
}

/* A float gives the decimal that it prints as. */
static bool to_decimal(cf_value value, cf_decimal *out)
{
    char    text[32];
    int64_t integer;

    if (value.type == CF_TYPE_NONE) {
        *out = (cf_decimal){ 0 };
        return true;
    }
    if (value.type == CF_TYPE_STRING)
        return cf_decimal_parse(cf_str_trim(cf_text(value)), out);
    if (value.type == CF_TYPE_FLOAT &&
        cf_decimal_parse(cf_str_n(text, cf_float_text(value.as.number, text)), out)) {
        if (out->scale == 1 && out->coefficient % 10 == 0)
            *out = (cf_decimal){ out->coefficient / 10, 0 };
        return true;
    }
    return cf_value_decimal(value, out) ||
           (to_integer(value, &integer) && cf_decimal_of_int(integer, out));
}

static bool to_uuid(cf_value value, cf_uuid *out)
{
    if (value.type == CF_TYPE_NONE) {
        *out = (cf_uuid){ { 0 } };
        return true;
    }
    return cf_value_uuid(value, out) ||
           (value.type == CF_TYPE_STRING && cf_uuid_parse(cf_str_trim(cf_text(value)), out));
}

static bool set_enum(const cf_field *field, unsigned *at, cf_value value, cf_error *err)
{
    int64_t number = -1;

    if (value.type == CF_TYPE_STRING && field->words)
        number = cf_word_index(field->words, cf_text(value));
    else if (value.type == CF_TYPE_INT || value.type == CF_TYPE_NONE)
        number = value.type == CF_TYPE_INT ? value.as.integer : 0;
    if (number < 0 || number > UINT32_MAX ||
        (number && field->words && !cf_word_at(field->words, (size_t)number).len))
        return cf_fail(err, CF_ETYPE, "%s must be one of: %s", field->name,
                       field->words ? field->words : "(a number)");
    *at = (unsigned)number;
    return true;
}

/* Text and bytes: copied, and text must hold no NUL, since C code reads to the first. */
static bool set_string(cf_arena *arena, const cf_field *field, void *at, cf_value value,
                       cf_error *err)
{
    cf_str text = cf_text(value);
    bool   given = value.type == CF_TYPE_STRING;

    if (!given && value.type != CF_TYPE_NONE)
        return misfit(err, field, field->kind == CF_KIND_TEXT ? "a text" : "bytes", value);
    if (field->kind == CF_KIND_BYTES) {
        *(cf_str *)at = given ? cf_str_n(cf_str_dup(arena, text), text.len) : (cf_str){ 0 };
        return true;
    }
    if (given && text.len && memchr(text.ptr, '\0', text.len))
        return cf_fail(err, CF_ETYPE, "%s must not hold a NUL character", field->name);
    *(const char **)at = given ? cf_str_dup(arena, text) : NULL;
    return true;
}

bool cf_field_set(cf_arena *arena, const cf_field *field, void *data, cf_value value, cf_error *err)
{
    void   *at = (char *)data + field->offset;
    int64_t integer;

    switch (field->kind) {
    case CF_KIND_BOOL:
        return to_bool(value, at) || misfit(err, field, "true or false", value);
    case CF_KIND_INT32:
        if (!to_integer(value, &integer) || integer < INT32_MIN || integer > INT32_MAX)
            return misfit(err, field, "an integer of at most 32 bits", value);
        *(int32_t *)at = (int32_t)integer;
        return true;
    case CF_KIND_INT64:
        return to_integer(value, at) || misfit(err, field, "an integer", value);
    case CF_KIND_DOUBLE:
        return to_number(value, at) || misfit(err, field, "a number", value);
    case CF_KIND_TEXT:
    case CF_KIND_BYTES:
        return set_string(arena, field, at, value, err);
    case CF_KIND_TIME:
        return to_time(value, at) || misfit(err, field, "a date as 2026-11-23T16:25:33", value);
    case CF_KIND_VALUE:
        *(cf_value *)at = value;
        return true;
    case CF_KIND_DATE:
        return to_date(value, at) || misfit(err, field, "a date as 2026-11-23", value);
    case CF_KIND_CLOCK:
        return to_clock(value, at) || misfit(err, field, "a time of day as 16:25", value);
    case CF_KIND_DECIMAL:
        return to_decimal(value, at) ||
               misfit(err, field, "a decimal number of at most 18 digits", value);
    case CF_KIND_UUID:
        return to_uuid(value, at) || misfit(err, field, "a UUID", value);
    case CF_KIND_ENUM:
        return set_enum(field, at, value, err);
    case CF_KIND_NONE:
        break;
    }
    return cf_fail(err, CF_ETYPE, "%s is computed and cannot be set", field->name);
}

/* ---- a struct as an object ---- */

typedef struct record_object {
    cf_object        head;
    const cf_record *record;
    void            *data;
} record_object;

static bool record_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    const record_object *object = (const record_object *)self;
    const cf_field      *field = cf_record_find(object->record, name);

    *out = cf_undefined(NULL);
    if (!field)
        return true;
    if (field->property)
        return field->property(eval, self, out);
    *out = cf_field_get(eval->arena, field, object->data);
    return true;
}

static void record_names(cf_eval *eval, cf_object *self, cf_list *out)
{
    const cf_record *record = ((const record_object *)self)->record;

    (void)eval;
    for (size_t i = 0; i < record->count; i++)
        cf_list_add(out, cf_string(cf_record_field(record, i)->name));
}

static bool record_json(cf_eval *eval, cf_object *self, cf_value *out)
{
    const cf_record *record = ((const record_object *)self)->record;
    cf_map          *map = cf_map_new(eval->arena);

    for (size_t i = 0; i < record->count; i++) {
        const char *name = cf_record_field(record, i)->name;
        cf_value    value;

        if (!record_get(eval, self, cf_str_of(name), &value))
            return false;
        cf_map_set(map, name, value);
    }
    *out = cf_from_map(map);
    return true;
}

static bool record_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    (void)eval;
    *safe = false;
    cf_buf_printf(out, "<%s>", ((const record_object *)self)->record->name);
    return true;
}

static const cf_class record_class = {
    .name = "record",
    .get = record_get,
    .names = record_names,
    .json = record_json,
    .text = record_text,
};

cf_value cf_record_value(cf_arena *arena, const cf_record *record, void *data)
{
    record_object *object;

    if (!data)
        return cf_none();
    object = cf_new(arena, record_object);
    object->head.class = &record_class;
    object->record = record;
    object->data = data;
    return cf_from_object(object);
}
