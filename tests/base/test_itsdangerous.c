/* test_itsdangerous.c -- tokens that a Flask application signed. */
#include <criterion/criterion.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <zlib.h>

#include <carafe/crypto.h>
#include <carafe/itsdangerous.h>

#define ISSUED 1700000000

static cf_arena *arena;
static cf_error  failure;

static void setup(void)
{
    arena = cf_arena_new();
    failure = (cf_error){ 0 };
}

static void teardown(void)
{
    cf_arena_free(arena);
}

TestSuite(itsdangerous, .init = setup, .fini = teardown);

static const cf_itsdangerous_options timed = {
    .secret = { "secret-key", 10 }, .derivation = CF_DERIVE_HMAC, .url_safe = true, .timed = true
};
static const char timed_token[] =
    "eyJ1c2VyX2lkIjo3LCJmcmVzaCI6dHJ1ZX0.ZVPxAA.SD1rBK5c3vbKZX3A0rQwCPehhEA";

static bool load(const cf_itsdangerous_options *options, const char *token, int64_t now,
                 cf_value *out)
{
    return cf_itsdangerous_load(arena, options, cf_str_of(token), now, 60, out, &failure);
}

Test(itsdangerous, a_timed_token_gives_its_payload_until_it_expires)
{
    cf_value v;

    cr_assert(load(&timed, timed_token, ISSUED + 60, &v), "%s", failure.message);
    cr_assert_eq(cf_map_get(v.as.map, "user_id").as.integer, 7);
    cr_assert_not(load(&timed, timed_token, ISSUED + 61, &v));
    cr_assert_eq(failure.code, CF_EEXPIRED);
    cr_assert_not(load(&timed, timed_token, ISSUED - 1, &v));
    cr_assert_eq(failure.code, CF_EEXPIRED);
}

Test(itsdangerous, any_changed_byte_is_refused)
{
    char     copy[sizeof timed_token];
    cf_value v;

    for (size_t i = 0; i + 1 < sizeof timed_token; i++)
        for (int bit = 0; bit < 8; bit++) {
            memcpy(copy, timed_token, sizeof copy);
            copy[i] = (char)(copy[i] ^ (1 << bit));
            cr_assert_not(cf_itsdangerous_load(arena, &timed, cf_str_n(copy, sizeof copy - 1),
                                               ISSUED, 60, &v, &failure),
                          "byte %zu, bit %d", i, bit);
            cr_assert_eq(failure.code, CF_EBADSIG);
        }
}

Test(itsdangerous, plain_serializers_keep_json_readable)
{
    cf_itsdangerous_options plain = timed;
    cf_value                v;

    plain.url_safe = false;
    cr_assert(
        load(&plain, "[1, 2, {\"a\": \"b\"}].ZVPxAA.vRycxavrvJYdcrIkO8C8WFW9xFo", ISSUED, &v));
    cr_assert_eq(v.as.list->len, 3);
}

Test(itsdangerous, the_default_derivation_is_djangos)
{
    cf_itsdangerous_options plain = { .secret = CF_STR("secret-key"), .url_safe = true };
    cf_value                v;

    cr_assert(load(&plain, "NDI.OM7infKF5G2hQtO8mxxyvyp5mHM", 0, &v));
    cr_assert_eq(v.as.integer, 42);
    plain.salt = CF_STR("other");
    cr_assert_not(load(&plain, "NDI.OM7infKF5G2hQtO8mxxyvyp5mHM", 0, &v));
    plain.digest = "md99";
    cr_assert_not(load(&plain, "NDI.OM7infKF5G2hQtO8mxxyvyp5mHM", 0, &v));
    cr_assert_eq(failure.code, CF_EUNSUPPORTED);
}

/* {"t": "xxx…"} with 300 letters, and bytes that zlib did not write; both signed with "k". */
static const char compressed[] = ".eNqrVipRslKqGAVEA6VaAKlKjs8.izN9uuoBnwoBNAHRwuoa1xbA-e0";
static const char broken[] = ".bm9uc2Vuc2U.zVn3AjkaxiiYTtGDNXueysKlmsg";

/* A signed token of 3 MB of zeros, which takes 3 KB. */
static const char *bomb(void)
{
    uLongf         size = 10000;
    unsigned char *packed = cf_alloc(arena, size), mac[EVP_MAX_MD_SIZE];
    unsigned       mac_size;
    char          *payload;

    compress2(packed, &size, cf_calloc(arena, 3000000, 1), 3000000, 9);
    payload = cf_printf(arena, ".%s", cf_b64url_encode(arena, cf_str_n((char *)packed, size)).ptr);
    HMAC(EVP_sha1(), "k", 1, (unsigned char *)payload, strlen(payload), mac, &mac_size);
    return cf_printf(arena, "%s.%s", payload,
                     cf_b64url_encode(arena, cf_str_n((char *)mac, mac_size)).ptr);
}

Test(itsdangerous, compressed_payloads_are_read_and_bounded)
{
    cf_itsdangerous_options plain = {
        .secret = CF_STR("k"), .salt = CF_STR("s"), .url_safe = true, .derivation = CF_DERIVE_NONE
    };
    cf_value v;

    cr_assert(load(&plain, compressed, 0, &v), "%s", failure.message);
    cr_assert_eq(cf_map_get(v.as.map, "t").len, 300);
    cr_assert_not(load(&plain, broken, 0, &v));
    cr_assert_eq(failure.code, CF_EPARSE);
    cr_assert_not(load(&plain, bomb(), 0, &v));
    cr_assert_eq(failure.code, CF_EPARSE);
}
