/* password_bcrypt.c -- hashes by bcrypt, plain and over SHA-256, as passlib writes them.
 *
 * bcrypt reads a C string and at most 72 bytes of it; passlib's bcrypt-sha256 hashes first, so that
 * neither limit matters. Source: passlib's pages on bcrypt and bcrypt_sha256. */
#include <carafe/crypto.h>

#include <crypt.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "base/password_internal.h"

#define SALT_LENGTH   22
#define DIGEST_LENGTH 31
#define SETTING       (7 + SALT_LENGTH) /* "$2b$12$" and the salt */

static bool malformed(cf_error *err)
{
    return cf_fail(err, CF_EPARSE, "malformed bcrypt password hash");
}

/* Whether a text is of bcrypt's own base64 alphabet. */
static bool is_bcrypt64(cf_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        unsigned char lower = c | 0x20;

        if (!(lower >= 'a' && lower <= 'z') && !(c >= '0' && c <= '9') && c != '.' && c != '/')
            return false;
    }
    return true;
}

/* Compares a key's bcrypt, made with the salt and cost in `setting`, with a digest. */
static bool check(const char *key, const char *setting, uint64_t cost, cf_str want, bool *matches,
                  cf_error *err)
{
    struct crypt_data work;
    const char       *made;

    if (cost < 4 || cost > 31)
        return malformed(err);
    if (cost > cf__password_max.bcrypt_cost)
        return cf_fail(err, CF_ELIMIT, "the bcrypt password hash asks for too much time");
    memset(&work, 0, sizeof work);
    made = crypt_r(key, setting, &work);
    if (!made || strlen(made) != SETTING + DIGEST_LENGTH)
        return malformed(err);
    *matches = cf_secure_eq(cf_str_of(made + SETTING), want);
    sodium_memzero(&work, sizeof work);
    return true;
}

bool cf__verify_bcrypt(cf_str password, cf_str hash, bool *matches, cf_error *err)
{
    char     setting[SETTING + 1], key[4096];
    uint64_t cost;
    bool     ok;

    if (hash.len != SETTING + DIGEST_LENGTH || hash.ptr[6] != '$' ||
        !cf_str_to_u64(cf_str_slice(hash, 4, 6), &cost) ||
        !is_bcrypt64(cf_str_slice(hash, 7, hash.len)))
        return malformed(err);
    /* What bcrypt cannot hash is nobody's password. */
    if (password.len >= sizeof key || (password.len && memchr(password.ptr, '\0', password.len)))
        return true;
    memcpy(setting, hash.ptr, SETTING);
    setting[SETTING] = '\0';
    if (password.len)
        memcpy(key, password.ptr, password.len);
    key[password.len] = '\0';
    ok = check(key, setting, cost, cf_str_slice(hash, SETTING, hash.len), matches, err);
    sodium_memzero(key, sizeof key);
    return ok;
}

/* "2b,12" of the first version and "v=2,t=2b,r=12" of the second. */
static bool parse_params(cf_str params, cf_str *variant, uint64_t *cost, bool *keyed)
{
    cf_str   version, rest, type, rounds;
    uint64_t number;

    if (!cf_str_cut(params, ',', &version, &rest))
        return false;
    *keyed = cf__password_param(version, "v", &number);
    if (!*keyed) {
        *variant = version;
        return rest.len && rest.ptr[0] != '0' && cf_str_to_u64(rest, cost);
    }
    if (number != 2 || !cf_str_cut(rest, ',', &type, &rounds) || !cf_str_starts(type, CF_STR("t=")))
        return false;
    *variant = cf_str_slice(type, 2, type.len);
    return cf__password_param(rounds, "r", cost);
}

/* What is given to bcrypt: base64 of SHA-256, or of HMAC-SHA-256 with the salt's text as the key.
 */
static void prehash(cf_str password, cf_str salt, bool keyed, char out[45])
{
    unsigned char digest[32];

    if (keyed)
        cf_hmac_sha256(salt, password, digest);
    else
        cf_sha256(password, digest);
    sodium_bin2base64(out, 45, digest, sizeof digest, sodium_base64_VARIANT_ORIGINAL);
}

bool cf__verify_bcrypt_sha256(cf_str password, cf_str hash, bool *matches, cf_error *err)
{
    char     setting[SETTING + 1], key[45];
    cf_str   parts[5], variant, salt, digest;
    uint64_t cost;
    bool     keyed;

    if (!cf__password_split(hash, parts, 5) || !parse_params(parts[2], &variant, &cost, &keyed))
        return malformed(err);
    salt = parts[3];
    digest = parts[4];
    if ((!cf_str_is(variant, "2b") && (keyed || !cf_str_is(variant, "2a"))) || cost > 31 ||
        salt.len != SALT_LENGTH || digest.len != DIGEST_LENGTH || !is_bcrypt64(salt) ||
        !is_bcrypt64(digest))
        return malformed(err);
    prehash(password, salt, keyed, key);
    snprintf(setting, sizeof setting, "$%.2s$%02d$%.22s", variant.ptr, (int)cost, salt.ptr);
    return check(key, setting, cost, digest, matches, err);
}
