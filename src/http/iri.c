/* iri.c -- addresses in every alphabet, and the ASCII that travels on the wire. */
#include <carafe/url.h>

#include <stdlib.h>

#include <utf8proc.h>

#include "http/chars.h"
#include "http/punycode.h"

static bool is_ascii(cf_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] >= 0x80)
            return false;
    return true;
}

/* Compatibility forms composed, case folded, invisible characters dropped: what IDNA calls
 * nameprep. */
static cf_str prepare(cf_arena *arena, cf_str host)
{
    utf8proc_uint8_t *folded = NULL;
    utf8proc_ssize_t  size;
    cf_str            result = host;

    size = utf8proc_map((const utf8proc_uint8_t *)host.ptr, (utf8proc_ssize_t)host.len, &folded,
                        UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
                            UTF8PROC_IGNORE);
    if (size >= 0)
        result = cf_str_n(cf_strndup(arena, (const char *)folded, (size_t)size), (size_t)size);
    free(folded);
    return result;
}

static bool put_ascii_label(cf_buf *out, cf_str label)
{
    size_t before = out->len;

    if (is_ascii(label)) {
        cf_buf_str(out, label);
    } else {
        cf_buf_puts(out, "xn--");
        if (!cf__punycode_encode(out, label))
            return false;
    }
    return out->len - before <= CF__LABEL_MAX;
}

cf_str cf_host_to_ascii(cf_arena *arena, cf_str host)
{
    cf_buf out = cf_buf_in(arena, 0);
    cf_str rest, label;
    bool   more = host.len > 0;

    if (is_ascii(host))
        return cf_str_lower(arena, host);
    if (!cf_str_is_utf8(host))
        return host;
    rest = prepare(arena, host);
    while (more) {
        size_t dot = cf_str_chr(rest, '.'), wide = cf_str_find(rest, CF_STR("\u3002"));
        more = dot != CF_NPOS || wide != CF_NPOS;
        label = cf_str_slice(rest, 0, dot < wide ? dot : wide);
        rest = cf_str_slice(rest, label.len + (dot < wide ? 1 : 3), rest.len);
        if (!put_ascii_label(&out, label))
            return host;
        if (more)
            cf_buf_putc(&out, '.');
    }
    return cf_buf_view(&out);
}

/* Whether every character shows: no controls, spaces, private or unassigned ones. */
static bool is_visible(cf_str text)
{
    while (text.len) {
        switch (utf8proc_category((utf8proc_int32_t)cf_utf8_next(&text))) {
        case UTF8PROC_CATEGORY_CC:
        case UTF8PROC_CATEGORY_CF:
        case UTF8PROC_CATEGORY_CN:
        case UTF8PROC_CATEGORY_CO:
        case UTF8PROC_CATEGORY_CS:
        case UTF8PROC_CATEGORY_ZL:
        case UTF8PROC_CATEGORY_ZP:
        case UTF8PROC_CATEGORY_ZS:
            return false;
        default:
            continue;
        }
    }
    return true;
}

static void put_unicode_label(cf_arena *arena, cf_buf *out, cf_str label)
{
    cf_buf text = cf_buf_in(arena, 0), again = cf_buf_in(arena, 0);

    /* Only what encodes back to the same label is its true form. */
    if (cf_str_ieq(cf_str_slice(label, 0, 4), CF_STR("xn--")) &&
        cf__punycode_decode(&text, cf_str_slice(label, 4, label.len)) &&
        !is_ascii(cf_buf_view(&text)) && is_visible(cf_buf_view(&text)) &&
        put_ascii_label(&again, prepare(arena, cf_buf_view(&text))) &&
        cf_str_ieq(cf_buf_view(&again), label))
        label = cf_buf_view(&text);
    cf_buf_str(out, label);
}

cf_str cf_host_to_unicode(cf_arena *arena, cf_str host)
{
    cf_buf out = cf_buf_in(arena, 0);
    cf_str rest = host, label;
    bool   more = host.len > 0;

    if (!is_ascii(host))
        return host;
    while (more) {
        more = cf_str_cut(rest, '.', &label, &rest);
        put_unicode_label(arena, &out, label);
        if (more)
            cf_buf_putc(&out, '.');
    }
    return cf_buf_view(&out);
}

/* Decodes %XX but for control characters, space, '%' and the bytes of `keep`, which would change
 * what the part means; bytes that are no UTF-8 stay encoded too. */
static cf_str decode_part(cf_arena *arena, cf_str text, const char *keep)
{
    cf_buf raw = cf_buf_in(arena, text.len + 1), out = cf_buf_in(arena, 3 * text.len + 1);
    cf_str rest;

    for (size_t i = 0; i < text.len; i++) {
        int byte = -1;
        if (text.ptr[i] == '%' && i + 2 < text.len && cf__hex(text.ptr[i + 1]) >= 0 &&
            cf__hex(text.ptr[i + 2]) >= 0)
            byte = cf__hex(text.ptr[i + 1]) << 4 | cf__hex(text.ptr[i + 2]);
        if (byte > 0x20 && byte != '%' && byte != 0x7f && !strchr(keep, byte)) {
            cf_buf_putc(&raw, (char)byte);
            i += 2;
        } else {
            cf_buf_putc(&raw, text.ptr[i]);
        }
    }
    rest = cf_buf_view(&raw);
    while (rest.len) {
        cf_str   from = rest;
        uint32_t cp = cf_utf8_next(&rest);
        size_t   used = from.len - rest.len;
        if (cp == 0xfffd && used == 1)
            cf_buf_printf(&out, "%%%02X", (unsigned)(unsigned char)*from.ptr);
        else
            cf_buf_add(&out, from.ptr, used);
    }
    return cf_buf_view(&out);
}

static cf_str encode_part(cf_arena *arena, cf_str text, const char *safe)
{
    cf_buf out = cf_buf_in(arena, 3 * text.len + 1);

    cf_url_encode(&out, text, safe);
    return cf_buf_view(&out);
}

/* "user:password@host:port" from parts that have been converted. */
static cf_str authority(cf_arena *arena, const cf_url *url, cf_str user, cf_str password,
                        cf_str host)
{
    cf_buf out = cf_buf_in(arena, 0);

    if (user.len) {
        cf_buf_str(&out, user);
        if (password.len) {
            cf_buf_putc(&out, ':');
            cf_buf_str(&out, password);
        }
        cf_buf_putc(&out, '@');
    }
    if (cf_str_chr(host, ':') != CF_NPOS)
        cf_buf_printf(&out, "[%.*s]", CF_STR_ARG(host));
    else
        cf_buf_str(&out, host);
    if (url->port > 0)
        cf_buf_printf(&out, ":%d", url->port);
    return cf_buf_view(&out);
}

/* Browsers drop control characters and spaces before an address. */
static cf_str skip_space(cf_str text)
{
    while (text.len && (unsigned char)*text.ptr <= ' ')
        text = cf_str_slice(text, 1, text.len);
    return text;
}

/* Lower-case scheme and no empty query or fragment, as people write addresses. */
static cf_str write(cf_arena *arena, cf_url *url)
{
    cf_buf out = cf_buf_in(arena, 0);

    url->scheme = cf_str_lower(arena, url->scheme);
    url->has_query = url->query.len > 0;
    url->has_fragment = url->fragment.len > 0;
    cf_url_write(&out, url);
    return cf_buf_view(&out);
}

cf_str cf_iri_to_uri(cf_arena *arena, cf_str iri)
{
    static const char safe_user[] = "%!$&'()*+,;=";
    cf_url            url;
    cf_str            user, password;

    iri = skip_space(iri);
    if (!cf_url_split(iri, &url, NULL))
        return encode_part(arena, iri, "%!#$&'()*+,/:;=?@[]");
    cf_str_cut(url.user, ':', &user, &password);
    url.authority = authority(arena, &url, encode_part(arena, user, safe_user),
                              encode_part(arena, password, safe_user),
                              cf_host_to_ascii(arena, url.host));
    url.path = encode_part(arena, url.path, "%!$&'()*+,/:;=@");
    url.query = encode_part(arena, url.query, "%!$&'()*+,/:;=?@");
    url.fragment = encode_part(arena, url.fragment, "%!#$&'()*+,/:;=?@");
    return write(arena, &url);
}

cf_str cf_uri_to_iri(cf_arena *arena, cf_str uri)
{
    cf_url url;
    cf_str user, password;

    uri = skip_space(uri);
    if (!cf_url_split(uri, &url, NULL))
        return uri;
    cf_str_cut(url.user, ':', &user, &password);
    url.authority = authority(arena, &url, decode_part(arena, user, ":@/?#"),
                              decode_part(arena, password, ":@/?#"),
                              cf_host_to_unicode(arena, cf_str_lower(arena, url.host)));
    url.path = decode_part(arena, url.path, "/?#");
    url.query = decode_part(arena, url.query, "&=+#");
    url.fragment = decode_part(arena, url.fragment, "");
    return write(arena, &url);
}
