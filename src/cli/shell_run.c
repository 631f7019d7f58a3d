/* shell_run.c -- running one input: on a fiber, which a second one cancels at Control-C. */
#include "cli/shell.h"

#include <poll.h>
#include <stdio.h>

shell *cf__shell;

/* ---- the run ---- */

typedef struct job {
    shell     *sh;
    cf_script *script;
    cf_error  *err;
    cf_fiber  *runner, *watcher;
    bool       ok;
} job;

/* exit, quit and help do without parentheses what they would with. */
static bool bare_word(shell *sh, cf_value v, bool *done)
{
    const shell_function *f = cf__shell_function_of(v);
    cf_buf                out = cf_buf_in(sh->now.arena, 0);

    *done = f && (strcmp(f->name, "exit") == 0 || strcmp(f->name, "quit") == 0);
    if (*done) {
        sh->over = true;
        return false;
    }
    if (f && strcmp(f->name, "help") == 0) {
        *done = true;
        cf__shell_help_all(sh, &out);
        cf__shell_print(sh, cf_buf_view(&out));
    }
    return true;
}

static bool show(void *data, cf_eval *eval, cf_value v)
{
    shell *sh = data;
    cf_buf out = cf_buf_in(sh->now.arena, CF_MIB(256));
    bool   done;

    if (sh->over)
        return false;
    if (v.type == CF_TYPE_NONE)
        return true;
    if (!bare_word(sh, v, &done) || done)
        return !sh->over;
    cf_map_put(sh->names, cf_string("_"), v);
    if (!sh->show)
        return true;
    if (!cf__shell_show(sh, eval, v, &out))
        return false;
    cf__shell_print(sh, cf_buf_view(&out));
    return true;
}

static void run_script(void *arg)
{
    job    *j = arg;
    shell  *sh = j->sh;
    cf_eval eval = { .arena = sh->now.arena, .context = sh->now.req, .err = j->err };

    cf_fiber_set_local(sh->now.req);
    j->ok = cf_script_run(j->script, &eval, sh->names, show, sh);
    /* Reads that share a state of the database end here, so that the next input sees today's. */
    if (cf_fiber_current())
        cf_sleep(0, NULL);
    j->runner = NULL;
    if (j->watcher)
        cf_fiber_cancel(j->watcher);
}

static void watch(void *arg)
{
    job *j = arg;

    if (cf_wait_fd(cf__interrupt_fd(), POLLIN, -1, NULL, NULL) && j->runner)
        cf_fiber_cancel(j->runner);
    j->watcher = NULL;
}

static void run_job(job *j)
{
    cf_error err = { 0 };

    cf__interrupt_clear();
    cf__interrupt_database(j->sh->now.db ? cf_db_database(j->sh->now.db) : NULL);
    j->runner = cf_fiber_spawn("the shell", run_script, j, &err);
    if (j->runner) {
        j->watcher = cf_fiber_spawn("the shell's Control-C", watch, j, &err);
        cf_fiber_run();
    } else {
        run_script(j);
    }
    cf__interrupt_database(NULL);
}

/* ---- what a failure did to the database ---- */

static bool has_changes(const shell *sh)
{
    return sh->now.db && (cf_db_in_transaction(sh->now.db) || cf_db_is_dirty(sh->now.db));
}

static void after_failure(shell *sh, bool changed_before, const cf_error *err)
{
    if (!sh->now.db)
        return;
    /* A transaction whose connection is lost can only be forgotten. */
    if ((err->code == CF_EUNAVAILABLE || err->code == CF_ECLOSED) &&
        cf_db_in_transaction(sh->now.db))
        cf_db_rollback(sh->now.db);
    cf_db_clear_error(sh->now.db);
    if (changed_before && !(sh->sandbox ? cf_db_is_dirty(sh->now.db) : has_changes(sh)))
        fputs(sh->sandbox ? "Rolled back to the last commit() of this sandbox.\n"
                          : "Rolled back: what was not committed is gone; the session goes on.\n",
              stderr);
}

static void note_transaction(const shell *sh, bool before)
{
    cf_buf out = cf_buf_in(sh->now.arena, 0);

    if (!sh->interactive || before || !sh->now.db || !cf_db_in_transaction(sh->now.db))
        return;
    cf__tinted(&out, &sh->term, TINT_DIM,
               "(a transaction is open: others wait for commit() or rollback())\n");
    fwrite(out.ptr, 1, out.len, stdout);
}

bool cf__shell_run(shell *sh, const char *name, int line, cf_str source, cf_error *err)
{
    bool changed = sh->now.db && (sh->sandbox ? cf_db_is_dirty(sh->now.db) : has_changes(sh));
    bool open = sh->now.db && cf_db_in_transaction(sh->now.db);
    job  j = { .sh = sh, .err = err };

    cf_error_clear(err);
    j.script = cf_script_compile(sh->env, sh->now.arena, name, line, source, err);
    if (!j.script)
        return false;
    run_job(&j);
    if (sh->over)
        j.ok = true;
    else if (!j.ok)
        after_failure(sh, changed, err);
    if (!sh->now.db || !cf_db_in_transaction(sh->now.db)) {
        sh->saved = false; /* Savepoints end with their transaction. */
        sh->nested = 0;
    }
    note_transaction(sh, open);
    fflush(stdout);
    if (sh->reset)
        cf__shell_reset(sh);
    sh->reset = false;
    cf__shell_tidy(sh);
    return j.ok;
}

/* ---- saying errors ---- */

static cf_str line_of(cf_str source, int number)
{
    cf_str line = { 0 };

    for (int i = 0; i < number; i++)
        cf_str_cut(source, '\n', &line, &source);
    return line;
}

/* The line and a caret; of a long line the part around the column. */
static void point(const shell *sh, cf_arena *arena, cf_str line, int column, cf_buf *out)
{
    int    room = sh->term.width > 20 ? sh->term.width - 6 : 100, taken, before;
    cf_str rest = line, shown;

    line = cf_text(cf_string_copy(arena, line));
    rest = line;
    for (int i = 1; i < column && rest.len; i++)
        cf_utf8_next(&rest);
    before = cf__text_width(cf_str_n(line.ptr, line.len - rest.len));
    while (before > room * 3 / 4 && line.len) {
        cf_str from = line;

        cf_utf8_next(&line);
        before -= cf__text_width(cf_str_n(from.ptr, from.len - line.len));
    }
    shown = cf__text_fit(line, room, &taken);
    cf_buf_printf(out, "    %.*s\n    ", CF_STR_ARG(cf__text_line(arena, shown)));
    for (int i = 0; i < before; i++)
        cf_buf_putc(out, ' ');
    cf__tinted(out, &sh->term, TINT_RED, "^");
    cf_buf_putc(out, '\n');
}

static bool is_missing_table(const cf_error *err)
{
    return err->code == CF_EDB &&
           (strstr(err->message, "no such table") ||
            (strstr(err->message, "relation \"") && strstr(err->message, "does not exist")));
}

/* A message may quote what is stored: its lines stay, control characters do not. */
static void write_message(cf_arena *arena, cf_str message, cf_buf *out)
{
    cf_str line;

    for (bool more = true; more;) {
        more = cf_str_cut(message, '\n', &line, &message);
        cf_buf_str(out, cf__text_line(arena, line));
        cf_buf_putc(out, '\n');
    }
}

void cf__shell_complain(const shell *sh, const char *name, cf_str source, int first_line,
                        const cf_error *err)
{
    cf_arena *arena = cf_arena_new();
    cf_buf    out = cf_buf_in(arena, 0);
    int       line = err->input_line - first_line + 1;
    bool      placed = err->input_line && err->input_column && line > 0;

    if (name)
        cf_buf_printf(&out, "%s:%d: ", name, placed ? err->input_line : first_line);
    if (!name && placed)
        point(sh, arena, line_of(source, line), err->input_column, &out);
    if (err->code == CF_ECANCELED && sh->stop)
        cf__tinted(&out, &sh->term, TINT_YELLOW, "interrupted\n");
    else {
        cf__tinted(&out, &sh->term, TINT_RED, "error: ");
        write_message(arena, cf__shell_hint(arena, cf_str_of(err->message), source), &out);
    }
    if (is_missing_table(err))
        cf_buf_printf(&out, "    `%s db upgrade` applies migrations that are missing\n",
                      cf_app_name(sh->app));
    if (name && placed)
        point(sh, arena, line_of(source, line), err->input_column, &out);
    fwrite(out.ptr, 1, out.len, stderr);
    cf_arena_free(arena);
}
