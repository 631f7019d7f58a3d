/* fuzz_password_hash.c -- password hashes of every scheme, with limits that keep a check short. */
#include <stdint.h>
#include <stdlib.h>

#include <carafe/crypto.h>

#include "base/password_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool     matches = true, outdated;
    cf_error err = { 0 };

    cf__password_max = (cf__password_limits){
        .memory = 1 << 18, .passes = 2, .iterations = 10, .bcrypt_cost = 4
    };
    if (!cf_password_verify(CF_STR("password"), cf_str_n((const char *)data, size), &matches,
                            &outdated, &err) &&
        (matches || !err.code))
        abort();
    return 0;
}
