/* path.c -- file names and paths that come from outside, made safe. */
#include <carafe/url.h>

#include <stdlib.h>

#include <utf8proc.h>

#include "http/chars.h"

/* Names that open a device on some systems, whatever ending they have. Refused everywhere, so that
 * a folder of uploads can move. */
static bool is_device(cf_str segment)
{
    static const char *const names[] = { "aux", "con", "conin$", "conout$", "nul", "prn" };
    cf_str                   stem, rest;

    cf_str_cut(segment, '.', &stem, &rest);
    stem = cf_str_trim(stem);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (cf_str_iis(stem, names[i]))
            return true;
    rest = cf_str_slice(stem, 3, stem.len);
    stem = cf_str_slice(stem, 0, 3);
    if (!cf_str_iis(stem, "com") && !cf_str_iis(stem, "lpt"))
        return false;
    return (rest.len == 1 && rest.ptr[0] >= '1' && rest.ptr[0] <= '9') ||
           cf_str_is(rest, "\u00b9") || cf_str_is(rest, "\u00b2") || cf_str_is(rest, "\u00b3");
}

/* Appends a path without empty, "." and ".." segments; false when ".." leads out of it. */
static bool normalise(cf_buf *out, cf_str path)
{
    size_t start = out->len, slash;
    cf_str segment;
    bool   more = true;

    while (more) {
        more = cf_str_cut(path, '/', &segment, &path);
        if (segment.len == 0 || cf_str_is(segment, "."))
            continue;
        if (is_device(segment))
            return false;
        if (cf_str_is(segment, "..")) {
            if (out->len == start)
                return false;
            slash = cf_str_rchr(cf_str_slice(cf_buf_view(out), start, out->len), '/');
            out->len = slash == CF_NPOS ? start : start + slash;
            continue;
        }
        if (out->len > start)
            cf_buf_putc(out, '/');
        cf_buf_str(out, segment);
    }
    if (out->len == start)
        cf_buf_putc(out, '.');
    return true;
}

cf_str cf_path_join(cf_arena *arena, cf_str folder, cf_str path)
{
    cf_buf out = cf_buf_in(arena, 0);

    if (folder.len == 0)
        folder = CF_STR(".");
    if ((path.len && path.ptr[0] == '/') || cf_str_chr(path, '\0') != CF_NPOS)
        return (cf_str){ 0 };
    cf_buf_str(&out, folder);
    if (path.len) {
        if (folder.ptr[folder.len - 1] != '/')
            cf_buf_putc(&out, '/');
        if (!normalise(&out, path))
            return (cf_str){ 0 };
    }
    cf_buf_cstr(&out);
    return cf_buf_view(&out);
}

/* Letters taken apart from their marks, which are then dropped with all that is not ASCII. */
static cf_str to_ascii(cf_arena *arena, cf_str name)
{
    utf8proc_uint8_t *apart = NULL;
    utf8proc_ssize_t  size;
    cf_buf            out = cf_buf_in(arena, 0);

    name = cf_str_to_utf8(arena, name);
    size = utf8proc_map((const utf8proc_uint8_t *)name.ptr, (utf8proc_ssize_t)name.len, &apart,
                        UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT);
    for (utf8proc_ssize_t i = 0; i < size; i++)
        if (apart[i] < 0x80)
            cf_buf_putc(&out, apart[i] == '/' ? ' ' : (char)apart[i]);
    free(apart);
    return cf_buf_view(&out);
}

cf_str cf_secure_filename(cf_arena *arena, cf_str name)
{
    cf_str text = cf_str_trim(to_ascii(arena, name));
    cf_buf out = cf_buf_in(arena, 0);
    bool   gap = false;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f)) {
            gap = true;
            continue;
        }
        if (gap)
            cf_buf_putc(&out, '_');
        gap = false;
        if (cf__is(c, CF__ALPHA | CF__DIGIT) || strchr("_.-", c))
            cf_buf_putc(&out, c);
    }
    text = cf_str_trim_set(cf_buf_view(&out), "._");
    return cf_str_n(cf_str_dup(arena, text), text.len);
}
