/* script_lines.c -- which lines of a script belong together, before anything is parsed.
 *
 * A statement goes on to the next line while a bracket or a string in three quotes is open or the
 * line ends in a backslash. Comments and such backslashes are blanked, so that the lexer of
 * expressions, which knows neither, sees every character where it was. */
#include "template/script_internal.h"

typedef struct reading {
    cf_str      text;
    char       *blank;
    size_t      pos;
    size_t      opened[SCRIPT_BRACKETS]; /* Where brackets were opened. */
    size_t      depth;
    script_scan scan;
} reading;

static char peek(const reading *r, size_t ahead)
{
    return r->pos + ahead < r->text.len ? r->text.ptr[r->pos + ahead] : '\0';
}

static void blank(reading *r, size_t from, size_t to)
{
    if (r->blank)
        memset(r->blank + from, ' ', to - from);
}

/* Steps over a string. */
static void skip_string(reading *r)
{
    char   quote = peek(r, 0);
    bool   triple = peek(r, 1) == quote && peek(r, 2) == quote;
    size_t start = r->pos, width = triple ? 3 : 1;

    for (r->pos += width; r->pos < r->text.len;) {
        char c = peek(r, 0);

        if (c == '\\') {
            r->pos += r->pos + 1 < r->text.len ? 2 : 1;
        } else if (c == quote && (!triple || (peek(r, 1) == quote && peek(r, 2) == quote))) {
            r->pos += width;
            return;
        } else if (c == '\n' && !triple) {
            break;
        } else {
            r->pos++;
        }
    }
    r->scan = (script_scan){ triple ? SCRIPT_OPEN_STRING : SCRIPT_BAD_STRING, start };
}

static void skip_comment(reading *r)
{
    size_t start = r->pos;

    while (r->pos < r->text.len && peek(r, 0) != '\n')
        r->pos++;
    blank(r, start, r->pos);
}

static void bracket(reading *r, char c)
{
    if (strchr("([{", c)) {
        if (r->depth < SCRIPT_BRACKETS)
            r->opened[r->depth] = r->pos;
        r->depth++;
    } else if (strchr(")]}", c) && r->depth) {
        r->depth--;
    }
    r->pos++;
}

/* A backslash at the end of a line. */
static bool joins(reading *r)
{
    size_t after = peek(r, 1) == '\r' ? 2 : 1;

    if (peek(r, 0) != '\\' || (r->pos + after < r->text.len && peek(r, after) != '\n'))
        return false;
    blank(r, r->pos, r->pos + after < r->text.len ? r->pos + after + 1 : r->text.len);
    if (r->pos + after + 1 >= r->text.len)
        r->scan = (script_scan){ SCRIPT_OPEN_LINE, r->pos };
    r->pos = r->pos + after < r->text.len ? r->pos + after + 1 : r->text.len;
    return true;
}

/* Up to the end of the line that ends the statement. */
static void skip_statement(reading *r)
{
    while (r->pos < r->text.len && r->scan.state == SCRIPT_COMPLETE) {
        char c = peek(r, 0);

        if (c == '\n' && !r->depth)
            return;
        if (c == '"' || c == '\'')
            skip_string(r);
        else if (c == '#')
            skip_comment(r);
        else if (!joins(r))
            bracket(r, c ? c : ' ');
    }
    if (r->scan.state == SCRIPT_COMPLETE && r->depth)
        r->scan = (script_scan){
            SCRIPT_OPEN_BRACKET,
            r->opened[(r->depth < SCRIPT_BRACKETS ? r->depth : SCRIPT_BRACKETS) - 1]
        };
}

static unsigned skip_indent(reading *r)
{
    unsigned column = 0;

    for (;; r->pos++) {
        if (peek(r, 0) == ' ')
            column++;
        else if (peek(r, 0) == '\t')
            column = (column / 8 + 1) * 8;
        else
            return column;
    }
}

size_t cf__script_line(cf_str text, size_t pos, char *copy, script_line *out, script_scan *scan)
{
    reading r = { .text = text, .blank = copy, .pos = pos };

    out->indent = skip_indent(&r);
    out->start = r.pos;
    skip_statement(&r);
    out->end = r.pos;
    /* A string that is not closed: the rest of its line belongs to it. */
    while (r.scan.state == SCRIPT_BAD_STRING && r.pos < text.len && peek(&r, 0) != '\n')
        r.pos++;
    *scan = r.scan;
    return r.pos < text.len ? r.pos + 1 : text.len;
}
