/* test_otp.c -- one-time passwords. */
#include <criterion/criterion.h>

#include <carafe/otp.h>

static const cf_str rfc_key = { "12345678901234567890", 20 };

static cf_time seconds(int64_t n)
{
    return (cf_time){ n * CF_SECOND };
}

Test(otp, codes_of_rfc_4226_and_6238)
{
    static const char *const    counted[] = { "755224", "287082", "359152", "969429", "338314" };
    static const cf_otp_options eight = { .digits = 8 };
    char                        code[CF_OTP_SIZE];

    for (uint64_t i = 0; i < 5; i++) {
        cr_assert(cf_otp_hotp(rfc_key, i, NULL, code, NULL));
        cr_assert_str_eq(code, counted[i]);
    }
    cr_assert(cf_otp_totp(rfc_key, seconds(59), &eight, code, NULL));
    cr_assert_str_eq(code, "94287082");
    cr_assert(cf_otp_totp(rfc_key, seconds(20000000000), &eight, code, NULL));
    cr_assert_str_eq(code, "65353130");
}

Test(otp, a_code_is_accepted_near_its_time_and_once)
{
    char    code[CF_OTP_SIZE];
    int64_t step = 0;
    cf_str  text = { code, 6 };

    cr_assert(cf_otp_totp(rfc_key, seconds(1000000), NULL, code, NULL));
    cr_assert_not(cf_otp_verify(rfc_key, text, seconds(1000000 + 61), NULL, &step));
    cr_assert_not(cf_otp_verify(rfc_key, text, seconds(1000000 - 61), NULL, &step));
    cr_assert_not(cf_otp_verify(rfc_key, text, seconds(1000000 + 30),
                                &(cf_otp_options){ .window = -1 }, &step));
    cr_assert_not(cf_otp_verify(rfc_key, CF_STR("12345"), seconds(1000000), NULL, &step));
    cr_assert_eq(step, 0);
    cr_assert(cf_otp_verify(rfc_key, text, seconds(1000000 + 30), NULL, &step));
    cr_assert_eq(step, 33333);
    cr_assert_not(cf_otp_verify(rfc_key, text, seconds(1000000), NULL, &step));
}

Test(otp, secrets_survive_base32_and_how_people_type_it)
{
    cf_arena *arena = cf_arena_new();
    char     *text = cf_otp_secret(arena);
    cf_error  err = { 0 };
    cf_str    secret;

    cr_assert_eq(strlen(text), 32);
    cr_assert_str_neq(text, cf_otp_secret(arena));
    cr_assert(cf_otp_decode(arena, cf_str_of(text), &secret, &err) && secret.len == 20);
    cr_assert(
        cf_otp_decode(arena, CF_STR("gezd gnbv gy3t qojq gezd gnbv gy3t qojq"), &secret, &err));
    cr_assert(cf_str_eq(secret, rfc_key));
    cr_assert_not(cf_otp_decode(arena, CF_STR("not base32 !"), &secret, &err));
    cr_assert_not(cf_otp_decode(arena, CF_STR(""), &secret, &err));
    cr_assert_eq(err.code, CF_EPARSE);
    cf_arena_free(arena);
}

Test(otp, impossible_lengths_are_refused)
{
    char     code[CF_OTP_SIZE];
    cf_error err = { 0 };

    cr_assert_not(cf_otp_hotp(rfc_key, 0, &(cf_otp_options){ .digits = 5 }, code, &err));
    cr_assert_not(cf_otp_totp(rfc_key, seconds(0), &(cf_otp_options){ .digits = 9 }, code, &err));
    cr_assert_eq(err.code, CF_EINVAL);
}
