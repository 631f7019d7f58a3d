/* compile_scope.c -- slots for variables: what a scope's names become at run time. */
#include "template/compile.h"

function *cf__begin_function(compiler *c, const char *name)
{
    function *f = cf_new(c->arena, function);

    f->up = c->function;
    f->context_slots = cf_map_new(c->arena);
    f->proto = cf_new(c->arena, proto);
    f->proto->name = name;
    f->proto->caller_slot = f->proto->kwargs_slot = f->proto->varargs_slot = -1;
    f->proto->self_slot = f->proto->super_slot = -1;
    /* The frames around outlive their calls when something inside may refer to them. */
    if (c->function)
        c->function->proto->captured = true;
    c->function = f;
    return f;
}

void cf__end_function(compiler *c)
{
    c->function = c->function->up;
}

static int new_slot(compiler *c)
{
    return (int)c->function->proto->nslots++;
}

/* Names that a scope only reads from the context share a slot in the whole function, so that each
 * is looked up once a call. */
static int context_slot(compiler *c, const char *name)
{
    cf_value *known = cf_map_find(c->function->context_slots, cf_string(name));

    if (known)
        return (int)known->as.integer;
    int slot = new_slot(c);
    cf_map_set(c->function->context_slots, name, cf_int(slot));
    return slot;
}

name_ref cf__symbol_ref(compiler *c, symbol *sym)
{
    name_ref ref = { .slot = (uint16_t)sym->slot, .resolve = sym->load == LOAD_RESOLVE };

    for (function *f = c->function; f && f != sym->function; f = f->up)
        ref.hops++;
    return ref;
}

bool cf__assign_slots(compiler *c, scope *s, bool base, scope_code *out)
{
    out->inits = cf_new_array(c->arena, slot_init, s->len + 1);
    for (uint32_t i = 0; i < s->len; i++) {
        symbol *sym = s->symbols[i];

        sym->function = c->function;
        if (sym->slot < 0)
            sym->slot = sym->load == LOAD_RESOLVE && !sym->stored ? context_slot(c, sym->name)
                                                                  : new_slot(c);
        if (sym->load == LOAD_ALIAS)
            out->inits[out->ninits++] = (slot_init){ .slot = (uint16_t)sym->slot,
                                                     .alias = true,
                                                     .from = cf__symbol_ref(c, sym->outer),
                                                     .name = sym->name };
        else if (!base && sym->stored && sym->load != LOAD_PARAMETER)
            out->inits[out->ninits++] = (slot_init){ .slot = (uint16_t)sym->slot };
    }
    if (c->function->proto->nslots > UINT16_MAX)
        return cf_fail(c->err, CF_ESYNTAX, "more than %d variables in one template", UINT16_MAX);
    return true;
}

int cf__parameter_slot(scope *s, const char *name)
{
    cf_value *at = cf_map_find(s->names, cf_string(name));

    return at ? s->symbols[at->as.integer]->slot : -1;
}

visible_list cf__visible(compiler *c, scope *s)
{
    visible_list list = { 0 };
    cf_map      *seen = cf_map_new(c->arena);
    uint32_t     cap = 0;

    for (; s; s = s->parent)
        for (uint32_t i = 0; i < s->len; i++) {
            symbol *sym = s->symbols[i];
            if (!sym->stored || cf_map_find(seen, cf_string(sym->name)))
                continue;
            cf_map_set(seen, sym->name, cf_bool(true));
            if (list.len == cap) {
                uint32_t old = cap;
                cap = cap ? cap * 2 : 8;
                list.items = cf_grow(c->arena, list.items, old * sizeof(visible),
                                     cap * sizeof(visible));
            }
            list.items[list.len++] = (visible){ sym->name, cf__symbol_ref(c, sym) };
        }
    return list;
}
