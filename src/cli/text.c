/* text.c -- how wide texts are on a terminal, and colours where it has them. */
#include "cli/text.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <utf8proc.h>

static bool is_set(const char *name)
{
    const char *value = getenv(name);

    return value && *value;
}

static int number_of(const char *name)
{
    int64_t number = 0;

    return cf_str_to_i64(cf_str_of(getenv(name)), &number) && number > 0 && number < 10000
               ? (int)number
               : 0;
}

term cf__term(void)
{
    struct winsize size = { 0 };
    const char    *name = getenv("TERM");
    term           t = { .tty = isatty(STDOUT_FILENO) == 1 };

    if (!t.tty)
        return t;
    t.colour = !is_set("NO_COLOR") && name && *name && strcmp(name, "dumb") != 0;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
        t.width = size.ws_col;
        t.height = size.ws_row;
    }
    if (t.width <= 0)
        t.width = number_of("COLUMNS") ? number_of("COLUMNS") : 80;
    if (t.height <= 0)
        t.height = number_of("LINES") ? number_of("LINES") : 24;
    return t;
}

void cf__tinted(cf_buf *out, const term *t, tint colour, const char *format, ...)
{
    static const char *const codes[] = {
        [TINT_NONE] = "",     [TINT_BOLD] = "1",     [TINT_DIM] = "2",
        [TINT_RED] = "31",    [TINT_GREEN] = "32",   [TINT_YELLOW] = "33",
        [TINT_BLUE] = "1;34", [TINT_MAGENTA] = "35", [TINT_CYAN] = "36",
    };
    bool    coloured = t->colour && colour != TINT_NONE;
    size_t  start, end;
    va_list args;

    if (coloured)
        cf_buf_printf(out, "\033[%sm", codes[colour]);
    start = out->len;
    va_start(args, format);
    cf_buf_vprintf(out, format, args);
    va_end(args);
    if (!coloured)
        return;
    /* A line's end stands outside of its colour, so that every line ends where it is read. */
    for (end = out->len; end > start && out->ptr[end - 1] == '\n';)
        end--;
    start = out->len - end;
    out->len = end;
    cf_buf_puts(out, "\033[0m");
    while (start--)
        cf_buf_putc(out, '\n');
}

/* A character's columns; control characters, which nobody should print, have none. */
static int width_of(uint32_t cp)
{
    int width = utf8proc_charwidth((utf8proc_int32_t)cp);

    return width < 0 ? 0 : width;
}

int cf__text_width(cf_str text)
{
    int width = 0;

    while (text.len)
        width += width_of(cf_utf8_next(&text));
    return width;
}

cf_str cf__text_fit(cf_str text, int width, int *taken)
{
    cf_str rest = text;

    *taken = 0;
    while (rest.len) {
        cf_str before = rest;
        int    more = width_of(cf_utf8_next(&rest));

        if (*taken + more > width)
            return cf_str_n(text.ptr, text.len - before.len);
        *taken += more;
    }
    return text;
}

cf_str cf__text_line(cf_arena *arena, cf_str text)
{
    cf_buf out = cf_buf_in(arena, 0);
    cf_str rest = text;

    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < 0x20 || (unsigned char)text.ptr[i] >= 0x7f)
            goto careful;
    return text;
careful:
    while (rest.len) {
        cf_str              from = rest;
        uint32_t            cp = cf_utf8_next(&rest);
        utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)cp);

        if (cp == '\n')
            cf_buf_puts(&out, "⏎");
        else if (cp == '\r')
            continue;
        else if (cp == '\t')
            cf_buf_putc(&out, ' ');
        else if (category == UTF8PROC_CATEGORY_CC || cp == 0xFFFD ||
                 (category == UTF8PROC_CATEGORY_CF && cp >= 0x2028))
            cf_buf_puts(&out, "�");
        else
            cf_buf_add(&out, from.ptr, from.len - rest.len);
    }
    return cf_buf_view(&out);
}
