/* options.c -- values with options: "text/html; charset=utf-8", "form-data; name=\"x\"".
 *
 * Malformed options are skipped, not fatal. Names in the forms of RFC 2231 are decoded: a '*' at
 * the end announces charset and percent-encoding, "*0", "*1", … are pieces of one value. */
#include <carafe/field.h>

#include <carafe/url.h>

#include "http/chars.h"
#include "http/field_internal.h"

#define MAX_OPTIONS 32

static size_t token_end(cf_str text)
{
    size_t i = 0;

    while (i < text.len && cf__is(text.ptr[i], CF__TOKEN))
        i++;
    return i;
}

bool cf__field_charset(cf_str *value, cf_str *charset)
{
    size_t first = cf_str_chr(*value, '\''), second;
    cf_str rest;

    if (first == CF_NPOS || token_end(*value) <= first)
        return false;
    rest = cf_str_slice(*value, first + 1, value->len);
    second = cf_str_chr(rest, '\'');
    if (second == CF_NPOS || token_end(rest) <= second + 1)
        return false;
    *charset = cf_str_slice(*value, 0, first);
    rest = cf_str_slice(rest, second + 1, rest.len);
    *value = cf_str_slice(rest, 0, token_end(rest));
    return true;
}

/* Bytes of ISO 8859-1 (or of ASCII, where those above 0x7f are wrong) as UTF-8. */
static cf_str from_bytes(cf_arena *arena, cf_str bytes, bool latin)
{
    char *out = cf_alloc(arena, 3 * bytes.len + 1), *at = out;

    for (size_t i = 0; i < bytes.len; i++) {
        uint32_t cp = (unsigned char)bytes.ptr[i];
        at += cf_utf8_put(cp < 0x80 || latin ? cp : 0xfffd, at);
    }
    return cf_str_n(out, (size_t)(at - out));
}

cf_str cf__charset_to_utf8(cf_arena *arena, cf_str bytes, cf_str charset)
{
    if (cf_str_iis(charset, "iso-8859-1"))
        return from_bytes(arena, bytes, true);
    if (cf_str_iis(charset, "ascii") || cf_str_iis(charset, "us-ascii"))
        return from_bytes(arena, bytes, false);
    return cf_str_to_utf8(arena, bytes);
}

cf_str cf__field_decode(cf_arena *arena, cf_str value, cf_str charset)
{
    if (cf_str_iis(charset, "utf-8") || cf_str_iis(charset, "iso-8859-1") ||
        cf_str_iis(charset, "ascii") || cf_str_iis(charset, "us-ascii"))
        return cf__charset_to_utf8(arena, cf_url_decode(arena, value), charset);
    return value;
}

/* Takes quotes away; browsers write a quote in a name as %22, others as \". */
static cf_str unquote(cf_arena *arena, cf_str value)
{
    char *out, *at;

    if (value.len == 0 || value.ptr[0] != '"' || value.ptr[value.len - 1] != '"')
        return value;
    value = value.len < 2 ? CF_STR("") : cf_str_slice(value, 1, value.len - 1);
    out = at = cf_alloc(arena, value.len + 1);
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (c == '\\' && i + 1 < value.len && strchr("\"\\", value.ptr[i + 1])) {
            c = value.ptr[++i];
        } else if (cf_str_starts(cf_str_slice(value, i, value.len), CF_STR("%22"))) {
            c = '"';
            i += 2;
        }
        *at++ = c;
    }
    return cf_str_n(out, (size_t)(at - out));
}

/* Length of a quoted string at the front, quotes included; 0 when it is not closed. */
static size_t quoted_end(cf_str text)
{
    for (size_t i = 1; i < text.len; i++) {
        if (text.ptr[i] == '"')
            return i + 1;
        if (text.ptr[i] == '\\' && i + 1 < text.len && strchr("\"\\", text.ptr[i + 1]))
            i++;
    }
    return 0;
}

/* Reads "name=value" at the front of *rest and steps over the value when it was quoted. */
static bool next_option(cf_str *rest, cf_str *name, cf_str *value)
{
    size_t end = token_end(*rest);

    if (end == 0 || end >= rest->len || rest->ptr[end] != '=')
        return false;
    *name = cf_str_slice(*rest, 0, end);
    *rest = cf_str_slice(*rest, end + 1, rest->len);
    end = token_end(*rest);
    if (end == 0 && rest->len && rest->ptr[0] == '"') {
        end = quoted_end(*rest);
        *value = cf_str_slice(*rest, 0, end);
        *rest = cf_str_slice(*rest, end, rest->len);
        return end > 0;
    }
    *value = cf_str_slice(*rest, 0, end);
    return end > 0;
}

/* Cuts "*12" off a name. */
static bool is_continued(cf_str *name)
{
    size_t star = cf_str_rchr(*name, '*');

    if (star == CF_NPOS || star + 1 == name->len)
        return false;
    for (size_t i = star + 1; i < name->len; i++)
        if (!cf__is(name->ptr[i], CF__DIGIT))
            return false;
    name->len = star;
    return true;
}

static cf_str joined(cf_arena *arena, cf_str a, cf_str b)
{
    char *out = cf_alloc(arena, a.len + b.len + 1);

    if (a.len)
        memcpy(out, a.ptr, a.len);
    if (b.len)
        memcpy(out + a.len, b.ptr, b.len);
    out[a.len + b.len] = '\0';
    return cf_str_n(out, a.len + b.len);
}

/* The charset announced by one piece of a value holds for the pieces after it. */
static void add_option(cf_params *options, cf_str name, cf_str value, cf_str *charset)
{
    cf_arena *arena = options->arena;
    cf_str    before;

    name = cf_str_lower(arena, name);
    if (name.ptr[name.len - 1] == '*') {
        cf_str own = { 0 };
        name.len--;
        if (cf__field_charset(&value, &own) && own.len)
            *charset = own;
        value = cf__field_decode(arena, value, *charset);
    }
    value = unquote(arena, value);
    before = is_continued(&name) ? cf_params_get_str(options, name) : (cf_str){ 0 };
    cf_params_put(options, name, joined(arena, before, value));
}

cf_str cf_field_options(cf_arena *arena, cf_str field, cf_params *options)
{
    cf_str value, rest, name, text, charset = { 0 };
    size_t count = 0;

    options->arena = arena;
    cf_str_cut(field, ';', &value, &rest);
    value = cf_str_trim(value);
    rest = cf_str_trim(rest);
    if (value.len == 0)
        return value;
    while (rest.len && count++ < MAX_OPTIONS) {
        if (next_option(&rest, &name, &text))
            add_option(options, name, text, &charset);
        if (!cf_str_cut(rest, ';', &name, &rest))
            break;
        rest = cf_str_trim(rest);
    }
    return value;
}

cf_str cf_media_type(cf_arena *arena, cf_str field)
{
    cf_str type;

    cf_str_cut(field, ';', &type, &field);
    return cf_str_lower(arena, cf_str_trim(type));
}
