/* ast.h -- a template as a tree.
 *
 * The parser makes the tree, the compiler (compile*.c) resolves its names to slots and its filters
 * to functions in place, and the renderer walks it. */
#ifndef CARAFE_TEMPLATE_AST_H
#define CARAFE_TEMPLATE_AST_H

#include <carafe/template.h>

typedef struct node  node;
typedef struct scope scope;
typedef struct proto proto;

typedef enum node_kind {
    /* expressions */
    N_CONST,
    N_NAME,
    N_NSREF, /* ns.attr as the target of an assignment */
    N_LIST,
    N_TUPLE,
    N_DICT, /* items: key, value, key, value, … */
    N_BINARY,
    N_AND,
    N_OR,
    N_UNARY,
    N_CONCAT,
    N_COMPARE,
    N_COND,
    N_FILTER,
    N_TEST,
    N_CALL,
    N_GETATTR,
    N_GETITEM,
    N_SLICE,
    N_MARKSAFE, /* left, as HTML where the place escapes */
    /* statements */
    N_DATA,
    N_OUTPUT,
    N_FOR,
    N_IF,
    N_MACRO,
    N_CALLBLOCK,
    N_FILTERBLOCK,
    N_WITH,
    N_SET,
    N_SETBLOCK,
    N_DO,
    N_BLOCK,
    N_EXTENDS,
    N_INCLUDE,
    N_IMPORT,
    N_FROMIMPORT,
    N_BREAK,
    N_CONTINUE,
    N_AUTOESCAPE,
    N_DEBUG,
    N_KINDS,
} node_kind;

typedef enum operator_kind {
    OP_ADD,
    OP_SUB,
    OP_MUL,
    OP_DIV,
    OP_FLOORDIV,
    OP_MOD,
    OP_POW,
    OP_NOT,
    OP_NEG,
    OP_POS,
    OP_EQ,
    OP_NE,
    OP_LT,
    OP_LE,
    OP_GT,
    OP_GE,
    OP_IN,
    OP_NOTIN,
} operator_kind;

typedef struct node_list {
    node   **items;
    uint32_t len, cap;
} node_list;

/* How a name reaches its value: `hops` functions outwards, then a slot. */
typedef struct name_ref {
    uint16_t hops;
    uint16_t slot;
    bool     resolve; /* An empty slot is filled from the context; else it is undefined. */
} name_ref;

typedef struct call_args {
    node_list positional;
    node_list named; /* Values; `names` runs beside it. */
    cf_str   *names;
    node     *star, *double_star;
} call_args;

/* One comparison of a chain. */
typedef struct compare_op {
    operator_kind op;
    node         *right;
} compare_op;

/* A name that `from … import` takes. */
typedef struct import_name {
    const char *name;
    node       *target;
} import_name;

/* What has to happen to a slot each time its scope is entered. */
typedef struct slot_init {
    uint16_t    slot;
    bool        alias; /* Takes the value of `from`; else it is emptied. */
    name_ref    from;
    const char *name;
} slot_init;

/* A scope inside a function: its slots' starting values and what it makes visible to includes. */
typedef struct scope_code {
    slot_init *inits;
    uint32_t   ninits;
} scope_code;

/* A variable that includes and imports with context can see. */
typedef struct visible {
    const char *name;
    name_ref    ref;
} visible;

typedef struct visible_list {
    visible *items;
    uint32_t len;
} visible_list;

/* A function: the template's root, a block, a macro, a call block or a recursive loop. */
struct proto {
    const char *name;
    uint32_t    nslots;
    bool        captured; /* Inner functions refer to its slots: they outlive the call. */
    node_list   body;
    scope_code  scope;
    /* macros */
    node   **params; /* N_NAME nodes, resolved to their slots. */
    node   **defaults;
    uint32_t nparams, ndefaults;
    int      caller_slot, kwargs_slot, varargs_slot; /* -1: not used. */
    bool     explicit_caller;
    /* roots and blocks */
    int self_slot, super_slot;
};

struct node {
    uint8_t  kind;
    uint8_t  op;          /* operator_kind */
    uint16_t depth;       /* Of the tree below. */
    bool     store;       /* N_NAME, N_TUPLE: target of an assignment. */
    bool     plain;       /* N_CONCAT: the result is never HTML. N_GETITEM: within a constant. */
    bool     toplevel;    /* Statements: assignments are exported by the template. */
    bool     check_child; /* Statements: skipped when the template extends another. */
    uint32_t line, pos;
    union {
        struct {
            cf_value value;
        } constant;
        struct {
            const char *text;
            uint32_t    len;
            name_ref    ref;
        } name;
        struct {
            const char *name, *attr;
            name_ref    ref;
        } nsref;
        struct {
            node_list items;
        } list; /* also N_DICT, N_CONCAT, N_OUTPUT */
        struct {
            node *left, *right;
        } binary; /* also N_AND, N_OR; N_UNARY uses left */
        struct {
            node       *left;
            compare_op *ops;
            uint32_t    count;
        } compare;
        struct {
            node *test, *then, *other;
        } cond;
        struct {
            node                   *value; /* NULL in filter blocks: the text captured. */
            const char             *name;
            call_args               args;
            const struct operation *operation; /* NULL: unknown, an error when reached. */
            bool                    negated;   /* Tests: is not. */
        } filter;                              /* also N_TEST */
        struct {
            node     *callee;
            call_args args;
        } call;
        struct {
            node                *value;
            const char          *name;
            uint32_t             len;
            uint32_t             hint;  /* Where in a dict the key was found last. */
            uint8_t              loop;  /* For `loop.name`: which; see loop_field. */
            bool                 plain; /* No method of dicts, and nothing a sandbox refuses. */
            const struct method *methods[3]; /* Of that name: on strings, lists, dicts. */
        } attr;
        struct {
            node *value, *index; /* index may be N_SLICE */
        } item;
        struct {
            node *start, *stop, *step;
        } slice;
        struct {
            cf_str text;
        } data;
        struct {
            node      *target, *iter, *test;
            node      *test_target; /* The target's names where the test sees them. */
            node_list  body, other;
            bool       recursive, extended;
            bool       shows_items; /* `loop` may give other items than the pass' own. */
            scope_code scope, test_scope, other_scope;
            int        loop_slot; /* Of the variable `loop`; -1 when it is not used. */
            int recurse_slot; /* Recursive loops: parameter with what to walk; see exec_loop.c. */
            proto *proto;     /* Recursive loops are functions. */
        } loop;
        struct {
            node     *test;
            node_list body, elifs, other;
        } branch;
        struct {
            const char *name;
            node_list   params, defaults, body;
            proto      *proto;
            node       *call;   /* call blocks */
            node       *target; /* macros: the name stored */
        } macro;
        struct {
            node      *filter; /* filter chain; innermost value is NULL */
            node      *target;
            node      *value;
            node_list  body;
            scope_code scope;
        } block_set; /* N_FILTERBLOCK, N_SETBLOCK, N_SET, N_AUTOESCAPE, N_DO */
        struct {
            node_list  targets, values, body;
            scope_code scope;
        } with;
        struct {
            const char  *name;
            node_list    body;
            bool         scoped, required;
            visible_list visible;
        } block;
        struct {
            node        *name;
            node        *target;
            import_name *names;
            uint32_t     count;
            bool         ignore_missing, with_context;
            visible_list visible;
        } import; /* N_EXTENDS, N_INCLUDE, N_IMPORT, N_FROMIMPORT */
        struct {
            visible_list visible;
        } debug;
    } as;
};

void cf__nodes_add(cf_arena *arena, node_list *list, node *n);

/* Deepest tree; what walks one is recursive, on a fiber's stack. */
#define TREE_DEPTH 250

/* A parsed template. */
typedef struct tree {
    node_list body;
    uint32_t  extends; /* How many extends statements there are. */
    node_list blocks;  /* All blocks, in order. */
    cf_arena *arena;
} tree;

#endif
