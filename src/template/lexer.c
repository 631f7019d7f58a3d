/* lexer.c -- a template's text as tokens: data, delimiters, white-space control.
 *
 * The root state looks for the leftmost place where a delimiter begins; where several match, the
 * longest wins, as Jinja2's rules do. What stands inside delimiters is lex_tag.c's. */
#include "template/lexer.h"

#include <utf8proc.h>

#include "template/lexer_internal.h"

static const char *const token_texts[] = {
#define CF_X(name, text) text,
    CF_TOKENS(CF_X)
#undef CF_X
};

const char *cf__token_text(token_type type)
{
    return token_texts[type];
}

size_t cf__space(const char *p, const char *end)
{
    const unsigned char *u = (const unsigned char *)p;

    if (p >= end)
        return 0;
    if (u[0] < 0x80)
        return (u[0] >= 9 && u[0] <= 13) || (u[0] >= 28 && u[0] <= 32);
    if (end - p >= 2 && u[0] == 0xC2)
        return u[1] == 0x85 || u[1] == 0xA0 ? 2 : 0;
    if (end - p < 3)
        return 0;
    switch (u[0] << 16 | u[1] << 8 | u[2]) {
    case 0xE19A80: /* U+1680 */
    case 0xE280A8:
    case 0xE280A9:
    case 0xE280AF:
    case 0xE2819F:
    case 0xE38080:
        return 3;
    default: /* U+2000 to U+200A */
        return u[0] == 0xE2 && u[1] == 0x80 && u[2] >= 0x80 && u[2] <= 0x8A ? 3 : 0;
    }
}

cf_str cf__rstrip(cf_str s)
{
    while (s.len) {
        size_t back = 1;

        while (back < 4 && back < s.len && (s.ptr[s.len - back] & 0xC0) == 0x80)
            back++;
        if (cf__space(s.ptr + s.len - back, s.ptr + s.len) != back)
            break;
        s.len -= back;
    }
    return s;
}

cf_str cf__strip(cf_str s)
{
    size_t size;

    while (s.len && (size = cf__space(s.ptr, s.ptr + s.len)))
        s = cf_str_slice(s, size, s.len);
    return cf__rstrip(s);
}

cf_str cf__lex_source(cf_arena *arena, const cf_template_options *options, cf_str text)
{
    cf_buf out = cf_buf_in(arena, text.len + 1);

    cf_buf_reserve(&out, text.len);
    for (size_t i = 0; i < text.len;) {
        size_t end = i;

        while (end < text.len && text.ptr[end] != '\r')
            end++;
        cf_buf_add(&out, text.ptr + i, end - i);
        if (end < text.len) {
            cf_buf_putc(&out, '\n');
            end += end + 1 < text.len && text.ptr[end + 1] == '\n' ? 2 : 1;
        }
        i = end;
    }
    if (!options->keep_trailing_newline && out.len && out.ptr[out.len - 1] == '\n')
        out.len--;
    return cf_str_n(out.ptr ? out.ptr : "", out.len);
}

token *cf__lex_add(lexer *lx, token_type type, size_t pos, cf_str text)
{
    if (lx->out.len == lx->out.cap) {
        size_t cap = lx->out.cap ? lx->out.cap * 2 : 64;

        lx->out.items = cf_grow(lx->arena, lx->out.items, lx->out.cap * sizeof(token),
                                cap * sizeof(token));
        lx->out.cap = cap;
    }
    token *t = &lx->out.items[lx->out.len++];
    *t = (token){ .type = type, .line = lx->line, .pos = (uint32_t)pos, .text = text };
    return t;
}

bool cf__lex_fail(lexer *lx, const char *format, ...)
{
    va_list     args;
    const char *message;

    va_start(args, format);
    message = cf_vprintf(lx->arena, format, args);
    va_end(args);
    cf__lex_add(lx, T_ERROR, lx->pos, cf_str_of(message));
    return false;
}

void cf__lex_advance(lexer *lx, size_t to)
{
    for (const char *p = lx->src.ptr + lx->pos, *end = lx->src.ptr + to;
         (p = memchr(p, '\n', (size_t)(end - p))); p++)
        lx->line++;
    if (to > lx->pos)
        lx->line_starting = lx->src.ptr[to - 1] == '\n';
    lx->pos = to;
}

bool cf__lex_at(const lexer *lx, size_t pos, cf_str word)
{
    return word.len && lx->src.len - pos >= word.len &&
           memcmp(lx->src.ptr + pos, word.ptr, word.len) == 0;
}

size_t cf__lex_skip_space(const lexer *lx, size_t pos)
{
    size_t size;

    while ((size = cf__space(lx->src.ptr + pos, lx->src.ptr + lx->src.len)))
        pos += size;
    return pos;
}

/* The end of a closing delimiter that begins at pos, white-space control included; 0 when there is
 * none. */
size_t cf__lex_end(const lexer *lx, size_t pos, cf_str word, bool plus, bool trim)
{
    char sign = pos < lx->src.len ? lx->src.ptr[pos] : '\0';

    if (plus && sign == '+' && cf__lex_at(lx, pos + 1, word))
        return pos + 1 + word.len;
    if (sign == '-' && cf__lex_at(lx, pos + 1, word))
        return cf__lex_skip_space(lx, pos + 1 + word.len);
    if (!cf__lex_at(lx, pos, word))
        return 0;
    pos += word.len;
    return pos + (trim && pos < lx->src.len && lx->src.ptr[pos] == '\n');
}

/* A sign after an opening delimiter. */
static char sign_at(const lexer *lx, size_t pos)
{
    char c = pos < lx->src.len ? lx->src.ptr[pos] : '\0';

    return c == '-' || c == '+' ? c : '\0';
}

/* {% raw %}: where it ends, or 0. */
static size_t raw_begin(const lexer *lx, size_t pos, char *sign)
{
    size_t at;

    if (!cf__lex_at(lx, pos, lx->block_start))
        return 0;
    at = pos + lx->block_start.len;
    *sign = sign_at(lx, at);
    at = cf__lex_skip_space(lx, at + (*sign != '\0'));
    if (!cf__lex_at(lx, at, CF_STR("raw")))
        return 0;
    at = cf__lex_skip_space(lx, at + 3);
    return cf__lex_end(lx, at, lx->block_end, false, false);
}

static size_t skip_blanks(const lexer *lx, size_t pos, bool any)
{
    for (;;) {
        size_t size = cf__space(lx->src.ptr + pos, lx->src.ptr + lx->src.len);
        char   c = size ? lx->src.ptr[pos] : '\0';

        if (!size || c == '\n' || c == '\r' || (!any && c != ' ' && c != '\t' && c != '\v'))
            return pos;
        pos += size;
    }
}

/* Whether the character before pos is not white space. */
static bool after_text(const lexer *lx, size_t pos)
{
    cf_str before = cf_str_slice(lx->src, 0, pos);

    return pos && cf__rstrip(before).len == pos;
}

/* Whether a rule matches at pos, and where its delimiter ends. */
static size_t rule_at(const lexer *lx, const lex_rule *rule, size_t pos)
{
    bool line_start = pos == 0 || lx->src.ptr[pos - 1] == '\n';

    switch (rule->kind) {
    case LEX_LINE_STATEMENT:
        if (!line_start)
            return 0;
        pos = skip_blanks(lx, pos, false);
        break;
    case LEX_LINE_COMMENT:
        if (!line_start && !after_text(lx, pos))
            return 0;
        pos = skip_blanks(lx, pos, true);
        break;
    default:
        break;
    }
    return cf__lex_at(lx, pos, rule->word) ? pos + rule->word.len : 0;
}

/* Emits the text before a delimiter, with white-space control applied. */
static void emit_data(lexer *lx, size_t end, char sign, bool variable)
{
    cf_str text = cf_str_slice(lx->src, lx->pos, end);
    size_t line;

    if (sign == '-') {
        text = cf__rstrip(text);
    } else if (sign != '+' && lx->options->lstrip_blocks && !variable) {
        size_t newline = cf_str_rchr(text, '\n');
        line = newline == CF_NPOS ? 0 : newline + 1;
        cf_str last = cf_str_slice(text, line, text.len);
        if ((line > 0 || lx->line_starting) && last.len && !cf__strip(last).len)
            text.len = line;
    }
    if (text.len)
        cf__lex_add(lx, T_DATA, lx->pos, text);
    cf__lex_advance(lx, end);
}

/* Finds the next delimiter; emits the text before it. False at the end of the source. */
static bool next_delimiter(lexer *lx, lex_kind *kind, size_t *after)
{
    for (size_t pos = lx->pos; pos < lx->src.len; pos++) {
        char sign = '\0';

        if (!lx->interesting[(unsigned char)lx->src.ptr[pos]])
            continue;
        *kind = LEX_RAW;
        *after = raw_begin(lx, pos, &sign);
        for (size_t i = 0; !*after && i < lx->nrules; i++) {
            *after = rule_at(lx, &lx->rules[i], pos);
            if (!*after)
                continue;
            *kind = lx->rules[i].kind;
            sign = sign_at(lx, *after);
            *after += sign != '\0';
        }
        if (*after) {
            emit_data(lx, pos, sign, *kind == LEX_VARIABLE);
            return true;
        }
    }
    if (lx->pos < lx->src.len)
        cf__lex_add(lx, T_DATA, lx->pos, cf_str_slice(lx->src, lx->pos, lx->src.len));
    return false;
}

static bool lex_comment(lexer *lx)
{
    for (size_t pos = lx->pos; pos < lx->src.len; pos++) {
        size_t end = cf__lex_end(lx, pos, lx->comment_end, true, lx->options->trim_blocks);
        if (end) {
            cf__lex_advance(lx, end);
            return true;
        }
    }
    return lx->pos == lx->src.len || cf__lex_fail(lx, "Missing end of comment tag");
}

/* Where {% endraw %} at pos ends, or 0. */
static size_t raw_end(const lexer *lx, size_t pos, char *sign)
{
    size_t at;

    if (!cf__lex_at(lx, pos, lx->block_start))
        return 0;
    at = pos + lx->block_start.len;
    *sign = sign_at(lx, at);
    at = cf__lex_skip_space(lx, at + (*sign != '\0'));
    if (!cf__lex_at(lx, at, CF_STR("endraw")))
        return 0;
    at = cf__lex_skip_space(lx, at + 6);
    return cf__lex_end(lx, at, lx->block_end, true, lx->options->trim_blocks);
}

static bool lex_raw(lexer *lx)
{
    for (size_t pos = lx->pos; pos < lx->src.len; pos++) {
        char   sign = '\0';
        size_t end = raw_end(lx, pos, &sign);
        if (end) {
            emit_data(lx, pos, sign, false);
            cf__lex_advance(lx, end);
            return true;
        }
    }
    return lx->pos == lx->src.len || cf__lex_fail(lx, "Missing end of raw directive");
}

/* What follows an opening delimiter, up to and with its closing one. */
static bool lex_inside(lexer *lx, lex_kind kind, size_t begin)
{
    switch (kind) {
    case LEX_COMMENT:
        return lex_comment(lx);
    case LEX_RAW:
        return lex_raw(lx);
    case LEX_LINE_COMMENT: {
        size_t end = lx->pos;
        while (end < lx->src.len && lx->src.ptr[end] != '\n')
            end++;
        cf__lex_advance(lx, end);
        return true;
    }
    case LEX_VARIABLE:
        cf__lex_add(lx, T_VARIABLE_BEGIN, begin, (cf_str){ 0 });
        return cf__lex_tag(lx, kind);
    default:
        cf__lex_add(lx, T_BLOCK_BEGIN, begin, (cf_str){ 0 });
        return cf__lex_tag(lx, kind);
    }
}

static void lex_root(lexer *lx)
{
    lex_kind kind;
    size_t   after;

    while (next_delimiter(lx, &kind, &after)) {
        size_t begin = lx->pos;

        cf__lex_advance(lx, after);
        if (!lex_inside(lx, kind, begin))
            return;
    }
}

/* Longest first; among equals the order of Jinja2's token names, backwards. */
static void add_rule(lexer *lx, lex_kind kind, cf_str word)
{
    size_t at = lx->nrules;

    if (!word.len)
        return;
    while (at && (lx->rules[at - 1].word.len < word.len ||
                  (lx->rules[at - 1].word.len == word.len && lx->rules[at - 1].kind > kind))) {
        lx->rules[at] = lx->rules[at - 1];
        at--;
    }
    lx->rules[at] = (lex_rule){ kind, word };
    lx->nrules++;
    lx->interesting[(unsigned char)word.ptr[0]] = true;
    if (kind == LEX_LINE_COMMENT || kind == LEX_LINE_STATEMENT)
        memset(lx->interesting, true, sizeof lx->interesting);
}

static cf_str or_default(const char *text, const char *fallback)
{
    return cf_str_of(text && text[0] ? text : fallback);
}

token_list cf__lex(cf_arena *arena, const cf_template_options *options, cf_str source,
                   bool expression)
{
    lexer lx = {
        .arena = arena, .options = options, .src = source, .line = 1, .line_starting = true
    };

    lx.block_start = or_default(options->block_start, "{%");
    lx.block_end = or_default(options->block_end, "%}");
    lx.variable_end = or_default(options->variable_end, "}}");
    lx.comment_end = or_default(options->comment_end, "#}");
    add_rule(&lx, LEX_VARIABLE, or_default(options->variable_start, "{{"));
    add_rule(&lx, LEX_LINE_STATEMENT, cf_str_of(options->line_statement_prefix));
    add_rule(&lx, LEX_LINE_COMMENT, cf_str_of(options->line_comment_prefix));
    add_rule(&lx, LEX_COMMENT, or_default(options->comment_start, "{#"));
    add_rule(&lx, LEX_BLOCK, lx.block_start);
    if (expression)
        cf__lex_tag(&lx, LEX_EXPRESSION);
    else
        lex_root(&lx);
    cf__lex_add(&lx, T_EOF, source.len, (cf_str){ 0 });
    return lx.out;
}
