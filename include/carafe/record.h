/* record.h -- what the fields of a C struct are called and where they lie.
 *
 * One table serves templates ({{ post.title }}), JSON, forms, models and the admin. A table entry
 * may be longer than a cf_field (a model's column is); `stride` says how long. */
#ifndef CARAFE_RECORD_H
#define CARAFE_RECORD_H

#include <stdint.h>

#include <carafe/date.h>
#include <carafe/decimal.h>
#include <carafe/time.h>
#include <carafe/uuid.h>
#include <carafe/value.h>

typedef enum cf_kind {
    CF_KIND_NONE, /* Not stored in the struct: a property or a relationship. */
    CF_KIND_BOOL,
    CF_KIND_INT32,
    CF_KIND_INT64,
    CF_KIND_DOUBLE,
    CF_KIND_TEXT,    /* const char *, UTF-8, NULL is none */
    CF_KIND_BYTES,   /* cf_str */
    CF_KIND_TIME,    /* cf_time */
    CF_KIND_VALUE,   /* cf_value */
    CF_KIND_DATE,    /* cf_date */
    CF_KIND_CLOCK,   /* cf_clock */
    CF_KIND_DECIMAL, /* cf_decimal */
    CF_KIND_UUID,    /* cf_uuid */
    CF_KIND_ENUM,    /* unsigned int or a C enum: the number of a word, from 0 */
} cf_kind;

typedef struct cf_field cf_field;

/* A computed field: as cf_class.get. */
typedef bool cf_property(cf_eval *eval, cf_object *self, cf_value *out) CF_SUSPENDS;

struct cf_field {
    const char  *name;
    cf_kind      kind;
    uint32_t     offset;
    cf_property *property; /* For CF_KIND_NONE: computes it. */
    const char  *words;    /* For CF_KIND_ENUM: "draft published archived". */
};

typedef struct cf_record {
    const char     *name;
    size_t          size;   /* Of the C struct. */
    const cf_field *fields; /* First entry. */
    size_t          count;
    size_t          stride; /* Bytes from entry to entry; 0 means sizeof(cf_field). */
} cf_record;

/* The kind of a C lvalue, by its type; anything else does not compile. */
#define CF_KIND_OF(lvalue)                                                                         \
    _Generic((lvalue),                                                                             \
        bool: CF_KIND_BOOL,                                                                        \
        int32_t: CF_KIND_INT32,                                                                    \
        int64_t: CF_KIND_INT64,                                                                    \
        double: CF_KIND_DOUBLE,                                                                    \
        const char *: CF_KIND_TEXT,                                                                \
        cf_str: CF_KIND_BYTES,                                                                     \
        cf_time: CF_KIND_TIME,                                                                     \
        cf_value: CF_KIND_VALUE,                                                                   \
        cf_date: CF_KIND_DATE,                                                                     \
        cf_clock: CF_KIND_CLOCK,                                                                   \
        cf_decimal: CF_KIND_DECIMAL,                                                               \
        cf_uuid: CF_KIND_UUID,                                                                     \
        unsigned int: CF_KIND_ENUM)

/* A field of a struct in a plain record table. */
#define CF_FIELD(struct_type, member)                                                              \
    {                                                                                              \
        .name = #member, .kind = CF_KIND_OF(((struct_type *)0)->member),                           \
        .offset = offsetof(struct_type, member)                                                    \
    }

/* The same for a C enum, or an unsigned int, whose value i is word i. */
#define CF_ENUM_FIELD(struct_type, member, words_)                                                 \
    {                                                                                              \
        .name = #member, .kind = CF_KIND_OF(((struct_type *)0)->member),                           \
        .offset = offsetof(struct_type, member), .words = (words_)                                 \
    }

/* Entry `i`. */
const cf_field *cf_record_field(const cf_record *record, size_t i);
/* The entry with a name, or NULL. */
const cf_field *cf_record_find(const cf_record *record, cf_str name);
/* Word `i` of a list separated by spaces, empty past the end; and the number of a word, -1 when it
 * is not in the list. */
cf_str cf_word_at(const char *words, size_t i);
int    cf_word_index(const char *words, cf_str word);
/* Reads a stored field as a value. Text is a view, not a copy; NULL text, the zero time, date and
 * UUID are none; times, dates, decimals and UUIDs are objects in the arena; an enum is its word. */
cf_value cf_field_get(cf_arena *arena, const cf_field *field, const void *data);
/* Stores a value, converting numbers, ISO dates, words and "true"/"false", a time to its date or
 * time of day; text is copied to the arena.
 * None becomes the zero of the kind: 0, false, NULL.
 * Errors: CF_ETYPE naming the field when it does not fit. */
bool cf_field_set(cf_arena *arena, const cf_field *field, void *data, cf_value value,
                  cf_error *err);
/* A read-only object value over any C struct, which must live as long. */
cf_value cf_record_value(cf_arena *arena, const cf_record *record, void *data);
/* An object value for a time, in the manner of Python's datetime: prints "2026-11-23 16:25:33", has
 * year … microsecond, strftime(), isoformat(), date(), time(), timestamp(), weekday() and ago();
 * compares; JSON is ISO. The zero time gives none. */
cf_value cf_time_value(cf_arena *arena, cf_time t);
/* Whether a value is such a time; and which. */
bool cf_value_time(cf_value v, cf_time *out);

#endif
