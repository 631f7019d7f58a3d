/* generator.c -- what map, select, batch and their like give: items made as they are walked, once.
 *
 * A generator is true, has no length and no places; walking it a second time finds nothing, since
 * the first walk took the items. What is never walked is never computed, so neither are its
 * errors. */
#include "template/filters.h"

typedef struct generator {
    cf_object   object;
    const char *name;
    generate   *next;
    void       *state;
    cf_arena   *arena; /* Owns it and its state. */
    bool        begun, running, done;
} generator;

static bool generator_next(cf_iter *iter, cf_eval *eval, cf_value *item, bool *done)
{
    generator *g = (generator *)iter->source.as.object;
    vm        *m = cf__vm(eval);
    cf_arena  *before = eval->arena;
    bool       ok;

    *done = g->done;
    if (!m || g->done)
        return m != NULL;
    if (g->running)
        return cf_fail(eval->err, CF_ERUNTIME, "generator already executing");
    /* Generators over generators recurse as deep as they are stacked. */
    if (!cf__enter_call(m))
        return false;
    /* What it sets up at its first item is for all of them. */
    if (m->pass && !g->begun)
        m->eval.arena = g->arena;
    g->running = g->begun = true;
    ok = g->next(m, g->state, item, done);
    m->eval.arena = before;
    g->running = false;
    g->done = !ok || *done;
    cf__leave_call(m);
    return ok;
}

static bool generator_iter(cf_eval *eval, cf_object *self, cf_iter *iter)
{
    (void)eval;
    iter->source = cf_from_object(self);
    iter->next = generator_next;
    return true;
}

static bool generator_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    (void)eval;
    (void)safe;
    cf_buf_printf(out, "<generator object %s>", ((generator *)self)->name);
    return true;
}

static const cf_class generator_class = {
    .name = "generator",
    .iter = generator_iter,
    .text = generator_text,
};

cf_value cf__generator(vm *m, const char *name, generate *next, void *state)
{
    generator *g = cf_new(m->eval.arena, generator);

    *g = (generator){ .object = { &generator_class },
                      .name = name,
                      .next = next,
                      .state = state,
                      .arena = m->eval.arena };
    return cf_from_object(g);
}

bool cf__is_generator(cf_value v)
{
    return v.type == CF_TYPE_OBJECT && v.as.object->class == &generator_class;
}

cf_call *cf__keep_call(const cf_call *call)
{
    cf_arena *arena = call->eval->arena;
    cf_call  *kept = cf_new(arena, cf_call);

    *kept = *call;
    kept->args = cf_memdup(arena, call->args, call->nargs * sizeof *call->args);
    kept->kwargs = cf_memdup(arena, call->kwargs, call->nkwargs * sizeof *call->kwargs);
    return kept;
}
