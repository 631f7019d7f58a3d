/* filters.h -- what the files of filters share. */
#ifndef CARAFE_TEMPLATE_FILTERS_H
#define CARAFE_TEMPLATE_FILTERS_H

#include "template/runtime.h"

/* How filters with attribute=… reach into items: "user.name", 0, "items.0.title". */
typedef struct getter {
    vm      *m;
    cf_value parts[16];
    size_t   nparts;
    cf_value fallback;    /* Undefined: none. */
    bool     ignore_case; /* Strings compare in lower case. */
} getter;

/* Prepares a getter. `attribute` undefined or none gives the items themselves. */
bool cf__getter(vm *m, cf_value attribute, getter *out);
bool cf__getter_get(const getter *g, cf_value item, cf_value *out);

/* Sorts values by keys, stably. `reverse` keeps equal ones in order too. */
bool cf__sort(vm *m, cf_value *values, cf_value *keys, size_t count, bool reverse);

/* The pairs of a dict, or of an object that has a method items(); NULL on error. */
cf_list *cf__pairs_of(vm *m, cf_value v);

/* x in lower case where it is text. */
cf_value cf__fold(vm *m, cf_value v);
/* Text in lower and upper case, as Python has it. */
cf_str cf__lower(cf_arena *arena, cf_str s);
/* The same for the rest of a word. */
cf_str cf__lower_within(cf_arena *arena, cf_str s);
cf_str cf__upper(cf_arena *arena, cf_str s);
bool   cf__is_upper(uint32_t cp);
bool   cf__is_lower(uint32_t cp);

/* A text value as filters take it: what was safe stays safe. */
bool cf__soft_text(vm *m, cf_value v, cf_str *out, bool *safe);

/* Fails unless the arguments behind the value number `min` to `max` and have known names. */
bool               cf__filter_args_check(cf_call *call, const char *name, size_t min, size_t max,
                                         const char *const *names);
static inline bool cf__filter_args(cf_call *call, const char *name, size_t min, size_t max,
                                   const char *const *names)
{
    return (call->nargs == 1 && !call->nkwargs && !min) ||
           cf__filter_args_check(call, name, min, max, names);
}

/* Bytes of the line end at s[at]: 0 when there is none. As Python's splitlines(). */
size_t cf__line_end(cf_str s, size_t at);
/* The lines of a text. */
cf_str *cf__split_lines(cf_arena *arena, cf_str s, size_t *count);

bool cf__pprint(vm *m, cf_value v, cf_buf *out);
bool cf__urlize(vm *m, cf_str text, int64_t limit, cf_str rel, cf_str target, cf_str schemes,
                cf_buf *out);
/* A text without tags, comments and entities. */
void cf__strip_tags(cf_arena *arena, cf_str html, cf_buf *out);
/* HTML with its entities as the characters that they are. */
void cf__unescape(cf_str html, cf_buf *out);
/* Text wrapped to lines, as Python's textwrap. */
bool cf__wrap(vm *m, cf_str line, size_t width, bool break_words, bool hyphens, cf_str newline,
              cf_buf *out);
/* int(text, base); *ok is false when it is no integer for Python. Fails at a limit of ours. */
bool cf__parse_int(vm *m, cf_str text, int base, cf_value *out, bool *ok);
/* Reads what float() reads. */
bool cf__parse_float(cf_arena *arena, cf_str s, double *out);
bool cf__round(double number, int64_t digits, double *out);

/* ---- generator.c: items made as they are walked, once, as by Python's generators ---- */

/* Makes the next item, or sets *done. */
typedef bool generate(vm *m, void *state, cf_value *item, bool *done);
/* `name` is what printing shows. What next() makes for its first item lives as long as the
 * generator; what it makes later may end with the item: see cf__outlive(). */
cf_value cf__generator(vm *m, const char *name, generate *next, void *state);
bool     cf__is_generator(cf_value v);
/* A call whose arguments outlive it. */
cf_call *cf__keep_call(const cf_call *call);

/* A pair that groupby made. */
bool cf__is_group(cf_value v);

static inline vm *filter_vm(const cf_call *call)
{
    return call->eval->render;
}

#endif
