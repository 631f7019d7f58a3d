/* template_twice.h -- a template rendered whole and streamed in small pieces, which must give the
 * same page: while it streams, memory of each loop's pass is released and poisoned. */
#ifndef CARAFE_FUZZ_TEMPLATE_TWICE_H
#define CARAFE_FUZZ_TEMPLATE_TWICE_H

#include <carafe/template.h>
#include <stdlib.h>

typedef size_t make_context_fn(cf_arena *arena, cf_named *vars);

static bool add_piece(void *data, cf_str piece, cf_error *err)
{
    cf_buf_str(data, piece);
    return cf_buf_ok(data, err);
}

static void render_twice(cf_template *t, cf_arena *arena, make_context_fn *make, cf_error *err)
{
    cf_eval  eval = { .arena = arena, .err = err };
    cf_buf   whole = cf_buf_in(arena, 0), streamed = cf_buf_in(arena, 0);
    cf_sink  sink = { .write = add_piece, .data = &streamed, .chunk = 1 };
    cf_named vars[8];
    bool     ok;

    ok = cf_template_render(t, &eval, vars, make(arena, vars), &whole);
    /* Where a limit ends one of the two, the other may come through. */
    if (cf_template_stream(t, &eval, vars, make(arena, vars), &sink) && ok &&
        !cf_str_eq(cf_buf_view(&whole), cf_buf_view(&streamed)))
        abort();
}

#endif
