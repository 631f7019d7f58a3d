/* transfer.c -- the content encodings of mail, which some clients still use in forms.
 *
 * Decoding never fails: bytes that do not belong to the encoding are dropped (base64) or kept as
 * they are (quoted-printable), as mail readers do. */
#include "http/chars.h"
#include "http/formdata_internal.h"

/* White space is hidden at a line's end; a run of this many is taken for content at once, so that
 * no run has to be remembered whole. */
#define MAX_SPACE 64

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static void base64(cf__transfer *transfer, cf_str bytes, cf_buf *out)
{
    for (size_t i = 0; i < bytes.len && !transfer->padded; i++) {
        int digit = base64_digit(bytes.ptr[i]);
        transfer->padded = bytes.ptr[i] == '=';
        if (digit < 0)
            continue;
        transfer->bits = (transfer->bits << 6 | digit) & 0xffff;
        transfer->count += 6;
        if (transfer->count >= 8) {
            transfer->count -= 8;
            cf_buf_putc(out, (char)(transfer->bits >> transfer->count));
        }
    }
}

static bool is_escape(cf_str text)
{
    return text.len >= 3 && text.ptr[0] == '=' && cf__hex(text.ptr[1]) >= 0 &&
           cf__hex(text.ptr[2]) >= 0;
}

/* How many bytes at the front make one unit: a byte, "=XX", "=" and a line's end, or white space
 * and the line's end it hides. 0: more is needed. */
static size_t quoted_unit(cf_str text, bool last)
{
    size_t i = 1;

    if (text.ptr[0] == '=') {
        if (text.len < 3 && !last && !cf_str_is(text, "=\n"))
            return 0;
        if (is_escape(text) || cf_str_starts(text, CF_STR("=\r\n")))
            return 3;
        return cf_str_starts(text, CF_STR("=\n")) ? 2 : 1;
    }
    if (text.ptr[0] != ' ' && text.ptr[0] != '\t')
        return 1;
    while (i < text.len && i < MAX_SPACE && (text.ptr[i] == ' ' || text.ptr[i] == '\t'))
        i++;
    return i < text.len || last || i == MAX_SPACE ? i : 0;
}

static void put_quoted(cf_str unit, bool at_line_end, cf_buf *out)
{
    if (is_escape(unit))
        cf_buf_putc(out, (char)(cf__hex(unit.ptr[1]) << 4 | cf__hex(unit.ptr[2])));
    else if (cf_str_is(unit, "=\n") || cf_str_is(unit, "=\r\n"))
        return;
    else if (!at_line_end || unit.len == MAX_SPACE || (unit.ptr[0] != ' ' && unit.ptr[0] != '\t'))
        cf_buf_str(out, unit);
}

static void quoted(cf__transfer *transfer, cf_str bytes, bool last, cf_buf *out)
{
    while (bytes.len || (last && transfer->held_len)) {
        size_t take = sizeof transfer->held - transfer->held_len;
        cf_str text, fresh = cf_str_slice(bytes, 0, take);
        bool   final;
        if (fresh.len)
            memcpy(transfer->held + transfer->held_len, fresh.ptr, fresh.len);
        text = cf_str_n(transfer->held, transfer->held_len + fresh.len);
        bytes = cf_str_slice(bytes, fresh.len, bytes.len);
        final = last && bytes.len == 0;
        while (text.len) {
            size_t size = quoted_unit(text, final);
            if (size == 0)
                break;
            cf_str unit = cf_str_slice(text, 0, size);
            text = cf_str_slice(text, size, text.len);
            put_quoted(unit, text.len ? text.ptr[0] == '\r' || text.ptr[0] == '\n' : final, out);
        }
        memmove(transfer->held, text.ptr, text.len);
        transfer->held_len = text.len;
    }
}

void cf__transfer_decode(cf__transfer *transfer, cf_str bytes, bool last, cf_buf *out)
{
    switch (transfer->kind) {
    case CF__TRANSFER_BASE64:
        base64(transfer, bytes, out);
        break;
    case CF__TRANSFER_QUOTED:
        quoted(transfer, bytes, last, out);
        break;
    default:
        cf_buf_str(out, bytes);
    }
}
