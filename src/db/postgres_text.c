/* postgres_text.c -- SQL texts as PostgreSQL reads them: tokens, '?' as $1, statements of a script.
 */
#include "db/postgres.h"

#include <strings.h>

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (unsigned char)c >= 0x80;
}

/* From an opening quote to past the closing one; doubled quotes do not close. */
static size_t quoted(const char *at, const char *end, bool backslash)
{
    const char *p = at + 1;

    for (; p < end; p++) {
        if (backslash && *p == '\\' && p + 1 < end)
            p++;
        else if (*p == *at && p + 1 < end && p[1] == *at)
            p++;
        else if (*p == *at)
            return (size_t)(p + 1 - at);
    }
    return (size_t)(end - at);
}

/* Block comments nest. */
static size_t block_comment(const char *at, const char *end)
{
    const char *p = at + 2;
    int         depth = 1;

    for (; p + 1 < end; p++) {
        if (p[0] == '/' && p[1] == '*') {
            depth++;
            p++;
        } else if (p[0] == '*' && p[1] == '/') {
            p++;
            if (--depth == 0)
                return (size_t)(p + 1 - at);
        }
    }
    return (size_t)(end - at);
}

/* $tag$ … $tag$; 1 for a '$' that opens none. */
static size_t dollar(const char *at, const char *end)
{
    const char *p = at + 1, *close;
    size_t      tag;

    if (p < end && *p >= '0' && *p <= '9')
        return 1;
    while (p < end && is_word(*p))
        p++;
    if (p == end || *p != '$')
        return 1;
    tag = (size_t)(p + 1 - at);
    close = memmem(p + 1, (size_t)(end - p - 1), at, tag);
    return close ? (size_t)(close - at) + tag : (size_t)(end - at);
}

static size_t word(const char *at, const char *end)
{
    const char *p = at;
    bool        name = *at < '0' || *at > '9';

    /* A name may hold a '$'; behind a number it begins something else. */
    while (p < end && (is_word(*p) || (*p == '$' && name)))
        p++;
    /* E'it\'s' */
    if (p == at + 1 && (*at | 32) == 'e' && p < end && *p == '\'')
        return 1 + quoted(p, end, true);
    return (size_t)(p - at);
}

size_t cf__pg_token(const char *at, const char *end)
{
    if (*at == '\'' || *at == '"')
        return quoted(at, end, false);
    if (at[0] == '-' && at + 1 < end && at[1] == '-') {
        const char *p = at;

        while (p < end && *p != '\n' && *p != '\r')
            p++;
        return (size_t)(p - at);
    }
    if (at[0] == '/' && at + 1 < end && at[1] == '*')
        return block_comment(at, end);
    if (*at == '$')
        return dollar(at, end);
    return is_word(*at) ? word(at, end) : 1;
}

static bool is_comment(const char *at, const char *end)
{
    return at + 1 < end && ((at[0] == '-' && at[1] == '-') || (at[0] == '/' && at[1] == '*'));
}

size_t cf__pg_blank(const char *at, const char *end)
{
    const char *p = at;

    while (p < end) {
        if (strchr(" \t\r\n\f\v", *p) && *p)
            p++;
        else if (is_comment(p, end))
            p += cf__pg_token(p, end);
        else
            break;
    }
    return (size_t)(p - at);
}

size_t cf__pg_convert(cf_str text, cf_buf *out)
{
    const char *p = text.ptr, *end = text.len ? text.ptr + text.len : text.ptr;
    size_t      count = 0, highest = 0;

    while (p < end) {
        size_t len = cf__pg_token(p, end);

        if (*p == '?' && p + 1 < end && p[1] == '?') {
            cf_buf_putc(out, '?');
            len = 2;
        } else if (*p == '?') {
            /* "LIMIT?" must not become the name LIMIT$1, nor "?2" the parameter $12. */
            bool before = p > text.ptr && (is_word(p[-1]) || p[-1] == '$');
            bool after = p + 1 < end && (is_word(p[1]) || p[1] == '$');

            cf_buf_printf(out, "%s$%zu%s", before ? " " : "", ++count, after ? " " : "");
        } else {
            cf_buf_add(out, p, len);
        }
        /* "$2" written by hand. */
        if (*p == '$' && len == 1) {
            size_t number = 0;

            for (const char *d = p + 1; d < end && *d >= '0' && *d <= '9' && number < 100000; d++)
                number = number * 10 + (size_t)(*d - '0');
            highest = number > highest ? number : highest;
        }
        p += len;
    }
    return count ? count : highest;
}

static bool token_is(const char *at, size_t len, const char *name)
{
    return len == strlen(name) && strncasecmp(at, name, len) == 0;
}

size_t cf__pg_split(cf_str script)
{
    const char *p = script.ptr, *end = script.ptr + script.len;
    int         parens = 0, blocks = 0, words = 0;
    bool        create = false, routine = false;

    for (size_t len; p < end; p += len) {
        len = cf__pg_token(p, end);
        if (*p == ';' && parens <= 0 && !blocks)
            break;
        parens += *p == '(';
        parens -= *p == ')';
        if (!is_word(*p))
            continue;
        /* CREATE [OR REPLACE] FUNCTION … BEGIN ATOMIC …; …; END */
        if (words++ == 0)
            create = token_is(p, len, "create");
        else if (words <= 4 && create)
            routine |= token_is(p, len, "function") || token_is(p, len, "procedure");
        if (!routine)
            continue;
        if (token_is(p, len, "begin") || (blocks && token_is(p, len, "case")))
            blocks++;
        else if (blocks && token_is(p, len, "end"))
            blocks--;
    }
    return (size_t)(p - script.ptr);
}

bool cf__pg_looks_read_only(cf_str text)
{
    static const char *const readers[] = { "select", "values", "table", "show", "explain", "with" };
    const char              *p = text.ptr, *end = text.ptr + text.len;
    size_t                   len;

    do {
        p += cf__pg_blank(p, end);
    } while (p < end && *p == '(' && p++);
    len = p < end ? cf__pg_token(p, end) : 0;
    for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
        if (token_is(p, len, readers[i]))
            return true;
    return false;
}

bool cf__pg_lacks_limit(cf_str text)
{
    size_t close = cf_str_rchr(text, ')');
    cf_str tail = cf_str_slice(text, close == CF_NPOS ? 0 : close, text.len);

    return cf_str_starts(text, CF_STR("SELECT ")) &&
           cf_str_find(tail, CF_STR(" LIMIT ")) == CF_NPOS;
}
