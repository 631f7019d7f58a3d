/* tool.c -- `carafe`, the tool beside the apps: renders and checks templates.
 *
 * Exit statuses: 0 done, 2 usage, 3 syntax, 4 undefined, 5 not found, 6 run time, 7 security. */
#include "cli/cli_internal.h"

#include <stdio.h>
#include <string.h>

#include <carafe/json.h>
#include <carafe/template.h>

#define MOST_CONTEXT CF_MIB(64)

enum { DONE = 0, USAGE = 2, SYNTAX = 3, UNDEFINED = 4, NOT_FOUND = 5, RUN_TIME = 6, SECURITY = 7 };

static int status_of(cf_code code)
{
    switch (code) {
    case CF_OK:
        return DONE;
    case CF_ESYNTAX:
        return SYNTAX;
    case CF_EUNDEFINED:
        return UNDEFINED;
    case CF_ENOTFOUND:
        return NOT_FOUND;
    case CF_ESECURITY:
        return SECURITY;
    default:
        return RUN_TIME;
    }
}

static const char help[] =
    "usage: carafe render [--dir FOLDER] [--context FILE.json] [OPTIONS] NAME\n"
    "       carafe template check [--dir FOLDER] [OPTIONS]\n"
    "       carafe --version\n"
    "\n"
    "  --dir FOLDER              where the templates lie; the working folder\n"
    "  --context FILE            a JSON object of variables; - is standard input\n"
    "  --trim-blocks             the newline after a block tag goes\n"
    "  --lstrip-blocks           blanks before a block tag on its line go\n"
    "  --keep-trailing-newline   the newline at a template's end stays\n"
    "  --autoescape on|off|select  what is escaped; select goes by the name's ending\n"
    "  --undefined default|chainable|debug|strict\n"
    "  --sandbox                 as for templates of people one does not trust\n"
    "  --extension do|loopcontrols|i18n|debug   may come several times\n";

typedef struct arguments {
    const char         *dir, *context, *name;
    cf_template_options options;
} arguments;

static int usage(const char *text, const char *what)
{
    fprintf(stderr, "carafe: %s%s%s\n%s", text, what ? " " : "", what ? what : "", help);
    return USAGE;
}

/* A word among the allowed ones; its place, or -1. */
static int word_of(const char *text, const char *const *words)
{
    for (int i = 0; text && words[i]; i++)
        if (strcmp(text, words[i]) == 0)
            return i;
    return -1;
}

static bool take_word(const char *option, const char *value, cf_template_options *options)
{
    static const char *const escapes[] = { "select", "on", "off", NULL };
    static const char *const kinds[] = { "default", "chainable", "debug", "strict", NULL };
    static const char *const extensions[] = { "do", "loopcontrols", "i18n", "debug", NULL };
    int                      at;

    if (strcmp(option, "--autoescape") == 0 && (at = word_of(value, escapes)) >= 0)
        options->autoescape = (cf_autoescape)at;
    else if (strcmp(option, "--undefined") == 0 && (at = word_of(value, kinds)) >= 0)
        options->undefined = (cf_undefined_kind)at;
    else if (strcmp(option, "--extension") == 0 && (at = word_of(value, extensions)) >= 0)
        options->extensions |= 1u << at;
    else
        return false;
    return true;
}

static bool take_flag(const char *option, cf_template_options *options)
{
    if (strcmp(option, "--trim-blocks") == 0)
        options->trim_blocks = true;
    else if (strcmp(option, "--lstrip-blocks") == 0)
        options->lstrip_blocks = true;
    else if (strcmp(option, "--keep-trailing-newline") == 0)
        options->keep_trailing_newline = true;
    else if (strcmp(option, "--sandbox") == 0)
        options->sandbox = CF_SANDBOX_ON;
    else
        return false;
    return true;
}

/* Reads options and at most one name. Returns DONE or USAGE. */
static int read_arguments(int argc, char **argv, arguments *out)
{
    for (int i = 0; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;

        if (argv[i][0] != '-' && !out->name) {
            out->name = argv[i];
        } else if (take_flag(argv[i], &out->options)) {
            continue;
        } else if (strcmp(argv[i], "--dir") == 0 && value) {
            out->dir = argv[++i];
        } else if (strcmp(argv[i], "--context") == 0 && value) {
            out->context = argv[++i];
        } else if (value && take_word(argv[i], value, &out->options)) {
            i++;
        } else {
            return usage("what is this?", argv[i]);
        }
    }
    return DONE;
}

static int complain(cf_templates *env, cf_arena *arena, const cf_error *err)
{
    cf__complain_template(env, arena, err);
    return status_of(err->code);
}

static bool read_standard_input(cf_arena *arena, cf_str *out, cf_error *err)
{
    cf_buf text = cf_buf_in(arena, MOST_CONTEXT);
    char   piece[65536];
    size_t got;

    while ((got = fread(piece, 1, sizeof piece, stdin)) > 0)
        cf_buf_add(&text, piece, got);
    *out = cf_buf_view(&text);
    return cf_buf_ok(&text, err);
}

static bool read_context(cf_arena *arena, const char *file, cf_named **vars, size_t *count,
                         cf_error *err)
{
    cf_value value;
    cf_str   text;

    *vars = NULL;
    *count = 0;
    if (!file)
        return true;
    if (!(strcmp(file, "-") == 0 ? read_standard_input(arena, &text, err)
                                 : cf_file_read(arena, file, MOST_CONTEXT, &text, err)))
        return false;
    if (!cf_json_parse(arena, text, &value, err)) {
        cf_fail_prefix(err, "%s", file);
        return false;
    }
    if (value.type != CF_TYPE_MAP)
        return cf_fail(err, CF_EINVAL, "%s must hold a JSON object", file);
    *count = cf_named_of_map(arena, value.as.map, vars);
    return true;
}

static cf_templates *environment(cf_arena *arena, arguments *args)
{
    cf_template_place place = { .folder = args->dir ? args->dir : "." };

    args->options.loader = cf_template_places(arena, &place, 1, false);
    return cf_templates_new(arena, &args->options);
}

static int render(cf_arena *arena, int argc, char **argv)
{
    arguments     args = { 0 };
    cf_error      err = { 0 };
    cf_eval       eval = { .arena = arena, .err = &err };
    cf_buf        out = cf_buf_in(arena, 0);
    cf_templates *env;
    cf_template *template;
    cf_named *vars;
    size_t    count;
    int       status = read_arguments(argc, argv, &args);

    if (status != DONE)
        return status;
    if (!args.name)
        return usage("which template?", NULL);
    if (!read_context(arena, args.context, &vars, &count, &err)) {
        complain(NULL, arena, &err);
        return USAGE;
    }
    env = environment(arena, &args);
    template = cf_template_get(env, cf_str_of(args.name), &err);
    if (!template || !cf_template_render(template, &eval, vars, count, &out))
        return complain(env, arena, &err);
    fwrite(out.ptr, 1, out.len, stdout);
    return fflush(stdout) == 0 ? DONE : RUN_TIME;
}

static int check(cf_arena *arena, int argc, char **argv)
{
    arguments args = { 0 };
    int       status = read_arguments(argc, argv, &args);

    if (status != DONE)
        return status;
    return status_of(cf__check_templates(environment(arena, &args), arena));
}

int cf_tool_main(int argc, char **argv)
{
    cf_arena *arena = cf_arena_new();
    int       status;

    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)) {
        fputs(help, stdout);
        status = DONE;
    } else if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        puts("carafe " CF_VERSION);
        status = DONE;
    } else if (argc > 1 && strcmp(argv[1], "render") == 0) {
        status = render(arena, argc - 2, argv + 2);
    } else if (argc > 2 && strcmp(argv[1], "template") == 0 && strcmp(argv[2], "check") == 0) {
        status = check(arena, argc - 3, argv + 3);
    } else {
        status = usage("there is no command", argc > 1 ? argv[1] : "given");
    }
    cf_arena_free(arena);
    return status;
}
