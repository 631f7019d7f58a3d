/* password_internal.h -- the schemes of password hashes, each in the file of its family. */
#ifndef CARAFE_BASE_PASSWORD_INTERNAL_H
#define CARAFE_BASE_PASSWORD_INTERNAL_H

#include <carafe/error.h>
#include <carafe/str.h>

/* Longest salt and digest, in bytes, that any scheme here uses. */
#define CF__MAX_SALT   128
#define CF__MAX_DIGEST 128

/* What a hash may ask for at most; one that asks for more is refused, since checking it would stop
 * the service. */
typedef struct cf__password_limits {
    uint64_t memory;      /* Bytes, for Argon2 and scrypt. */
    uint64_t passes;      /* Of Argon2. */
    uint64_t iterations;  /* Of PBKDF2. */
    uint64_t bcrypt_cost; /* Power of two. */
} cf__password_limits;

extern cf__password_limits cf__password_max;

/* Checks a password against a whole hash whose prefix names the scheme. Returns false with
 * CF_EPARSE for a malformed hash, CF_ELIMIT for one that would cost too much. */
typedef bool cf__password_scheme(cf_str password, cf_str hash, bool *matches, cf_error *err);

cf__password_scheme cf__verify_argon2;          /* $argon2id$v=19$m=…,t=…,p=…$salt$digest */
cf__password_scheme cf__verify_bcrypt;          /* $2b$12$… */
cf__password_scheme cf__verify_bcrypt_sha256;   /* $bcrypt-sha256$v=2,t=2b,r=12$salt$digest */
cf__password_scheme cf__verify_pbkdf2;          /* $pbkdf2-sha256$rounds$salt$digest */
cf__password_scheme cf__verify_scrypt;          /* $scrypt$ln=16,r=8,p=1$salt$digest */
cf__password_scheme cf__verify_pbkdf2_werkzeug; /* pbkdf2:sha256:600000$salt$hex */
cf__password_scheme cf__verify_scrypt_werkzeug; /* scrypt:32768:8:1$salt$hex */

/* Cuts a hash at its '$' into exactly `count` parts. */
bool cf__password_split(cf_str hash, cf_str *parts, size_t count);

/* Reads "name=number": decimal digits without leading zeros. */
bool cf__password_param(cf_str text, const char *name, uint64_t *out);

/* Decodes base64 without padding into at most `cap` bytes. */
bool cf__password_b64(cf_str text, unsigned char *out, size_t cap, size_t *size);

#endif
