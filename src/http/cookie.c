/* cookie.c -- cookies in both directions, quoted as Python's http.cookies does. */
#include <carafe/cookie.h>

#include <carafe/http.h>
#include <carafe/url.h>

#include "http/chars.h"

#define DEFAULT_MAX   200
#define MAX_SET_BYTES 4096

/* Undoes \" \\ \054 in a quoted value. */
static cf_str unquote(cf_arena *arena, cf_str value)
{
    char *out, *at;

    if (value.len < 2 || value.ptr[0] != '"' || value.ptr[value.len - 1] != '"')
        return cf_str_to_utf8(arena, value);
    value = cf_str_slice(value, 1, value.len - 1);
    out = at = cf_alloc(arena, value.len + 1);
    for (size_t i = 0; i < value.len; i++) {
        const char *p = value.ptr + i;
        size_t      left = value.len - i;
        if (*p != '\\' || left < 2) {
            *at++ = *p;
        } else if (left >= 4 && p[1] >= '0' && p[1] <= '3' && p[2] >= '0' && p[2] <= '7' &&
                   p[3] >= '0' && p[3] <= '7') {
            *at++ = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
            i += 3;
        } else {
            *at++ = p[1];
            i++;
        }
    }
    return cf_str_to_utf8(arena, cf_str_n(out, (size_t)(at - out)));
}

/* Length of the piece up to its ';', which may stand inside a quoted value. */
static size_t piece_end(cf_str text)
{
    size_t plain = cf_str_chr(text, ';'), at = cf_str_chr(text, '=');

    if (plain == CF_NPOS || at == CF_NPOS || at > plain)
        return plain;
    at++;
    while (at < text.len && text.ptr[at] == ' ')
        at++;
    if (at >= text.len || text.ptr[at] != '"')
        return plain;
    for (at++; at < text.len && text.ptr[at] != '"'; at++)
        if (text.ptr[at] == '\\')
            at++;
    for (at++; at < text.len && text.ptr[at] == ' '; at++)
        ;
    /* A quote that is not closed, or not at the end, is part of a plain value. */
    if (at > text.len || (at < text.len && text.ptr[at] != ';'))
        return plain;
    return at;
}

void cf_cookies_parse(cf_params *cookies, cf_str header, size_t max)
{
    cf_str piece, name, value;
    size_t count = 0;

    if (!max)
        max = DEFAULT_MAX;
    while (header.len && count < max) {
        size_t end = piece_end(header);
        piece = cf_str_slice(header, 0, end);
        header = cf_str_slice(header, piece.len + 1, header.len);
        cf_str_cut(piece, '=', &name, &value);
        name = cf_str_trim(name);
        if (name.len == 0)
            continue;
        cf_params_add(cookies, cf_str_to_utf8(cookies->arena, name),
                      unquote(cookies->arena, cf_str_trim(value)));
        count++;
    }
}

bool cf_same_site_parse(cf_str text, cf_same_site *out)
{
    if (cf_str_iis(text, "lax"))
        *out = CF_SAMESITE_LAX;
    else if (cf_str_iis(text, "strict"))
        *out = CF_SAMESITE_STRICT;
    else if (cf_str_iis(text, "none"))
        *out = CF_SAMESITE_NONE;
    else
        return false;
    return true;
}

static bool needs_quotes(cf_str value)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (!cf__is(c, CF__TARGET) || strchr("\",;\\", c))
            return true;
    }
    return false;
}

static void write_value(cf_buf *out, cf_str value)
{
    if (!needs_quotes(value)) {
        cf_buf_str(out, value);
        return;
    }
    cf_buf_putc(out, '"');
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if (c == '"' || c == '\\')
            cf_buf_printf(out, "\\%c", c);
        else if (c < 0x20 || c >= 0x7f || c == ',' || c == ';')
            cf_buf_printf(out, "\\%03o", c);
        else
            cf_buf_putc(out, (char)c);
    }
    cf_buf_putc(out, '"');
}

/* "example.com" of ".Example.com:80". */
static bool write_domain(cf_buf *out, cf_str domain, cf_error *err)
{
    cf_arena *scratch = cf_arena_new();
    cf_str    port;
    bool      good;

    cf_str_cut(domain, ':', &domain, &port);
    while (domain.len && domain.ptr[0] == '.')
        domain = cf_str_slice(domain, 1, domain.len);
    domain = cf_host_to_ascii(scratch, domain);
    good = domain.len > 0 && cf_host_is_valid(domain) && cf_str_chr(domain, ';') == CF_NPOS;
    if (good) {
        cf_buf_puts(out, "; Domain=");
        cf_buf_str(out, domain);
    }
    cf_arena_free(scratch);
    return good || cf_fail(err, CF_EINVAL, "the cookie's domain is not a host name");
}

static void write_expiry(cf_buf *out, const cf_cookie *cookie)
{
    char date[30];

    if (cookie->remove) {
        cf_buf_puts(out, "; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0");
        return;
    }
    if (cookie->expires.us) {
        cf_time_http(cookie->expires, date);
        cf_buf_printf(out, "; Expires=%s", date);
    }
    if (cookie->max_age)
        cf_buf_printf(out, "; Max-Age=%lld", (long long)cookie->max_age);
}

static void write_path(cf_buf *out, cf_str path)
{
    if (path.ptr && path.len == 0)
        return;
    cf_buf_puts(out, "; Path=");
    cf_url_encode(out, path.ptr ? path : CF_STR("/"), "%!$&'()*+,/:=@");
}

/* Browsers drop cookies whose prefix promises what the attributes do not keep (RFC 6265bis). */
static bool check_prefix(const cf_cookie *cookie, cf_error *err)
{
    bool secure = cookie->secure || cookie->partitioned;
    bool root = !cookie->path.ptr || cf_str_is(cookie->path, "/");

    if (cf_str_starts(cookie->name, CF_STR("__Secure-")) && !secure)
        return cf_fail(err, CF_EINVAL, "cookie %.*s must be secure", CF_STR_ARG(cookie->name));
    if (cf_str_starts(cookie->name, CF_STR("__Host-")) && (!secure || !root || cookie->domain.len))
        return cf_fail(err, CF_EINVAL, "cookie %.*s must be secure, for the path / and no domain",
                       CF_STR_ARG(cookie->name));
    return true;
}

bool cf_cookie_write(cf_buf *out, const cf_cookie *cookie, cf_error *err)
{
    static const char *const sites[] = { "", "; SameSite=Lax", "; SameSite=Strict",
                                         "; SameSite=None" };
    size_t                   before = out->len;

    if (!cf_is_token(cookie->name))
        return cf_fail(err, CF_EINVAL, "the cookie's name is not a token");
    if (!check_prefix(cookie, err))
        return false;
    cf_buf_str(out, cookie->name);
    cf_buf_putc(out, '=');
    write_value(out, cookie->value);
    if (cookie->domain.len && !write_domain(out, cookie->domain, err))
        return false;
    write_expiry(out, cookie);
    if (cookie->secure || cookie->partitioned)
        cf_buf_puts(out, "; Secure");
    if (cookie->http_only)
        cf_buf_puts(out, "; HttpOnly");
    write_path(out, cookie->path);
    cf_buf_puts(out, sites[cookie->same_site]);
    if (cookie->partitioned)
        cf_buf_puts(out, "; Partitioned");
    if (out->len - before > MAX_SET_BYTES)
        return cf_fail(err, CF_ELIMIT, "cookie %.*s takes %zu bytes; browsers keep at most %d",
                       CF_STR_ARG(cookie->name), out->len - before, MAX_SET_BYTES);
    return cf_buf_ok(out, err);
}
