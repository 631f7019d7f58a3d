/* test_crypto.c -- random bytes, hashes, base64 and hex. */
#include <criterion/criterion.h>

#include <carafe/crypto.h>

static cf_arena *arena;

static void setup(void)
{
    arena = cf_arena_new();
}

static void teardown(void)
{
    cf_arena_free(arena);
}

TestSuite(crypto, .init = setup, .fini = teardown);

static const char *hex(const unsigned char digest[32])
{
    return cf_hex_encode(arena, cf_str_n((const char *)digest, 32)).ptr;
}

Test(crypto, random_tokens_differ_and_have_their_length)
{
    char *a = cf_random_token(arena, 32), *b = cf_random_token(arena, 32);

    cr_assert_eq(strlen(a), 43);
    cr_assert_str_neq(a, b);
    cr_assert_eq(strspn(a, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), 43);
}

Test(crypto, sha256_and_hmac_give_published_vectors)
{
    unsigned char digest[32];
    char          key[131];

    cf_sha256(CF_STR("abc"), digest);
    cr_assert_str_eq(hex(digest),
                     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    cf_sha256((cf_str){ 0 }, digest);
    cr_assert_str_eq(hex(digest),
                     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    /* RFC 4231, test cases 2 and 6 */
    cf_hmac_sha256(CF_STR("Jefe"), CF_STR("what do ya want for nothing?"), digest);
    cr_assert_str_eq(hex(digest),
                     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    cf_hmac_sha256(cf_str_n(key, sizeof key),
                   CF_STR("Test Using Larger Than Block-Size Key - Hash Key First"), digest);
    cr_assert_str_eq(hex(digest),
                     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

Test(crypto, secure_comparison_compares_bytes)
{
    cr_assert(cf_secure_eq(CF_STR("same"), CF_STR("same")));
    cr_assert_not(cf_secure_eq(CF_STR("same"), CF_STR("sane")));
    cr_assert_not(cf_secure_eq(CF_STR("same"), CF_STR("sam")));
    cr_assert(cf_secure_eq((cf_str){ 0 }, CF_STR("")));
}

Test(crypto, base64_gives_the_vectors_of_rfc_4648)
{
    static const struct {
        const char *raw, *text;
    } cases[] = {
        { "", "" },
        { "f", "Zg==" },
        { "fo", "Zm8=" },
        { "foo", "Zm9v" },
        { "foob", "Zm9vYg==" },
        { "fooba", "Zm9vYmE=" },
        { "foobar", "Zm9vYmFy" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cf_str out;

        cr_expect(cf_str_is(cf_b64_encode(arena, cf_str_of(cases[i].raw)), cases[i].text));
        cr_expect(cf_b64_decode(arena, cf_str_of(cases[i].text), &out, NULL));
        cr_expect(cf_str_is(out, cases[i].raw));
    }
}

Test(crypto, every_length_survives_base64url)
{
    unsigned char raw[100];

    for (size_t size = 0; size <= sizeof raw; size++) {
        cf_str text, out;

        cf_random(raw, size);
        text = cf_b64url_encode(arena, cf_str_n((char *)raw, size));
        cr_assert_eq(cf_str_chr(text, '='), CF_NPOS);
        cr_assert(cf_b64url_decode(arena, text, &out, NULL));
        cr_assert(cf_str_eq(out, cf_str_n((char *)raw, size)));
    }
}

Test(crypto, decoders_accept_one_text_only_for_some_bytes)
{
    static const char *const bad_url[] = { "Zg==",   "Zh", "Z",    "Zm 9",
                                           "Zm9v\n", "+w", "Zm9=", "Zm9\xf6" };
    static const char *const bad_standard[] = { "Zg",   "Zg=",      "Zh==",   "Zm9v=",
                                                "-w==", "Zg==Zg==", "\xdag==" };
    cf_error                 err = { 0 };
    cf_str                   out;

    for (size_t i = 0; i < sizeof bad_url / sizeof *bad_url; i++)
        cr_expect_not(cf_b64url_decode(arena, cf_str_of(bad_url[i]), &out, &err), "%s", bad_url[i]);
    for (size_t i = 0; i < sizeof bad_standard / sizeof *bad_standard; i++)
        cr_expect_not(cf_b64_decode(arena, cf_str_of(bad_standard[i]), &out, &err), "%s",
                      bad_standard[i]);
    cr_assert_eq(err.code, CF_EPARSE);
}
