/* pass.c -- memory that ends with each pass of a loop, so that a streamed page of any length takes
 * little.
 *
 * While a loop of a streamed page runs, what its body makes comes from an arena that is emptied
 * after each pass. What outlives a pass is made elsewhere from the start (imported modules,
 * computed globals, the state of generators), or is seen by cf__outlive() when it is stored in
 * something older: a text or a large integer is copied there, and for anything else the loop goes
 * on without emptying its memory. Variables need no care: those that a body sets end with the pass.
 */
#include "base/bigint.h"
#include "template/loop.h"

/* The items that `loop` shows: the last one, this one and the next one. */
#define SHOWN 3

struct pass_memory {
    pass_memory *outer, *inner; /* inner: of an earlier loop, for use again. */
    cf_arena    *arena;
    cf_arena    *before;       /* Where values came from outside of the loop. */
    cf_arena    *items[SHOWN]; /* Of the items that `loop` shows, in turn. */
    unsigned     turn;
    bool         kept; /* Something in it outlives the pass. */
};

void cf__pass_begin(vm *m)
{
    pass_memory *p = m->pass ? m->pass->inner : m->passes;

    if (!p) {
        p = cf_new(m->arena, pass_memory);
        p->outer = m->pass;
        *(m->pass ? &m->pass->inner : &m->passes) = p;
    }
    if (!p->arena)
        p->arena = cf_arena_new();
    p->kept = false;
    p->before = m->eval.arena;
    m->eval.arena = p->arena;
    m->pass = p;
}

/* Memory that is released is beyond max_memory's reach; what filled it counts as steps, so many at
 * once that a look at the limits is never stepped over. */
#define BYTES_A_LOOK CF_KIB(4)

static void count_steps(vm *m, const cf_arena *arena)
{
    m->steps += cf_arena_used(arena) / BYTES_A_LOOK * STEPS_A_LOOK;
}

void cf__pass_next(vm *m)
{
    if (m->pass->kept)
        return;
    count_steps(m, m->pass->arena);
    cf_arena_reset(m->pass->arena);
}

cf_arena *cf__pass_items(vm *m, pass_memory *p)
{
    cf_arena **room = &p->items[p->turn++ % SHOWN];

    if (!*room)
        *room = cf_arena_new();
    else if (!p->kept) {
        count_steps(m, *room);
        cf_arena_reset(*room);
    }
    return *room;
}

static void free_arena(void *arena)
{
    cf_arena_free(arena);
}

/* An arena that a loop is through with: kept by what is around it, or emptied for the next. */
static void leave(vm *m, pass_memory *p, cf_arena **arena)
{
    if (*arena && p->kept) {
        m->kept += cf_arena_used(*arena);
        cf_arena_defer(p->before, free_arena, *arena);
        *arena = NULL;
    } else if (*arena) {
        cf_arena_reset(*arena);
    }
}

void cf__pass_end(vm *m)
{
    pass_memory *p = m->pass;

    m->pass = p->outer;
    m->eval.arena = p->before;
    leave(m, p, &p->arena);
    for (size_t i = 0; i < SHOWN; i++)
        leave(m, p, &p->items[i]);
}

void cf__pass_free(vm *m)
{
    for (pass_memory *p = m->passes; p; p = p->inner) {
        cf_arena_free(p->arena);
        p->arena = NULL;
        for (size_t i = 0; i < SHOWN; i++) {
            cf_arena_free(p->items[i]);
            p->items[i] = NULL;
        }
    }
}

size_t cf__pass_used(const vm *m)
{
    size_t used = m->kept;

    for (const pass_memory *p = m->pass; p; p = p->outer) {
        used += cf_arena_used(p->arena);
        for (size_t i = 0; i < SHOWN && p->items[i]; i++)
            used += cf_arena_used(p->items[i]);
    }
    return used;
}

static bool in_pass(const pass_memory *p, const void *where)
{
    bool found = cf_arena_owns(p->arena, where);

    for (size_t i = 0; !found && i < SHOWN && p->items[i]; i++)
        found = cf_arena_owns(p->items[i], where);
    return found;
}

/* Whether a value lies in memory that ends with a pass. */
static bool ends_with_pass(const vm *m, cf_value v)
{
    if (v.type < CF_TYPE_STRING && v.type != CF_TYPE_UNDEFINED)
        return false;
    if (v.type == CF_TYPE_OBJECT && v.as.object->class == &cf__loop_class)
        return true; /* The items that it shows do. */
    for (const pass_memory *p = m->pass; p; p = p->outer)
        if (!p->kept && in_pass(p, v.as.text))
            return true;
    return false;
}

cf_value cf__outlive(vm *m, cf_arena *owner, cf_value v)
{
    if (!m->pass || owner == m->pass->arena || !ends_with_pass(m, v))
        return v;
    if (v.type == CF_TYPE_STRING) {
        v.as.text = cf_str_dup(owner, cf_text(v));
        return v;
    }
    if (cf__is_bigint(v))
        return cf__bigint_copy(owner, v);
    for (pass_memory *p = m->pass; p; p = p->outer)
        p->kept = true;
    return v;
}
