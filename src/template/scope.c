/* scope.c -- which variable a name means. */
#include "template/scope.h"

scope *cf__scope_new(cf_arena *arena, scope *parent)
{
    scope *s = cf_new(arena, scope);

    s->arena = arena;
    s->parent = parent;
    s->names = cf_map_new(arena);
    return s;
}

static symbol *own(const scope *s, const char *name)
{
    cf_value *at = cf_map_find(s->names, cf_string(name));

    return at ? s->symbols[at->as.integer] : NULL;
}

/* In the scope itself, branches' bases included. */
static symbol *find_here(const scope *s, const char *name)
{
    for (; s; s = s->base) {
        symbol *found = own(s, name);
        if (found)
            return found;
    }
    return NULL;
}

symbol *cf__scope_find(const scope *s, const char *name)
{
    for (; s; s = s->parent) {
        symbol *found = find_here(s, name);
        if (found)
            return found;
    }
    return NULL;
}

static symbol *define(scope *s, const char *name, load_kind load, symbol *outer)
{
    symbol *sym = cf_new(s->arena, symbol);

    if (s->len == s->cap) {
        uint32_t cap = s->cap ? s->cap * 2 : 8;
        s->symbols = cf_grow(s->arena, s->symbols, s->cap * sizeof(symbol *),
                             cap * sizeof(symbol *));
        s->cap = cap;
    }
    *sym = (symbol){ .name = name, .load = load, .outer = outer, .slot = -1 };
    cf_map_set(s->names, name, cf_int(s->len));
    s->symbols[s->len++] = sym;
    return sym;
}

/* The scope's own entry for a name it knows; a branch gets a copy that it may change. */
static symbol *writable(scope *s, const char *name)
{
    symbol *found = own(s, name), *copy;

    if (found)
        return found;
    found = find_here(s, name);
    if (!found)
        return NULL;
    copy = define(s, name, found->load, found->outer);
    copy->stored = found->stored;
    return copy;
}

symbol *cf__scope_parameter(scope *s, const char *name)
{
    symbol *sym = own(s, name);

    if (!sym)
        sym = define(s, name, LOAD_PARAMETER, NULL);
    sym->load = LOAD_PARAMETER;
    sym->stored = true;
    return sym;
}

static void store(scope *s, const char *name)
{
    symbol *sym = writable(s, name), *outer;

    if (!sym) {
        outer = s->parent ? cf__scope_find(s->parent, name) : NULL;
        sym = define(s, name, outer ? LOAD_ALIAS : LOAD_UNDEFINED, outer);
    }
    sym->stored = true;
}

static void load(scope *s, const char *name)
{
    if (!cf__scope_find(s, name))
        define(s, name, LOAD_RESOLVE, NULL);
}

static bool is_stored(const scope *s, const char *name)
{
    symbol *sym = find_here(s, name);

    return sym && sym->stored;
}

/* Joins the branches of an if. A name that only some of them store keeps its outer value in the
 * others. */
static void join_branches(scope *s, scope *const *branches, size_t count)
{
    cf_map *stores = cf_map_new(s->arena);

    for (size_t b = 0; b < count; b++)
        for (uint32_t i = 0; i < branches[b]->len; i++) {
            const symbol *sym = branches[b]->symbols[i];
            cf_value     *n;
            if (!sym->stored || is_stored(s, sym->name))
                continue;
            n = cf_map_find(stores, cf_string(sym->name));
            cf_map_set(stores, sym->name, cf_int(n ? n->as.integer + 1 : 1));
        }
    for (size_t b = 0; b < count; b++)
        for (uint32_t i = 0; i < branches[b]->len; i++) {
            const symbol *sym = branches[b]->symbols[i];
            symbol       *mine = writable(s, sym->name);
            if (!mine)
                mine = define(s, sym->name, sym->load, sym->outer);
            mine->load = sym->load;
            mine->outer = sym->outer;
            mine->stored |= sym->stored;
        }
    for (size_t i = 0; i < stores->len; i++) {
        const char *name = stores->entries[i].key.as.text;
        symbol     *mine = own(s, name);
        if (stores->entries[i].value.as.integer == (int64_t)count)
            continue;
        mine->outer = s->parent ? cf__scope_find(s->parent, name) : NULL;
        mine->load = mine->outer ? LOAD_ALIAS : LOAD_RESOLVE;
    }
}

static scope *analyze_branch(scope *s, const node_list *body)
{
    scope *branch = cf__scope_new(s->arena, s->parent);

    branch->base = s;
    cf__scope_analyze_list(branch, body);
    return branch;
}

static void analyze_if(scope *s, node *n)
{
    scope *branches[3];

    cf__scope_analyze(s, n->as.branch.test);
    branches[0] = analyze_branch(s, &n->as.branch.body);
    branches[1] = analyze_branch(s, &n->as.branch.elifs);
    branches[2] = analyze_branch(s, &n->as.branch.other);
    join_branches(s, branches, 3);
}

static void analyze_child(node *n, void *data)
{
    cf__scope_analyze(data, n);
}

void cf__scope_analyze(scope *s, node *n)
{
    switch ((node_kind)n->kind) {
    case N_NAME:
        if (n->store)
            store(s, n->as.name.text);
        else
            load(s, n->as.name.text);
        break;
    case N_NSREF:
        load(s, n->as.nsref.name);
        break;
    case N_IF:
        analyze_if(s, n);
        break;
    case N_MACRO:
        store(s, n->as.macro.name);
        break;
    case N_IMPORT:
        cf__scope_analyze(s, n->as.import.name);
        cf__scope_analyze(s, n->as.import.target);
        break;
    case N_FROMIMPORT:
        cf__scope_analyze(s, n->as.import.name);
        for (uint32_t i = 0; i < n->as.import.count; i++)
            cf__scope_analyze(s, n->as.import.names[i].target);
        break;
    case N_FOR:
        cf__scope_analyze(s, n->as.loop.iter);
        break;
    case N_CALLBLOCK:
        cf__scope_analyze(s, n->as.macro.call);
        break;
    case N_FILTERBLOCK:
        cf__scope_analyze(s, n->as.block_set.filter);
        break;
    case N_SETBLOCK:
        cf__scope_analyze(s, n->as.block_set.target);
        break;
    case N_WITH:
        cf__scope_analyze_list(s, &n->as.with.values);
        break;
    case N_AUTOESCAPE:
    case N_BLOCK:
        break;
    default:
        cf__each_child(n, analyze_child, s);
        break;
    }
}

void cf__scope_analyze_list(scope *s, const node_list *body)
{
    for (uint32_t i = 0; i < body->len; i++)
        cf__scope_analyze(s, body->items[i]);
}

void cf__scope_target(scope *s, node *target)
{
    if (target->kind == N_NAME)
        cf__scope_parameter(s, target->as.name.text);
    else if (target->kind == N_TUPLE)
        for (uint32_t i = 0; i < target->as.list.items.len; i++)
            cf__scope_target(s, target->as.list.items.items[i]);
}
