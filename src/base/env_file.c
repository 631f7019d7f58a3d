/* env_file.c -- reading .env files.
 *
 *   # a comment
 *   NAME=plain text to the end of the line   # a comment after a space
 *   export NAME='as it stands, even over lines'
 *   NAME="with \n \r \t \" \\ \$ and over lines"
 *
 * Nothing is expanded: a dollar sign is a dollar sign. */
#include "base/env_file.h"

typedef struct env_parser {
    cf_arena   *arena;
    const char *name;
    cf_str      text;
    size_t      at;
    int         line;
    size_t      line_start;
    cf_error   *err;
} env_parser;

static bool fail_at(env_parser *p, int line, size_t column, const char *message)
{
    cf_fail(p->err, CF_EPARSE, "%s, line %d: %s", p->name, line, message);
    return cf_fail_in(p->err, p->name, line, (int)column);
}

static bool fail(env_parser *p, const char *message)
{
    return fail_at(p, p->line, p->at - p->line_start + 1, message);
}

/* The byte `ahead` of here; 0 past the end. */
static char peek(const env_parser *p, size_t ahead)
{
    return p->at + ahead < p->text.len ? p->text.ptr[p->at + ahead] : '\0';
}

static bool at_end(const env_parser *p)
{
    return p->at >= p->text.len;
}

static bool at_line_end(const env_parser *p)
{
    return at_end(p) || peek(p, 0) == '\n' || (peek(p, 0) == '\r' && peek(p, 1) == '\n');
}

static void skip_blanks(env_parser *p)
{
    while (peek(p, 0) == ' ' || peek(p, 0) == '\t')
        p->at++;
}

static void step(env_parser *p)
{
    if (peek(p, 0) == '\n') {
        p->line++;
        p->line_start = p->at + 1;
    }
    p->at++;
}

static void skip_line(env_parser *p)
{
    while (!at_end(p) && peek(p, 0) != '\n')
        p->at++;
    if (!at_end(p))
        step(p);
}

static bool is_name_char(char c, bool first)
{
    char lower = (char)(c | 0x20);

    return (lower >= 'a' && lower <= 'z') || c == '_' ||
           (!first && ((c >= '0' && c <= '9') || c == '.' || c == '-'));
}

static bool parse_name(env_parser *p, cf_str *out)
{
    size_t start;

    if (cf_str_starts(cf_str_slice(p->text, p->at, p->text.len), CF_STR("export")) &&
        (peek(p, 6) == ' ' || peek(p, 6) == '\t')) {
        p->at += 6;
        skip_blanks(p);
    }
    start = p->at;
    while (is_name_char(peek(p, 0), p->at == start))
        p->at++;
    *out = cf_str_slice(p->text, start, p->at);
    if (!out->len)
        return fail(p, "a setting's name (letters, digits, _) must stand here");
    skip_blanks(p);
    if (peek(p, 0) != '=')
        return fail(p, "'=' must follow the setting's name: NAME=value");
    p->at++;
    skip_blanks(p);
    return true;
}

/* To the end of the line, or to a '#' after a blank; blanks at the end do not belong to it. */
static cf_str parse_plain(env_parser *p)
{
    size_t start = p->at;

    while (!at_line_end(p)) {
        bool comment = peek(p, 0) == '#' && (p->at == start || p->text.ptr[p->at - 1] == ' ' ||
                                             p->text.ptr[p->at - 1] == '\t');

        if (comment)
            break;
        p->at++;
    }
    return cf_str_trim(cf_str_slice(p->text, start, p->at));
}

/* The character that a backslash and `c` stand for; 0 when they stand for nothing. */
static char unescape(char c)
{
    static const char from[] = "nrt\"\\$'", to[] = "\n\r\t\"\\$'";
    const char       *found = c ? strchr(from, c) : NULL;

    return found ? to[found - from] : '\0';
}

static bool parse_quoted(env_parser *p, cf_str *out)
{
    char   quote = peek(p, 0);
    int    line = p->line;
    size_t column = p->at - p->line_start + 1;
    cf_buf value = cf_buf_in(p->arena, 0);

    p->at++;
    while (!at_end(p) && peek(p, 0) != quote) {
        char c = peek(p, 0);

        if (quote == '"' && c == '\\') {
            c = unescape(peek(p, 1));
            if (!c)
                return fail(p, "only \\n \\r \\t \\\" \\\\ and \\$ may follow here a backslash");
            p->at++;
        }
        cf_buf_putc(&value, c);
        step(p);
    }
    if (at_end(p))
        return fail_at(p, line, column, "the quote that opens here is never closed");
    p->at++;
    skip_blanks(p);
    if (!at_line_end(p) && peek(p, 0) != '#')
        return fail(p, "nothing but a comment may follow the closing quote");
    *out = cf_buf_view(&value);
    return true;
}

static bool parse_line(env_parser *p, cf_map *out)
{
    cf_str name, value;
    bool   quoted;

    if (!parse_name(p, &name))
        return false;
    quoted = peek(p, 0) == '"' || peek(p, 0) == '\'';
    if (!quoted)
        value = parse_plain(p);
    else if (!parse_quoted(p, &value))
        return false;
    cf_map_put(out, cf_string_copy(p->arena, name), cf_string(cf_str_dup(p->arena, value)));
    return true;
}

bool cf__env_parse(cf_arena *arena, cf_str text, const char *name, cf_map *out, cf_error *err)
{
    env_parser p = { .arena = arena, .name = name, .text = text, .line = 1, .err = err };

    if (!cf_str_is_utf8(text) || (text.len && memchr(text.ptr, '\0', text.len)))
        return cf_fail(err, CF_EPARSE, "%s is no text file in UTF-8", name);
    if (cf_str_starts(text, CF_STR("\xef\xbb\xbf")))
        p.at = p.line_start = 3;
    while (!at_end(&p)) {
        skip_blanks(&p);
        if (!at_line_end(&p) && peek(&p, 0) != '#' && !parse_line(&p, out))
            return false;
        skip_line(&p);
    }
    return true;
}
