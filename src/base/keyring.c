/* keyring.c -- sealed and signed tokens under keys derived from secrets.
 *
 * A secret of any length is hashed to a master key; every purpose gets a key of its own from it,
 * and sealing another than signing. A token is canonical text: no two texts open as one token.
 *
 *   sealed = base64url(version, nonce, XChaCha20-Poly1305(issued-at, payload))
 *   signed = base64url(payload) "." issued-at "." base64url(HMAC-SHA256 of what precedes) */
#include <carafe/crypto.h>

#include <stdio.h>

#include <sodium.h>

#include "base/crypto_internal.h"

#define KEY_SIZE   crypto_aead_xchacha20poly1305_ietf_KEYBYTES
#define NONCE_SIZE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define MAC_SIZE   crypto_aead_xchacha20poly1305_ietf_ABYTES
#define DATE_SIZE  8

#define SEALED_VERSION 1
#define SEALED_HEAD    (1 + NONCE_SIZE)

typedef unsigned char key_bytes[KEY_SIZE];

struct cf_keyring {
    size_t     count;
    key_bytes *masters; /* The newest first. */
};

static void wipe_keyring(void *data)
{
    cf_keyring *keys = data;

    sodium_memzero(keys->masters, keys->count * sizeof *keys->masters);
}

cf_keyring *cf_keyring_new(cf_arena *arena, const char *const *secrets, size_t count)
{
    cf_keyring *keys = cf_new(arena, cf_keyring);

    cf__crypto_init();
    keys->count = count;
    keys->masters = cf_calloc(arena, count, sizeof *keys->masters);
    for (size_t i = 0; i < count; i++)
        crypto_generichash(keys->masters[i], KEY_SIZE, (const unsigned char *)secrets[i],
                           strlen(secrets[i]), NULL, 0);
    cf_arena_defer(arena, wipe_keyring, keys);
    return keys;
}

/* The key of one use ("seal" or "sign") and purpose under the keyring's secret `i`. */
static void derive(const cf_keyring *keys, size_t i, const char *use, const char *purpose,
                   key_bytes out)
{
    crypto_generichash_state state;

    crypto_generichash_init(&state, keys->masters[i], KEY_SIZE, KEY_SIZE);
    crypto_generichash_update(&state, (const unsigned char *)use, strlen(use) + 1);
    crypto_generichash_update(&state, (const unsigned char *)purpose, strlen(purpose) + 1);
    crypto_generichash_final(&state, out, KEY_SIZE);
}

static void put_date(unsigned char out[DATE_SIZE], int64_t date)
{
    for (int i = 0; i < DATE_SIZE; i++)
        out[i] = (unsigned char)((uint64_t)date >> (56 - 8 * i));
}

static int64_t get_date(const unsigned char in[DATE_SIZE])
{
    uint64_t date = 0;

    for (int i = 0; i < DATE_SIZE; i++)
        date = date << 8 | in[i];
    return (int64_t)date;
}

static bool check_age(int64_t issued, int64_t now, int64_t max_age, cf_error *err)
{
    if (max_age > 0 && now - issued > max_age)
        return cf_fail(err, CF_EEXPIRED, "the token is older than %lld seconds",
                       (long long)max_age);
    return true;
}

/* ---- sealed ---- */

cf_str cf_seal(cf_arena *arena, const cf_keyring *keys, const char *purpose, cf_str payload,
               int64_t now)
{
    size_t         plain_size = DATE_SIZE + payload.len;
    size_t         size = SEALED_HEAD + plain_size + MAC_SIZE;
    unsigned char *sealed = cf_alloc(arena, size), *plain = sealed + SEALED_HEAD;
    key_bytes      key;

    sealed[0] = SEALED_VERSION;
    cf_random(sealed + 1, NONCE_SIZE);
    put_date(plain, now);
    if (payload.len)
        memcpy(plain + DATE_SIZE, payload.ptr, payload.len);
    derive(keys, 0, "seal", purpose, key);
    crypto_aead_xchacha20poly1305_ietf_encrypt(plain, NULL, plain, plain_size, sealed, 1, NULL,
                                               sealed + 1, key);
    sodium_memzero(key, sizeof key);
    return cf_b64url_encode(arena, cf_str_n((char *)sealed, size));
}

/* Decrypts with each key in turn. Returns false when none fits. */
static bool unseal(cf_arena *arena, const cf_keyring *keys, const char *purpose, cf_str sealed,
                   cf_str *plain)
{
    const unsigned char *bytes = (const unsigned char *)sealed.ptr;
    size_t               size = sealed.len - SEALED_HEAD;
    unsigned char       *out = cf_alloc(arena, size);
    bool                 ok = false;

    for (size_t i = 0; !ok && i < keys->count; i++) {
        key_bytes key;

        derive(keys, i, "seal", purpose, key);
        ok = crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, bytes + SEALED_HEAD, size,
                                                        bytes, 1, bytes + 1, key) == 0;
        sodium_memzero(key, sizeof key);
    }
    *plain = cf_str_n((char *)out, size - MAC_SIZE);
    return ok;
}

bool cf_open(cf_arena *arena, const cf_keyring *keys, const char *purpose, cf_str token,
             int64_t now, int64_t max_age, cf_str *payload, int64_t *issued, cf_error *err)
{
    cf_str  sealed, plain;
    int64_t date;

    if (!cf_b64url_decode(arena, token, &sealed, NULL) ||
        sealed.len < SEALED_HEAD + DATE_SIZE + MAC_SIZE || sealed.ptr[0] != SEALED_VERSION ||
        !unseal(arena, keys, purpose, sealed, &plain))
        return cf_fail(err, CF_EBADSIG, "the token was not sealed here, or was changed");
    date = get_date((const unsigned char *)plain.ptr);
    if (!check_age(date, now, max_age, err))
        return false;
    *payload = cf_str_slice(plain, DATE_SIZE, plain.len);
    if (issued)
        *issued = date;
    return true;
}

/* ---- signed ---- */

static void mac_of(const cf_keyring *keys, size_t i, const char *purpose, cf_str text,
                   unsigned char out[32])
{
    key_bytes key;

    derive(keys, i, "sign", purpose, key);
    cf_hmac_sha256(cf_str_n((char *)key, sizeof key), text, out);
    sodium_memzero(key, sizeof key);
}

cf_str cf_sign(cf_arena *arena, const cf_keyring *keys, const char *purpose, cf_str payload,
               int64_t now)
{
    cf_str        body = cf_b64url_encode(arena, payload);
    char         *text = cf_printf(arena, "%s.%lld", body.ptr, (long long)now);
    unsigned char mac[32];

    mac_of(keys, 0, purpose, cf_str_of(text), mac);
    return cf_str_of(cf_printf(arena, "%s.%s", text,
                               cf_b64url_encode(arena, cf_str_n((char *)mac, sizeof mac)).ptr));
}

static bool mac_matches(const cf_keyring *keys, const char *purpose, cf_str text, cf_str mac)
{
    bool ok = false;

    for (size_t i = 0; !ok && i < keys->count; i++) {
        unsigned char want[32];

        mac_of(keys, i, purpose, text, want);
        ok = cf_secure_eq(cf_str_n((char *)want, sizeof want), mac);
    }
    return ok;
}

bool cf_verify(cf_arena *arena, const cf_keyring *keys, const char *purpose, cf_str token,
               int64_t now, int64_t max_age, cf_str *payload, int64_t *issued, cf_error *err)
{
    cf_str  text, mac_text, mac, body, date_text;
    int64_t date;

    /* Signature first: bytes we did not write must never reach a decoder. */
    if (!cf_str_rcut(token, '.', &text, &mac_text) ||
        !cf_b64url_decode(arena, mac_text, &mac, NULL) || !mac_matches(keys, purpose, text, mac))
        return cf_fail(err, CF_EBADSIG, "the token was not signed here, or was changed");
    if (!cf_str_rcut(text, '.', &body, &date_text) || !cf_str_to_i64(date_text, &date))
        return cf_fail(err, CF_EPARSE, "the token has no date");
    if (!check_age(date, now, max_age, err))
        return false;
    if (!cf_b64url_decode(arena, body, payload, err))
        return false;
    if (issued)
        *issued = date;
    return true;
}
