/* test_keyring.c -- sealed and signed tokens. */
#include <criterion/criterion.h>

#include <carafe/crypto.h>

#define NOW INT64_C(1700000000)

typedef cf_str make_token(cf_arena *arena, const cf_keyring *keys, const char *purpose,
                          cf_str payload, int64_t now);
typedef bool read_token(cf_arena *arena, const cf_keyring *keys, const char *purpose, cf_str token,
                        int64_t now, int64_t max_age, cf_str *payload, int64_t *issued,
                        cf_error *err);

/* Both kinds of token keep the same promises. */
static const struct {
    make_token *make;
    read_token *read;
} kinds[] = { { cf_seal, cf_open }, { cf_sign, cf_verify } };

static cf_arena   *arena;
static cf_keyring *keys;

static void setup(void)
{
    static const char *const secrets[] = { "the newest secret", "the one before" };

    arena = cf_arena_new();
    keys = cf_keyring_new(arena, secrets, 2);
}

static void teardown(void)
{
    cf_arena_free(arena);
}

TestSuite(keyring, .init = setup, .fini = teardown);

Test(keyring, a_token_gives_back_its_payload_and_date)
{
    static const char *const payloads[] = { "", "user=7", "a.b.c", "Grüße" };

    for (size_t kind = 0; kind < 2; kind++)
        for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
            cf_error err = { 0 };
            cf_str   out,
                token = kinds[kind].make(arena, keys, "session", cf_str_of(payloads[i]), NOW);
            int64_t issued = 0;

            cr_assert(
                kinds[kind].read(arena, keys, "session", token, NOW + 9, 10, &out, &issued, &err),
                "%s", err.message);
            cr_assert(cf_str_is(out, payloads[i]));
            cr_assert_eq(issued, NOW);
        }
}

Test(keyring, any_changed_byte_is_refused)
{
    for (size_t kind = 0; kind < 2; kind++) {
        cf_str token = kinds[kind].make(arena, keys, "session", CF_STR("{\"user\":7}"), NOW);
        char  *copy = cf_str_dup(arena, token);

        for (size_t i = 0; i < token.len; i++) {
            for (int bit = 0; bit < 8; bit++) {
                cf_error err = { 0 };
                cf_str   out;

                copy[i] = (char)(token.ptr[i] ^ (1 << bit));
                cr_assert_not(kinds[kind].read(arena, keys, "session", cf_str_n(copy, token.len),
                                               NOW, 0, &out, NULL, &err),
                              "kind %zu, byte %zu, bit %d", kind, i, bit);
                cr_assert_eq(err.code, CF_EBADSIG);
            }
            copy[i] = token.ptr[i];
        }
    }
}

Test(keyring, no_other_character_at_the_end_opens)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=.";

    for (size_t kind = 0; kind < 2; kind++)
        for (size_t length = 0; length < 3; length++) {
            cf_str token = kinds[kind].make(arena, keys, "s", cf_str_n("abc", length), NOW), out;
            char  *copy = cf_str_dup(arena, token), last = token.ptr[token.len - 1];

            for (const char *c = alphabet; *c; c++) {
                copy[token.len - 1] = *c;
                cr_assert_eq(kinds[kind].read(arena, keys, "s", cf_str_n(copy, token.len), NOW, 0,
                                              &out, NULL, NULL),
                             *c == last);
            }
        }
}

Test(keyring, cut_and_extended_tokens_are_refused)
{
    for (size_t kind = 0; kind < 2; kind++) {
        cf_str token = kinds[kind].make(arena, keys, "s", CF_STR("payload"), NOW), out;

        for (size_t length = 0; length < token.len; length++)
            cr_assert_not(kinds[kind].read(arena, keys, "s", cf_str_slice(token, 0, length), NOW, 0,
                                           &out, NULL, NULL));
        cr_assert_not(kinds[kind].read(arena, keys, "s",
                                       cf_str_of(cf_printf(arena, "%sA", token.ptr)), NOW, 0, &out,
                                       NULL, NULL));
    }
}

Test(keyring, purposes_do_not_mix)
{
    for (size_t kind = 0; kind < 2; kind++) {
        cf_str   token = kinds[kind].make(arena, keys, "confirm", CF_STR("7"), NOW), out;
        cf_error err = { 0 };

        cr_assert_not(kinds[kind].read(arena, keys, "reset", token, NOW, 0, &out, NULL, &err));
        cr_assert_eq(err.code, CF_EBADSIG);
        cr_assert_not(
            kinds[1 - kind].read(arena, keys, "confirm", token, NOW, 0, &out, NULL, &err));
    }
}

Test(keyring, old_secrets_open_until_they_are_dropped)
{
    static const char *const before[] = { "the one before" }, *const other[] = { "a stranger" };
    cf_keyring *old = cf_keyring_new(arena, before, 1), *foreign = cf_keyring_new(arena, other, 1);

    for (size_t kind = 0; kind < 2; kind++) {
        cf_str token = kinds[kind].make(arena, old, "s", CF_STR("x"), NOW), out;

        cr_assert(kinds[kind].read(arena, keys, "s", token, NOW, 0, &out, NULL, NULL));
        cr_assert_not(kinds[kind].read(arena, foreign, "s", token, NOW, 0, &out, NULL, NULL));
        token = kinds[kind].make(arena, keys, "s", CF_STR("x"), NOW);
        cr_assert_not(kinds[kind].read(arena, old, "s", token, NOW, 0, &out, NULL, NULL));
    }
}

Test(keyring, tokens_expire_after_their_age_only)
{
    for (size_t kind = 0; kind < 2; kind++) {
        cf_str   token = kinds[kind].make(arena, keys, "s", CF_STR("x"), NOW), out;
        cf_error err = { 0 };

        cr_assert(kinds[kind].read(arena, keys, "s", token, NOW + 60, 60, &out, NULL, &err));
        cr_assert_not(kinds[kind].read(arena, keys, "s", token, NOW + 61, 60, &out, NULL, &err));
        cr_assert_eq(err.code, CF_EEXPIRED);
        cr_assert(kinds[kind].read(arena, keys, "s", token, NOW + 1000000000, 0, &out, NULL, &err));
    }
}

Test(keyring, sealed_tokens_hide_and_signed_ones_show)
{
    cf_str a = cf_seal(arena, keys, "s", CF_STR("payload"), NOW);
    cf_str b = cf_seal(arena, keys, "s", CF_STR("payload"), NOW);
    cf_str text = cf_b64url_encode(arena, CF_STR("payload"));

    cr_assert_not(cf_str_eq(a, b));
    cr_assert_eq(cf_str_find(a, text), CF_NPOS);
    cr_assert(cf_str_starts(cf_sign(arena, keys, "s", CF_STR("payload"), NOW), text));
}
