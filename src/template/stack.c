/* stack.c -- the stack on which arguments and frames live: no allocation per call. */
#include "template/runtime.h"

#define FIRST_SEGMENT 512

static segment *add_segment(vm *m, size_t count)
{
    size_t   cap = m->stack ? m->stack->cap * 2 : FIRST_SEGMENT;
    segment *s;

    while (cap < count)
        cap *= 2;
    s = cf_alloc(m->arena, sizeof *s + cap * sizeof(cf_value));
    *s = (segment){ .previous = m->stack, .cap = cap };
    if (m->stack)
        m->stack->next = s;
    return s;
}

cf_value *cf__push(vm *m, size_t count)
{
    segment *s = m->stack;

    if (!s || s->cap - s->len < count) {
        s = s && s->next && s->next->cap >= count ? s->next : add_segment(m, count);
        s->len = 0;
        m->stack = s;
    }
    s->len += count;
    return s->values + s->len - count;
}

void cf__pop(vm *m, size_t count)
{
    m->stack->len -= count;
    if (!m->stack->len && m->stack->previous)
        m->stack = m->stack->previous;
}
