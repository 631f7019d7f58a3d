/* markdown.c -- Markdown to safe HTML by md4c; the addresses it leads to are checked here.
 *
 * md4c writes the HTML with raw HTML off, so every tag in it is md4c's own. What it does not check
 * is where links and images lead: the addresses it wrote are looked at again, links that would run
 * something (javascript:, data:, …) become "#", and pictures of other sites become links. */
#include <carafe/markdown.h>

#include <md4c-html.h>
#include <md4c.h>

#include <carafe/buf.h>

#define MAX_HTML CF_MIB(8)

static void add_html(const MD_CHAR *text, MD_SIZE size, void *data)
{
    cf_buf_add(data, text, size);
}

/* An address without what browsers ignore in a scheme: character references and controls. */
static size_t plain_start(cf_str url, char *out, size_t size)
{
    size_t n = 0;

    for (size_t i = 0; i < url.len && n < size; i++) {
        unsigned char c = (unsigned char)url.ptr[i];
        if (c > ' ')
            out[n++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    return n;
}

/* http, https, mailto, or an address of this site: no scheme before the first of "/?#". */
static bool is_safe_url(cf_str url)
{
    static const char *const schemes[] = { "http:", "https:", "mailto:" };
    char                     start[32];
    cf_str                   plain = { start, plain_start(url, start, sizeof start) };

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (cf_str_starts(plain, cf_str_of(schemes[i])))
            return true;
    for (size_t i = 0; i < plain.len; i++) {
        if (strchr("/?#", plain.ptr[i]))
            return true;
        /* '&' and '%' could spell a colon that the browser decodes. */
        if (strchr(":&%\\", plain.ptr[i]))
            return false;
    }
    return plain.len < sizeof start;
}

/* Whether a picture lies on this site; the Content-Security-Policy lets no other be loaded. */
static bool is_own_picture(cf_str url)
{
    return url.len > 1 && url.ptr[0] == '/' && url.ptr[1] != '/' && url.ptr[1] != '\\';
}

/* Writes a picture of another site as a link to it, or inside a link as the text it stands for.
 * `tag` begins with the address; returns how much of it was read. */
static size_t add_outside_picture(cf_str tag, cf_str url, bool in_link, cf_buf *out)
{
    cf_str head = CF_STR("\" alt=\"");
    size_t end = cf_str_chr(tag, '>') + 1;
    cf_str alt = cf_str_slice(tag, url.len + head.len, end);

    alt = cf_str_slice(alt, 0, cf_str_chr(alt, '"'));
    if (in_link || !alt.len || !is_safe_url(url)) {
        cf_buf_str(out, alt);
        return end;
    }
    cf_buf_puts(out, "<a href=\"");
    cf_buf_str(out, url);
    cf_buf_puts(out, "\" rel=\"nofollow ugc noopener\">");
    cf_buf_str(out, alt);
    cf_buf_puts(out, "</a>");
    return end;
}

/* Copies the HTML tag by tag; every href and src in it, which md4c quotes by '"', is checked. */
static void copy_checked(cf_str html, cf_buf *out)
{
    const cf_str link = CF_STR("<a href=\""), picture = CF_STR("<img src=\"");
    bool         in_link = false;
    size_t       at;

    while ((at = cf_str_chr(html, '<')) != CF_NPOS) {
        cf_str tag = cf_str_slice(html, at, html.len), url;
        bool   is_link = cf_str_starts(tag, link), is_picture = cf_str_starts(tag, picture);

        cf_buf_str(out, cf_str_slice(html, 0, at));
        if (!is_link && !is_picture) {
            in_link = in_link && !cf_str_starts(tag, CF_STR("</a>"));
            cf_buf_putc(out, '<');
            html = cf_str_slice(tag, 1, tag.len);
            continue;
        }
        tag = cf_str_slice(tag, (is_link ? link : picture).len, tag.len);
        url = cf_str_slice(tag, 0, cf_str_chr(tag, '"'));
        html = cf_str_slice(tag, url.len, tag.len);
        if (is_link) {
            cf_buf_str(out, link);
            cf_buf_str(out, is_safe_url(url) ? url : CF_STR("#"));
            cf_buf_puts(out, "\" rel=\"nofollow ugc noopener");
            in_link = true;
        } else if (is_own_picture(url)) {
            cf_buf_str(out, picture);
            cf_buf_str(out, url);
        } else {
            html = cf_str_slice(tag, add_outside_picture(tag, url, in_link, out), tag.len);
        }
    }
    cf_buf_str(out, html);
}

bool cf_markdown(cf_arena *arena, cf_str text, cf_str *html, cf_error *err)
{
    cf_buf   raw = cf_buf_in(arena, MAX_HTML), out = cf_buf_in(arena, MAX_HTML);
    unsigned flags = MD_DIALECT_GITHUB | MD_FLAG_NOHTML;

    if (text.len > MAX_HTML || md_html(text.ptr ? text.ptr : "", (MD_SIZE)text.len, add_html, &raw,
                                       flags, MD_HTML_FLAG_SKIP_UTF8_BOM))
        return cf_fail(err, CF_ELIMIT, "the Markdown text is too large or too deeply nested");
    copy_checked(cf_buf_view(&raw), &out);
    if (!cf_buf_ok(&raw, err) || !cf_buf_ok(&out, err))
        return false;
    *html = cf_str_n(cf_buf_cstr(&out), out.len);
    return true;
}

/* ---- text without marks ---- */
static int ignore_block(MD_BLOCKTYPE type, void *detail, void *data)
{
    (void)type, (void)detail, (void)data;
    return 0;
}

static int end_block(MD_BLOCKTYPE type, void *detail, void *data)
{
    cf_buf *out = data;

    (void)type, (void)detail;
    if (out->len && out->ptr[out->len - 1] != ' ')
        cf_buf_putc(out, ' ');
    return 0;
}

static int ignore_span(MD_SPANTYPE type, void *detail, void *data)
{
    (void)type, (void)detail, (void)data;
    return 0;
}

static int add_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *data)
{
    cf_buf *out = data;

    switch (type) {
    case MD_TEXT_BR:
    case MD_TEXT_SOFTBR:
        cf_buf_putc(out, ' ');
        break;
    case MD_TEXT_NULLCHAR:
        break;
    default:
        for (MD_SIZE i = 0; i < size; i++)
            cf_buf_putc(out, text[i] == '\n' || text[i] == '\t' ? ' ' : text[i]);
    }
    return out->len > CF_MIB(1); /* Enough for any summary: ends the parse. */
}

/* Cut after `max` characters, at the end of a word where there is one near. */
static cf_str cut_words(cf_arena *arena, cf_str text, size_t max)
{
    cf_str rest = text;
    size_t end = 0, space = 0;

    for (size_t n = 0; n < max && rest.len; n++) {
        cf_utf8_next(&rest);
        end = (size_t)(rest.ptr - text.ptr);
        if (rest.len && *rest.ptr == ' ')
            space = end;
    }
    if (!rest.len)
        return text;
    if (space > end / 2)
        end = space;
    return cf_str_of(cf_printf(arena, "%.*s…", (int)end, text.ptr));
}

cf_str cf_markdown_plain(cf_arena *arena, cf_str text, size_t max)
{
    cf_buf    out = cf_buf_in(arena, CF_MIB(2));
    MD_PARSER parser = { .flags = MD_DIALECT_GITHUB | MD_FLAG_NOHTML,
                         .enter_block = ignore_block,
                         .leave_block = end_block,
                         .enter_span = ignore_span,
                         .leave_span = ignore_span,
                         .text = add_text };

    md_parse(text.ptr ? text.ptr : "", (MD_SIZE)text.len, &parser, &out);
    return cut_words(arena, cf_str_trim(cf_str_n(cf_buf_cstr(&out), out.len)), max);
}
