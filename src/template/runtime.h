/* runtime.h -- the environment, compiled templates, and a render that is going on. */
#ifndef CARAFE_TEMPLATE_RUNTIME_H
#define CARAFE_TEMPLATE_RUNTIME_H

#include "base/bytes.h"
#include "base/value_internal.h"
#include "template/ast.h"

/* A filter or a test. */
typedef struct operation {
    const char  *name;
    cf_callback *call;
    void        *data;
    bool         alone; /* Takes nothing but its value. */
} operation;

/* A global that is computed at its first use in a render. */
typedef struct computed {
    bool (*get)(void *data, cf_eval *eval, cf_value *out);
    void *data;
} computed;

struct cf_templates {
    cf_arena           *arena;
    cf_template_options options;
    cf_map             *globals;   /* Names to values. */
    cf_map             *computed;  /* Names to pointers to `computed`, as functions. */
    cf_map             *templates; /* Names to pointers to cf_template, as functions. */
    operation          *filters, *tests;
    size_t              nfilters, ntests;
    struct segment     *script_stack; /* Of cf_script_env(); else NULL. */
};

typedef struct block_code {
    const char *name;
    proto      *proto;
    const node *node;
} block_code;

struct cf_template {
    cf_templates *env;
    cf_arena     *arena; /* Owns all of it. */
    const char   *name;
    cf_str        source;
    uint64_t      version;
    unsigned      refs;
    bool          escape;
    bool          gone; /* Replaced by a newer version. */
    proto        *root;
    block_code   *blocks;
    uint32_t      nblocks;
};

/* The slots of one call of a function. */
typedef struct frame {
    cf_value     *slots;
    struct frame *up; /* Of the function around it. */
} frame;

/* The ways a block is overridden, the outermost template's first. */
typedef struct block_level {
    proto       *proto;
    cf_template *tmpl;
} block_level;

typedef struct block_stack {
    const char  *name;
    block_level *levels;
    uint32_t     len, cap;
} block_stack;

typedef struct block_table {
    cf_arena    *arena;
    const char  *name; /* Of the template that was asked for, not of those it extends. */
    block_stack *stacks;
    uint32_t     len, cap;
} block_table;

/* Where names that are no locals are looked up: inner to outer, then the globals. */
typedef struct context context;
struct context {
    context        *parent;
    cf_map         *vars; /* Assigned at top level; NULL until the first. */
    const cf_named *named;
    size_t          nnamed;
    cf_map         *exported; /* Public names among vars. */
    block_table    *blocks;
};

/* A segment of the stack that arguments and frames live on. */
typedef struct segment {
    struct segment *next, *previous;
    size_t          len, cap;
    cf_value        values[];
} segment;

typedef struct pass_memory pass_memory;

typedef struct cf_render vm;
struct cf_render {
    cf_eval        eval;  /* Its arena owns new values, for a pass or for the whole. */
    cf_arena      *arena; /* For what lasts as long as the render. */
    cf_templates  *env;
    cf_template   *tmpl;
    frame         *frame;
    context       *context;
    cf_buf        *out;
    bool           escape;
    cf_template   *parent;   /* What the running root extends, once it does. */
    cf_value       captured; /* The text that a filter block filters. */
    segment       *stack;
    unsigned       captures; /* Output that is being captured, not to be flushed. */
    unsigned       depth;
    const char    *base; /* The C stack where the render began. */
    uint64_t       steps;
    uint64_t       compared; /* Items that counted as steps: of cf__walk. */
    int64_t        deadline; /* Monotonic microseconds; 0: none. */
    size_t         memory_start;
    size_t         kept; /* Bytes of passes that ended and are kept. */
    const cf_sink *sink;
    pass_memory   *pass;     /* The innermost of a streamed page's loops. */
    pass_memory   *passes;   /* The outermost, with those inside. */
    cf_map        *modules;  /* Imported without context, once a render. */
    cf_map        *computed; /* Computed globals' values. */
    cf_template  **used;     /* Kept alive until the end. */
    size_t         nused, used_cap;
    uint64_t       random;
};

typedef enum flow {
    FLOW_NEXT,
    FLOW_ERROR,
    FLOW_BREAK,
    FLOW_CONTINUE,
} flow;

/* ---- env.c ---- */
const operation *cf__find_filter(const cf_templates *env, const char *name);
const operation *cf__find_test(const cf_templates *env, const char *name);
/* Names of filters or tests, for suggestions. */
size_t   cf__filter_names(const cf_templates *env, cf_arena *arena, const char ***out);
size_t   cf__test_names(const cf_templates *env, cf_arena *arena, const char ***out);
cf_value cf__pack(void *ptr);
void    *cf__unpack(cf_value v);
void     cf__template_unref(cf_template *t);

/* Calls a filter or test; args[0] is its value. */
static inline bool cf__operate(const operation *op, cf_call *call, cf_value *out)
{
    if (op->alone && (call->nargs > 1 || call->nkwargs))
        return cf_fail(call->eval->err, CF_ETYPE, "%s takes no arguments", op->name);
    call->data = op->data;
    *out = cf_none();
    return op->call(call, out);
}

/* ---- built-in tables ---- */
extern const operation cf__filters_text[], cf__filters_list[], cf__filters_lazy[],
    cf__filters_number[], cf__filters_html[], cf__filters_select[], cf__tests[];
void cf__add_globals(cf_templates *env);
void cf__add_gettext(cf_templates *env);

/* ---- render.c ---- */
/* The render an eval belongs to; NULL with an error outside one. */
vm  *cf__vm(cf_eval *eval);
bool cf__fail_node(vm *m, const node *n);
/* Adds to an error how its template came to run: \" (included from 'name' line 3)\". */
void cf__add_way(vm *m, const char *how, const char *name, uint32_t line);
bool cf__lookup(vm *m, context *c, const char *name, cf_value *out, bool *found);
bool cf__run_root(vm *m, cf_template *t, context *c);
/* What is done in a render: the whole, a block, an expression, a script. */
typedef bool cf__part(vm *m, cf_template *t, context *c, void *data);
bool cf__run_part(cf_template *t, cf_eval *eval, const cf_named *vars, size_t count, cf_buf *out,
                  const cf_sink *sink, cf__part *part, void *data);
bool cf__run_block(vm *m, const block_stack *stack, uint32_t level, context *c);
block_stack *cf__find_block(const block_table *table, const char *name);
block_table *cf__block_table(vm *m, cf_template *t);
void         cf__add_blocks(block_table *table, cf_template *t);
cf_template *cf__use_template(vm *m, cf_str name);
bool         cf__export(vm *m, const char *name, cf_value value, bool public);
context     *cf__context(vm *m, context *parent);
/* One loop pass, call or item of a bulk operation: counts against the limits, which are looked at
 * often, since one step may be a filter's work on a long text. */
#define STEPS_A_LOOK 16
bool               cf__step_slow(vm *m);
static inline bool cf__step(vm *m)
{
    return ++m->steps % STEPS_A_LOOK ? true : cf__step_slow(m);
}
/* After values were compared, which may be much work or more than is done. */
static inline bool cf__step_compared(vm *m)
{
    return cf__walk.items == m->compared || cf__step_slow(m);
}
/* Nested calls; pair with cf__leave_call(). */
bool cf__enter_call(vm *m);
void cf__leave_call(vm *m);
bool cf__flush(vm *m);

/* ---- pass.c: in streamed pages ---- */
void cf__pass_begin(vm *m);
void cf__pass_next(vm *m);
void cf__pass_end(vm *m);
/* Where the next of the items that `loop` shows is made; those before the last one end. */
cf_arena *cf__pass_items(vm *m, pass_memory *p);
void      cf__pass_free(vm *m);
size_t    cf__pass_used(const vm *m);
/* The value to store in something of an arena that may be older than the pass which made it. */
cf_value cf__outlive(vm *m, cf_arena *owner, cf_value v);

/* ---- stack.c ---- */
cf_value *cf__push(vm *m, size_t count);
void      cf__pop(vm *m, size_t count);

/* ---- capture: output up to `start` of m->out becomes a string ---- */
size_t   cf__capture_begin(vm *m);
cf_value cf__capture_end(vm *m, size_t start);

/* ---- exec*.c ---- */
flow     cf__exec(vm *m, const node_list *body);
flow     cf__exec_for(vm *m, const node *n);
flow     cf__exec_import(vm *m, const node *n);
flow     cf__exec_include(vm *m, const node *n);
flow     cf__exec_extends(vm *m, const node *n);
flow     cf__exec_block(vm *m, const node *n);
bool     cf__enter_scope(vm *m, const scope_code *code);
bool     cf__assign(vm *m, const node *target, cf_value value, bool toplevel);
cf_value cf__make_self(vm *m, context *c);
cf_value cf__make_super(vm *m, const char *name, uint32_t level, context *c);
bool     cf__print_debug(vm *m, const node *n);
bool     cf__load_slow(vm *m, const char *name, name_ref ref, cf_value *out);

static inline cf_value *cf__slot(vm *m, name_ref ref)
{
    frame *f = m->frame;

    for (unsigned hops = ref.hops; hops; hops--)
        f = f->up;
    return &f->slots[ref.slot];
}

/* A variable's value. An empty slot is undefined without a name; a missing variable has one. */
static inline bool cf__load(vm *m, const char *name, name_ref ref, cf_value *out)
{
    const cf_value *slot = cf__slot(m, ref);

    if (slot->type == CF_TYPE_UNDEFINED && !slot->as.name)
        return cf__load_slow(m, name, ref, out);
    *out = *slot;
    return true;
}

/* ---- eval*.c ---- */
typedef bool cf__evaluator(vm *m, const node *n, cf_value *out);
/* By kind of expression. */
extern cf__evaluator *const cf__evaluators[N_DATA];

static inline bool cf__eval(vm *m, const node *n, cf_value *out)
{
    const cf_value *slot;

    /* Most are variables that have a value. */
    if (n->kind == N_NAME) {
        slot = cf__slot(m, n->as.name.ref);
        if (slot->type != CF_TYPE_UNDEFINED) {
            *out = *slot;
            return true;
        }
    }
    return cf__evaluators[n->kind](m, n, out) || cf__fail_node(m, n);
}
/* Whether a condition holds: the truth of an expression's value. */
bool cf__holds(vm *m, const node *n, bool *out);
/* Appends a value to the output, escaped where the place escapes. */
bool cf__output(vm *m, const node *n);
bool cf__print(vm *m, cf_value v, bool escape, cf_buf *out);
bool cf__eval_call(vm *m, const node *n, cf_value *out, const cf_kwarg *extra, bool to_output,
                   bool *written);
bool cf__apply_filter(vm *m, const node *n, cf_value *out);
/* Also when negated by `is not`. */
bool cf__apply_test(vm *m, const node *n, bool *out);

/* ---- macro.c ---- */
cf_value cf__make_macro(vm *m, const node *n);
bool     cf__is_macro(cf_value v);
bool     cf__call_macro(vm *m, cf_value macro, const cf_value *args, size_t nargs,
                        const cf_kwarg *kwargs, size_t nkwargs, bool to_output, cf_value *out);

/* ---- globals.c ---- */
bool cf__namespace_set(vm *m, cf_value ns, const char *name, cf_value value);
/* Of integers; the step is not 0. */
bool cf__make_range(vm *m, cf_value start, cf_value stop, cf_value step, cf_value *out);
bool cf__is_range(cf_value v);
/* How many items a range has; INT64_MAX: that or more. */
int64_t cf__range_count(cf_value range);
/* The items from one index to another, every `by`-th, as a range again; each may be none. */
bool cf__range_slice(vm *m, cf_value range, cf_value from, cf_value to, cf_value by, cf_value *out);
uint64_t cf__random(vm *m);

/* ---- views.c ---- */
typedef enum view_kind { VIEW_KEYS, VIEW_VALUES, VIEW_ITEMS } view_kind;
/* dict.keys(), .values(), .items(): they show the dict as it is. */
cf_value cf__dict_view(cf_arena *arena, cf_map *map, view_kind kind);

/* ---- format*.c ---- */
/* Python's format % args and format.format(…). */
bool cf__percent(vm *m, cf_value format, cf_value args, cf_value *out);
bool cf__str_format(vm *m, cf_value format, const cf_call *call, cf_value *out);
/* repr(v) with what is beyond ASCII as \x, \u and \U, as ascii() gives it. */
bool cf__ascii(vm *m, cf_value v, cf_buf *out);
/* One value by a format specification such as ">10.2f". */
bool cf__format_value(vm *m, cf_value v, cf_str spec, cf_buf *out);
/* A float in a printf-like notation, without locale. */
void cf__float_format(cf_buf *out, double number, char kind, int precision, bool alternate);

/* ---- text.c ---- */
/* str(v); fails for undefined values where they may not be printed. */
bool cf__text_of(vm *m, cf_value v, cf_str *out);
/* The same with HTML escaped, as Markup's methods see their arguments. */
bool     cf__html_of(vm *m, cf_value v, cf_str *out);
cf_value cf__string(cf_str text, bool safe);
bool     cf__is_word(uint32_t cp);
bool     cf__is_digit(uint32_t cp);
bool     cf__is_alpha(uint32_t cp);
/* int(v), as filters take numbers; fails with CF_ETYPE naming the argument, and with CF_ERUNTIME
 * when it has more than 64 bits. */
bool cf__int_arg(const cf_call *call, size_t i, const char *name, int64_t fallback, int64_t *out);
/* The same for what Python itself takes: an undefined value is of the wrong type there. */
bool cf__index_arg(const cf_call *call, size_t i, const char *name, int64_t fallback, int64_t *out);
/* The same for a bound, which may be any: beyond 64 bits it is as good as the largest. */
bool cf__bound_arg(const cf_call *call, size_t i, const char *name, int64_t fallback, int64_t *out);
bool cf__bool_arg(const cf_call *call, size_t i, const char *name, bool fallback);
/* Whether an argument was not given at all; one that is given and undefined has a name. */
static inline bool cf__absent(cf_value v)
{
    return v.type == CF_TYPE_UNDEFINED && !v.as.name;
}
/* All items of anything that can be walked. */
cf_list *cf__list_of(vm *m, cf_value v);
/* dict.update() and dict(): a dict or pairs, then keywords. */
bool cf__update_map(vm *m, cf_map *map, const cf_call *call);

/* ---- access.c ---- */
/* Names that every value of Python has are between double underscores. */
static inline bool cf__special_name(cf_str name)
{
    return cf_str_starts(name, CF_STR("__")) && cf_str_ends(name, CF_STR("__"));
}

/* A dict's entry of an attribute's name if it stands where one was found last, as it does in rows
 * of one table; else NULL. */
static inline cf_value *cf__hinted_entry(const cf_map *map, const node *site)
{
    cf_entry *entry;

    if (site->as.attr.hint >= map->len)
        return NULL;
    entry = &map->entries[site->as.attr.hint];
    return entry->key.len == site->as.attr.len && entry->key.type == CF_TYPE_STRING &&
                   !entry->key.bytes &&
                   cf__bytes_equal(entry->key.as.text, site->as.attr.name, site->as.attr.len)
               ? &entry->value
               : NULL;
}
/* `site` is the attribute node, which knows methods and where a key was found last; or NULL. */
bool cf__get_attr(vm *m, cf_value v, cf_str name, const node *site, cf_value *out);
bool cf__get_item(vm *m, cf_value v, cf_value key, cf_value *out);
/* A bound method of a string, list or dict; undefined when there is none. */
bool cf__get_method(vm *m, cf_value v, cf_str name, cf_value *out);
bool cf__slice(vm *m, cf_value v, cf_value start, cf_value stop, cf_value step, cf_value *out);

/* ---- operators.c ---- */
bool cf__binary(vm *m, operator_kind op, cf_value a, cf_value b, cf_value *out);
bool cf__unary(vm *m, operator_kind op, cf_value v, cf_value *out);
bool cf__compare(vm *m, operator_kind op, cf_value a, cf_value b, bool *out);
bool cf__contains(vm *m, cf_value container, cf_value item, bool *out);
/* The byte that an integer or a boolean stands for. */
bool cf__byte_of(vm *m, cf_value v, int64_t *out);
/* Whether it can be a dict's key; fails when not. */
bool               cf__hashable(vm *m, cf_value v);
bool               cf__truth_of(vm *m, cf_value v, bool *out);
static inline bool cf__truth(vm *m, cf_value v, bool *out)
{
    if (v.type != CF_TYPE_BOOL)
        return cf__truth_of(m, v, out);
    *out = v.as.boolean;
    return true;
}
bool cf__equal(vm *m, cf_value a, cf_value b, bool *out);

/* ---- undefined.c ---- */
/* An undefined value that knows more than a name. */
cf_value cf__undefined_attr(vm *m, cf_value owner, cf_str name);
cf_value cf__undefined_item(vm *m, cf_value owner, cf_value key);
cf_value cf__undefined_hint(vm *m, const char *name, const char *hint, cf_code code, bool lenient);
/* Whether it stands for an attribute that a sandbox refused. */
bool cf__undefined_unsafe(cf_value v);
/* Fails with what is undefined. */
bool cf__undefined_fail(vm *m, cf_value v);
/* Whether printing, testing and walking an undefined value fails. */
bool cf__undefined_strict(vm *m, cf_value v);
void cf__undefined_print(vm *m, cf_value v, cf_buf *out);

#endif
