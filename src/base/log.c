/* log.c -- one line an event, written by one write() so that processes' lines never mix. */
#include <carafe/log.h>

#include <carafe/buf.h>
#include <carafe/json.h>
#include <carafe/time.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Longest line, its end included. */
#define LINE_LIMIT CF_KIB(64)

static const struct {
    const char *name, *label, *colour;
} levels[] = {
    [CF_DEBUG] = { "debug", "DEBUG  ", "\033[2m" },
    [CF_INFO] = { "info", "INFO   ", "\033[32m" },
    [CF_WARNING] = { "warning", "WARNING", "\033[33m" },
    [CF_ERROR] = { "error", "ERROR  ", "\033[31m" },
};

static struct {
    cf_log_options options;
    bool           ready, coloured;
} state;

void cf_log_setup(const cf_log_options *options)
{
    state.options = options ? *options : (cf_log_options){ 0 };
    if (!state.options.level)
        state.options.level = CF_INFO;
    if (!state.options.fd)
        state.options.fd = STDERR_FILENO;
    state.coloured = !state.options.json && !state.options.sink && !getenv("NO_COLOR") &&
                     isatty(state.options.fd);
    state.ready = true;
}

bool cf_log_enabled(cf_log_level level)
{
    if (!state.ready)
        cf_log_setup(NULL);
    return level >= state.options.level;
}

/* ---- text for people ---- */

/* Whether a code point could move the cursor, hide text or turn its direction. */
static bool is_unprintable(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x2028 || cp == 0x2029 ||
           (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069);
}

/* Appends text with what is unprintable or ill-formed escaped, and `quote` too unless it is 0. */
static void put_escaped(cf_buf *out, cf_str s, char quote)
{
    static const char short_from[] = "\n\r\t", short_to[] = "nrt";

    while (s.len) {
        cf_str      start = s;
        uint32_t    cp = cf_utf8_next(&s);
        size_t      size = start.len - s.len;
        const char *brief = cp ? memchr(short_from, (int)cp, cp < 0x20 ? 3 : 0) : NULL;
        bool        broken = cp == 0xfffd && size == 1;

        if (brief) {
            cf_buf_putc(out, '\\');
            cf_buf_putc(out, short_to[brief - short_from]);
        } else if (broken || cp < 0x20 || cp == 0x7f) {
            cf_buf_printf(out, "\\x%02x", (unsigned char)start.ptr[0]);
        } else if (is_unprintable(cp)) {
            cf_buf_printf(out, "\\u%04x", cp);
        } else {
            if (quote && (cp == (uint32_t)quote || cp == '\\'))
                cf_buf_putc(out, '\\');
            cf_buf_add(out, start.ptr, size);
        }
    }
}

static bool needs_quotes(cf_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] <= ' ' || strchr("\"=\\", text.ptr[i]))
            return true;
    return text.len == 0;
}

static void put_fact(cf_eval *eval, cf_buf *out, const cf_named *fact)
{
    cf_buf value = cf_buf_in(eval->arena, LINE_LIMIT);
    cf_str text;

    if (!cf_to_text(eval, fact->value, &value))
        cf_buf_puts(&value, "?");
    text = cf_buf_view(&value);
    cf_buf_putc(out, ' ');
    put_escaped(out, cf_str_of(fact->name), 0);
    cf_buf_putc(out, '=');
    if (needs_quotes(text)) {
        cf_buf_putc(out, '"');
        put_escaped(out, text, '"');
        cf_buf_putc(out, '"');
    } else {
        put_escaped(out, text, 0);
    }
}

static void put_text(cf_eval *eval, cf_buf *out, cf_log_level level, cf_str message,
                     const cf_named *facts, size_t count)
{
    cf_time     now = cf_now();
    const char *colour = state.coloured ? levels[level].colour : "";

    cf_buf_puts(out, cf_time_format(eval->arena, now, "%Y-%m-%d %H:%M:%S"));
    cf_buf_printf(out, ".%03d %s%s%s [%ld] ", cf_time_civil(now).microsecond / 1000, colour,
                  levels[level].label, state.coloured ? "\033[0m" : "", (long)getpid());
    put_escaped(out, message, 0);
    for (size_t i = 0; i < count; i++)
        put_fact(eval, out, &facts[i]);
}

/* ---- JSON lines ---- */

static void put_member(cf_eval *eval, cf_buf *out, const char *name, cf_value value)
{
    size_t before;

    cf_buf_putc(out, out->len ? ',' : '{');
    cf_json_write(eval, cf_string(name), NULL, out, NULL);
    cf_buf_putc(out, ':');
    before = out->len;
    if (!cf_json_write(eval, value, NULL, out, NULL)) {
        out->len = before;
        cf_buf_puts(out, "null");
    }
}

static void put_json(cf_eval *eval, cf_buf *out, cf_log_level level, cf_str message,
                     const cf_named *facts, size_t count)
{
    put_member(eval, out, "time", cf_string(cf_time_iso(eval->arena, cf_now())));
    put_member(eval, out, "level", cf_string(levels[level].name));
    put_member(eval, out, "pid", cf_int(getpid()));
    put_member(eval, out, "message", cf_string_of(message));
    for (size_t i = 0; i < count; i++)
        put_member(eval, out, facts[i].name, facts[i].value);
    cf_buf_putc(out, '}');
}

/* ---- writing ---- */

static void write_line(const char *line, size_t size)
{
    if (state.options.sink) {
        state.options.sink(state.options.data, line, size);
        return;
    }
    while (size) {
        ssize_t put = write(state.options.fd, line, size);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return; /* There is nowhere to complain. */
        line += put;
        size -= (size_t)put;
    }
}

/* Makes and writes a line. One too long for JSON loses its facts, so that it stays JSON. */
static void log_line(cf_log_level level, cf_str message, const cf_named *facts, size_t count)
{
    cf_arena *arena = cf_arena_new();
    cf_error  err = { 0 };
    cf_eval   eval = { .arena = arena, .err = &err };
    cf_buf    line = cf_buf_in(arena, LINE_LIMIT - 1);

    cf_buf_reserve(&line, 240);
    if (state.options.json)
        put_json(&eval, &line, level, message, facts, count);
    else
        put_text(&eval, &line, level, message, facts, count);
    if (line.overflow && state.options.json) {
        line = cf_buf_in(arena, LINE_LIMIT - 1);
        put_json(&eval, &line, level, cf_str_slice(message, 0, 1000), NULL, 0);
    }
    line.limit = LINE_LIMIT;
    line.overflow = false;
    cf_buf_putc(&line, '\n');
    write_line(line.ptr, line.len);
    cf_arena_free(arena);
}

void cf_log_with(cf_log_level level, const char *message, const cf_named *facts, size_t count)
{
    if (cf_log_enabled(level))
        log_line(level, cf_str_of(message), facts, count);
}

CF_PRINTF(4, 0)
static void log_va(cf_log_level level, const cf_named *facts, size_t count, const char *format,
                   va_list args)
{
    cf_buf message = { .limit = LINE_LIMIT };

    cf_buf_vprintf(&message, format, args);
    log_line(level, cf_buf_view(&message), facts, count);
    cf_buf_free(&message);
}

void cf_log(cf_log_level level, const char *format, ...)
{
    va_list args;

    if (!cf_log_enabled(level))
        return;
    va_start(args, format);
    log_va(level, NULL, 0, format, args);
    va_end(args);
}

/* "name:line:column" of a place in an input, or of a C source file. */
static void place(char *out, size_t size, const char *name, int line, int column)
{
    int used = snprintf(out, size, "%s", name);

    if (line && used > 0 && (size_t)used < size)
        used += snprintf(out + used, size - (size_t)used, ":%d", line);
    if (line && column && used > 0 && (size_t)used < size)
        snprintf(out + used, size - (size_t)used, ":%d", column);
}

void cf_log_error(const cf_error *err, const char *format, ...)
{
    char     source[256] = "", input[256] = "";
    cf_named facts[4];
    size_t   count = 0;
    va_list  args;

    if (!cf_log_enabled(CF_ERROR))
        return;
    if (err && err->code) {
        facts[count++] = CF_NAMED("error", err->message);
        facts[count++] = CF_NAMED("code", cf_code_name(err->code));
        if (err->input[0]) {
            place(input, sizeof input, err->input, err->input_line, err->input_column);
            facts[count++] = CF_NAMED("input", input);
        }
        if (err->file) {
            const char *file = err->file;

            while (strncmp(file, "../", 3) == 0)
                file += 3;
            place(source, sizeof source, file, err->line, 0);
            facts[count++] = CF_NAMED("source", source);
        }
    }
    va_start(args, format);
    log_va(CF_ERROR, facts, count, format, args);
    va_end(args);
}
