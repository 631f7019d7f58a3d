/* text_html.c -- striptags, urlize and wordwrap. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "template/filters.h"
#include "template/lexer.h"

/* ---- striptags ---- */

static const struct {
    const char *name;
    uint32_t    cp;
} entities[] = {
    { "amp", '&' },      { "lt", '<' },        { "gt", '>' },       { "quot", '"' },
    { "apos", '\'' },    { "nbsp", 0xA0 },     { "copy", 0xA9 },    { "reg", 0xAE },
    { "trade", 0x2122 }, { "hellip", 0x2026 }, { "mdash", 0x2014 }, { "ndash", 0x2013 },
    { "lsquo", 0x2018 }, { "rsquo", 0x2019 },  { "ldquo", 0x201C }, { "rdquo", 0x201D },
    { "laquo", 0xAB },   { "raquo", 0xBB },    { "bull", 0x2022 },  { "middot", 0xB7 },
    { "euro", 0x20AC },  { "pound", 0xA3 },    { "yen", 0xA5 },     { "cent", 0xA2 },
    { "sect", 0xA7 },    { "para", 0xB6 },     { "deg", 0xB0 },     { "plusmn", 0xB1 },
    { "times", 0xD7 },   { "divide", 0xF7 },   { "frac12", 0xBD },  { "frac14", 0xBC },
    { "auml", 0xE4 },    { "ouml", 0xF6 },     { "uuml", 0xFC },    { "Auml", 0xC4 },
    { "Ouml", 0xD6 },    { "Uuml", 0xDC },     { "szlig", 0xDF },   { "eacute", 0xE9 },
    { "egrave", 0xE8 },  { "ecirc", 0xEA },    { "euml", 0xEB },    { "agrave", 0xE0 },
    { "aacute", 0xE1 },  { "acirc", 0xE2 },    { "aring", 0xE5 },   { "aelig", 0xE6 },
    { "ccedil", 0xE7 },  { "iacute", 0xED },   { "icirc", 0xEE },   { "iuml", 0xEF },
    { "ntilde", 0xF1 },  { "oacute", 0xF3 },   { "ocirc", 0xF4 },   { "oslash", 0xF8 },
    { "uacute", 0xFA },  { "ugrave", 0xF9 },   { "ucirc", 0xFB },   { "iexcl", 0xA1 },
    { "iquest", 0xBF },  { "larr", 0x2190 },   { "uarr", 0x2191 },  { "rarr", 0x2192 },
    { "darr", 0x2193 },  { "infin", 0x221E },  { "ne", 0x2260 },    { "le", 0x2264 },
    { "ge", 0x2265 },    { "thinsp", 0x2009 }, { "ensp", 0x2002 },  { "emsp", 0x2003 },
};

/* &#123; or &#x7B;. Returns the bytes read, or 0. */
static size_t number_entity(cf_str s, uint32_t *cp)
{
    bool   hex = s.len > 2 && (s.ptr[2] | 32) == 'x';
    size_t at = hex ? 3 : 2, start = at;

    *cp = 0;
    for (; at < s.len && at < start + 8; at++) {
        char     c = (char)(s.ptr[at] | 32);
        unsigned digit = s.ptr[at] >= '0' && s.ptr[at] <= '9' ? (unsigned)(s.ptr[at] - '0')
                         : hex && c >= 'a' && c <= 'f'        ? (unsigned)(c - 'a' + 10)
                                                              : 99;
        if (digit == 99)
            break;
        *cp = *cp * (hex ? 16 : 10) + digit;
    }
    if (at == start)
        return 0;
    return at + (at < s.len && s.ptr[at] == ';');
}

static size_t entity(cf_str s, uint32_t *cp)
{
    if (s.len > 2 && s.ptr[1] == '#')
        return number_entity(s, cp);
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++) {
        size_t len = strlen(entities[i].name);
        if (s.len > len + 1 && memcmp(s.ptr + 1, entities[i].name, len) == 0 &&
            s.ptr[len + 1] == ';') {
            *cp = entities[i].cp;
            return len + 2;
        }
    }
    return 0;
}

/* Appends the first character, or what the entity there stands for. Returns the bytes read. */
static size_t put_unescaped(cf_str s, cf_buf *out)
{
    uint32_t cp;
    char     bytes[4];
    size_t   size = s.ptr[0] == '&' ? entity(s, &cp) : 0;

    if (!size) {
        cf_buf_putc(out, s.ptr[0]);
        return 1;
    }
    cf_buf_add(out, bytes, cf_utf8_put(cp, bytes));
    return size;
}

void cf__unescape(cf_str s, cf_buf *out)
{
    while (s.len)
        s = cf_str_slice(s, put_unescaped(s, out), s.len);
}

/* Without comments and tags. */
static cf_str without_tags(cf_arena *arena, cf_str s)
{
    cf_buf out = cf_buf_in(arena, s.len + 1);

    while (s.len) {
        size_t open = cf_str_chr(s, '<'), close;
        cf_str rest;
        if (open == CF_NPOS)
            break;
        rest = cf_str_slice(s, open, s.len);
        if (cf_str_starts(rest, CF_STR("<!--"))) {
            close = cf_str_find(cf_str_slice(rest, 4, rest.len), CF_STR("-->"));
            close = close == CF_NPOS ? CF_NPOS : close + 7;
        } else {
            close = CF_NPOS;
        }
        if (close == CF_NPOS) {
            close = cf_str_chr(rest, '>');
            close = close == CF_NPOS ? CF_NPOS : close + 1;
        }
        if (close == CF_NPOS)
            break;
        cf_buf_add(&out, s.ptr, open);
        s = cf_str_slice(rest, close, rest.len);
    }
    cf_buf_str(&out, s);
    return cf_buf_view(&out);
}

void cf__strip_tags(cf_arena *arena, cf_str html, cf_buf *out)
{
    cf_str s = cf__strip(without_tags(arena, html));
    bool   space = false;

    while (s.len) {
        size_t size = cf__space(s.ptr, s.ptr + s.len);
        if (size) {
            space = true;
            s = cf_str_slice(s, size, s.len);
            continue;
        }
        if (space)
            cf_buf_putc(out, ' ');
        space = false;
        s = cf_str_slice(s, put_unescaped(s, out), s.len);
    }
}

/* ---- regular expressions ---- */

/* Work one match may do before it counts as no match. */
#define MATCH_LIMIT 100000

static pcre2_code *compile(const char *pattern, uint32_t options)
{
    int    code;
    size_t offset;

    return pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
                         options | PCRE2_UTF | PCRE2_UCP | PCRE2_NO_UTF_CHECK, &code, &offset,
                         NULL);
}

/* The end of a match that begins at `at` of well-formed UTF-8; CF_NPOS when there is none. */
static size_t match_at(pcre2_code *code, cf_str s, size_t at)
{
    pcre2_match_data    *data = pcre2_match_data_create(1, NULL);
    pcre2_match_context *limits = pcre2_match_context_create(NULL);
    size_t               end = CF_NPOS;

    pcre2_set_match_limit(limits, MATCH_LIMIT);
    if (code && pcre2_match(code, (PCRE2_SPTR)s.ptr, s.len, at, PCRE2_ANCHORED | PCRE2_NO_UTF_CHECK,
                            data, limits) >= 0)
        end = pcre2_get_ovector_pointer(data)[1];
    pcre2_match_context_free(limits);
    pcre2_match_data_free(data);
    return end;
}

static bool matches(pcre2_code *code, cf_str s)
{
    return match_at(code, s, 0) != CF_NPOS;
}

/* ---- urlize ---- */

static pcre2_code *url_pattern(void)
{
    static pcre2_code *code;

    if (!code)
        code = compile("^((https?://|www\\.)(([\\w%-]+\\.)+)?([a-z]{2,63}|xn--[\\w%]{2,59})"
                       "|([\\w%-]{2,63}\\.)+(com|net|int|edu|gov|org|info|mil)"
                       "|(https?://)((([\\d]{1,3})(\\.[\\d]{1,3}){3})"
                       "|(\\[([\\da-f]{0,4}:){2}([\\da-f]{0,4}:?){1,6}])))"
                       "(?::[\\d]{1,5})?(?:[/?#]\\S*)?$",
                       PCRE2_CASELESS);
    return code;
}

static pcre2_code *mail_pattern(void)
{
    static pcre2_code *code;

    if (!code)
        code = compile("^\\S+@\\w[\\w.-]*\\.\\w+$", 0);
    return code;
}

/* What stands before and behind a link: "(" and "&lt;", ")", "." and the like. */
static size_t lead_length(cf_str s)
{
    size_t at = 0;

    while (at < s.len) {
        cf_str rest = cf_str_slice(s, at, s.len);
        if (rest.ptr[0] == '(' || rest.ptr[0] == '<')
            at++;
        else if (cf_str_starts(rest, CF_STR("&lt;")))
            at += 4;
        else
            break;
    }
    return at;
}

static size_t tail_length(cf_str s)
{
    size_t len = s.len;

    while (len) {
        cf_str rest = cf_str_slice(s, 0, len);
        if (strchr(")>.,\n", rest.ptr[len - 1]) && rest.ptr[len - 1])
            len--;
        else if (cf_str_ends(rest, CF_STR("&gt;")))
            len -= 4;
        else
            break;
    }
    return s.len - len;
}

static size_t count_of(cf_str s, cf_str needle)
{
    size_t count = 0, at;

    while ((at = cf_str_find(s, needle)) != CF_NPOS) {
        count++;
        s = cf_str_slice(s, at + needle.len, s.len);
    }
    return count;
}

/* Closing brackets that balance opening ones belong to the link. */
static void balance(cf_str word, cf_str *middle)
{
    static const char *const pairs[][2] = { { "(", ")" }, { "<", ">" }, { "&lt;", "&gt;" } };

    for (size_t i = 0; i < 3; i++) {
        cf_str open = cf_str_of(pairs[i][0]), close = cf_str_of(pairs[i][1]);
        size_t opened = count_of(*middle, open), at;
        cf_str tail;
        if (opened <= count_of(*middle, close))
            continue;
        for (size_t k = 0; k < opened; k++) {
            tail = cf_str_n(middle->ptr + middle->len,
                            (size_t)(word.ptr + word.len - middle->ptr) - middle->len);
            at = cf_str_find(tail, close);
            if (at == CF_NPOS)
                break;
            middle->len += at + close.len;
        }
    }
}

static void put_attribute(cf_buf *out, const char *name, cf_str value)
{
    if (!value.len)
        return;
    cf_buf_printf(out, " %s=\"", name);
    cf_buf_html(out, value);
    cf_buf_putc(out, '"');
}

typedef struct link_style {
    vm     *m;
    int64_t limit;
    cf_str  rel, target, schemes;
} link_style;

/* The words of rel, once each, in order. */
static cf_str unique_words(vm *m, cf_str words)
{
    const char *sorted[32];
    size_t      count = 0;
    cf_buf      out = cf_buf_in(m->eval.arena, 0);
    cf_str      word;

    for (bool more = true; more && count < 32;) {
        size_t      at = 0;
        const char *text;
        more = cf_str_cut(words, ' ', &word, &words);
        if (!word.len)
            continue;
        text = cf_str_dup(m->eval.arena, word);
        while (at < count && strcmp(sorted[at], text) < 0)
            at++;
        if (at < count && strcmp(sorted[at], text) == 0)
            continue;
        memmove(sorted + at + 1, sorted + at, (count - at) * sizeof *sorted);
        sorted[at] = text;
        count++;
    }
    for (size_t i = 0; i < count; i++)
        cf_buf_printf(&out, "%s%s", i ? " " : "", sorted[i]);
    return cf_buf_view(&out);
}

static void put_link(const link_style *style, const char *before, cf_str url, bool trim,
                     cf_buf *out)
{
    cf_str shown = url;

    if (trim && style->limit >= 0 && (int64_t)cf_utf8_count(url) > style->limit) {
        cf_str rest = url;
        for (int64_t i = 0; i < style->limit && rest.len; i++)
            cf_utf8_next(&rest);
        shown.len = url.len - rest.len;
    }
    cf_buf_printf(out, "<a href=\"%s%.*s\"", before, CF_STR_ARG(url));
    put_attribute(out, "rel", style->rel);
    put_attribute(out, "target", style->target);
    cf_buf_printf(out, ">%.*s%s</a>", CF_STR_ARG(shown), shown.len < url.len ? "..." : "");
}

static bool has_scheme(const link_style *style, cf_str s)
{
    cf_str words = style->schemes, word;

    for (bool more = true; more;) {
        more = cf_str_cut(words, ' ', &word, &words);
        if (word.len && s.len > word.len && cf_str_starts(s, word))
            return true;
    }
    return false;
}

static void put_word(const link_style *style, cf_str word, cf_buf *out)
{
    size_t lead = lead_length(word);
    cf_str middle = cf_str_slice(word, lead, word.len);

    middle.len -= tail_length(middle);
    balance(word, &middle);
    cf_buf_add(out, word.ptr, lead);
    if (matches(url_pattern(), middle)) {
        bool full = cf_str_starts(middle, CF_STR("https://")) ||
                    cf_str_starts(middle, CF_STR("http://"));
        put_link(style, full ? "" : "https://", middle, true, out);
    } else if (cf_str_starts(middle, CF_STR("mailto:")) &&
               matches(mail_pattern(), cf_str_slice(middle, 7, middle.len))) {
        cf_buf_printf(out, "<a href=\"%.*s\">%.*s</a>", CF_STR_ARG(middle),
                      CF_STR_ARG(cf_str_slice(middle, 7, middle.len)));
    } else if (cf_str_chr(middle, '@') != CF_NPOS && !cf_str_starts(middle, CF_STR("www.")) &&
               cf_str_chr(middle, ':') == CF_NPOS && matches(mail_pattern(), middle)) {
        cf_buf_printf(out, "<a href=\"mailto:%.*s\">%.*s</a>", CF_STR_ARG(middle),
                      CF_STR_ARG(middle));
    } else if (has_scheme(style, middle)) {
        put_link(style, "", middle, false, out);
    } else {
        cf_buf_str(out, middle);
    }
    cf_buf_add(out, middle.ptr + middle.len,
               (size_t)(word.ptr + word.len - middle.ptr) - middle.len);
}

bool cf__urlize(vm *m, cf_str text, int64_t limit, cf_str rel, cf_str target, cf_str schemes,
                cf_buf *out)
{
    link_style style = { m, limit, unique_words(m, rel), target, schemes };

    text = cf_str_to_utf8(m->eval.arena, text);
    while (text.len) {
        size_t end = 0, size;
        while (end < text.len && !cf__space(text.ptr + end, text.ptr + text.len))
            end++;
        if (end)
            put_word(&style, cf_str_slice(text, 0, end), out);
        while (end < text.len && (size = cf__space(text.ptr + end, text.ptr + text.len))) {
            cf_buf_add(out, text.ptr + end, size);
            end += size;
        }
        text = cf_str_slice(text, end, text.len);
        if (!cf__step(m))
            return false;
    }
    return true;
}

/* ---- wordwrap ---- */

static pcre2_code *word_pattern(bool hyphens)
{
    static pcre2_code *with, *without;

    if (!with)
        with = compile("[\\t\\n\\x0b\\x0c\\r ]+"
                       "|(?<=[\\w!\"'&.,?])-{2,}(?=\\w)"
                       "|[^\\t\\n\\x0b\\x0c\\r ]+?(?:"
                       "-(?:(?<=[^\\d\\W]{2}-)|(?<=[^\\d\\W]-[\\w!\"'&.,?]-))"
                       "(?=[^\\d\\W]-?[^\\d\\W])"
                       "|(?=[\\t\\n\\x0b\\x0c\\r ]|\\z)"
                       "|(?<=[\\w!\"'&.,?])(?=-{2,}\\w))",
                       0);
    if (!without)
        without = compile("[\\t\\n\\x0b\\x0c\\r ]+|[^\\t\\n\\x0b\\x0c\\r ]+", 0);
    return hyphens ? with : without;
}

/* A line being filled. */
typedef struct wrapper {
    size_t  width, used; /* In characters. */
    cf_buf  line;
    size_t  last; /* Where the last chunk begins. */
    bool    any;  /* A line has been written. */
    cf_str  newline;
    cf_buf *out;
} wrapper;

static bool is_blank(cf_str s)
{
    return cf__strip(s).len == 0;
}

static void end_line(wrapper *w)
{
    cf_str line = cf_buf_view(&w->line);

    if (line.len && is_blank(cf_str_slice(line, w->last, line.len)))
        line.len = w->last;
    if (line.len) {
        if (w->any)
            cf_buf_str(w->out, w->newline);
        cf_buf_str(w->out, line);
        w->any = true;
    }
    cf_buf_clear(&w->line);
    w->used = w->last = 0;
}

static void add_chunk(wrapper *w, cf_str chunk)
{
    w->last = w->line.len;
    cf_buf_str(&w->line, chunk);
    w->used += cf_utf8_count(chunk);
}

static cf_str head(cf_str s, size_t chars)
{
    cf_str rest = s;

    while (chars-- && rest.len)
        cf_utf8_next(&rest);
    return cf_str_n(s.ptr, s.len - rest.len);
}

/* A chunk wider than any line: cut where the line is full, if it may be. */
static void long_chunk(wrapper *w, cf_str chunk, bool break_words, bool hyphens)
{
    while (cf_utf8_count(chunk) > w->width) {
        cf_str part = head(chunk, w->width - w->used);
        size_t hyphen = cf_str_rchr(part, '-');
        if (!break_words) {
            if (w->used)
                end_line(w);
            add_chunk(w, chunk);
            end_line(w);
            return;
        }
        if (hyphens && hyphen != CF_NPOS && hyphen > 0 &&
            cf_str_trim_set(cf_str_slice(part, 0, hyphen), "-").len)
            part.len = hyphen + 1;
        /* Also when nothing of it fits: white space before it stays then, as in textwrap. */
        add_chunk(w, part);
        end_line(w);
        chunk = cf_str_slice(chunk, part.len, chunk.len);
    }
    if (w->used + cf_utf8_count(chunk) > w->width)
        end_line(w);
    if (chunk.len && (w->used || !w->any || !is_blank(chunk)))
        add_chunk(w, chunk);
}

bool cf__wrap(vm *m, cf_str line, size_t width, bool break_words, bool hyphens, cf_str newline,
              cf_buf *out)
{
    wrapper w = {
        .width = width, .newline = newline, .out = out, .line = cf_buf_in(m->eval.arena, 0)
    };

    line = cf_str_to_utf8(m->eval.arena, line);
    for (size_t at = 0; at < line.len;) {
        size_t end = match_at(word_pattern(hyphens), line, at);
        cf_str chunk;
        if (end == CF_NPOS || end <= at)
            end = line.len;
        chunk = cf_str_slice(line, at, end);
        at = end;
        if (w.used + cf_utf8_count(chunk) <= w.width) {
            if (w.used || !w.any || !is_blank(chunk))
                add_chunk(&w, chunk);
        } else if (cf_utf8_count(chunk) > w.width) {
            long_chunk(&w, chunk, break_words, hyphens);
        } else {
            end_line(&w);
            if (!w.any || !is_blank(chunk))
                add_chunk(&w, chunk);
        }
        if (!cf__step(m))
            return false;
    }
    end_line(&w);
    return true;
}
