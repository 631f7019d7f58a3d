/* value.h -- the one dynamic type that templates, JSON, forms, the shell and the admin speak.
 *
 * A value is 16 bytes and is passed by copy. What it points to (text, lists, maps, objects) belongs
 * to an arena and is never freed alone. Strings are UTF-8 by convention; `safe` ones are HTML that
 * needs no escaping. Operators and text forms follow Python, as Jinja2's users expect. */
#ifndef CARAFE_VALUE_H
#define CARAFE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <carafe/arena.h>
#include <carafe/buf.h>
#include <carafe/error.h>
#include <carafe/str.h>

/* C17's true and false are ints; with these, as in C23, cf_value_of(true) is a bool. */
#undef true
#undef false
#define true ((bool)1)
#define false ((bool)0)

typedef enum cf_type {
    CF_TYPE_UNDEFINED, /* No such variable, attribute or item. */
    CF_TYPE_NONE,
    CF_TYPE_BOOL,
    CF_TYPE_INT, /* 64 bits. Larger ones, of templates only, are objects named "int". */
    CF_TYPE_FLOAT,
    CF_TYPE_STRING,
    CF_TYPE_LIST, /* Also tuples: see cf_list.tuple. */
    CF_TYPE_MAP,
    CF_TYPE_OBJECT,
    CF_TYPE_FUNCTION,
} cf_type;

typedef struct cf_list     cf_list;
typedef struct cf_map      cf_map;
typedef struct cf_object   cf_object;
typedef struct cf_function cf_function;

typedef struct cf_value {
    uint8_t  type;  /* A cf_type. */
    bool     safe;  /* Strings: HTML that is not escaped again. */
    bool     bytes; /* Strings: raw bytes rather than text. */
    uint32_t len;   /* Strings: bytes. Limits keep every string below 4 GiB. */
    union {
        bool               boolean;
        int64_t            integer;
        double             number;
        const char        *text; /* Not necessarily NUL-terminated. */
        cf_list           *list;
        cf_map            *map;
        cf_object         *object;
        const cf_function *function;
        const char        *name; /* Undefined: the name that was missing, or NULL. */
    } as;
} cf_value;

/* What an evaluation needs beside its operands. */
typedef struct cf_eval {
    cf_arena         *arena;   /* Owner of results. */
    void             *context; /* The caller's: in a view's template the cf_request; else NULL. */
    cf_error         *err;     /* Receives the error when a function returns false. */
    struct cf_render *render;  /* The template render that is going on; NULL outside one. */
} cf_eval;

/* A named argument. */
typedef struct cf_kwarg {
    cf_str   name;
    cf_value value;
} cf_kwarg;

/* One call of a function value: its evaluation, data and arguments. */
typedef struct cf_call {
    cf_eval        *eval;
    void           *data; /* The function's own, from cf_function.data. */
    const cf_value *args;
    size_t          nargs;
    const cf_kwarg *kwargs;
    size_t          nkwargs;
} cf_call;

/* A callable. Returns false with call->eval->err set on failure. May suspend the fiber. */
typedef bool cf_callback(cf_call *call, cf_value *result) CF_SUSPENDS;

struct cf_function {
    const char  *name;
    cf_callback *call;
    void        *data;
};

/* A growable array of values. */
struct cf_list {
    cf_value *items;
    size_t    len, cap;
    cf_arena *arena;
    bool      tuple; /* Prints as (1, 2) and cannot be changed by templates. */
};

/* An insertion-ordered dictionary. Keys are values (usually strings); equality as in Python. */
typedef struct cf_entry {
    cf_value key, value;
    uint64_t hash;
} cf_entry;

struct cf_map {
    cf_entry *entries; /* In insertion order; no holes. */
    size_t    len, cap;
    uint32_t *index; /* Hash table of entry numbers + 1; NULL while small. */
    size_t    index_cap;
    cf_arena *arena;
};

/* A walk over a list, map (its keys), string (its characters) or object. */
typedef struct cf_iter {
    cf_value source;
    size_t   pos;
    bool (*next)(struct cf_iter *iter, cf_eval *eval, cf_value *item, bool *done);
    void *data; /* For next(). */
} cf_iter;

/* What a C object can do in templates, JSON and the shell. Every member may be NULL. Functions
 * return false only on error (eval->err set); an absent name leaves *out undefined and returns
 * true. */
typedef struct cf_class {
    const char *name; /* The type's name, as messages and the shell show it. */
    bool (*get)(cf_eval *eval, cf_object *self, cf_str name, cf_value *out);   /* x.name */
    bool (*item)(cf_eval *eval, cf_object *self, cf_value key, cf_value *out); /* x[key] */
    /* x[from:to] as a list, both from 0; to may lie beyond the end. */
    bool (*slice)(cf_eval *eval, cf_object *self, int64_t from, int64_t to, cf_value *out);
    bool (*set)(cf_eval *eval, cf_object *self, cf_str name, cf_value value); /* x.name = v */
    bool (*call)(cf_call *call, cf_object *self, cf_value *result);           /* x(…) */
    bool (*method)(cf_call *call, cf_object *self, cf_str name, cf_value *result,
                   bool *found);                                  /* x.name(…), if not get */
    bool (*iter)(cf_eval *eval, cf_object *self, cf_iter *iter);  /* for y in x */
    bool (*length)(cf_eval *eval, cf_object *self, int64_t *out); /* x|length */
    bool (*text)(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe); /* {{ x }} */
    bool (*truth)(cf_eval *eval, cf_object *self, bool *out);              /* if x */
    bool (*equal)(cf_object *a, cf_value b); /* x == y; else identity */
    /* The sign of x - y, for objects with an order. Errors: CF_ETYPE. */
    bool (*compare)(cf_object *a, cf_value b, int *order, cf_error *err);
    bool (*contains)(cf_eval *eval, cf_object *self, cf_value item, bool *out); /* y in x */
    bool (*json)(cf_eval *eval, cf_object *self, cf_value *out); /* a plain value for JSON */
    /* a op b, where one of both is such an object; op is one of + - * / %, 'd' for // and 'r' for
     * round(a, b). *found is false when the other operand does not go with it. */
    bool (*arith)(cf_eval *eval, char op, cf_value a, cf_value b, cf_value *out, bool *found);
    bool (*number)(const cf_object *self, double *out);          /* x|float */
    void (*names)(cf_eval *eval, cf_object *self, cf_list *out); /* attribute names */
} cf_class;

/* Every object begins with this. A model's row does, by CF_ROW. */
struct cf_object {
    const cf_class *class;
};

/* ---- making values ---- */
static inline cf_value cf_undefined(const char *name)
{
    return (cf_value){ .type = CF_TYPE_UNDEFINED, .as.name = name };
}
static inline cf_value cf_none(void)
{
    return (cf_value){ .type = CF_TYPE_NONE };
}
static inline cf_value cf_bool(bool boolean)
{
    return (cf_value){ .type = CF_TYPE_BOOL, .as.boolean = boolean };
}
static inline cf_value cf_int(int64_t integer)
{
    return (cf_value){ .type = CF_TYPE_INT, .as.integer = integer };
}
static inline cf_value cf_float(double number)
{
    return (cf_value){ .type = CF_TYPE_FLOAT, .as.number = number };
}
/* A string that is a view of other memory, which must live as long. NULL gives none. */
cf_value cf_string(const char *text);
cf_value cf_string_of(cf_str text);
/* The same, marked as HTML. */
cf_value cf_safe(const char *html);
cf_value cf_safe_of(cf_str html);
/* A copy in the arena. */
cf_value cf_string_copy(cf_arena *arena, cf_str text);
/* printf into the arena. */
cf_value cf_string_printf(cf_arena *arena, const char *format, ...) CF_PRINTF(2, 3);
cf_value cf_from_list(cf_list *list);
cf_value cf_from_map(cf_map *map);
/* Any struct that begins with a cf_object (or CF_ROW); NULL gives none. */
cf_value cf_from_object(const void *object);
cf_value cf_from_function(const cf_function *function);
/* A function value made in the arena. */
cf_value cf_make_function(cf_arena *arena, const char *name, cf_callback *call, void *data);

/* The value of a C expression, by its type. A pointer to a struct must point to one that begins
 * with a cf_object or CF_ROW. */
#define cf_value_of(x)                                                                             \
    _Generic((x),                                                                                  \
        bool: cf__value_bool,                                                                      \
        char: cf__value_int,                                                                       \
        signed char: cf__value_int,                                                                \
        unsigned char: cf__value_int,                                                              \
        short: cf__value_int,                                                                      \
        unsigned short: cf__value_int,                                                             \
        int: cf__value_int,                                                                        \
        unsigned: cf__value_int,                                                                   \
        long: cf__value_int,                                                                       \
        unsigned long: cf__value_int,                                                              \
        long long: cf__value_int,                                                                  \
        unsigned long long: cf__value_int,                                                         \
        float: cf__value_float,                                                                    \
        double: cf__value_float,                                                                   \
        char *: cf_string,                                                                         \
        const char *: cf_string,                                                                   \
        cf_str: cf_string_of,                                                                      \
        cf_value: cf__value_same,                                                                  \
        cf_list *: cf_from_list,                                                                   \
        cf_map *: cf_from_map,                                                                     \
        default: cf_from_object)(x)
cf_value cf__value_bool(bool boolean);
cf_value cf__value_int(long long integer);
cf_value cf__value_float(double number);
cf_value cf__value_same(cf_value value);

/* ---- reading values ---- */
static inline bool cf_is(cf_value v, cf_type type)
{
    return v.type == type;
}
static inline bool cf_is_missing(cf_value v)
{
    return v.type == CF_TYPE_UNDEFINED || v.type == CF_TYPE_NONE;
}
/* The bytes of a string; empty for anything else. */
cf_str cf_text(cf_value v);
/* A NUL-terminated copy of a string's bytes, or `fallback` for anything else. */
const char *cf_cstr(cf_arena *arena, cf_value v, const char *fallback);
/* The name of a value's type as Python would say it: "str", "int", "list", … */
const char *cf_type_name(cf_value v);
/* Truth as in Python. Objects without truth(): length() when there is one, else true. */
bool cf_truth(cf_value v);
/* The same for objects that need an evaluation (or suspend). False on error. */
bool cf_truth_of(cf_eval *eval, cf_value v, bool *out) CF_SUSPENDS;
/* Equality as in Python: 1 == 1.0 == true, lists by item, safe == plain. */
bool cf_equal(cf_value a, cf_value b);
/* Order as in Python; false with CF_ETYPE when the types have none. */
bool cf_compare(cf_value a, cf_value b, int *order, cf_error *err);
/* A hash that agrees with cf_equal. Lists, maps hash to 0 for callers that forbid them as keys. */
uint64_t cf_hash(cf_value v);
/* Length of a string (characters), list, map or object; -1 when it has none. */
int64_t cf_length(cf_eval *eval, cf_value v);
/* x.name for objects and maps; *out undefined when absent. */
bool cf_get_attr(cf_eval *eval, cf_value v, cf_str name, cf_value *out) CF_SUSPENDS;
/* x[key] for lists, maps, strings and objects; *out undefined when absent. */
bool cf_get_item(cf_eval *eval, cf_value v, cf_value key, cf_value *out) CF_SUSPENDS;
/* Starts a walk; CF_ETYPE when the value cannot be walked. */
bool cf_iterate(cf_eval *eval, cf_value v, cf_iter *iter) CF_SUSPENDS;
/* The next item; sets *done at the end. */
bool cf_iter_next(cf_iter *iter, cf_eval *eval, cf_value *item, bool *done) CF_SUSPENDS;
/* Calls a function or a callable object. */
bool cf_call_value(cf_eval *eval, cf_value callee, const cf_value *args, size_t nargs,
                   const cf_kwarg *kwargs, size_t nkwargs, cf_value *result) CF_SUSPENDS;
/* Appends what str() gives; undefined gives nothing. False on error. */
bool cf_to_text(cf_eval *eval, cf_value v, cf_buf *out);
/* Appends what repr() gives: quoted strings, [1, 2], {'a': 1}. Depth is bounded. */
bool cf_to_repr(cf_eval *eval, cf_value v, cf_buf *out);
/* A float's shortest text that reads back equal, as Python's repr: "1.0", "1e+16", "nan". */
size_t cf_float_text(double number, char out[32]);

/* ---- arguments of a call ---- */
/* Argument `i`, or the one named `name`; undefined when neither was given. */
cf_value cf_arg(const cf_call *call, size_t i, const char *name);
/* Fails when there are arguments beyond `max`, or a name not in the NULL-ended list. */
bool cf_args_check(cf_call *call, const char *function, size_t min, size_t max,
                   const char *const *names);

/* ---- lists ---- */
cf_list *cf_list_new(cf_arena *arena);
cf_list *cf_tuple_new(cf_arena *arena);
void     cf_list_add(cf_list *list, cf_value value);

/* ---- maps ---- */
cf_map *cf_map_new(cf_arena *arena);
/* Adds or replaces; a replaced key keeps its place. */
void cf_map_put(cf_map *map, cf_value key, cf_value value);
/* The same with a C string key, which must live as long as the map. */
void cf_map_set(cf_map *map, const char *key, cf_value value);
/* NULL when absent. */
cf_value *cf_map_find(const cf_map *map, cf_value key);
/* The value under a name, undefined when absent. */
cf_value cf_map_get(const cf_map *map, const char *key);
cf_value cf_map_get_str(const cf_map *map, cf_str key);
/* Removes a key. Returns whether it was there. */
bool    cf_map_remove(cf_map *map, cf_value key);
cf_map *cf_map_copy(cf_arena *arena, const cf_map *map);

/* ---- named values, for cf_render() and the like ---- */
typedef struct cf_named {
    const char *name;
    cf_value    value;
} cf_named;
/* CF_VAR(post) is {"post", the value of post}; CF_NAMED("title", x) gives another name. */
#define CF_VAR(x)         ((cf_named){ #x, cf_value_of(x) })
#define CF_NAMED(name, x) ((cf_named){ (name), cf_value_of(x) })

#endif
