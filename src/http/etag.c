/* etag.c -- entity tags (RFC 9110, 8.8.3). */
#include <carafe/conditional.h>

#include <openssl/evp.h>

#include <carafe/crypto.h>

#include "http/chars.h"

bool cf_etag_parse(cf_str text, cf_etag *out)
{
    text = cf_str_trim(text);
    *out = (cf_etag){ 0 };
    if (cf_str_starts(text, CF_STR("W/")) || cf_str_starts(text, CF_STR("w/"))) {
        out->weak = true;
        text = cf_str_slice(text, 2, text.len);
    }
    if (text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"')
        text = cf_str_slice(text, 1, text.len - 1);
    out->tag = text.ptr ? text : CF_STR("");
    return cf_str_chr(text, '"') == CF_NPOS;
}

bool cf_etag_write(cf_buf *out, cf_etag etag, cf_error *err)
{
    for (size_t i = 0; i < etag.tag.len; i++)
        if (etag.tag.ptr[i] == '"' || !cf__is(etag.tag.ptr[i], CF__VALUE))
            return cf_fail(err, CF_EINVAL, "the entity tag has a quote or a control character");
    cf_buf_puts(out, etag.weak ? "W/\"" : "\"");
    cf_buf_str(out, etag.tag);
    cf_buf_putc(out, '"');
    return true;
}

bool cf_etag_next(cf_str *rest, cf_etag *etag, bool *star)
{
    cf_str text = *rest;
    size_t end;

    *etag = (cf_etag){ 0 };
    *star = false;
    while (text.len && strchr(" \t,", text.ptr[0]))
        text = cf_str_slice(text, 1, text.len);
    if (text.len == 0)
        return false;
    if (cf_str_starts(text, CF_STR("W/")) || cf_str_starts(text, CF_STR("w/"))) {
        etag->weak = true;
        text = cf_str_slice(text, 2, text.len);
    }
    end = text.len && text.ptr[0] == '"' ? cf_str_chr(cf_str_slice(text, 1, text.len), '"')
                                         : CF_NPOS;
    if (end != CF_NPOS) {
        etag->tag = cf_str_slice(text, 1, end + 1);
        *rest = cf_str_slice(text, end + 2, text.len);
    } else {
        end = cf_str_chr(text, ',');
        etag->tag = cf_str_trim(cf_str_slice(text, 0, end));
        *rest = cf_str_slice(text, etag->tag.len, text.len);
        *rest = end == CF_NPOS ? (cf_str){ 0 } : cf_str_slice(text, end, text.len);
        *star = !etag->weak && cf_str_is(etag->tag, "*");
    }
    return true;
}

cf_str cf_etag_of(cf_arena *arena, cf_str content)
{
    unsigned char digest[32];
    unsigned      size = 0;

    EVP_Digest(content.ptr ? content.ptr : "", content.len, digest, &size, EVP_sha3_256(), NULL);
    return cf_b64url_encode(arena, cf_str_n((const char *)digest, size));
}
