/* loop.h -- the variable `loop`, and the names that strings, lists and dicts answer to. */
#ifndef CARAFE_TEMPLATE_LOOP_H
#define CARAFE_TEMPLATE_LOOP_H

#include "template/runtime.h"

/* The fields of `loop` and the methods it has. */
typedef enum loop_field {
    LOOP_NONE,
    LOOP_INDEX,
    LOOP_INDEX0,
    LOOP_REVINDEX,
    LOOP_REVINDEX0,
    LOOP_FIRST,
    LOOP_LAST,
    LOOP_LENGTH,
    LOOP_DEPTH,
    LOOP_DEPTH0,
    LOOP_PREVITEM,
    LOOP_NEXTITEM,
    LOOP_CYCLE,
    LOOP_CHANGED,
} loop_field;

/* One run of a loop. Items are taken one by one; `last` and `nextitem` look one ahead, and only
 * `length`, `revindex` and `revindex0` take all that are left, where the source does not know its
 * length. */
typedef struct loop_state {
    cf_object   object;
    const node *node;
    cf_value    source;
    cf_iter     iter; /* Over what is left. */
    cf_value    before, item, after;
    bool        has_after, ended;
    bool        whole;  /* Some pass came to the body's end: the else does not run. */
    int64_t     index;  /* From 0; -1 before the first. */
    int64_t     length; /* -1: not known yet. */
    int64_t     depth;
    cf_list    *changed; /* What changed() saw last; NULL before. */
    /* Where it runs, for looking ahead from elsewhere and for running again. */
    cf_arena    *arena;
    pass_memory *pass;       /* Of a streamed page's; else NULL. */
    frame       *frame, *up; /* up: of a recursive loop's function. */
    context     *context;
    cf_template *tmpl;
    bool         escape;
} loop_state;

extern const cf_class cf__loop_class;

/* The field of a name, LOOP_NONE when it is none. */
uint8_t cf__loop_field(const char *name);
bool    cf__forloop_get(vm *m, loop_state *loop, loop_field field, cf_value *out);

/* ---- methods.c ---- */
typedef bool method_fn(vm *m, cf_value self, const cf_call *call, cf_value *out);

typedef struct method method;
struct method {
    const char *name;
    method_fn  *call;
    bool        html; /* Only HTML has it, not plain strings. */
};

/* The methods of strings that methods_html.c has; true: those of HTML alone. */
#define CF_HTML_METHODS(X)                                                                         \
    X(striptags, true)                                                                             \
    X(unescape, true)                                                                              \
    X(translate, false)                                                                            \
    X(maketrans, false)

/* The methods of strings that methods_search.c has. */
#define CF_SEARCH_METHODS(X)                                                                       \
    X(split)                                                                                       \
    X(rsplit)                                                                                      \
    X(splitlines)                                                                                  \
    X(partition)                                                                                   \
    X(rpartition)                                                                                  \
    X(startswith)                                                                                  \
    X(endswith)                                                                                    \
    X(find)                                                                                        \
    X(rfind)                                                                                       \
    X(index)                                                                                       \
    X(rindex)                                                                                      \
    X(count)                                                                                       \
    X(isdigit)                                                                                     \
    X(isdecimal)                                                                                   \
    X(isnumeric)                                                                                   \
    X(isalpha)                                                                                     \
    X(isalnum)                                                                                     \
    X(isspace)                                                                                     \
    X(isupper)                                                                                     \
    X(islower)                                                                                     \
    X(istitle)                                                                                     \
    X(isascii)                                                                                     \
    X(isidentifier)                                                                                \
    X(isprintable)

extern const method cf__str_methods[], cf__bytes_methods[], cf__list_methods[], cf__dict_methods[];

/* Finds the methods of a name on strings, lists and dicts; NULL where there is none. */
void cf__find_methods(const char *name, const method *out[3]);

/* The method of a value's type under a name; NULL when it has none. */
const method *cf__find_method(cf_value v, cf_str name);

/* The one of cf__find_methods() that fits a value's type; NULL when none does. */
const method *cf__method_of(cf_value v, const method *const methods[3]);

/* ---- special.c: names that numbers, bytes and every value's class answer to ---- */
void cf__special_attr(vm *m, cf_value v, cf_str name, cf_value *out);

/* A method bound to its value, as a function value. */
cf_value cf__bind_method(vm *m, cf_value self, const method *how);

#endif
