/* shell.c -- `shell`: the models, the database and the app at a prompt, or from a script. */
#include "cli/shell.h"

#include <stdio.h>
#include <unistd.h>

#include "cli/cli_internal.h"

/* Largest script. */
#define MOST_SCRIPT CF_MIB(64)
/* A statement's fiber may recurse deeper than a view. */
#define STACK CF_MIB(1)

/* ---- the banner ---- */

static void banner_line(const shell *sh, cf_buf *out, const char *name)
{
    cf_buf_puts(out, "  ");
    cf__tinted(out, &sh->term, TINT_DIM, "%-9s ", name);
}

/* Words with commas, wrapped below each other. */
static void banner_words(const shell *sh, cf_buf *out, const char *name, const cf_list *words)
{
    int width = sh->term.width > 40 ? sh->term.width : 80, at = 12;

    banner_line(sh, out, name);
    for (size_t i = 0; i < words->len; i++) {
        cf_str word = cf_text(words->items[i]);
        int    need = cf__text_width(word) + 2;

        if (at + need > width && at > 12) {
            cf_buf_puts(out, "\n            ");
            at = 12;
        }
        cf__tinted(out, &sh->term, TINT_CYAN, "%.*s", CF_STR_ARG(word));
        cf_buf_puts(out, i + 1 < words->len ? ", " : "");
        at += need;
    }
    cf_buf_puts(out, words->len ? "\n" : "none\n");
}

static void banner(shell *sh)
{
    static const char *const tools[] = {
        "db",   "app",     "commit", "rollback", "url_for",
        "mail", "Message", "now",    "reset",    "render_template"
    };
    cf_arena *arena = sh->now.arena;
    cf_list  *models = cf_list_new(arena), *also = cf_list_new(arena);
    cf_buf    out = cf_buf_in(arena, 0);

    for (size_t i = 0; i < sh->models->len; i++)
        cf_list_add(models, sh->models->entries[i].key);
    for (size_t i = 0; i < sizeof tools / sizeof tools[0]; i++)
        cf_list_add(also, cf_string(tools[i]));
    cf__tinted(&out, &sh->term, TINT_BOLD, "%s shell", cf_app_name(sh->app));
    cf__tinted(&out, &sh->term, TINT_DIM, "  Carafe %s, ", CF_VERSION);
    cf__tinted(&out, &sh->term, cf_app_is_development(sh->app) ? TINT_DIM : TINT_YELLOW, "%s\n",
               cf_config_text(cf_app_config(sh->app), "CARAFE_ENV"));
    banner_line(sh, &out, "database");
    if (sh->now.db)
        cf_buf_printf(&out, "%s\n", cf_database_url(cf_db_database(sh->now.db)));
    else
        cf__tinted(&out, &sh->term, TINT_RED, "none: %.*s\n",
                   CF_STR_ARG(cf__text_line(sh->arena, cf_str_of(sh->db_error.message))));
    banner_words(sh, &out, "models", models);
    banner_words(sh, &out, "also", also);
    banner_line(sh, &out, "help");
    cf_buf_puts(&out, "help(), help(User) or User?; Tab completes; Ctrl-D leaves\n");
    if (sh->sandbox) {
        banner_line(sh, &out, "sandbox");
        cf__tinted(&out, &sh->term, TINT_YELLOW,
                   "nothing lasts: commit() makes a savepoint, all is rolled back at the end\n");
    }
    fwrite(out.ptr, 1, out.len, stdout);
    fflush(stdout);
}

/* At a prompt everybody takes longer than a transaction should, so that warning says nothing. */
static void log_line(void *data, const char *line, size_t size)
{
    (void)data;
    if (cf_str_find(cf_str_n(line, size), CF_STR("a transaction held the database")) == CF_NPOS)
        fwrite(line, 1, size, stderr);
}

/* ---- scripts ---- */

/* Runs a text, statement by statement, up to the first error. */
static int run_text(shell *sh, const char *name, cf_str text)
{
    int line = 1;

    while (!sh->over && !sh->stop) {
        cf_error err = { 0 };
        int      skipped;
        cf_str   before = text, piece = cf_script_cut(text, &text, &skipped);

        if (!piece.len)
            break;
        line += skipped;
        if (!cf__shell_run(sh, name, line, piece, &err)) {
            cf__shell_complain(sh, name, piece, line, &err);
            return sh->stop ? 130 : 1;
        }
        for (size_t i = 0; i < piece.len; i++)
            line += piece.ptr[i] == '\n';
        if (text.len == before.len)
            break;
    }
    return sh->stop ? 130 : (int)sh->exit_code;
}

static bool read_input(cf_arena *arena, cf_str *out, cf_error *err)
{
    cf_buf text = cf_buf_in(arena, MOST_SCRIPT);
    char   piece[65536];
    size_t got;

    while ((got = fread(piece, 1, sizeof piece, stdin)) > 0)
        cf_buf_add(&text, piece, got);
    *out = cf_buf_view(&text);
    return cf_buf_ok(&text, err);
}

/* ---- the command ---- */

typedef struct arguments {
    const char *code, *file;
    bool        sandbox, wrong;
} arguments;

static arguments read_arguments(int argc, char **argv)
{
    arguments a = { 0 };

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--sandbox") == 0)
            a.sandbox = true;
        else if (strcmp(argv[i], "-c") == 0 && i + 1 < argc && !a.code)
            a.code = argv[++i];
        else if ((argv[i][0] != '-' || !argv[i][1]) && !a.file)
            a.file = argv[i];
        else
            a.wrong = true;
    }
    a.wrong = a.wrong || (a.code && a.file);
    return a;
}

static bool open_shell(shell *sh, cf_request *req, const arguments *a)
{
    cf_error err = { 0 };

    *sh = (shell){ .app = cf_request_app(req), .arena = cf_arena_new(), .sandbox = a->sandbox };
    cf__shell = sh;
    sh->term = cf__term();
    cf_fiber_configure(STACK, 0);
    if (!cf__interrupts_begin(&err)) {
        cf__complain(&err, NULL);
        return false;
    }
    sh->env = cf_script_env(sh->arena, cf_app_templates(sh->app), &sh->stop);
    sh->names = cf_map_new(sh->arena);
    cf__shell_begin(sh, &sh->now, &sh->db_error);
    cf__shell_names(sh);
    return true;
}

/* What is not committed is gone: say so. */
static void say_dropped(const shell *sh)
{
    cf_db *db = sh->now.db;

    if (!db)
        return;
    if (sh->sandbox && cf_db_in_transaction(db))
        fputs("Sandbox: everything was rolled back.\n", stderr);
    else if (cf_db_in_transaction(db) || cf_db_is_dirty(db))
        fputs("Changes that were not committed are dropped.\n", stderr);
}

static void close_shell(shell *sh)
{
    say_dropped(sh);
    cf__shell_end(&sh->now);
    cf_fiber_end();
    cf__interrupts_end();
    cf_arena_free(sh->arena);
    cf__shell = NULL;
}

static int run_mode(shell *sh, const arguments *a)
{
    cf_error err = { 0 };
    cf_str   text;

    if (a->code) {
        sh->show = true;
        return run_text(sh, "-c", cf_str_of(a->code));
    }
    if (a->file && strcmp(a->file, "-") != 0) {
        if (!cf_file_read(sh->arena, a->file, MOST_SCRIPT, &text, &err))
            return cf__complain(&err, NULL);
        return run_text(sh, a->file, text);
    }
    sh->show = true;
    if (a->file || !isatty(STDIN_FILENO)) {
        if (!read_input(sh->arena, &text, &err))
            return cf__complain(&err, "standard input");
        return run_text(sh, "standard input", text);
    }
    sh->interactive = true;
    cf_log_setup(&(cf_log_options){ .sink = log_line });
    banner(sh);
    return cf__shell_edit(sh);
}

int cf__command_shell(cf_request *req, int argc, char **argv)
{
    arguments a = read_arguments(argc, argv);
    shell     sh;
    int       status;

    if (a.wrong) {
        fputs("usage: shell [--sandbox] [-c CODE | FILE]\n", stderr);
        return 2;
    }
    if (!open_shell(&sh, req, &a))
        return 1;
    status = run_mode(&sh, &a);
    close_shell(&sh);
    return status;
}
