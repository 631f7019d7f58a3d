/* crypto.c -- random bytes, hashes and their text forms. */
#include <carafe/crypto.h>

#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "base/crypto_internal.h"

/* libsodium may be initialised any number of times, from any thread. */
void cf__crypto_init(void)
{
    if (sodium_init() < 0) {
        fputs("carafe: libsodium cannot be initialised\n", stderr);
        abort();
    }
}

void cf_random(void *out, size_t size)
{
    cf__crypto_init();
    randombytes_buf(out, size);
}

char *cf_random_token(cf_arena *arena, size_t bytes)
{
    char  *raw = cf_alloc(arena, bytes);
    cf_str text;

    cf_random(raw, bytes);
    text = cf_b64url_encode(arena, cf_str_n(raw, bytes));
    sodium_memzero(raw, bytes);
    return (char *)text.ptr;
}

bool cf_secure_eq(cf_str a, cf_str b)
{
    return a.len == b.len && (!a.len || sodium_memcmp(a.ptr, b.ptr, a.len) == 0);
}

void cf_sha256(cf_str data, unsigned char out[32])
{
    crypto_hash_sha256(out, (const unsigned char *)data.ptr, data.len);
}

void cf_hmac_sha256(cf_str key, cf_str data, unsigned char out[32])
{
    crypto_auth_hmacsha256_state state;

    crypto_auth_hmacsha256_init(&state, (const unsigned char *)key.ptr, key.len);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)data.ptr, data.len);
    crypto_auth_hmacsha256_final(&state, out);
}

/* ---- base64 and hex ---- */

static cf_str encode(cf_arena *arena, cf_str data, int variant)
{
    size_t size = sodium_base64_encoded_len(data.len, variant);
    char  *text = cf_alloc(arena, size);

    sodium_bin2base64(text, size, (const unsigned char *)data.ptr, data.len, variant);
    return cf_str_n(text, size - 1);
}

/* libsodium refuses foreign ASCII characters, missing or extra padding and stray bits at the end,
 * so that some bytes have one text only; but it reads some bytes beyond ASCII as digits. */
bool cf__b64_decode(cf_str text, int variant, unsigned char *out, size_t cap, size_t *size)
{
    unsigned char high = 0;

    *size = 0;
    for (size_t i = 0; i < text.len; i++)
        high |= (unsigned char)text.ptr[i];
    if (high & 0x80)
        return false;
    return !text.len ||
           sodium_base642bin(out, cap, text.ptr, text.len, NULL, size, NULL, variant) == 0;
}

static bool decode(cf_arena *arena, cf_str text, int variant, const char *name, cf_str *out,
                   cf_error *err)
{
    size_t         cap = text.len / 4 * 3 + 3, size;
    unsigned char *data = cf_alloc(arena, cap + 1);

    if (!cf__b64_decode(text, variant, data, cap, &size))
        return cf_fail(err, CF_EPARSE, "malformed %s", name);
    data[size] = '\0';
    *out = cf_str_n((char *)data, size);
    return true;
}

cf_str cf_b64url_encode(cf_arena *arena, cf_str data)
{
    return encode(arena, data, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool cf_b64url_decode(cf_arena *arena, cf_str text, cf_str *out, cf_error *err)
{
    return decode(arena, text, sodium_base64_VARIANT_URLSAFE_NO_PADDING, "base64url", out, err);
}

cf_str cf_b64_encode(cf_arena *arena, cf_str data)
{
    return encode(arena, data, sodium_base64_VARIANT_ORIGINAL);
}

bool cf_b64_decode(cf_arena *arena, cf_str text, cf_str *out, cf_error *err)
{
    return decode(arena, text, sodium_base64_VARIANT_ORIGINAL, "base64", out, err);
}

cf_str cf_hex_encode(cf_arena *arena, cf_str data)
{
    size_t size = data.len * 2 + 1;
    char  *text = cf_alloc(arena, size);

    sodium_bin2hex(text, size, (const unsigned char *)data.ptr, data.len);
    return cf_str_n(text, size - 1);
}
