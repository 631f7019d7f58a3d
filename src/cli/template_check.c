/* template_check.c -- checking all templates of a folder or an app, and saying what is wrong in
 * them. */
#include "cli/cli_internal.h"

#include <stdio.h>

#include <carafe/template.h>

void cf__complain_template(cf_templates *env, cf_arena *arena, const cf_error *err)
{
    if (err->input[0])
        fprintf(stderr, "%s:%d: %s\n", err->input, err->input_line, err->message);
    else
        fprintf(stderr, "%s\n", err->message);
    if (env)
        fputs(cf_template_excerpt(env, arena, err), stderr);
}

cf_code cf__check_templates(cf_templates *env, cf_arena *arena)
{
    cf_list *names = cf_list_new(arena);
    cf_code  worst = CF_OK;
    size_t   bad = 0;

    cf_templates_names(env, names);
    for (size_t i = 0; i < names->len; i++) {
        cf_error err = { 0 };

        if (cf_template_check(env, cf_text(names->items[i]), &err))
            continue;
        cf__complain_template(env, arena, &err);
        worst = err.code;
        bad++;
    }
    printf("%zu template%s checked, %zu with errors\n", names->len, names->len == 1 ? "" : "s",
           bad);
    return worst;
}

int cf__command_template_check(cf_request *req, int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return cf__check_templates(cf_app_templates(cf_request_app(req)), cf_request_arena(req)) !=
           CF_OK;
}
