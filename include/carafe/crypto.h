/* crypto.h -- random bytes, hashes, tokens and passwords; libsodium and OpenSSL underneath. */
#ifndef CARAFE_CRYPTO_H
#define CARAFE_CRYPTO_H

#include <carafe/arena.h>
#include <carafe/error.h>
#include <carafe/str.h>

/* Fills a buffer with `size` random bytes. */
void cf_random(void *out, size_t size);

/* `bytes` random bytes as base64url text, NUL-terminated: 16 are not to be guessed. */
char *cf_random_token(cf_arena *arena, size_t bytes);

/* Equality in constant time for equal lengths. */
bool cf_secure_eq(cf_str a, cf_str b);

/* SHA-256 of some bytes. */
void cf_sha256(cf_str data, unsigned char out[32]);

/* HMAC-SHA-256 of some bytes under a key of any length. */
void cf_hmac_sha256(cf_str key, cf_str data, unsigned char out[32]);

/* base64url without padding, NUL-terminated. */
cf_str cf_b64url_encode(cf_arena *arena, cf_str data);

/* Decodes base64url without padding. Strict: some bytes have one text only.
 *
 * Errors: CF_EPARSE.
 */
bool cf_b64url_decode(cf_arena *arena, cf_str text, cf_str *out, cf_error *err);

/* Standard base64 with padding, NUL-terminated. */
cf_str cf_b64_encode(cf_arena *arena, cf_str data);

/* Decodes standard base64 with padding, as strictly.
 *
 * Errors: CF_EPARSE.
 */
bool cf_b64_decode(cf_arena *arena, cf_str text, cf_str *out, cf_error *err);

/* Lower-case hexadecimal, NUL-terminated. */
cf_str cf_hex_encode(cf_arena *arena, cf_str data);

/* Keys derived from SECRET_KEY and its fallbacks: the first seals, every one opens. */
typedef struct cf_keyring cf_keyring;

/* Makes a keyring; its keys are wiped when the arena ends.
 *
 * Args:
 *   secrets: texts of any length, the newest first.
 *   count: at least 1.
 */
cf_keyring *cf_keyring_new(cf_arena *arena, const char *const *secrets, size_t count);

/* An encrypted, authenticated, dated token (XChaCha20-Poly1305) in base64url.
 *
 * Args:
 *   purpose: separates uses: a token sealed for "session" does not open as "reset".
 *   now: seconds since 1970, kept inside.
 */
cf_str cf_seal(cf_arena *arena, const cf_keyring *keys, const char *purpose, cf_str payload,
               int64_t now);

/* Opens a sealed token.
 *
 * Args:
 *   max_age: seconds; 0 means forever.
 *   issued: receives when it was sealed; may be NULL.
 *
 * Errors: CF_EBADSIG for any changed byte or foreign key, CF_EEXPIRED.
 */
bool cf_open(cf_arena *arena, const cf_keyring *keys, const char *purpose, cf_str token,
             int64_t now, int64_t max_age, cf_str *payload, int64_t *issued, cf_error *err);

/* A signed, dated token: whoever holds it can read its payload, nobody can change it. Arguments as
 * those of cf_seal(). */
cf_str cf_sign(cf_arena *arena, const cf_keyring *keys, const char *purpose, cf_str payload,
               int64_t now);

/* Checks a signed token. Arguments and errors as those of cf_open(). */
bool cf_verify(cf_arena *arena, const cf_keyring *keys, const char *purpose, cf_str token,
               int64_t now, int64_t max_age, cf_str *payload, int64_t *issued, cf_error *err);

/* Hashes a password with Argon2id (burns CPU and memory: call through cf_offload()). */
bool cf_password_hash(cf_arena *arena, cf_str password, char **out, cf_error *err);

/* Verifies against Argon2id, and the hashes that werkzeug and passlib write (pbkdf2, scrypt,
 * bcrypt, argon2). Burns CPU: call through cf_offload().
 *
 * Args: *matches receives the result; *outdated whether the hash should be renewed; may be NULL.
 *
 * Errors: CF_EPARSE for a malformed hash, CF_EUNSUPPORTED for an unknown scheme.
 */
bool cf_password_verify(cf_str password, cf_str hash, bool *matches, bool *outdated, cf_error *err);

/* Cost of hashing; tests lower it. Zero: libsodium's interactive limits. */
void cf_password_cost(unsigned long long operations, size_t memory);

#endif
