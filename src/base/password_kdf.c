/* password_kdf.c -- hashes by Argon2, PBKDF2 and scrypt, as passlib and werkzeug write them.
 *
 * Source: passlib's "Modular Crypt Format" pages, the PHC string format, werkzeug.security. */
#include <carafe/crypto.h>

#include <argon2.h>
#include <openssl/evp.h>
#include <sodium.h>

#include "base/password_internal.h"

static bool malformed(cf_error *err, const char *scheme)
{
    return cf_fail(err, CF_EPARSE, "malformed %s password hash", scheme);
}

static bool too_costly(cf_error *err, const char *scheme)
{
    return cf_fail(err, CF_ELIMIT, "the %s password hash asks for too much memory or time", scheme);
}

/* ---- Argon2 ---- */

typedef struct argon2_record {
    argon2_type   type;
    uint64_t      version, memory, passes, lanes;
    unsigned char salt[CF__MAX_SALT], digest[CF__MAX_DIGEST];
    size_t        salt_size, digest_size;
} argon2_record;

static bool parse_argon2_params(cf_str params, argon2_record *out)
{
    cf_str memory, passes, lanes;

    return cf_str_cut(params, ',', &memory, &params) && cf_str_cut(params, ',', &passes, &lanes) &&
           cf__password_param(memory, "m", &out->memory) &&
           cf__password_param(passes, "t", &out->passes) &&
           cf__password_param(lanes, "p", &out->lanes);
}

/* "$argon2id$v=19$m=65536,t=2,p=1$salt$digest"; the first version wrote no "v=". */
static bool parse_argon2(cf_str hash, argon2_record *out)
{
    cf_str parts[6], *part = parts + 2;
    size_t count = 6;

    *out = (argon2_record){ .version = ARGON2_VERSION_10 };
    if (!cf__password_split(hash, parts, 6)) {
        count = 5;
        if (!cf__password_split(hash, parts, 5))
            return false;
    }
    out->type = cf_str_is(parts[1], "argon2id")  ? Argon2_id
                : cf_str_is(parts[1], "argon2i") ? Argon2_i
                                                 : Argon2_d;
    if (count == 6 && !cf__password_param(*part++, "v", &out->version))
        return false;
    return (out->version == ARGON2_VERSION_10 || out->version == ARGON2_VERSION_13) &&
           parse_argon2_params(part[0], out) &&
           cf__password_b64(part[1], out->salt, sizeof out->salt, &out->salt_size) &&
           cf__password_b64(part[2], out->digest, sizeof out->digest, &out->digest_size);
}

/* Hashes as cf_password_hash() writes them are libsodium's, which is the faster by two fifths. */
static bool is_sodiums(const argon2_record *want)
{
    return want->type == Argon2_id && want->version == ARGON2_VERSION_13 && want->lanes == 1 &&
           want->salt_size == crypto_pwhash_SALTBYTES &&
           want->digest_size >= crypto_pwhash_BYTES_MIN;
}

static int hash_argon2(cf_str password, argon2_record *want, unsigned char *digest)
{
    argon2_context context = {
        .out = digest,
        .outlen = (uint32_t)want->digest_size,
        .pwd = (uint8_t *)(password.ptr ? password.ptr : ""),
        .pwdlen = (uint32_t)password.len,
        .salt = want->salt,
        .saltlen = (uint32_t)want->salt_size,
        .t_cost = (uint32_t)want->passes,
        .m_cost = (uint32_t)want->memory,
        .lanes = (uint32_t)want->lanes,
        .threads = 1,
        .version = (uint32_t)want->version,
    };

    if (is_sodiums(want) && crypto_pwhash(digest, want->digest_size, (const char *)context.pwd,
                                          password.len, want->salt, want->passes,
                                          want->memory * 1024, crypto_pwhash_ALG_ARGON2ID13) == 0)
        return ARGON2_OK;
    return argon2_ctx(&context, want->type);
}

bool cf__verify_argon2(cf_str password, cf_str hash, bool *matches, cf_error *err)
{
    unsigned char digest[CF__MAX_DIGEST];
    argon2_record want;
    int           status;

    if (!parse_argon2(hash, &want))
        return malformed(err, "Argon2");
    if (want.memory > cf__password_max.memory / 1024 || want.passes > cf__password_max.passes ||
        want.lanes > 64)
        return too_costly(err, "Argon2");
    status = hash_argon2(password, &want, digest);
    if (status == ARGON2_MEMORY_ALLOCATION_ERROR)
        return too_costly(err, "Argon2");
    if (status != ARGON2_OK)
        return cf_fail(err, CF_EPARSE, "malformed Argon2 password hash: %s",
                       argon2_error_message(status));
    *matches = sodium_memcmp(digest, want.digest, want.digest_size) == 0;
    return true;
}

/* ---- PBKDF2 ---- */

static bool pbkdf2(cf_str password, const unsigned char *salt, size_t salt_size,
                   uint64_t iterations, const EVP_MD *algorithm, unsigned char *out, cf_error *err)
{
    if (iterations > cf__password_max.iterations)
        return too_costly(err, "PBKDF2");
    if (!iterations || !PKCS5_PBKDF2_HMAC(password.ptr ? password.ptr : "", (int)password.len, salt,
                                          (int)salt_size, (int)iterations, algorithm,
                                          EVP_MD_get_size(algorithm), out))
        return malformed(err, "PBKDF2");
    return true;
}

/* passlib's base64 has '.' for '+'. */
static bool decode_ab64(cf_str text, unsigned char *out, size_t cap, size_t *size)
{
    char standard[CF__MAX_SALT * 2];

    if (text.len > sizeof standard)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '+')
            return false;
        standard[i] = text.ptr[i] == '.' ? '+' : text.ptr[i];
    }
    return cf__password_b64(cf_str_n(standard, text.len), out, cap, size);
}

bool cf__verify_pbkdf2(cf_str password, cf_str hash, bool *matches, cf_error *err)
{
    unsigned char salt[CF__MAX_SALT], want[CF__MAX_DIGEST], digest[EVP_MAX_MD_SIZE];
    size_t        salt_size, size;
    const EVP_MD *algorithm;
    uint64_t      iterations;
    cf_str        parts[5];

    if (!cf__password_split(hash, parts, 5) || !cf_str_to_u64(parts[2], &iterations) ||
        !decode_ab64(parts[3], salt, sizeof salt, &salt_size) ||
        !decode_ab64(parts[4], want, sizeof want, &size))
        return malformed(err, "PBKDF2");
    algorithm = cf_str_is(parts[1], "pbkdf2")          ? EVP_sha1()
                : cf_str_is(parts[1], "pbkdf2-sha256") ? EVP_sha256()
                : cf_str_is(parts[1], "pbkdf2-sha512") ? EVP_sha512()
                                                       : NULL;
    if (!algorithm || size != (size_t)EVP_MD_get_size(algorithm))
        return malformed(err, "PBKDF2");
    if (!pbkdf2(password, salt, salt_size, iterations, algorithm, digest, err))
        return false;
    *matches = sodium_memcmp(digest, want, size) == 0;
    return true;
}

/* Whether bytes are what a text says in hexadecimal. */
static bool equals_hex(const unsigned char *digest, size_t size, cf_str text)
{
    char hex[CF__MAX_DIGEST * 2 + 1];

    sodium_bin2hex(hex, sizeof hex, digest, size);
    return cf_secure_eq(cf_str_n(hex, size * 2), text);
}

bool cf__verify_pbkdf2_werkzeug(cf_str password, cf_str hash, bool *matches, cf_error *err)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    cf_str        parts[3], method, name, rest;
    const EVP_MD *algorithm;
    uint64_t      iterations;

    if (!cf__password_split(hash, parts, 3) || !cf_str_cut(parts[0], ':', &method, &rest) ||
        !cf_str_cut(rest, ':', &name, &rest) || !cf_str_to_u64(rest, &iterations))
        return malformed(err, "PBKDF2");
    algorithm = cf_str_is(name, "sha256")   ? EVP_sha256()
                : cf_str_is(name, "sha512") ? EVP_sha512()
                : cf_str_is(name, "sha1")   ? EVP_sha1()
                : cf_str_is(name, "sha224") ? EVP_sha224()
                : cf_str_is(name, "sha384") ? EVP_sha384()
                                            : NULL;
    if (!algorithm)
        return cf_fail(err, CF_EUNSUPPORTED, "PBKDF2 with %.*s is not known", CF_STR_ARG(name));
    if (!pbkdf2(password, (const unsigned char *)parts[1].ptr, parts[1].len, iterations, algorithm,
                digest, err))
        return false;
    *matches = equals_hex(digest, (size_t)EVP_MD_get_size(algorithm), parts[2]);
    return true;
}

/* ---- scrypt ---- */

static bool scrypt(cf_str password, cf_str salt, uint64_t n, uint64_t r, uint64_t p,
                   unsigned char *out, size_t size, cf_error *err)
{
    if (n < 2 || (n & (n - 1)) || !r || !p || r > UINT32_MAX / p / 128)
        return malformed(err, "scrypt");
    if (n > cf__password_max.memory / (128 * r) || p > 64)
        return too_costly(err, "scrypt");
    if (!EVP_PBE_scrypt(password.ptr ? password.ptr : "", password.len,
                        (const unsigned char *)(salt.ptr ? salt.ptr : ""), salt.len, n, r, p,
                        cf__password_max.memory * 2, out, size))
        return malformed(err, "scrypt");
    return true;
}

bool cf__verify_scrypt(cf_str password, cf_str hash, bool *matches, cf_error *err)
{
    unsigned char salt[CF__MAX_SALT], want[CF__MAX_DIGEST], digest[CF__MAX_DIGEST];
    cf_str        parts[5], params, log_n, r_text, p_text;
    size_t        salt_size, size;
    uint64_t      ln, r, p;

    if (!cf__password_split(hash, parts, 5) || !cf_str_cut(parts[2], ',', &log_n, &params) ||
        !cf_str_cut(params, ',', &r_text, &p_text) || !cf__password_param(log_n, "ln", &ln) ||
        !cf__password_param(r_text, "r", &r) || !cf__password_param(p_text, "p", &p) || ln < 1 ||
        ln > 31 || !cf__password_b64(parts[3], salt, sizeof salt, &salt_size) ||
        !cf__password_b64(parts[4], want, sizeof want, &size) || size < 16)
        return malformed(err, "scrypt");
    if (!scrypt(password, cf_str_n((char *)salt, salt_size), UINT64_C(1) << ln, r, p, digest, size,
                err))
        return false;
    *matches = sodium_memcmp(digest, want, size) == 0;
    return true;
}

bool cf__verify_scrypt_werkzeug(cf_str password, cf_str hash, bool *matches, cf_error *err)
{
    unsigned char digest[64];
    cf_str        parts[3], name, n_text, r_text, p_text;
    uint64_t      n, r, p;

    if (!cf__password_split(hash, parts, 3) || !cf_str_cut(parts[0], ':', &name, &n_text) ||
        !cf_str_cut(n_text, ':', &n_text, &r_text) || !cf_str_cut(r_text, ':', &r_text, &p_text) ||
        !cf_str_to_u64(n_text, &n) || !cf_str_to_u64(r_text, &r) || !cf_str_to_u64(p_text, &p))
        return malformed(err, "scrypt");
    if (!scrypt(password, parts[1], n, r, p, digest, sizeof digest, err))
        return false;
    *matches = equals_hex(digest, sizeof digest, parts[2]);
    return true;
}
