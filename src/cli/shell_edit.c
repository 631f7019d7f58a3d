/* shell_edit.c -- the prompt: editing, history and completion by libedit. */
#include "cli/shell.h"

#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <wchar.h>

/* Most bytes of one input of several lines. */
#define MOST_INPUT CF_MIB(1)

typedef struct editor {
    shell      *sh;
    EditLine   *el;
    History    *history;
    const char *file;    /* Of the history; NULL: none is kept. */
    cf_buf      pending; /* The lines before the one that is typed. */
    char        prompt[64];
    cf_str      last; /* The latest entry of the history. */
    bool        interrupted;
} editor;

static editor *current;

/* ---- the prompt ---- */

static char *prompt(EditLine *el)
{
    (void)el;
    return current->prompt;
}

/* Yellow while something is not committed. */
static void set_prompt(editor *e)
{
    const shell *sh = e->sh;
    bool changed = sh->now.db && (cf_db_in_transaction(sh->now.db) || cf_db_is_dirty(sh->now.db));
    const char *text = e->pending.len ? "..." : ">>>";

    if (!sh->term.colour)
        snprintf(e->prompt, sizeof e->prompt, "%s ", text);
    else /* libedit forgets a colour that nothing follows. */
        snprintf(e->prompt, sizeof e->prompt, "\1\033[%sm\1%s\1\033[0m\1 ",
                 e->pending.len ? "2"
                 : changed      ? "1;33"
                                : "1;32",
                 text);
}

/* ---- completion ---- */

static size_t common_length(const cf_list *found)
{
    cf_str first = cf_text(found->items[0]);
    size_t len = first.len;

    for (size_t i = 1; i < found->len; i++) {
        cf_str other = cf_text(found->items[i]);
        size_t same = 0;

        while (same < len && same < other.len && first.ptr[same] == other.ptr[same])
            same++;
        len = same;
    }
    /* Not in the middle of a character. */
    while (len && len < first.len && ((unsigned char)first.ptr[len] & 0xC0) == 0x80)
        len--;
    return len;
}

/* The candidates in columns below the line. */
static void list_candidates(const shell *sh, cf_arena *arena, const cf_list *found)
{
    cf_buf out = cf_buf_in(arena, 0);
    int    width = 1, across, screen = sh->term.width > 0 ? sh->term.width : 80;
    size_t most = found->len < 200 ? found->len : 200, rows;

    for (size_t i = 0; i < most; i++) {
        int w = cf__text_width(cf_text(found->items[i]));

        width = w > width ? w : width;
    }
    across = screen / (width + 2) > 0 ? screen / (width + 2) : 1;
    rows = (most + (size_t)across - 1) / (size_t)across;
    cf_buf_putc(&out, '\n');
    for (size_t r = 0; r < rows; r++) {
        for (size_t i = r; i < most; i += rows) {
            cf_str text = cf_text(found->items[i]);

            cf_buf_str(&out, text);
            for (int k = cf__text_width(text); i + rows < most && k < width + 2; k++)
                cf_buf_putc(&out, ' ');
        }
        cf_buf_putc(&out, '\n');
    }
    if (most < found->len)
        cf_buf_printf(&out, "… and %zu more\n", found->len - most);
    fwrite(out.ptr, 1, out.len, stdout);
    fflush(stdout);
}

/* Nothing but white space before the cursor. */
static bool is_indent(const LineInfo *info)
{
    return !cf_str_trim(cf_str_n(info->buffer, (size_t)(info->cursor - info->buffer))).len;
}

static unsigned char complete(EditLine *el, int key)
{
    const LineInfo *info = el_line(el);
    cf_arena       *arena;
    cf_buf          text;
    cf_list        *found;
    size_t          from, len, typed;
    unsigned char   done = CC_ERROR;

    (void)key;
    /* In a block that is typed or pasted, Tab indents. */
    if (current->pending.len && is_indent(info))
        return el_insertstr(el, "    ") == 0 ? CC_REFRESH : CC_ERROR;
    arena = cf_arena_new();
    text = cf_buf_in(arena, 0);
    cf_buf_str(&text, cf_buf_view(&current->pending));
    cf_buf_add(&text, info->buffer, (size_t)(info->cursor - info->buffer));
    found = cf__shell_complete(current->sh, arena, cf_buf_view(&text), &from);
    typed = text.len - from;
    len = found->len ? common_length(found) : 0;
    if (len > typed) {
        char *more = cf_str_dup(arena, cf_str_slice(cf_text(found->items[0]), typed, len));

        done = el_insertstr(el, more) == 0 ? CC_REFRESH : CC_ERROR;
    } else if (found->len > 1) {
        list_candidates(current->sh, arena, found);
        done = CC_REDISPLAY;
    }
    cf_arena_free(arena);
    return done;
}

/* ---- history ---- */

static const char *history_file(shell *sh)
{
    if (!cf_config_bool(cf_app_config(sh->app), "SHELL_HISTORY"))
        return NULL;
    return cf_app_instance_path(sh->app, sh->arena, "shell_history");
}

static size_t history_size(const shell *sh)
{
    return (size_t)cf_config_int(cf_app_config(sh->app), "SHELL_HISTORY_SIZE");
}

/* An input comes back with all of its lines at once. */
static void remember(editor *e, cf_str input)
{
    HistEvent ev;
    char     *text;

    while (input.len && input.ptr[input.len - 1] == '\n')
        input.len--;
    if (!cf_str_trim(input).len || input.ptr[0] == ' ' || cf_str_eq(input, e->last))
        return;
    text = cf_str_dup(e->sh->arena, input);
    e->last = cf_str_of(text);
    history(e->history, &ev, H_ENTER, text);
    cf__history_add(e->file, input);
}

static void load_history(editor *e)
{
    cf_arena *arena = cf_arena_new();
    cf_list  *lines;
    HistEvent ev;

    history(e->history, &ev, H_SETSIZE, (int)history_size(e->sh));
    e->file = history_file(e->sh);
    lines = cf__history_load(arena, e->file, history_size(e->sh));
    for (size_t i = 0; i < lines->len; i++)
        history(e->history, &ev, H_ENTER, cf_cstr(arena, lines->items[i], ""));
    cf_arena_free(arena);
}

/* ---- reading ---- */

/* The next byte of the terminal. 1, 0 at its end, -1 when Control-C was pressed. */
static int next_byte(char *out)
{
    struct pollfd waits[] = { { .fd = STDIN_FILENO, .events = POLLIN },
                              { .fd = cf__interrupt_fd(), .events = POLLIN } };

    for (;;) {
        ssize_t got;

        if (poll(waits, 2, -1) < 0) {
            if (errno == EINTR)
                continue;
            return 0;
        }
        if (waits[1].revents) {
            current->interrupted = true;
            errno = EINTR;
            return -1;
        }
        got = read(STDIN_FILENO, out, 1);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        return got > 0;
    }
}

/* A character for libedit: waits for the terminal and for Control-C at once. */
static int next_char(EditLine *el, wchar_t *out)
{
    mbstate_t state = { 0 };
    char      byte;
    int       got;
    size_t    size;

    (void)el;
    do {
        got = next_byte(&byte);
        if (got <= 0)
            return got;
        size = mbrtowc(out, &byte, 1, &state);
        if (size == (size_t)-1) {
            memset(&state, 0, sizeof state);
            *out = 0xFFFD;
            return 1;
        }
    } while (size == (size_t)-2);
    return 1;
}

static void open_editor(editor *e, shell *sh)
{
    static const char *const bindings[][2] = {
        { "^I", "carafe-complete" },         { "^R", "em-inc-search-prev" },
        { "\\e[1;5C", "em-next-word" },      { "\\e[1;5D", "ed-prev-word" },
        { "\\e[3~", "ed-delete-next-char" }, { "\\e[H", "ed-move-to-beg" },
        { "\\e[F", "ed-move-to-end" },       { "\\e[1~", "ed-move-to-beg" },
        { "\\e[4~", "ed-move-to-end" },
    };

    *e = (editor){ .sh = sh };
    current = e;
    e->el = el_init(cf_app_name(sh->app), stdin, stdout, stderr);
    e->history = history_init();
    load_history(e);
    el_set(e->el, EL_PROMPT_ESC, prompt, '\1');
    el_set(e->el, EL_EDITOR, "emacs");
    el_set(e->el, EL_SIGNAL, 1);
    el_set(e->el, EL_HIST, history, e->history);
    el_set(e->el, EL_GETCFN, next_char);
    el_wset(e->el, EL_ADDFN, L"carafe-complete", L"complete what is typed", complete);
    for (size_t i = 0; i < sizeof bindings / sizeof bindings[0]; i++)
        el_set(e->el, EL_BIND, bindings[i][0], bindings[i][1], NULL);
    el_source(e->el, NULL);
}

static void close_editor(editor *e)
{
    cf__history_trim(e->file, history_size(e->sh));
    history_end(e->history);
    el_end(e->el);
    cf_buf_free(&e->pending);
    current = NULL;
}

typedef enum got { GOT_LINE, GOT_INTERRUPT, GOT_END } got;

static got read_line(editor *e, cf_str *line)
{
    const char *text;
    int         count = 0;

    e->interrupted = false;
    set_prompt(e);
    /* Before the prompt shows, so that no key typed at it is read in the other mode. */
    el_set(e->el, EL_PREP_TERM, 1);
    text = el_gets(e->el, &count);
    if (e->interrupted) {
        cf__interrupt_clear();
        fputs("\n", stdout);
        fflush(stdout);
        return GOT_INTERRUPT;
    }
    if (!text || count <= 0)
        return GOT_END;
    *line = cf_str_n(text, (size_t)count);
    while (line->len && strchr("\r\n", line->ptr[line->len - 1]))
        line->len--;
    return GOT_LINE;
}

/* One input, perhaps of several lines. */
static got read_input(editor *e)
{
    cf_str line;
    got    how;

    cf_buf_clear(&e->pending);
    cf__interrupt_clear(); /* What stopped the statement before is over. */
    do {
        how = read_line(e, &line);
        if (how == GOT_END && e->pending.len) {
            fputs("\n", stdout); /* Control-D leaves an open input first, then the shell. */
            return GOT_INTERRUPT;
        }
        if (how != GOT_LINE)
            return how;
        cf_buf_str(&e->pending, line);
        cf_buf_putc(&e->pending, '\n');
        /* A block from the history is whole: no empty line has to end it. */
        if (cf_str_chr(line, '\n') != CF_NPOS)
            cf_buf_putc(&e->pending, '\n');
        if (e->pending.len > MOST_INPUT) {
            fputs("error: that is more than the shell reads at once\n", stderr);
            return GOT_INTERRUPT;
        }
    } while (cf_script_wants_more(cf_buf_view(&e->pending)));
    remember(e, cf_buf_view(&e->pending));
    return GOT_LINE;
}

/* What is run for an input: User? and ?User ask for help, a first indent is dropped. */
static cf_str meant(cf_arena *arena, cf_str input)
{
    cf_str text = cf_str_trim_set(input, "\r\n"), bare = cf_str_trim(input);

    if (bare.len > 1 && (bare.ptr[bare.len - 1] == '?' || bare.ptr[0] == '?') &&
        cf_str_chr(bare, '\n') == CF_NPOS && cf_str_chr(bare, '\'') == CF_NPOS &&
        cf_str_chr(bare, '"') == CF_NPOS)
        return cf_str_of(cf_printf(arena, "help(%.*s)", CF_STR_ARG(cf_str_trim_set(bare, "? "))));
    while (text.len && (text.ptr[0] == ' ' || text.ptr[0] == '\t'))
        text = cf_str_slice(text, 1, text.len);
    return text;
}

static void run_input(editor *e)
{
    cf_arena *arena = cf_arena_new();
    cf_str    text = meant(arena, cf_buf_view(&e->pending));
    cf_error  err = { 0 };

    e->sh->term = cf__term();
    if (cf_str_trim(text).len && !cf__shell_run(e->sh, "input", 1, text, &err))
        cf__shell_complain(e->sh, NULL, text, 1, &err);
    cf_arena_free(arena);
}

/* Characters beyond ASCII need a locale that knows them. */
static void use_utf8(void)
{
    setlocale(LC_CTYPE, "");
    if (MB_CUR_MAX == 1)
        setlocale(LC_CTYPE, "C.UTF-8");
}

int cf__shell_edit(shell *sh)
{
    editor e;
    got    how;

    use_utf8();
    open_editor(&e, sh);
    do {
        how = read_input(&e);
        if (how == GOT_LINE)
            run_input(&e);
    } while (how != GOT_END && !sh->over);
    if (how == GOT_END)
        fputs("\n", stdout);
    close_editor(&e);
    return (int)sh->exit_code;
}
