/* lex_tag.c -- tokens inside a tag: numbers, names, strings, operators. */
#include <utf8proc.h>

#include "template/integer.h"
#include "template/lexer_internal.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int digit_value(char c)
{
    if (is_digit(c))
        return c - '0';
    c = (char)(c | 32);
    return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

static char peek(const lexer *lx, size_t pos)
{
    return pos < lx->src.len ? lx->src.ptr[pos] : '\0';
}

/* The end of digits that single underscores may separate; pos itself when there is no digit. */
static size_t digits_end(const lexer *lx, size_t pos, int base)
{
    if (digit_value(peek(lx, pos)) >= base)
        return pos;
    for (;;) {
        pos++;
        size_t at = pos + (peek(lx, pos) == '_');
        if (digit_value(peek(lx, at)) >= base)
            return pos;
        pos = at;
    }
}

/* The end of a float that begins at pos, or 0. */
static size_t float_end(const lexer *lx, size_t pos)
{
    size_t whole = digits_end(lx, pos, 10), end = whole, exponent;

    if (whole == pos || (pos && lx->src.ptr[pos - 1] == '.'))
        return 0;
    if (peek(lx, whole) == '.' && is_digit(peek(lx, whole + 1)))
        end = digits_end(lx, whole + 1, 10);
    if ((peek(lx, end) | 32) == 'e') {
        exponent = end + 1 + (peek(lx, end + 1) == '+' || peek(lx, end + 1) == '-');
        if (digits_end(lx, exponent, 10) > exponent)
            end = digits_end(lx, exponent, 10);
    }
    return end > whole ? end : 0;
}

/* The digits without underscores, NUL-terminated. */
static cf_str plain_digits(lexer *lx, size_t from, size_t to)
{
    char  *text = cf_alloc(lx->arena, to - from + 1);
    size_t len = 0;

    for (size_t i = from; i < to; i++)
        if (lx->src.ptr[i] != '_')
            text[len++] = lx->src.ptr[i];
    text[len] = '\0';
    return cf_str_n(text, len);
}

static bool lex_float(lexer *lx, size_t end)
{
    token *t = cf__lex_add(lx, T_FLOAT, lx->pos, cf_str_slice(lx->src, lx->pos, end));
    double number;

    if (!cf_str_to_double(plain_digits(lx, lx->pos, end), &number))
        number = __builtin_inf();
    t->number = cf_float(number);
    cf__lex_advance(lx, end);
    return true;
}

/* The end of an integer at pos and its base. */
static size_t integer_end(const lexer *lx, size_t pos, int *base)
{
    char prefix = (char)(peek(lx, pos + 1) | 32);
    int  bases = prefix == 'b' ? 2 : prefix == 'o' ? 8 : prefix == 'x' ? 16 : 0;

    *base = 10;
    if (peek(lx, pos) == '0' && bases) {
        size_t digits = pos + 2 + (peek(lx, pos + 2) == '_');
        if (digits_end(lx, digits, bases) > digits) {
            *base = bases;
            return digits_end(lx, digits, bases);
        }
    }
    /* A leading zero may only be followed by zeros. */
    return digits_end(lx, pos, peek(lx, pos) == '0' ? 1 : 10);
}

static bool lex_integer(lexer *lx)
{
    int      base;
    size_t   end = integer_end(lx, lx->pos, &base);
    cf_str   text = cf_str_slice(lx->src, lx->pos, end);
    cf_error err = { 0 };
    cf_value number;

    if (!cf__integer_read(lx->arena, cf_str_slice(text, base == 10 ? 0 : 2, text.len),
                          (unsigned)base, false, &number, &err))
        return cf__lex_fail(lx, "%s", err.message);
    cf__lex_add(lx, T_INTEGER, lx->pos, text)->number = number;
    cf__lex_advance(lx, end);
    return true;
}

/* Length of a character that may stand in a name; *first whether it may begin one. */
static size_t name_char(const lexer *lx, size_t pos, bool *first)
{
    unsigned char       c = (unsigned char)peek(lx, pos);
    cf_str              rest = cf_str_slice(lx->src, pos, lx->src.len);
    utf8proc_category_t category;
    uint32_t            cp;

    if (c < 0x80) {
        *first = c == '_' || (c | 32u) - 'a' < 26;
        return *first || is_digit((char)c);
    }
    cp = cf_utf8_next(&rest);
    category = utf8proc_category((utf8proc_int32_t)cp);
    *first = (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
             category == UTF8PROC_CATEGORY_NL;
    if (*first || category == UTF8PROC_CATEGORY_ND || category == UTF8PROC_CATEGORY_NO ||
        category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
        category == UTF8PROC_CATEGORY_PC || cp == 0xB7 || cp == 0x387)
        return lx->src.len - pos - rest.len;
    return 0;
}

static bool lex_name(lexer *lx, size_t *size)
{
    bool   first = false, any;
    size_t end = lx->pos, step;

    while ((step = name_char(lx, end, &any))) {
        if (end == lx->pos)
            first = any;
        end += step;
    }
    *size = end - lx->pos;
    if (!*size)
        return true;
    if (!first)
        return cf__lex_fail(lx, "Invalid character in identifier");
    cf__lex_add(lx, T_NAME, lx->pos, cf_str_slice(lx->src, lx->pos, end));
    cf__lex_advance(lx, end);
    return true;
}

/* Reads up to `most` digits of a base. Returns how many. */
static size_t read_number(cf_str s, size_t at, size_t most, int base, uint32_t *number)
{
    size_t count = 0;

    for (*number = 0; count < most && at + count < s.len; count++) {
        int digit = digit_value(s.ptr[at + count]);
        if (digit >= base)
            break;
        *number = *number * (uint32_t)base + (uint32_t)digit;
    }
    return count;
}

static void put_utf8(cf_buf *out, uint32_t cp)
{
    char bytes[4];

    cf_buf_add(out, bytes, cf_utf8_put(cp, bytes));
}

/* \xhh, \uhhhh and \Uhhhhhhhh. Returns the bytes read after the backslash, or 0. */
static size_t unescape_hex(cf_str body, size_t at, cf_buf *out, const char **message)
{
    char     c = body.ptr[at];
    size_t   width = c == 'x' ? 2 : c == 'u' ? 4 : 8;
    uint32_t cp;

    if (read_number(body, at + 1, width, 16, &cp) != width) {
        *message = c == 'x'   ? "truncated \\xXX escape"
                   : c == 'u' ? "truncated \\uXXXX escape"
                              : "truncated \\UXXXXXXXX escape";
        return 0;
    }
    if (cp > 0x10FFFF) {
        *message = "illegal Unicode character";
        return 0;
    }
    put_utf8(out, cp);
    return width + 1;
}

/* One escape; `at` is behind the backslash. Returns the bytes read, or 0 with a message. */
static size_t unescape_one(cf_str body, size_t at, cf_buf *out, const char **message)
{
    static const char from[] = "\\'\"abfnrtv", to[] = "\\'\"\a\b\f\n\r\t\v";
    char              c = body.ptr[at];
    const char       *simple = c ? strchr(from, c) : NULL;
    uint32_t          cp;
    size_t            count;

    if (simple) {
        cf_buf_putc(out, to[simple - from]);
        return 1;
    }
    if (c == '\n')
        return 1;
    if (c == 'x' || c == 'u' || c == 'U')
        return unescape_hex(body, at, out, message);
    if (c == 'N') {
        *message = "unknown Unicode character name";
        return 0;
    }
    count = read_number(body, at, 3, 8, &cp);
    if (count) {
        put_utf8(out, cp);
        return count;
    }
    cf_buf_putc(out, '\\');
    return CF_NPOS; /* Unknown: both characters stay. */
}

cf_str cf__lex_unescape(lexer *lx, cf_str body, const char **message)
{
    cf_buf out;

    *message = NULL;
    if (cf_str_chr(body, '\\') == CF_NPOS)
        return body;
    out = cf_buf_in(lx->arena, body.len * 4 + 16);
    for (size_t i = 0; i < body.len;) {
        size_t size;

        if (body.ptr[i] != '\\' || i + 1 == body.len) {
            cf_buf_putc(&out, body.ptr[i++]);
            continue;
        }
        size = unescape_one(body, i + 1, &out, message);
        if (!size)
            return body;
        i += size == CF_NPOS ? 1 : size + 1;
    }
    return cf_str_n(out.ptr ? out.ptr : "", out.len);
}

/* Line ends inside a literal follow the environment's newline_sequence. */
static cf_str with_newlines(lexer *lx, cf_str body)
{
    const char *newline = lx->options->newline_sequence;
    cf_buf      out;

    if (!newline || strcmp(newline, "\n") == 0 || cf_str_chr(body, '\n') == CF_NPOS)
        return body;
    out = cf_buf_in(lx->arena, body.len * 2 + 1);
    for (size_t i = 0; i < body.len; i++)
        if (body.ptr[i] == '\n')
            cf_buf_puts(&out, newline);
        else
            cf_buf_putc(&out, body.ptr[i]);
    return cf_buf_view(&out);
}

static bool lex_string(lexer *lx, bool *found)
{
    char        quote = peek(lx, lx->pos);
    size_t      end = lx->pos + 1;
    const char *message;
    cf_str      text;

    while (end < lx->src.len && lx->src.ptr[end] != quote)
        end += lx->src.ptr[end] == '\\' ? 2 : 1;
    *found = end < lx->src.len;
    if (!*found)
        return true;
    text = with_newlines(lx, cf_str_slice(lx->src, lx->pos + 1, end));
    text = cf__lex_unescape(lx, text, &message);
    if (message)
        return cf__lex_fail(lx, "%s", message);
    cf__lex_add(lx, T_STRING, lx->pos, text);
    cf__lex_advance(lx, end + 1);
    return true;
}

/* Keeps the brackets balanced, so that "}}" inside a dict does not end a tag. */
static bool track_bracket(lexer *lx, char c)
{
    if (strchr("([{", c)) {
        if (lx->nclosing == LEX_BRACKETS)
            return cf__lex_fail(lx, "brackets are nested too deeply");
        lx->closing[lx->nclosing++] = c == '(' ? ')' : c == '[' ? ']' : '}';
        return true;
    }
    if (!strchr(")]}", c))
        return true;
    if (!lx->nclosing)
        return cf__lex_fail(lx, "unexpected '%c'", c);
    if (lx->closing[--lx->nclosing] != c)
        return cf__lex_fail(lx, "unexpected '%c', expected '%c'", c, lx->closing[lx->nclosing]);
    return true;
}

static bool lex_operator(lexer *lx, bool *found)
{
    *found = false;
    for (size_t len = 2; len; len--)
        for (token_type t = T_ADD; t <= T_RBRACE; t++) {
            cf_str text = cf_str_of(cf__token_text(t));

            if (text.len != len || !cf__lex_at(lx, lx->pos, text))
                continue;
            if (!track_bracket(lx, text.ptr[0]))
                return false;
            cf__lex_add(lx, t, lx->pos, text);
            cf__lex_advance(lx, lx->pos + len);
            *found = true;
            return true;
        }
    return true;
}

/* The end of the tag at the current place; 0 when it does not end here. */
static size_t tag_end(const lexer *lx, lex_kind kind)
{
    size_t at;

    if (lx->nclosing)
        return 0;
    switch (kind) {
    case LEX_VARIABLE:
        return cf__lex_end(lx, lx->pos, lx->variable_end, false, false);
    case LEX_BLOCK:
        return cf__lex_end(lx, lx->pos, lx->block_end, true, lx->options->trim_blocks);
    case LEX_LINE_STATEMENT:
        /* White space up to the last line end, as the greedy \s* takes it. */
        at = cf__lex_skip_space(lx, lx->pos);
        if (at == lx->src.len)
            return at ? at : 1;
        while (at > lx->pos && lx->src.ptr[at - 1] != '\n')
            at--;
        return at > lx->pos ? at : 0;
    default:
        return 0;
    }
}

static bool unexpected_char(lexer *lx)
{
    cf_str rest = cf_str_slice(lx->src, lx->pos, lx->src.len), at = rest;
    size_t chars = cf_utf8_count(cf_str_slice(lx->src, 0, lx->pos));

    cf_utf8_next(&rest);
    return cf__lex_fail(lx, "unexpected char '%.*s' at %zu", (int)(at.len - rest.len), at.ptr,
                        chars);
}

/* One token. False when an ERROR token was added. */
static bool lex_one(lexer *lx)
{
    char   c = peek(lx, lx->pos);
    bool   found = true;
    size_t size;

    if (is_digit(c)) {
        size = float_end(lx, lx->pos);
        return size ? lex_float(lx, size) : lex_integer(lx);
    }
    if (!lex_name(lx, &size))
        return false;
    if (size)
        return true;
    if (c == '"' || c == '\'') {
        if (!lex_string(lx, &found))
            return false;
    } else if (!lex_operator(lx, &found)) {
        return false;
    }
    return found || unexpected_char(lx);
}

bool cf__lex_tag(lexer *lx, lex_kind kind)
{
    lx->nclosing = 0;
    for (;;) {
        size_t end = tag_end(lx, kind), space;

        if (end) {
            end = end > lx->src.len ? lx->src.len : end;
            cf__lex_add(lx, kind == LEX_VARIABLE ? T_VARIABLE_END : T_BLOCK_END, lx->pos,
                        (cf_str){ 0 });
            cf__lex_advance(lx, end);
            return true;
        }
        space = cf__lex_skip_space(lx, lx->pos);
        if (space > lx->pos) {
            cf__lex_advance(lx, space);
            continue;
        }
        if (lx->pos >= lx->src.len)
            return kind == LEX_EXPRESSION;
        if (!lex_one(lx))
            return false;
    }
}
