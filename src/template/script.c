/* script.c -- scripts as others use them: complete or not, piece by piece, compiled, run.
 *
 * Lines are put together first (script_lines.c), then parsed into statements (script_parse.c) whose
 * expressions are those of templates, and walked (script_run.c). A variable is an entry of the map
 * that the caller keeps, so it outlives the script. */
#include <carafe/script.h>

#include <stdlib.h>

#include "template/script_internal.h"

/* ---- lines ---- */

static bool is_word_at(cf_str line, const char *word)
{
    size_t len = strlen(word);

    if (line.len < len || memcmp(line.ptr, word, len) != 0)
        return false;
    return line.len == len || strchr(" \t(:[{\"'-", line.ptr[len]) != NULL;
}

static bool opens_block(cf_str line)
{
    cf_str text = cf_str_trim(line);

    return text.len && text.ptr[text.len - 1] == ':' &&
           (is_word_at(text, "for") || is_word_at(text, "while") || is_word_at(text, "if"));
}

/* A statement's lines without comments: a view of `copy`. */
static cf_str blanked(const char *copy, const script_line *line)
{
    return cf_str_trim(cf_str_n(copy + line->start, line->end - line->start));
}

bool cf_script_wants_more(cf_str text)
{
    char       *copy = cf_xmalloc(text.len + 1);
    bool        block = false, first = true, empty = false;
    script_scan scan = { 0 };

    if (text.len)
        memcpy(copy, text.ptr, text.len);
    for (size_t pos = 0; pos < text.len && scan.state == SCRIPT_COMPLETE;) {
        script_line line;
        cf_str      code;

        pos = cf__script_line(text, pos, copy, &line, &scan);
        code = blanked(copy, &line);
        empty = !code.len;
        if (first && !empty) {
            block = opens_block(code);
            first = false;
        }
    }
    free(copy);
    if (scan.state == SCRIPT_COMPLETE)
        return block && !empty;
    return scan.state != SCRIPT_BAD_STRING;
}

/* Whether a line still belongs to the statement that was begun. */
static bool goes_on(const script_line *line, cf_str code)
{
    return line->indent || is_word_at(code, "elif") || is_word_at(code, "else");
}

cf_str cf_script_cut(cf_str text, cf_str *rest, int *lines)
{
    size_t      pos = 0, start = text.len, end = text.len;
    script_scan scan;

    *lines = 0;
    while (pos < text.len) {
        size_t      at = pos;
        script_line line;
        cf_str      code;

        pos = cf__script_line(text, pos, NULL, &line, &scan);
        code = cf_str_trim(cf_str_slice(text, line.start, line.end));
        if (!code.len || code.ptr[0] == '#')
            continue;
        if (start != text.len && !goes_on(&line, code))
            break;
        start = start == text.len ? at : start;
        end = pos;
    }
    for (size_t i = 0; i < start; i++)
        *lines += text.ptr[i] == '\n';
    *rest = cf_str_slice(text, end, text.len);
    return cf_str_slice(text, start, end);
}

/* ---- the language ---- */

cf_templates *cf_script_env(cf_arena *arena, const cf_templates *env, const volatile int *stop)
{
    cf_templates *own = cf_new(arena, cf_templates);

    *own = *env;
    own->globals = cf_map_copy(arena, env->globals);
    own->options.undefined = CF_UNDEFINED_STRICT;
    own->options.autoescape = CF_AUTOESCAPE_OFF;
    own->options.sandbox = CF_SANDBOX_OFF;
    own->options.reload = false;
    own->options.stop = stop;
    own->script_stack = cf_alloc(arena, sizeof(segment) + SCRIPT_STACK * sizeof(cf_value));
    *own->script_stack = (segment){ .cap = SCRIPT_STACK };
    return own;
}

cf_value cf_script_global(const cf_templates *env, cf_str name)
{
    return cf_map_get_str(env->globals, name);
}

void cf_script_globals(const cf_templates *env, cf_list *out)
{
    for (size_t i = 0; i < env->globals->len; i++)
        cf_list_add(out, env->globals->entries[i].key);
}

/* Lines count from the script's place in its file. */
static bool place_error(const cf_script *script, cf_error *err)
{
    if (err && err->input_line && strcmp(err->input, script->tmpl->name) == 0)
        err->input_line += script->line - 1;
    return false;
}

static bool unfinished(const cf_script *script, script_scan scan, uint32_t line, cf_error *err)
{
    cf_str source = script->tmpl->source;

    switch (scan.state) {
    case SCRIPT_OPEN_BRACKET:
        cf_fail(err, CF_ESYNTAX, "this '%c' is never closed", source.ptr[scan.at]);
        break;
    case SCRIPT_OPEN_STRING:
    case SCRIPT_BAD_STRING:
        cf_fail(err, CF_ESYNTAX, "this string is not closed");
        break;
    default:
        cf_fail(err, CF_ESYNTAX, "a line ends in a backslash and nothing follows");
        break;
    }
    for (size_t i = 0; i < scan.at; i++)
        line += source.ptr[i] == '\n';
    return cf_fail_in(err, script->tmpl->name, (int)line + 1, cf__column(source, scan.at));
}

static void add_line(cf_arena *arena, script_lines *lines, script_line line)
{
    if (lines->len == lines->cap) {
        size_t cap = lines->cap ? lines->cap * 2 : 8;

        lines->items = cf_grow(arena, lines->items, lines->cap * sizeof(script_line),
                               cap * sizeof(script_line));
        lines->cap = cap;
    }
    lines->items[lines->len++] = line;
}

static bool read_lines(cf_arena *arena, const cf_script *script, char *copy, script_lines *out,
                       cf_error *err)
{
    cf_str   source = script->tmpl->source;
    uint32_t number = 0;

    for (size_t pos = 0, counted = 0; pos < source.len;) {
        script_scan scan;
        script_line line;

        pos = cf__script_line(source, pos, copy, &line, &scan);
        if (scan.state != SCRIPT_COMPLETE)
            return unfinished(script, scan, 0, err);
        for (; counted < line.start; counted++)
            number += source.ptr[counted] == '\n';
        line.line = number;
        if (blanked(copy, &line).len)
            add_line(arena, out, line);
    }
    return true;
}

cf_script *cf_script_compile(cf_templates *env, cf_arena *arena, const char *name, int line,
                             cf_str source, cf_error *err)
{
    cf_script   *script = cf_new(arena, cf_script);
    cf_template *t = cf_new(arena, cf_template);
    char        *copy = cf_strndup(arena, source.ptr ? source.ptr : "", source.len);
    script_lines lines = { 0 };

    *t = (cf_template){ .env = env, .arena = arena, .name = cf_strdup(arena, name), .refs = 1 };
    t->source = cf_str_n(cf_strndup(arena, source.ptr ? source.ptr : "", source.len), source.len);
    script->tmpl = t;
    script->line = line > 0 ? line : 1;
    if (read_lines(arena, script, copy, &lines, err) &&
        cf__script_parse(script, cf_str_n(copy, source.len), &lines, err))
        return script;
    place_error(script, err);
    return NULL;
}

/* ---- running ---- */

typedef struct run_data {
    cf_script        *script;
    cf_map           *names;
    cf_script_result *result;
    void             *data;
} run_data;

static bool run_part(vm *m, cf_template *t, context *c, void *data)
{
    run_data *r = data;

    (void)t;
    c->vars = r->names;
    /* One stack serves all runs, lest each of thousands leaves its own behind. */
    m->stack = m->env->script_stack;
    m->stack->len = 0;
    m->stack->next = NULL;
    return cf__script_exec(m, r->script, r->names, r->result, r->data);
}

bool cf_script_run(cf_script *script, cf_eval *eval, cf_map *names, cf_script_result *result,
                   void *data)
{
    run_data r = { script, names, result, data };
    cf_buf   ignored = cf_buf_in(eval->arena, 0);

    if (cf__run_part(script->tmpl, eval, NULL, 0, &ignored, NULL, run_part, &r))
        return true;
    return place_error(script, eval->err);
}
