/* scope.h -- which variable a name means: Jinja2's scoping rules.
 *
 * A scope is a template's root, a block, a macro, or the inside of a for, with, filter or set
 * block. Analysing one collects every name it loads or stores before any code is compiled, since
 * an assignment makes a name local to the whole scope. */
#ifndef CARAFE_TEMPLATE_SCOPE_H
#define CARAFE_TEMPLATE_SCOPE_H

#include "template/ast.h"

/* Where a variable's value comes from when its scope is entered. */
typedef enum load_kind {
    LOAD_PARAMETER, /* Set by whoever enters. */
    LOAD_RESOLVE,   /* Looked up in the context. */
    LOAD_ALIAS,     /* Copied from the scope outside. */
    LOAD_UNDEFINED, /* Nothing yet. */
} load_kind;

typedef struct symbol symbol;
struct symbol {
    const char      *name;
    load_kind        load;
    bool             stored;
    symbol          *outer; /* LOAD_ALIAS */
    struct function *function;
    int              slot; /* -1 until assigned. */
};

struct scope {
    cf_arena *arena;
    scope    *parent; /* The scope outside; a branch has its base's. */
    scope    *base;   /* For a branch of an if: the same scope before it. */
    cf_map   *names;  /* To indexes of symbols. */
    symbol  **symbols;
    uint32_t  len, cap;
};

scope *cf__scope_new(cf_arena *arena, scope *parent);

/* The symbol a name means in a scope or one outside it; NULL when it was never analysed. */
symbol *cf__scope_find(const scope *s, const char *name);

/* Makes a name a parameter of the scope. */
symbol *cf__scope_parameter(scope *s, const char *name);

/* Collects the names of statements and expressions; for loops, with and the like only what
 * belongs to this scope and not to theirs. */
void cf__scope_analyze(scope *s, node *n);
void cf__scope_analyze_list(scope *s, const node_list *list);

/* Makes the names in an assignment target parameters. */
void cf__scope_target(scope *s, node *target);

/* Calls fn for each direct child of a node, in the order of the source. */
void cf__each_child(node *n, void (*fn)(node *child, void *data), void *data);

/* Whether a name is used in a list before being assigned there; blocks are not looked into. */
bool cf__uses_name(const node_list *list, const char *name);

#endif
