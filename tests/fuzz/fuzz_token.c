/* fuzz_token.c -- no bytes but our own open as a token, and base64 has one text for some bytes. */
#include <stdint.h>
#include <stdlib.h>

#include <carafe/crypto.h>
#include <carafe/itsdangerous.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_base64(cf_arena *arena, cf_str text)
{
    cf_str raw;

    if (cf_b64url_decode(arena, text, &raw, NULL) && !cf_str_eq(cf_b64url_encode(arena, raw), text))
        abort();
    if (cf_b64_decode(arena, text, &raw, NULL) && !cf_str_eq(cf_b64_encode(arena, raw), text))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const             secrets[] = { "not to be guessed" };
    static const cf_itsdangerous_options flask = { .secret = { "not to be guessed", 17 },
                                                   .url_safe = true,
                                                   .timed = true };
    cf_arena                            *arena = cf_arena_new();
    cf_keyring                          *keys = cf_keyring_new(arena, secrets, 1);
    cf_str                               token = cf_str_n((const char *)data, size), payload;
    cf_value                             value;

    if (cf_open(arena, keys, "fuzz", token, 0, 0, &payload, NULL, NULL) ||
        cf_verify(arena, keys, "fuzz", token, 0, 0, &payload, NULL, NULL) ||
        cf_itsdangerous_load(arena, &flask, token, 0, 0, &value, NULL))
        abort();
    check_base64(arena, token);
    cf_arena_free(arena);
    return 0;
}
