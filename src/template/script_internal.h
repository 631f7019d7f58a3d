/* script_internal.h -- what the files of scripts share. */
#ifndef CARAFE_TEMPLATE_SCRIPT_INTERNAL_H
#define CARAFE_TEMPLATE_SCRIPT_INTERNAL_H

#include <carafe/script.h>

#include "template/compile.h"
#include "template/parser.h"

/* Deepest nesting of blocks. */
#define SCRIPT_DEPTH 50

/* Values on the stack that the runs of a language share; more are taken as they are needed. */
#define SCRIPT_STACK 512

/* Open brackets whose place is remembered. */
#define SCRIPT_BRACKETS 256

/* One statement's worth of lines: brackets are closed, backslashes have joined. */
typedef struct script_line {
    size_t   start, end; /* In the text, without the indent and the line's end. */
    uint32_t line;       /* Number of its first line, from 0. */
    unsigned indent;     /* Columns; a tab reaches the next multiple of 8. */
} script_line;

typedef struct script_lines {
    script_line *items;
    size_t       len, cap;
} script_lines;

typedef enum script_state {
    SCRIPT_COMPLETE,
    SCRIPT_OPEN_BRACKET,
    SCRIPT_OPEN_STRING, /* In three quotes. */
    SCRIPT_OPEN_LINE,   /* A backslash is the last character. */
    SCRIPT_BAD_STRING,  /* A string in single quotes ends with its line. */
} script_state;

/* Where a reading of lines ended. */
typedef struct script_scan {
    script_state state;
    size_t       at; /* Of the bracket or quote that is open. */
} script_scan;

/* Reads one statement's lines from `pos` on and returns where the next begins. With `blank` (the
 * same text, to be changed) comments and joining backslashes become spaces. */
size_t cf__script_line(cf_str text, size_t pos, char *blank, script_line *out, script_scan *scan);

/* ---- statements ---- */

typedef enum script_kind {
    S_EXPRESSION,
    S_ASSIGN,
    S_AUGMENT,
    S_DELETE,
    S_FOR,
    S_WHILE,
    S_IF,
    S_BREAK,
    S_CONTINUE,
    S_PASS,
} script_kind;

/* A compiled expression; each has slots of its own. */
typedef struct script_expr {
    node  *node;
    proto *root;
} script_expr;

typedef enum target_kind {
    TARGET_NAME,
    TARGET_ATTR,
    TARGET_ITEM,
    TARGET_MANY,
} target_kind;

/* Where a value goes. */
typedef struct script_target {
    target_kind           kind;
    const node           *node; /* For positions. */
    const char           *name;
    script_expr           owner, index;
    struct script_target *parts; /* TARGET_MANY */
    size_t                nparts;
} script_target;

typedef struct script_statement script_statement;

typedef struct script_block {
    script_statement **items;
    size_t             len, cap;
} script_block;

struct script_statement {
    script_kind    kind;
    operator_kind  op;     /* S_AUGMENT */
    bool           concat; /* S_AUGMENT by ~= */
    script_expr    value;  /* Expression, condition, what is walked. */
    script_target *targets;
    size_t         ntargets;
    script_block   body, other;
};

struct cf_script {
    cf_template *tmpl;
    int          line;
    script_block body;
};

/* script_parse.c */
bool cf__script_parse(cf_script *script, cf_str text, const script_lines *lines, cf_error *err);

/* script_check.c: after an expression is compiled: what it reads must exist. */
void cf__script_require(cf_arena *arena, node *n);
/* Before: tests spelled as Python does, `is None`. */
void cf__script_spelling(node *n);

/* script_run.c */
bool cf__script_exec(vm *m, cf_script *script, cf_map *names, cf_script_result *result, void *data);

#endif
