/* script_run.c -- running statements: loops and branches, and where values are put. */
#include "template/script_internal.h"

typedef struct runner {
    vm               *m;
    cf_map           *names;
    cf_script_result *result;
    void             *data;
} runner;

static flow run_block(runner *r, const script_block *block);

/* ---- expressions ---- */

static bool value_of(runner *r, const script_expr *e, cf_value *out)
{
    vm   *m = r->m;
    frame f = { .slots = cf__push(m, e->root->nslots + 1) };
    bool  ok;

    memset(f.slots, 0, (e->root->nslots + 1) * sizeof(cf_value));
    m->frame = &f;
    ok = cf__eval(m, e->node, out);
    m->frame = NULL;
    if (ok)
        cf__pop(m, e->root->nslots + 1);
    if (ok && out->type == CF_TYPE_UNDEFINED)
        ok = cf__undefined_fail(m, *out);
    return ok || cf__fail_node(m, e->node);
}

static bool truth_of(runner *r, const script_expr *e, bool *out)
{
    cf_value v;

    return value_of(r, e, &v) && (cf__truth(r->m, v, out) || cf__fail_node(r->m, e->node));
}

/* ---- putting ---- */

static bool put_attr(runner *r, cf_value owner, const char *name, cf_value value)
{
    vm *m = r->m;

    if (owner.type == CF_TYPE_OBJECT && owner.as.object->class->set)
        return owner.as.object->class->set(&m->eval, owner.as.object, cf_str_of(name), value);
    if (owner.type == CF_TYPE_MAP) {
        cf_map_put(owner.as.map, cf_string(name), value);
        return true;
    }
    return cf_fail(m->eval.err, CF_ETYPE, "attributes of '%s' objects cannot be set",
                   cf_type_name(owner));
}

static bool list_place(vm *m, const cf_list *list, cf_value key, size_t *out)
{
    int64_t at = key.type == CF_TYPE_BOOL ? key.as.boolean : key.as.integer;

    if (list->tuple)
        return cf_fail(m->eval.err, CF_ETYPE, "tuples cannot be changed");
    if (key.type != CF_TYPE_INT && key.type != CF_TYPE_BOOL)
        return cf_fail(m->eval.err, CF_ETYPE, "a list's place is a number, not '%s'",
                       cf_type_name(key));
    at += at < 0 ? (int64_t)list->len : 0;
    if (at < 0 || (uint64_t)at >= list->len)
        return cf_fail(m->eval.err, CF_ERUNTIME, "the list has no place %lld",
                       (long long)key.as.integer);
    *out = (size_t)at;
    return true;
}

static bool put_item(runner *r, cf_value owner, cf_value key, cf_value value)
{
    vm    *m = r->m;
    size_t at;

    if (owner.type == CF_TYPE_LIST) {
        if (!list_place(m, owner.as.list, key, &at))
            return false;
        owner.as.list->items[at] = value;
        return true;
    }
    if (owner.type == CF_TYPE_MAP) {
        if ((key.type == CF_TYPE_LIST && !key.as.list->tuple) || key.type == CF_TYPE_MAP)
            return cf_fail(m->eval.err, CF_ETYPE, "unhashable type: '%s'", cf_type_name(key));
        cf_map_put(owner.as.map, key, value);
        return true;
    }
    if (owner.type == CF_TYPE_OBJECT && owner.as.object->class->set && key.type == CF_TYPE_STRING)
        return owner.as.object->class->set(&m->eval, owner.as.object, cf_text(key), value);
    return cf_fail(m->eval.err, CF_ETYPE, "items of '%s' objects cannot be set",
                   cf_type_name(owner));
}

static void put_name(runner *r, const char *name, cf_value value)
{
    cf_value *known = cf_map_find(r->names, cf_string(name));

    if (known)
        *known = value;
    else
        cf_map_put(r->names, cf_string_copy(r->names->arena, cf_str_of(name)), value);
}

/* The places that a target's expressions lead to. */
typedef struct spot {
    cf_value owner, key;
} spot;

static bool find_spot(runner *r, const script_target *t, spot *out)
{
    out->owner = out->key = cf_none();
    if (t->kind == TARGET_ATTR)
        return value_of(r, &t->owner, &out->owner);
    if (t->kind == TARGET_ITEM)
        return value_of(r, &t->owner, &out->owner) && value_of(r, &t->index, &out->key);
    return true;
}

static bool put(runner *r, const script_target *t, cf_value value);

static bool put_many(runner *r, const script_target *t, cf_value value)
{
    cf_list *items = cf__list_of(r->m, value);

    if (!items)
        return cf__fail_node(r->m, t->node);
    if (items->len != t->nparts) {
        cf_fail(r->m->eval.err, CF_ERUNTIME, "%zu names for %zu values", t->nparts, items->len);
        return cf__fail_node(r->m, t->node);
    }
    for (size_t i = 0; i < t->nparts; i++)
        if (!put(r, &t->parts[i], items->items[i]))
            return false;
    return true;
}

static bool put_at(runner *r, const script_target *t, const spot *s, cf_value value)
{
    bool ok = true;

    if (t->kind == TARGET_NAME)
        put_name(r, t->name, value);
    else if (t->kind == TARGET_ATTR)
        ok = put_attr(r, s->owner, t->name, value);
    else
        ok = put_item(r, s->owner, s->key, value);
    return ok || cf__fail_node(r->m, t->node);
}

static bool put(runner *r, const script_target *t, cf_value value)
{
    spot s;

    if (t->kind == TARGET_MANY)
        return put_many(r, t, value);
    return find_spot(r, t, &s) && put_at(r, t, &s, value);
}

/* ---- x += y ---- */

static bool current(runner *r, const script_target *t, const spot *s, cf_value *out)
{
    vm  *m = r->m;
    bool found, ok;

    if (t->kind == TARGET_NAME)
        ok = cf__lookup(m, m->context, t->name, out, &found) &&
             (found || cf__undefined_fail(m, cf_undefined(t->name)));
    else if (t->kind == TARGET_ATTR)
        ok = cf__get_attr(m, s->owner, cf_str_of(t->name), NULL, out);
    else
        ok = cf__get_item(m, s->owner, s->key, out);
    if (ok && out->type == CF_TYPE_UNDEFINED)
        ok = cf__undefined_fail(m, *out);
    return ok || cf__fail_node(m, t->node);
}

static bool concat(vm *m, cf_value a, cf_value b, cf_value *out)
{
    cf_buf text = cf_buf_in(m->eval.arena, m->env->options.max_output);

    if (!cf__print(m, a, false, &text) || !cf__print(m, b, false, &text))
        return false;
    *out = cf_string_of(cf_buf_view(&text));
    return cf_buf_ok(&text, m->eval.err);
}

static bool augment(runner *r, const script_statement *s)
{
    const script_target *t = &s->targets[0];
    cf_value             old, value, result;
    spot                 where;
    bool                 ok;

    if (!find_spot(r, t, &where) || !current(r, t, &where, &old) || !value_of(r, &s->value, &value))
        return false;
    if (s->op == OP_ADD && old.type == CF_TYPE_LIST && !old.as.list->tuple &&
        value.type == CF_TYPE_LIST) {
        size_t count = value.as.list->len;

        for (size_t i = 0; i < count; i++)
            cf_list_add(old.as.list, value.as.list->items[i]);
        return true;
    }
    ok = s->concat ? concat(r->m, old, value, &result)
                   : cf__binary(r->m, s->op, old, value, &result);
    return ok ? put_at(r, t, &where, result) : cf__fail_node(r->m, t->node);
}

/* ---- del ---- */

static bool delete_item(runner *r, const spot *s)
{
    vm      *m = r->m;
    cf_list *list = s->owner.as.list;
    size_t   at;

    if (s->owner.type == CF_TYPE_MAP)
        return cf_map_remove(s->owner.as.map, s->key) ||
               cf_fail(m->eval.err, CF_ERUNTIME, "there is no such key");
    if (s->owner.type != CF_TYPE_LIST)
        return cf_fail(m->eval.err, CF_ETYPE, "items of '%s' objects cannot be deleted",
                       cf_type_name(s->owner));
    if (!list_place(m, list, s->key, &at))
        return false;
    memmove(&list->items[at], &list->items[at + 1], (list->len - at - 1) * sizeof(cf_value));
    list->len--;
    return true;
}

static bool delete_target(runner *r, const script_target *t)
{
    spot s;
    bool ok;

    for (size_t i = 0; t->kind == TARGET_MANY && i < t->nparts; i++)
        if (!delete_target(r, &t->parts[i]))
            return false;
    if (t->kind == TARGET_MANY)
        return true;
    if (t->kind == TARGET_NAME) {
        ok = cf_map_remove(r->names, cf_string(t->name)) ||
             cf__undefined_fail(r->m, cf_undefined(t->name));
    } else {
        if (!find_spot(r, t, &s))
            return false;
        ok = t->kind == TARGET_ITEM
                 ? delete_item(r, &s)
                 : cf_fail(r->m->eval.err, CF_ETYPE, "attributes cannot be deleted");
    }
    return ok || cf__fail_node(r->m, t->node);
}

/* ---- statements ---- */

static bool expression(runner *r, const script_statement *s)
{
    cf_value v;

    if (!value_of(r, &s->value, &v))
        return false;
    return !r->result || r->result(r->data, &r->m->eval, v) || cf__fail_node(r->m, s->value.node);
}

static bool assign(runner *r, const script_statement *s)
{
    cf_value v;

    if (!value_of(r, &s->value, &v))
        return false;
    for (size_t i = 0; i < s->ntargets; i++)
        if (!put(r, &s->targets[i], v))
            return false;
    return true;
}

/* One pass of a loop: counts against the limits, and may be stopped. */
static bool pass(vm *m)
{
    m->steps++;
    return cf__step_slow(m);
}

static flow run_for(runner *r, const script_statement *s)
{
    vm      *m = r->m;
    cf_iter  iter;
    cf_value v;
    bool     done = false;
    flow     how = FLOW_NEXT;

    if (!value_of(r, &s->value, &v))
        return FLOW_ERROR;
    if (!cf_iterate(&m->eval, v, &iter)) {
        cf__fail_node(m, s->value.node);
        return FLOW_ERROR;
    }
    while (how != FLOW_BREAK) {
        if (!pass(m) || !cf_iter_next(&iter, &m->eval, &v, &done)) {
            cf__fail_node(m, s->value.node);
            return FLOW_ERROR;
        }
        if (done)
            return run_block(r, &s->other);
        if (!put(r, &s->targets[0], v))
            return FLOW_ERROR;
        how = run_block(r, &s->body);
        if (how == FLOW_ERROR)
            return how;
    }
    return FLOW_NEXT;
}

static flow run_while(runner *r, const script_statement *s)
{
    bool holds;

    for (;;) {
        flow how;

        if (!pass(r->m)) {
            cf__fail_node(r->m, s->value.node);
            return FLOW_ERROR;
        }
        if (!truth_of(r, &s->value, &holds))
            return FLOW_ERROR;
        if (!holds)
            return run_block(r, &s->other);
        how = run_block(r, &s->body);
        if (how == FLOW_ERROR)
            return how;
        if (how == FLOW_BREAK)
            return FLOW_NEXT;
    }
}

static flow run_if(runner *r, const script_statement *s)
{
    bool holds;

    if (!truth_of(r, &s->value, &holds))
        return FLOW_ERROR;
    return run_block(r, holds ? &s->body : &s->other);
}

static bool delete_all(runner *r, const script_statement *s)
{
    for (size_t i = 0; i < s->ntargets; i++)
        if (!delete_target(r, &s->targets[i]))
            return false;
    return true;
}

static flow run_one(runner *r, const script_statement *s)
{
    switch (s->kind) {
    case S_EXPRESSION:
        return expression(r, s) ? FLOW_NEXT : FLOW_ERROR;
    case S_ASSIGN:
        return assign(r, s) ? FLOW_NEXT : FLOW_ERROR;
    case S_AUGMENT:
        return augment(r, s) ? FLOW_NEXT : FLOW_ERROR;
    case S_DELETE:
        return delete_all(r, s) ? FLOW_NEXT : FLOW_ERROR;
    case S_FOR:
        return run_for(r, s);
    case S_WHILE:
        return run_while(r, s);
    case S_IF:
        return run_if(r, s);
    case S_BREAK:
        return FLOW_BREAK;
    case S_CONTINUE:
        return FLOW_CONTINUE;
    case S_PASS:
        break;
    }
    return FLOW_NEXT;
}

static flow run_block(runner *r, const script_block *block)
{
    for (size_t i = 0; i < block->len; i++) {
        flow how = run_one(r, block->items[i]);

        if (how != FLOW_NEXT)
            return how;
    }
    return FLOW_NEXT;
}

bool cf__script_exec(vm *m, cf_script *script, cf_map *names, cf_script_result *result, void *data)
{
    runner r = { m, names, result, data };

    return run_block(&r, &script->body) != FLOW_ERROR;
}
