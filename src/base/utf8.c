/* utf8.c -- text as code points: decoding, checking, repairing. */
#include <carafe/buf.h>
#include <carafe/str.h>

/* Length of the well-formed sequence at p (RFC 3629, table 3-7 of Unicode), or 0. */
static size_t sequence(const unsigned char *p, size_t left)
{
    unsigned char low = 0x80, high = 0xBF;
    size_t        size;

    if (p[0] < 0x80)
        return 1;
    if (p[0] < 0xC2 || p[0] > 0xF4)
        return 0;
    size = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    if (p[0] == 0xE0)
        low = 0xA0;
    else if (p[0] == 0xED)
        high = 0x9F;
    else if (p[0] == 0xF0)
        low = 0x90;
    else if (p[0] == 0xF4)
        high = 0x8F;
    if (left < size || p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return size;
}

/* How many leading bytes are well-formed. */
static size_t valid_prefix(cf_str s)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    size_t               i = 0;

    while (i < s.len) {
        size_t   size;
        uint64_t eight, four[4];

        if (s.len - i >= sizeof four) {
            memcpy(four, p + i, sizeof four);
            if (!((four[0] | four[1] | four[2] | four[3]) & UINT64_C(0x8080808080808080))) {
                i += sizeof four;
                continue;
            }
        }
        if (s.len - i >= sizeof eight) {
            memcpy(&eight, p + i, sizeof eight);
            if (!(eight & UINT64_C(0x8080808080808080))) {
                i += sizeof eight;
                continue;
            }
        } else if (s.len >= sizeof eight) {
            /* What is left, with what was read before it. */
            memcpy(&eight, p + s.len - sizeof eight, sizeof eight);
            if (!(eight & UINT64_C(0x8080808080808080)))
                return s.len;
        }
        if (p[i] < 0x80) {
            i++;
            continue;
        }
        size = sequence(p + i, s.len - i);
        if (!size)
            break;
        i += size;
    }
    return i;
}

bool cf_str_is_utf8(cf_str s)
{
    return valid_prefix(s) == s.len;
}

cf_str cf_str_to_utf8(cf_arena *arena, cf_str s)
{
    size_t good = valid_prefix(s);
    cf_buf out;

    if (good == s.len)
        return s;
    out = cf_buf_in(arena, s.len * 3);
    while (s.len) {
        good = valid_prefix(s);
        cf_buf_add(&out, s.ptr, good);
        s = cf_str_slice(s, good, s.len);
        if (s.len) {
            cf_buf_puts(&out, "\xEF\xBF\xBD");
            s = cf_str_slice(s, 1, s.len);
        }
    }
    return cf_buf_view(&out);
}

uint32_t cf_utf8_next(cf_str *s)
{
    const unsigned char *p = (const unsigned char *)s->ptr;
    size_t               size = sequence(p, s->len);
    uint32_t             cp;

    *s = cf_str_slice(*s, size ? size : 1, s->len);
    switch (size) {
    case 0:
        return 0xFFFD;
    case 1:
        return p[0];
    case 2:
        return (uint32_t)((p[0] & 0x1F) << 6 | (p[1] & 0x3F));
    case 3:
        return (uint32_t)((p[0] & 0x0F) << 12 | (p[1] & 0x3F) << 6 | (p[2] & 0x3F));
    default:
        cp = (uint32_t)((p[0] & 0x07) << 18 | (p[1] & 0x3F) << 12);
        return cp | (uint32_t)((p[2] & 0x3F) << 6 | (p[3] & 0x3F));
    }
}

size_t cf_utf8_put(uint32_t cp, char out[4])
{
    if (cp > 0x10FFFF || (cp >= 0xD800 && cp < 0xE000))
        cp = 0xFFFD;
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xC0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3F));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xE0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
        out[2] = (char)(0x80 | (cp & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
    out[3] = (char)(0x80 | (cp & 0x3F));
    return 4;
}

size_t cf_utf8_count(cf_str s)
{
    size_t count = 0;

    for (size_t i = 0; i < s.len; i++)
        count += (s.ptr[i] & 0xC0) != 0x80;
    return count;
}
