/* crypto_internal.h -- what the files about cryptography share. */
#ifndef CARAFE_BASE_CRYPTO_INTERNAL_H
#define CARAFE_BASE_CRYPTO_INTERNAL_H

#include <carafe/str.h>

/* Must be called before libsodium's random bytes or password hashing; aborts when it fails. */
void cf__crypto_init(void);

/* Decodes base64 of a libsodium variant into at most `cap` bytes. */
bool cf__b64_decode(cf_str text, int variant, unsigned char *out, size_t cap, size_t *size);

#endif
