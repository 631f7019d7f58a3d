/* compile.h -- resolving a tree's names, filters and tests, so that rendering need not. */
#ifndef CARAFE_TEMPLATE_COMPILE_H
#define CARAFE_TEMPLATE_COMPILE_H

#include "template/runtime.h"
#include "template/scope.h"

/* A function while it is compiled. */
typedef struct function {
    struct function *up;
    proto           *proto;
    cf_map *context_slots; /* Names that inner scopes only read from the context, to slots. */
} function;

/* Where a statement stands. */
typedef struct place {
    scope *scope;
    bool   toplevel;  /* Assignments are exported. */
    bool   rootlevel; /* Not even inside an if. */
    bool   check;     /* Output is skipped when the template extends another. */
    bool   soft;      /* Unknown filters and tests fail only when reached. */
    bool   in_loop;   /* break and continue may stand here. */
    bool   escape;    /* As far as one knows before a render. */
    bool   changing;  /* In an autoescape block whose value only a render tells. */
    bool   constant;  /* Within an expression whose value is known without a render. */
} place;

typedef struct compiler {
    cf_templates *env;
    cf_template  *tmpl;
    cf_arena     *arena;
    cf_error     *err;
    function     *function;
    unsigned      depth;
    unsigned      extends; /* Statements so far. */
    bool          has_extends;
} compiler;

/* Compiles a parsed template into tmpl->root and tmpl->blocks. */
bool cf__compile(cf_templates *env, cf_template *tmpl, tree *t, cf_error *err);

/* Compiles a lone expression as the only output of a root. */
bool cf__compile_lone(cf_templates *env, cf_template *tmpl, node *n, cf_error *err);

bool cf__compile_fail(compiler *c, const node *n, const char *format, ...) CF_PRINTF(3, 4);
bool cf__compile_expr(compiler *c, node *n, place p);
bool cf__compile_args(compiler *c, call_args *args, place p);
/* Whether an expression's value is known without a render, as Jinja2's optimizer sees it. */
bool cf__is_constant(const node *n);
bool cf__compile_target(compiler *c, node *n, place p);
bool cf__compile_body(compiler *c, node_list *body, place p);

/* compile_scope.c */
function *cf__begin_function(compiler *c, const char *name);
void      cf__end_function(compiler *c);
/* Gives a scope's symbols slots in the current function, and lists what entering it does. */
bool         cf__assign_slots(compiler *c, scope *s, bool base, scope_code *out);
name_ref     cf__symbol_ref(compiler *c, symbol *sym);
visible_list cf__visible(compiler *c, scope *s);
int          cf__parameter_slot(scope *s, const char *name);

#endif
