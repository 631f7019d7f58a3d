/* parse.c -- parses the template files it is given with all that an app's templates know. */
#include <carafe.h>
#include <stdio.h>

static bool create_app(cf_app *app)
{
    return cf_use(app, &cf_auth);
}

static bool parse(cf_app *app, cf_arena *arena, const char *path, cf_error *err)
{
    cf_template *template;
    cf_str source;

    if (!cf_file_read(arena, path, CF_MIB(1), &source, err))
        return false;
    template = cf_template_from_string(cf_app_templates(app), cf_str_of(path), source, err);
    if (template)
        cf_template_release(template);
    return template != NULL;
}

int main(int argc, char **argv)
{
    cf_app_options options = { .testing = true, .env_file = "" };
    cf_error       err = { 0 };
    cf_arena      *arena = cf_arena_new();
    cf_app        *app = cf_app_new(create_app, &options, &err);
    int            failed = 0;

    if (!app)
        fprintf(stderr, "%s\n", err.message);
    for (int i = 1; app && i < argc; i++)
        if (!parse(app, arena, argv[i], &err)) {
            printf("%s:%d: %s\n", argv[i], err.input_line, err.message);
            failed++;
        }
    cf_app_free(app);
    cf_arena_free(arena);
    return !app || failed;
}
