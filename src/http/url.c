/* url.c -- percent-encoding, and URLs taken apart and put together (RFC 3986). */
#include <carafe/url.h>

#include <arpa/inet.h>

#include "http/chars.h"

static cf_str decode(cf_arena *arena, cf_str text, bool plus)
{
    char *out = cf_alloc(arena, text.len + 1), *at = out;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '%' && i + 2 < text.len && cf__hex(text.ptr[i + 1]) >= 0 &&
            cf__hex(text.ptr[i + 2]) >= 0) {
            c = (char)(cf__hex(text.ptr[i + 1]) << 4 | cf__hex(text.ptr[i + 2]));
            i += 2;
        } else if (plus && c == '+') {
            c = ' ';
        }
        *at++ = c;
    }
    *at = '\0';
    return cf_str_n(out, (size_t)(at - out));
}

cf_str cf_url_decode(cf_arena *arena, cf_str text)
{
    return decode(arena, text, false);
}

cf_str cf_url_decode_plus(cf_arena *arena, cf_str text)
{
    return decode(arena, text, true);
}

static void put_byte(cf_buf *out, char byte)
{
    static const char digits[] = "0123456789ABCDEF";
    unsigned char     c = (unsigned char)byte;

    cf_buf_add(out, (char[]){ '%', digits[c >> 4], digits[c & 15] }, 3);
}

void cf_url_encode(cf_buf *out, cf_str text, const char *safe)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (cf__is(c, CF__PLAIN) || (safe && c && strchr(safe, c)))
            cf_buf_putc(out, c);
        else
            put_byte(out, c);
    }
}

void cf_url_encode_plus(cf_buf *out, cf_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == ' ')
            cf_buf_putc(out, '+');
        else if (cf__is(c, CF__PLAIN))
            cf_buf_putc(out, c);
        else
            put_byte(out, c);
    }
}

static bool is_scheme(cf_str text)
{
    if (text.len == 0 || !cf__is(text.ptr[0], CF__ALPHA))
        return false;
    for (size_t i = 1; i < text.len; i++)
        if (!cf__is(text.ptr[i], CF__ALPHA | CF__DIGIT) && !strchr("+-.", text.ptr[i]))
            return false;
    return true;
}

static bool parse_port(cf_str text, int *port)
{
    int64_t number = 0;

    *port = -1;
    if (text.len == 0)
        return true;
    for (size_t i = 0; i < text.len; i++) {
        if (!cf__is(text.ptr[i], CF__DIGIT))
            return false;
        number = number * 10 + (text.ptr[i] - '0');
        if (number > 65535)
            return false;
    }
    *port = (int)number;
    return true;
}

/* "user@host:port" with the host perhaps in brackets. */
static bool split_authority(cf_url *url, cf_error *err)
{
    cf_str rest = url->authority, user, host, port = { 0 };

    if (cf_str_rcut(rest, '@', &user, &host)) {
        url->user = user;
        rest = host;
    }
    if (rest.len && rest.ptr[0] == '[') {
        size_t close = cf_str_chr(rest, ']');
        if (close == CF_NPOS)
            return cf_fail(err, CF_EPARSE, "the URL's host has an unclosed bracket");
        url->host = cf_str_slice(rest, 1, close);
        rest = cf_str_slice(rest, close + 1, rest.len);
        if (rest.len && rest.ptr[0] != ':')
            return cf_fail(err, CF_EPARSE, "the URL's host goes on after its bracket");
        port = cf_str_slice(rest, 1, rest.len);
    } else if (cf_str_rcut(rest, ':', &url->host, &port) && cf_str_chr(url->host, ':') != CF_NPOS) {
        return cf_fail(err, CF_EPARSE, "the URL's host has more than one colon");
    }
    if (!parse_port(port, &url->port))
        return cf_fail(err, CF_EPARSE, "the URL's port is not a number up to 65535");
    return true;
}

bool cf_url_split(cf_str text, cf_url *out, cf_error *err)
{
    cf_str scheme, rest;
    size_t end;

    *out = (cf_url){ .port = -1 };
    out->has_fragment = cf_str_cut(text, '#', &text, &out->fragment);
    out->has_query = cf_str_cut(text, '?', &text, &out->query);
    if (cf_str_cut(text, ':', &scheme, &rest) && is_scheme(scheme)) {
        out->scheme = scheme;
        text = rest;
    }
    if (!cf_str_starts(text, CF_STR("//"))) {
        out->path = text;
        return true;
    }
    text = cf_str_slice(text, 2, text.len);
    end = cf_str_chr(text, '/');
    out->has_authority = true;
    out->authority = cf_str_slice(text, 0, end);
    out->path = cf_str_slice(text, out->authority.len, text.len);
    return split_authority(out, err);
}

void cf_url_write(cf_buf *out, const cf_url *url)
{
    if (url->scheme.len) {
        cf_buf_str(out, url->scheme);
        cf_buf_putc(out, ':');
    }
    if (url->has_authority) {
        cf_buf_puts(out, "//");
        cf_buf_str(out, url->authority);
    }
    cf_buf_str(out, url->path);
    if (url->has_query) {
        cf_buf_putc(out, '?');
        cf_buf_str(out, url->query);
    }
    if (url->has_fragment) {
        cf_buf_putc(out, '#');
        cf_buf_str(out, url->fragment);
    }
}

/* Takes "." and ".." segments out of a path (5.2.4). */
static cf_str remove_dots(cf_arena *arena, cf_str path)
{
    cf_buf out = cf_buf_in(arena, path.len + 1);
    bool   rooted = path.len && path.ptr[0] == '/';
    cf_str rest = cf_str_slice(path, rooted, path.len), segment;
    bool   more = path.len > (size_t)rooted;

    if (rooted)
        cf_buf_putc(&out, '/');
    while (more) {
        more = cf_str_cut(rest, '/', &segment, &rest);
        if (cf_str_is(segment, "..")) {
            size_t slash;
            if (out.len)
                out.len--;
            slash = cf_str_rchr(cf_buf_view(&out), '/');
            out.len = slash == CF_NPOS ? rooted : slash + 1;
        } else if (!cf_str_is(segment, ".")) {
            cf_buf_str(&out, segment);
            if (more)
                cf_buf_putc(&out, '/');
        }
    }
    return cf_buf_view(&out);
}

/* The base's folder with the reference's path behind it (5.2.3). */
static cf_str merge(cf_arena *arena, const cf_url *base, cf_str path)
{
    size_t slash = cf_str_rchr(base->path, '/');
    cf_buf out = cf_buf_in(arena, base->path.len + path.len + 2);

    if (base->has_authority && base->path.len == 0)
        cf_buf_putc(&out, '/');
    else if (slash != CF_NPOS)
        cf_buf_add(&out, base->path.ptr, slash + 1);
    cf_buf_str(&out, path);
    return cf_buf_view(&out);
}

cf_str cf_url_join(cf_arena *arena, cf_str base, cf_str reference)
{
    cf_url from, to;
    cf_buf out = cf_buf_in(arena, 0);

    if (!cf_url_split(base, &from, NULL) || !cf_url_split(reference, &to, NULL))
        return reference;
    if (to.scheme.len || to.has_authority) {
        to.path = remove_dots(arena, to.path);
        if (!to.scheme.len)
            to.scheme = from.scheme;
    } else {
        to.scheme = from.scheme;
        to.has_authority = from.has_authority;
        to.authority = from.authority;
        if (to.path.len == 0) {
            to.path = from.path;
            if (!to.has_query) {
                to.has_query = from.has_query;
                to.query = from.query;
            }
        } else {
            to.path = remove_dots(arena,
                                  to.path.ptr[0] == '/' ? to.path : merge(arena, &from, to.path));
        }
    }
    cf_url_write(&out, &to);
    return cf_buf_view(&out);
}

bool cf_url_is_local(cf_str reference)
{
    if (reference.len == 0 || reference.ptr[0] != '/' ||
        (reference.len > 1 && reference.ptr[1] == '/') || reference.ptr[reference.len - 1] == ' ')
        return false;
    for (size_t i = 0; i < reference.len; i++) {
        unsigned char c = (unsigned char)reference.ptr[i];
        if (c < 0x20 || c == 0x7f || c == '\\')
            return false;
    }
    return true;
}

static bool is_ipv6(cf_str text)
{
    char            copy[INET6_ADDRSTRLEN];
    struct in6_addr address;

    if (text.len >= sizeof copy)
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return inet_pton(AF_INET6, copy, &address) == 1;
}

bool cf_host_is_valid(cf_str host)
{
    size_t i = 0;
    int    port;

    if (host.len && host.ptr[0] == '[') {
        size_t close = cf_str_chr(host, ']');
        if (close == CF_NPOS || !is_ipv6(cf_str_slice(host, 1, close)))
            return false;
        i = close + 1;
    } else {
        for (; i < host.len && host.ptr[i] != ':'; i++) {
            if (host.ptr[i] == '%') {
                if (i + 2 >= host.len || cf__hex(host.ptr[i + 1]) < 0 ||
                    cf__hex(host.ptr[i + 2]) < 0)
                    return false;
                i += 2;
            } else if (!cf__is(host.ptr[i], CF__NAME)) {
                return false;
            }
        }
    }
    if (i == host.len)
        return true;
    return host.ptr[i] == ':' && i > 0 && parse_port(cf_str_slice(host, i + 1, host.len), &port);
}
