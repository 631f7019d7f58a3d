/* helpers.h -- rendering a source in one line, for the tests of templates. */
#ifndef CARAFE_TESTS_TEMPLATE_HELPERS_H
#define CARAFE_TESTS_TEMPLATE_HELPERS_H

#include <carafe/template.h>
#include <criterion/criterion.h>

#include <stdio.h>

/* The text of a render, or "CODE: message" of its error. The arena owns it. */
static inline const char *render_named(cf_arena *arena, const cf_template_options *options,
                                       const cf_map *sources, const char *name,
                                       const cf_named *vars, size_t count)
{
    cf_template_options with = options ? *options : (cf_template_options){ 0 };
    cf_error            err = { 0 };
    cf_eval             eval = { .arena = arena, .err = &err };
    cf_buf              out = cf_buf_in(arena, 0);
    cf_template        *t;

    with.loader = cf_template_map(sources);
    t = cf_template_get(cf_templates_new(arena, &with), cf_str_of(name), &err);
    if (t && cf_template_render(t, &eval, vars, count, &out))
        return cf_buf_cstr(&out);
    return cf_printf(arena, "%s: %s", cf_code_name(err.code), err.message);
}

/* The same for one source with no autoescape of its own. */
static inline const char *render(cf_arena *arena, const cf_template_options *options,
                                 const char *source, const cf_named *vars, size_t count)
{
    cf_map *sources = cf_map_new(arena);

    cf_map_set(sources, "main", cf_string(source));
    return render_named(arena, options, sources, "main", vars, count);
}

/* A table of sources and what they give. */
typedef struct render_case {
    const char *source, *want;
} render_case;

static inline void check_cases(const cf_template_options *options, const render_case *cases,
                               size_t count, const cf_named *vars, size_t nvars)
{
    for (size_t i = 0; i < count; i++) {
        cf_arena   *arena = cf_arena_new();
        const char *got = render(arena, options, cases[i].source, vars, nvars);

        cr_expect_str_eq(got, cases[i].want, "%s\n  gives %s\n  not   %s", cases[i].source, got,
                         cases[i].want);
        cf_arena_free(arena);
    }
}

#define CHECK(options, cases, vars, nvars)                                                         \
    check_cases((options), (cases), sizeof(cases) / sizeof *(cases), (vars), (nvars))

#endif
