/* render.c -- renders: their beginning and end, contexts, roots, blocks, limits. */
#include "template/runtime.h"

#include <carafe/time.h>
#include <stdio.h>

#include "template/compile.h"
#include "template/parser.h"

/* Bytes gathered before a streamed page's sink is called. */
#define CHUNK CF_KIB(16)

/* C stack that one render may use; a fiber has 256 KiB. */
#ifdef __SANITIZE_ADDRESS__
#define MOST_STACK (112 * 1024)
#else
#define MOST_STACK (144 * 1024)
#endif

vm *cf__vm(cf_eval *eval)
{
    if (!eval->render)
        cf_fail(eval->err, CF_ERUNTIME, "used outside the render that made it");
    return eval->render;
}

bool cf__fail_node(vm *m, const node *n)
{
    cf_error *err = m->eval.err;

    if (!err->code)
        cf_fail(err, CF_ERUNTIME, "a function failed without saying why");
    if (err->input[0])
        return false;
    return cf_fail_in(err, m->tmpl->name, (int)n->line, cf__column(m->tmpl->source, n->pos));
}

void cf__add_way(vm *m, const char *how, const char *name, uint32_t line)
{
    cf_error *err = m->eval.err;
    size_t    len = strlen(err->message), room = sizeof err->message - len;

    if (line)
        snprintf(err->message + len, room, " (%s '%s' line %u)", how, name, line);
    else
        snprintf(err->message + len, room, " (%s '%s')", how, name);
}

/* ---- limits ---- */

/* Items compared that count as a step. */
#define COMPARED_A_STEP 16

static bool count_compared(vm *m)
{
    m->steps += (cf__walk.items - m->compared) / COMPARED_A_STEP;
    m->compared = cf__walk.items;
    if (!cf__walk.gave_up)
        return true;
    cf__walk.gave_up = false;
    return cf_fail(m->eval.err, CF_ELIMIT, "values are too deep or too large to be compared");
}

bool cf__step_slow(vm *m)
{
    const cf_template_options *o = &m->env->options;

    if (!count_compared(m))
        return false;
    if (o->stop && *o->stop)
        return cf_fail(m->eval.err, CF_ECANCELED, "interrupted");
    if (o->max_steps && m->steps > o->max_steps)
        return cf_fail(m->eval.err, CF_ELIMIT, "template takes more than %llu steps",
                       (unsigned long long)o->max_steps);
    if (m->deadline && cf_monotonic_us() > m->deadline)
        return cf_fail(m->eval.err, CF_ELIMIT, "template takes longer than %lld ms",
                       (long long)(o->max_time_us / 1000));
    if (o->max_memory &&
        cf_arena_used(m->arena) - m->memory_start + cf__pass_used(m) > o->max_memory)
        return cf_fail(m->eval.err, CF_ELIMIT, "template uses more than %zu bytes of memory",
                       o->max_memory);
    return cf_buf_ok(m->out, m->eval.err);
}

bool cf__enter_call(vm *m)
{
    const char *here = __builtin_frame_address(0);
    size_t      used = (size_t)(m->base > here ? m->base - here : here - m->base);

    if (++m->depth > m->env->options.max_depth || used > MOST_STACK)
        return cf_fail(m->eval.err, CF_ELIMIT,
                       "templates, macros or loops call each other too deeply");
    return cf__step(m);
}

void cf__leave_call(vm *m)
{
    m->depth--;
}

/* ---- names ---- */

static bool lookup_computed(vm *m, const char *name, cf_value *out, bool *found)
{
    cf_value  key = cf_string(name), *known;
    computed *c;
    cf_arena *before = m->eval.arena;
    bool      ok;

    *found = false;
    if (!m->env->computed->len || !(known = cf_map_find(m->env->computed, key)))
        return true;
    c = cf__unpack(*known);
    *found = true;
    known = m->computed ? cf_map_find(m->computed, key) : NULL;
    if (known) {
        *out = *known;
        return true;
    }
    m->eval.arena = m->arena;
    ok = c->get(c->data, &m->eval, out);
    m->eval.arena = before;
    if (!ok)
        return false;
    if (!m->computed)
        m->computed = cf_map_new(m->arena);
    cf_map_set(m->computed, name, *out);
    return true;
}

bool cf__lookup(vm *m, context *c, const char *name, cf_value *out, bool *found)
{
    cf_value *global;

    for (; c; c = c->parent) {
        cf_value *var = c->vars ? cf_map_find(c->vars, cf_string(name)) : NULL;
        *found = true;
        if (var) {
            *out = *var;
            return true;
        }
        for (size_t i = c->nnamed; i > 0; i--)
            if (c->named[i - 1].name[0] == name[0] && strcmp(c->named[i - 1].name, name) == 0) {
                *out = c->named[i - 1].value;
                return true;
            }
    }
    if (!lookup_computed(m, name, out, found) || *found)
        return *found;
    global = cf_map_find(m->env->globals, cf_string(name));
    *found = global != NULL;
    if (global)
        *out = *global;
    return true;
}

context *cf__context(vm *m, context *parent)
{
    context *c = cf_new(m->eval.arena, context);

    c->parent = parent;
    return c;
}

bool cf__export(vm *m, const char *name, cf_value value, bool public)
{
    context *c = m->context;

    if (!c->vars) {
        c->vars = cf_map_new(m->eval.arena);
        c->exported = cf_map_new(m->eval.arena);
    }
    cf_map_set(c->vars, name, cf__outlive(m, c->vars->arena, value));
    if (public && name[0] != '_')
        cf_map_set(c->exported, name, cf_bool(true));
    else
        cf_map_remove(c->exported, cf_string(name));
    return true;
}

/* ---- templates in use ---- */

static void retain(vm *m, cf_template *t)
{
    for (size_t i = 0; i < m->nused; i++)
        if (m->used[i] == t)
            return;
    if (m->nused == m->used_cap) {
        size_t cap = m->used_cap ? m->used_cap * 2 : 8;
        m->used = cf_grow(m->arena, m->used, m->used_cap * sizeof *m->used, cap * sizeof *m->used);
        m->used_cap = cap;
    }
    t->refs++;
    m->used[m->nused++] = t;
}

/* Gives back what a render holds; also runs when a canceled fiber's arena ends. */
static void release(void *data)
{
    vm *m = data;

    cf__pass_free(m);
    while (m->nused)
        cf__template_unref(m->used[--m->nused]);
}

cf_template *cf__use_template(vm *m, cf_str name)
{
    cf_template *t = cf_template_get(m->env, name, m->eval.err);

    if (t)
        retain(m, t);
    return t;
}

/* ---- blocks ---- */

block_stack *cf__find_block(const block_table *table, const char *name)
{
    for (uint32_t i = 0; table && i < table->len; i++)
        if (table->stacks[i].name == name || strcmp(table->stacks[i].name, name) == 0)
            return &table->stacks[i];
    return NULL;
}

static block_stack *add_stack(block_table *table, const char *name)
{
    if (table->len == table->cap) {
        uint32_t cap = table->cap ? table->cap * 2 : 8;
        table->stacks = cf_grow(table->arena, table->stacks, table->cap * sizeof(block_stack),
                                cap * sizeof(block_stack));
        table->cap = cap;
    }
    table->stacks[table->len] = (block_stack){ .name = name };
    return &table->stacks[table->len++];
}

block_table *cf__block_table(vm *m, cf_template *t)
{
    block_table *table = cf_new(m->eval.arena, block_table);

    table->arena = m->eval.arena;
    table->name = t->name;
    cf__add_blocks(table, t);
    return table;
}

void cf__add_blocks(block_table *table, cf_template *t)
{
    for (uint32_t i = 0; i < t->nblocks; i++) {
        block_stack *stack = cf__find_block(table, t->blocks[i].name);

        if (!stack)
            stack = add_stack(table, t->blocks[i].name);
        if (stack->len == stack->cap) {
            uint32_t cap = stack->cap ? stack->cap * 2 : 2;
            stack->levels = cf_grow(table->arena, stack->levels, stack->cap * sizeof(block_level),
                                    cap * sizeof(block_level));
            stack->cap = cap;
        }
        stack->levels[stack->len++] = (block_level){ t->blocks[i].proto, t };
    }
}

/* ---- running roots and blocks ---- */

/* What a function of another template changes and gives back. */
typedef struct saved {
    cf_template *tmpl, *parent;
    frame       *frame;
    context     *context;
    bool         escape;
} saved;

static saved save(const vm *m)
{
    return (saved){ m->tmpl, m->parent, m->frame, m->context, m->escape };
}

static void restore(vm *m, saved s)
{
    m->tmpl = s.tmpl;
    m->parent = s.parent;
    m->frame = s.frame;
    m->context = s.context;
    m->escape = s.escape;
}

static frame *new_frame(vm *m, const proto *p)
{
    frame *f = cf_alloc(m->eval.arena, sizeof *f);

    f->up = NULL;
    f->slots = cf_new_array(m->eval.arena, cf_value, p->nslots + 1);
    return f;
}

bool cf__run_root(vm *m, cf_template *t, context *c)
{
    saved              before = save(m);
    const cf_template *first = t;
    bool               ok;

    m->context = c;
    do {
        m->tmpl = t;
        m->parent = NULL;
        m->escape = t->escape;
        m->frame = new_frame(m, t->root);
        if (t->root->self_slot >= 0)
            m->frame->slots[t->root->self_slot] = cf__make_self(m, c);
        ok = cf__enter_scope(m, &t->root->scope) && cf__exec(m, &t->root->body) != FLOW_ERROR;
        t = m->parent;
        if (ok && t && !cf__step(m))
            ok = cf__fail_node(m, t->root->body.items[0]);
    } while (ok && t);
    if (!ok && m->tmpl != first)
        cf__add_way(m, "extended by", first->name, 0);
    restore(m, before);
    return ok;
}

bool cf__run_block(vm *m, const block_stack *stack, uint32_t level, context *c)
{
    const block_level *l = &stack->levels[level];
    saved              before = save(m);
    bool               ok;

    if (!cf__enter_call(m))
        return false;
    m->context = c;
    m->tmpl = l->tmpl;
    m->escape = l->tmpl->escape;
    m->parent = NULL;
    m->frame = new_frame(m, l->proto);
    if (l->proto->self_slot >= 0)
        m->frame->slots[l->proto->self_slot] = cf__make_self(m, c);
    if (l->proto->super_slot >= 0)
        m->frame->slots[l->proto->super_slot] = cf__make_super(m, stack->name, level + 1, c);
    ok = cf__enter_scope(m, &l->proto->scope) && cf__exec(m, &l->proto->body) != FLOW_ERROR;
    restore(m, before);
    cf__leave_call(m);
    return ok;
}

/* ---- output ---- */

bool cf__flush(vm *m)
{
    size_t chunk = m->sink->chunk ? m->sink->chunk : CHUNK;

    if (m->captures || m->out->len < chunk)
        return true;
    if (!m->sink->write(m->sink->data, cf_buf_view(m->out), m->eval.err))
        return false;
    cf_buf_clear(m->out);
    return true;
}

size_t cf__capture_begin(vm *m)
{
    m->captures++;
    return m->out->len;
}

cf_value cf__capture_end(vm *m, size_t start)
{
    cf_str   text = cf_str_slice(cf_buf_view(m->out), start, m->out->len);
    cf_value v = text.len ? cf_string_copy(m->eval.arena, text) : cf_string("");

    m->captures--;
    m->out->len = start;
    return v;
}

/* ---- entry points ---- */

static void begin(vm *m, cf_templates *env, cf_template *t, cf_eval *eval, cf_error *own,
                  cf_buf *out)
{
    *m = (vm){ .eval = *eval, .arena = eval->arena, .env = env, .tmpl = t, .out = out };
    m->compared = cf__walk.items;
    cf__walk.gave_up = false;
    if (!m->eval.err)
        m->eval.err = own;
    cf_error_clear(m->eval.err);
    m->eval.render = m;
    m->base = __builtin_frame_address(0);
    m->memory_start = cf_arena_used(eval->arena);
    m->escape = t->escape;
    if (env->options.max_time_us)
        m->deadline = cf_monotonic_us() + env->options.max_time_us;
    retain(m, t);
}

/* The output's limit for the time of a render. */
static size_t limit_output(const vm *m, cf_buf *out)
{
    size_t before = out->limit, limit = before ? before : CF_MIB(64);
    size_t most = out->len + m->env->options.max_output;

    out->limit = limit < most || most < out->len ? limit : most;
    return before;
}

bool cf__run_part(cf_template *t, cf_eval *eval, const cf_named *vars, size_t count, cf_buf *out,
                  const cf_sink *sink, cf__part *part, void *data)
{
    vm      *m = cf_alloc(eval->arena, sizeof *m);
    cf_error own = { 0 };
    size_t   limit;
    context *c;
    bool     ok;

    begin(m, t->env, t, eval, &own, out);
    cf_arena_defer(eval->arena, release, m);
    m->sink = sink;
    limit = limit_output(m, out);
    c = cf__context(m, NULL);
    c->named = vars;
    c->nnamed = count;
    c->blocks = cf__block_table(m, t);
    m->context = c;
    ok = part(m, t, c, data) && cf__step_compared(m) && cf_buf_ok(out, m->eval.err);
    out->limit = limit;
    cf_arena_undefer(eval->arena, release, m);
    release(m);
    return ok;
}

static bool whole(vm *m, cf_template *t, context *c, void *data)
{
    (void)data;
    return cf__run_root(m, t, c);
}

bool cf_template_render(cf_template *t, cf_eval *eval, const cf_named *vars, size_t count,
                        cf_buf *out)
{
    return cf__run_part(t, eval, vars, count, out, NULL, whole, NULL);
}

bool cf_template_stream(cf_template *t, cf_eval *eval, const cf_named *vars, size_t count,
                        const cf_sink *sink)
{
    cf_buf out = cf_buf_in(eval->arena, SIZE_MAX / 2);
    bool   ok;

    cf_buf_reserve(&out, sink->chunk ? sink->chunk * 2 : 2 * CHUNK);
    ok = cf__run_part(t, eval, vars, count, &out, sink, whole, NULL);
    if (ok && out.len)
        ok = sink->write(sink->data, cf_buf_view(&out), eval->err);
    return ok;
}

/* Runs the template for its assignments and parents, without output, then the block. */
static bool one_block(vm *m, cf_template *t, context *c, void *data)
{
    const char        *name = data, *names[128];
    size_t             start = cf__capture_begin(m), count = 0;
    const block_stack *stack;
    const char        *near;

    if (!cf__run_root(m, t, c))
        return false;
    cf__capture_end(m, start);
    stack = cf__find_block(c->blocks, name);
    if (stack)
        return cf__run_block(m, stack, 0, c);
    for (uint32_t i = 0; i < c->blocks->len && count < 128; i++)
        names[count++] = c->blocks->stacks[i].name;
    near = cf_nearest(cf_str_of(name), names, count);
    return cf_fail(m->eval.err, CF_ENOTFOUND, "template '%s' has no block '%s'%s%s%s", t->name,
                   name, near ? ". Did you mean '" : "", near ? near : "", near ? "'?" : "");
}

bool cf_template_render_block(cf_template *t, cf_eval *eval, const char *block,
                              const cf_named *vars, size_t count, cf_buf *out)
{
    return cf__run_part(t, eval, vars, count, out, NULL, one_block, cf_strdup(eval->arena, block));
}

size_t cf_named_of_map(cf_arena *arena, const cf_map *map, cf_named **out)
{
    size_t count = 0;

    *out = cf_new_array(arena, cf_named, map->len + 1);
    for (size_t i = 0; i < map->len; i++)
        if (map->entries[i].key.type == CF_TYPE_STRING)
            (*out)[count++] = (cf_named){ cf_cstr(arena, map->entries[i].key, ""),
                                          map->entries[i].value };
    return count;
}

cf_value cf_template_variable(cf_eval *eval, const char *name)
{
    cf_value v = cf_undefined(name);
    bool     found;

    if (eval->render && cf__lookup(eval->render, eval->render->context, name, &v, &found) && found)
        return v;
    return cf_undefined(name);
}

bool cf_template_text(cf_eval *eval, cf_value value, cf_str *out)
{
    return cf__vm(eval) && cf__text_of(eval->render, value, out);
}

bool cf_template_escapes(const cf_eval *eval)
{
    return eval->render && eval->render->escape;
}

const char *cf_template_excerpt(cf_templates *env, cf_arena *arena, const cf_error *err)
{
    cf_error           ignored = { 0 };
    cf_template_source source = { 0 };
    cf_value          *known = cf_map_find(env->templates, cf_string(err->input));
    cf_str             text, line;
    cf_buf             out = cf_buf_in(arena, 0);

    if (known)
        text = ((cf_template *)cf__unpack(*known))->source;
    else if (env->options.loader.load &&
             env->options.loader.load(env->options.loader.data, arena, cf_str_of(err->input),
                                      &source, &ignored))
        text = cf__lex_source(arena, &env->options, source.text);
    else
        return "";
    for (int i = 1; i < err->input_line; i++)
        cf_str_cut(text, '\n', &line, &text);
    cf_str_cut(text, '\n', &line, &text);
    if (err->input_line <= 0 || line.len > 2000)
        return "";
    cf_buf_printf(&out, "%6d | %.*s\n", err->input_line, CF_STR_ARG(line));
    if (err->input_column > 0) {
        cf_buf_puts(&out, "       | ");
        for (int i = 1; i < err->input_column && (size_t)i <= line.len; i++)
            cf_buf_putc(&out, line.ptr[i - 1] == '\t' ? '\t' : ' ');
        cf_buf_puts(&out, "^\n");
    }
    return cf_buf_cstr(&out);
}

/* ---- expressions ---- */

struct cf_expression {
    cf_template *tmpl;
    const node  *expr;
};

cf_expression *cf_expression_compile(cf_templates *env, cf_arena *arena, cf_str source,
                                     cf_error *err)
{
    cf_expression *e = cf_new(arena, cf_expression);
    cf_template   *t = cf_new(arena, cf_template);
    node          *n;

    *t = (cf_template){ .env = env, .arena = arena, .name = "expression", .refs = 1 };
    t->source = cf_str_n(cf_str_dup(arena, source), source.len);
    n = cf__parse_expression(arena, &env->options, t->source, err);
    if (!n || !cf__compile_lone(env, t, n, err))
        return NULL;
    *e = (cf_expression){ t, n };
    return e;
}

typedef struct evaluation {
    const node *expr;
    cf_value   *out;
} evaluation;

static bool evaluate(vm *m, cf_template *t, context *c, void *data)
{
    evaluation *e = data;

    (void)c;
    m->frame = new_frame(m, t->root);
    return cf__eval(m, e->expr, e->out);
}

bool cf_expression_eval(cf_expression *expression, cf_eval *eval, const cf_named *vars,
                        size_t count, cf_value *out)
{
    evaluation e = { expression->expr, out };
    cf_buf     ignored = cf_buf_in(eval->arena, 0);

    return cf__run_part(expression->tmpl, eval, vars, count, &ignored, NULL, evaluate, &e);
}
