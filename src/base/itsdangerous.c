/* itsdangerous.c -- reading itsdangerous' tokens: payload "." [date "."] signature.
 *
 * Source: the documentation of itsdangerous 2, "General Concepts" and "URL Safe Serialization". */
#include <carafe/itsdangerous.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <zlib.h>

#include <carafe/crypto.h>
#include <carafe/json.h>

/* A compressed payload may not grow beyond this. */
#define PAYLOAD_LIMIT CF_MIB(1)

typedef struct digest {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned      size;
} digest;

static bool hmac(const EVP_MD *algorithm, cf_str key, cf_str data, digest *out)
{
    return key.len <= INT32_MAX && HMAC(algorithm, key.ptr ? key.ptr : "", (int)key.len,
                                        (const unsigned char *)(data.ptr ? data.ptr : ""), data.len,
                                        out->bytes, &out->size);
}

static cf_str view(const digest *d)
{
    return cf_str_n((const char *)d->bytes, d->size);
}

/* The signing key; `out` may back it. */
static bool derive_key(cf_arena *arena, const cf_itsdangerous_options *options,
                       const EVP_MD *algorithm, digest *out, cf_str *key)
{
    cf_str salt = options->salt.len ? options->salt : CF_STR("itsdangerous");
    cf_buf text = cf_buf_in(arena, 0);

    if (options->derivation == CF_DERIVE_NONE) {
        *key = options->secret;
        return true;
    }
    if (options->derivation == CF_DERIVE_HMAC) {
        if (!hmac(algorithm, options->secret, salt, out))
            return false;
    } else {
        cf_buf_str(&text, salt);
        if (options->derivation == CF_DERIVE_DJANGO_CONCAT)
            cf_buf_puts(&text, "signer");
        cf_buf_str(&text, options->secret);
        if (text.overflow ||
            !EVP_Digest(text.ptr, text.len, out->bytes, &out->size, algorithm, NULL))
            return false;
    }
    *key = view(out);
    return true;
}

/* Cuts the signature off and checks it. */
static bool unsign(cf_arena *arena, const cf_itsdangerous_options *options, cf_str token,
                   cf_str *signed_part, cf_error *err)
{
    const EVP_MD *algorithm = EVP_get_digestbyname(options->digest ? options->digest : "sha1");
    cf_str        text, given, key;
    digest        derived, want;

    if (!algorithm)
        return cf_fail(err, CF_EUNSUPPORTED, "the digest %s is not known", options->digest);
    if (!cf_str_rcut(token, '.', signed_part, &text) ||
        !cf_b64url_decode(arena, text, &given, NULL) ||
        !derive_key(arena, options, algorithm, &derived, &key) ||
        !hmac(algorithm, key, *signed_part, &want) || !cf_secure_eq(view(&want), given))
        return cf_fail(err, CF_EBADSIG, "the token's signature does not match");
    return true;
}

/* Cuts the date off and checks the age. */
static bool check_date(cf_arena *arena, int64_t now, int64_t max_age, cf_str *payload,
                       cf_error *err)
{
    cf_str   text, bytes;
    uint64_t date = 0;

    if (!cf_str_rcut(*payload, '.', payload, &text) ||
        !cf_b64url_decode(arena, text, &bytes, NULL) || bytes.len > 6)
        return cf_fail(err, CF_EBADSIG, "the token has no date");
    for (size_t i = 0; i < bytes.len; i++)
        date = date << 8 | (unsigned char)bytes.ptr[i];
    if (max_age > 0 && ((int64_t)date > now || now - (int64_t)date > max_age))
        return cf_fail(err, CF_EEXPIRED, "the token is older than %lld seconds",
                       (long long)max_age);
    return true;
}

static bool inflate_payload(cf_arena *arena, cf_str packed, cf_str *out)
{
    uLongf         size = packed.len * 8 + 1024;
    unsigned char *data;
    int            status;

    do {
        if (size > PAYLOAD_LIMIT)
            size = PAYLOAD_LIMIT;
        data = cf_alloc(arena, size);
        status = uncompress(data, &size, (const unsigned char *)packed.ptr, packed.len);
        if (status == Z_BUF_ERROR && size >= PAYLOAD_LIMIT)
            return false;
        if (status == Z_BUF_ERROR)
            size = PAYLOAD_LIMIT;
    } while (status == Z_BUF_ERROR);
    *out = cf_str_n((char *)data, size);
    return status == Z_OK;
}

static bool unpack(cf_arena *arena, cf_str payload, cf_str *out, cf_error *err)
{
    bool packed = payload.len && payload.ptr[0] == '.';

    if (!cf_b64url_decode(arena, cf_str_slice(payload, packed, payload.len), out, err))
        return false;
    if (packed && !inflate_payload(arena, *out, out))
        return cf_fail(err, CF_EPARSE, "the token's payload cannot be decompressed");
    return true;
}

bool cf_itsdangerous_load(cf_arena *arena, const cf_itsdangerous_options *options, cf_str token,
                          int64_t now, int64_t max_age, cf_value *out, cf_error *err)
{
    cf_str payload;

    if (!unsign(arena, options, token, &payload, err))
        return false;
    if (options->timed && !check_date(arena, now, max_age, &payload, err))
        return false;
    if (options->url_safe && !unpack(arena, payload, &payload, err))
        return false;
    return cf_json_parse(arena, payload, out, err);
}
