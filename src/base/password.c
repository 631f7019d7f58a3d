/* password.c -- hashing with Argon2id, and finding who can verify a hash. */
#include <carafe/crypto.h>

#include <sodium.h>

#include "base/crypto_internal.h"
#include "base/password_internal.h"

static struct {
    unsigned long long operations;
    size_t             memory;
} cost = { crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE };

/* Each costs some ten seconds at most. */
cf__password_limits cf__password_max = {
    .memory = UINT64_C(1) << 30, .passes = 1000, .iterations = 20000000, .bcrypt_cost = 17
};

void cf_password_cost(unsigned long long operations, size_t memory)
{
    cost.operations = operations ? operations : crypto_pwhash_OPSLIMIT_INTERACTIVE;
    cost.memory = memory ? memory : crypto_pwhash_MEMLIMIT_INTERACTIVE;
}

bool cf_password_hash(cf_arena *arena, cf_str password, char **out, cf_error *err)
{
    char *hash = cf_alloc(arena, crypto_pwhash_STRBYTES);

    cf__crypto_init();
    if (crypto_pwhash_str(hash, password.ptr ? password.ptr : "", password.len, cost.operations,
                          cost.memory))
        return cf_fail(err, CF_ELIMIT, "hashing a password needs %zu MiB of memory, which failed",
                       cost.memory >> 20);
    *out = hash;
    return true;
}

static const struct {
    const char          *prefix;
    cf__password_scheme *verify;
} schemes[] = {
    { "$argon2id$", cf__verify_argon2 },
    { "$argon2i$", cf__verify_argon2 },
    { "$argon2d$", cf__verify_argon2 },
    { "$2a$", cf__verify_bcrypt },
    { "$2b$", cf__verify_bcrypt },
    { "$2y$", cf__verify_bcrypt },
    { "$bcrypt-sha256$", cf__verify_bcrypt_sha256 },
    { "$pbkdf2", cf__verify_pbkdf2 },
    { "$scrypt$", cf__verify_scrypt },
    { "pbkdf2:", cf__verify_pbkdf2_werkzeug },
    { "scrypt:", cf__verify_scrypt_werkzeug },
};

/* Whether a hash was made otherwise than a new one would be. */
static bool is_outdated(cf_str hash)
{
    char text[crypto_pwhash_STRBYTES];

    if (hash.len >= sizeof text)
        return true;
    memcpy(text, hash.ptr, hash.len);
    text[hash.len] = '\0';
    return crypto_pwhash_str_needs_rehash(text, cost.operations, cost.memory) != 0;
}

bool cf_password_verify(cf_str password, cf_str hash, bool *matches, bool *outdated, cf_error *err)
{
    *matches = false;
    if (outdated)
        *outdated = is_outdated(hash);
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (cf_str_starts(hash, cf_str_of(schemes[i].prefix)))
            return schemes[i].verify(password, hash, matches, err);
    return cf_fail(err, CF_EUNSUPPORTED, "the password hash is of no known scheme");
}

bool cf__password_split(cf_str hash, cf_str *parts, size_t count)
{
    for (size_t i = 0; i + 1 < count; i++)
        if (!cf_str_cut(hash, '$', &parts[i], &hash))
            return false;
    parts[count - 1] = hash;
    return cf_str_chr(hash, '$') == CF_NPOS;
}

bool cf__password_param(cf_str text, const char *name, uint64_t *out)
{
    cf_str left, number;

    if (!cf_str_cut(text, '=', &left, &number) || !cf_str_is(left, name) || !number.len)
        return false;
    if (number.ptr[0] < '0' || number.ptr[0] > '9' || (number.ptr[0] == '0' && number.len > 1))
        return false;
    return cf_str_to_u64(number, out);
}

bool cf__password_b64(cf_str text, unsigned char *out, size_t cap, size_t *size)
{
    return cf__b64_decode(text, sodium_base64_VARIANT_ORIGINAL_NO_PADDING, out, cap, size);
}
