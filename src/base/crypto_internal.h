/* crypto_internal.h -- what the files about cryptography share. */
#ifndef CARAFE_BASE_CRYPTO_INTERNAL_H
#define CARAFE_BASE_CRYPTO_INTERNAL_H

/* Must be called before libsodium's random bytes or password hashing; aborts when it fails. */
void cf__crypto_init(void);

#endif
