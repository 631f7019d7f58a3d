/* test_password.c -- hashing, and verifying what werkzeug and passlib wrote. */
#include <criterion/criterion.h>

#include <carafe/crypto.h>

static cf_arena *arena;

static void setup(void)
{
    arena = cf_arena_new();
    cf_password_cost(1, 8192);
}

static void teardown(void)
{
    cf_arena_free(arena);
}

TestSuite(password, .init = setup, .fini = teardown);

Test(password, a_hash_verifies_its_password_only)
{
    bool     matches = false, outdated = true;
    cf_error err = { 0 };
    char    *hash, *again;

    cr_assert(cf_password_hash(arena, CF_STR("correct horse"), &hash, &err), "%s", err.message);
    cr_assert(cf_password_hash(arena, CF_STR("correct horse"), &again, &err));
    cr_assert_str_neq(hash, again);
    cr_assert(cf_str_starts(cf_str_of(hash), CF_STR("$argon2id$v=19$")));
    cr_assert(
        cf_password_verify(CF_STR("correct horse"), cf_str_of(hash), &matches, &outdated, &err),
        "%s", err.message);
    cr_assert(matches && !outdated);
    cr_assert(cf_password_verify(CF_STR("correct hors"), cf_str_of(hash), &matches, NULL, &err));
    cr_assert_not(matches);
    cr_assert(cf_password_verify((cf_str){ 0 }, cf_str_of(hash), &matches, NULL, &err));
    cr_assert_not(matches);
}

Test(password, a_hash_made_cheaper_or_otherwise_is_outdated)
{
    bool  matches, outdated = false;
    char *hash;

    cr_assert(cf_password_hash(arena, CF_STR("x"), &hash, NULL));
    cf_password_cost(2, 16384);
    cr_assert(cf_password_verify(CF_STR("x"), cf_str_of(hash), &matches, &outdated, NULL));
    cr_assert(matches && outdated);
    cr_assert(cf_password_verify(CF_STR("secret"),
                                 CF_STR("pbkdf2:sha1:1000$Zq9$"
                                        "37a1b8e36ae212d3b3a168d0e8ff390c29001bc0"),
                                 &matches, &outdated, NULL));
    cr_assert(matches && outdated);
}

Test(password, hashes_of_other_frameworks_verify)
{
    static const struct {
        const char *password, *hash;
    } cases[] = {
        { "secret", "pbkdf2:sha256:1000$abcdefgh$"
                    "18751b39835fcdcff55cfd8c589c50d0e07cdc0b61240e4b24425c27a6a1cc56" },
        { "password", "$pbkdf2$1212$OB.dtnSEXZK8U5cgxU/GYQ$y5LKPOplRmok7CZp/aqVDVg8zGI" },
        { "test", "$scrypt$ln=8,r=8,p=1$wlhLyXmP8b53bm1NKYVQqg$"
                  "mTpvG8lzuuDk+DWz8HZIB6Vum6erDuUm0As5yU+VxWA" },
        { "", "$scrypt$ln=4,r=1,p=1$$d9ZXYjhleyA7GcpCwYoEl/FrSETjB0ro39/6P+3iFEI" },
        { "", "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s." },
        { "U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a" },
        { "password",
          "$bcrypt-sha256$2b,5$5Hg1DKFqPE8C2aflZ5vVoe$12BjNE0p7axMg55.Y/mHsYiVuFBDQyu" },
        { "password", "$bcrypt-sha256$v=2,t=2b,r=5$5Hg1DKFqPE8C2aflZ5vVoe$"
                      "wOK1VFFtS8IGTrGa7.h5fs0u84qyPbS" },
        { "password", "$argon2i$v=19$m=256,t=1,p=1$c29tZXNhbHQ$AJFIsNZTMKTAewB4+ETN1A" },
        { "password", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$"
                      "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4" },
        { "password", "$argon2i$v=19$m=256,t=2,p=2$c29tZXNhbHQ$"
                      "T/XOJ2mh1/TIpJHfCdQan76Q5esCFVoT5MAeIM1Oq2E" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cf_str   hash = cf_str_of(cases[i].hash);
        cf_error err = { 0 };
        bool     matches = false;

        cr_expect(cf_password_verify(cf_str_of(cases[i].password), hash, &matches, NULL, &err),
                  "%s: %s", cases[i].hash, err.message);
        cr_expect(matches, "%s", cases[i].hash);
        cr_expect(cf_password_verify(cf_str_of(cf_printf(arena, "%s!", cases[i].password)), hash,
                                     &matches, NULL, &err));
        cr_expect_not(matches, "%s", cases[i].hash);
    }
}

Test(password, malformed_and_exorbitant_hashes_are_errors)
{
    static const struct {
        const char *hash;
        cf_code     code;
    } cases[] = {
        { "", CF_EUNSUPPORTED },
        { "plaintext", CF_EUNSUPPORTED },
        { "$2x$12$EXRkfkdmXnagzds2SSitu.MW9.gAVqa9eLS1//RYtYCmB1eLHg.9q", CF_EUNSUPPORTED },
        { "$argon2id$", CF_EPARSE },
        { "$argon2i$v=19$t=2,p=4$c29tZXNhbHQ$QWLzI4TY9HkL2ZTLc8g6Sg", CF_EPARSE },
        { "$argon2i$v=19$m=65536,t=2,p=4,q=5$c29tZXNhbHQ$QWLzI4TY9HkL2ZTLc8g6Sg", CF_EPARSE },
        { "$argon2i$v=19$m=127,t=2,p=16$c29tZXNhbHQ$QWLzI4TY9HkL2ZTLc8g6Sg", CF_EPARSE },
        { "$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHQ$QWLzI4TY9HkL2ZTLc8g6Sg", CF_ELIMIT },
        { "$argon2id$v=19$m=64,t=999999,p=1$c29tZXNhbHQ$QWLzI4TY9HkL2ZTLc8g6Sg", CF_ELIMIT },
        { "$2b$31$EXRkfkdmXnagzds2SSitu.MW9.gAVqa9eLS1//RYtYCmB1eLHg.9q", CF_ELIMIT },
        { "$2b$03$EXRkfkdmXnagzds2SSitu.MW9.gAVqa9eLS1//RYtYCmB1eLHg.9q", CF_EPARSE },
        { "$2b$05$EXRkfkdmXnagzds2SSitu.MW9.gAVqa9eLS1//RYtYCmB1eLHg.9", CF_EPARSE },
        { "$bcrypt-sha256$v=2,t=2c,r=5$5Hg1DKFqPE8C2aflZ5vVoe$12BjNE0p7axMg55.Y/mHsYiVuFBDQyu",
          CF_EPARSE },
        { "$scrypt$ln=0,r=1,p=1$wvif8/4fg1Cq9V7L2dv73w$bJcLia1lyfQ1X2x0xflehw", CF_EPARSE },
        { "$scrypt$ln=10,r=134217728,p=8$wvif8/4fg1Cq9V7L2dv73w$bJcLia1lyfQ1X2x0xflehw",
          CF_EPARSE },
        { "$scrypt$ln=30,r=8,p=1$wvif8/4fg1Cq9V7L2dv73w$bJcLia1lyfQ1X2x0xflehw", CF_ELIMIT },
        { "$pbkdf2-sha256$0$3SABFJGDtyhrQMVt1uABPw$WyaUoqCLgvz97s523nF4iuOqZNbp5Nt8do/cuaa7AiI",
          CF_EPARSE },
        { "pbkdf2:sha256:99999999999$abc$00", CF_ELIMIT },
        { "pbkdf2:md99:1000$abc$00", CF_EUNSUPPORTED },
        { "scrypt:32767:8:1$abc$00", CF_EPARSE },
        { "scrypt:32768:8$abc$00", CF_EPARSE },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cf_error err = { 0 };
        bool     matches = true;

        cr_expect_not(
            cf_password_verify(CF_STR("stub"), cf_str_of(cases[i].hash), &matches, NULL, &err),
            "%s", cases[i].hash);
        cr_expect_not(matches);
        cr_expect_eq(err.code, cases[i].code, "%s: %s", cases[i].hash, cf_code_name(err.code));
    }
}

Test(password, bytes_that_bcrypt_cannot_hash_match_nothing)
{
    bool matches = true;

    cr_assert(cf_password_verify(cf_str_n("\0x", 2),
                                 CF_STR("$2a$06$DCq7YPn5Rq63x1Lad4cll."
                                        "TV4S6ytwfsfvkgY8jIucDrjc8deX1s."),
                                 &matches, NULL, NULL));
    cr_assert_not(matches);
}
