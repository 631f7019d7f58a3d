/* otp.c -- one-time passwords by liboath. */
#include <carafe/otp.h>

#include <liboath/oath.h>
#include <pthread.h>
#include <stdlib.h>

#include <carafe/crypto.h>

#define SECRET_SIZE 20

static void init_liboath(void)
{
    if (oath_init() != OATH_OK)
        abort();
}

static void init(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, init_liboath);
}

static int digits_of(const cf_otp_options *options)
{
    return options && options->digits ? options->digits : 6;
}

static int period_of(const cf_otp_options *options)
{
    return options && options->period > 0 ? options->period : 30;
}

char *cf_otp_secret(cf_arena *arena)
{
    char raw[SECRET_SIZE], *text, *copy;

    init();
    cf_random(raw, sizeof raw);
    if (oath_base32_encode(raw, sizeof raw, &text, NULL) != OATH_OK)
        abort();
    copy = cf_strdup(arena, text);
    free(text);
    return copy;
}

bool cf_otp_decode(cf_arena *arena, cf_str base32, cf_str *secret, cf_error *err)
{
    char  *raw;
    size_t size;

    init();
    if (!base32.len || oath_base32_decode(base32.ptr, base32.len, &raw, &size) != OATH_OK)
        return cf_fail(err, CF_EPARSE, "malformed base32");
    *secret = cf_str_n(cf_strndup(arena, raw, size), size);
    free(raw);
    return true;
}

static bool check_digits(int digits, cf_error *err)
{
    init();
    if (digits < 6 || digits > 8)
        return cf_fail(err, CF_EINVAL, "a one-time password has 6 to 8 digits, not %d", digits);
    return true;
}

bool cf_otp_hotp(cf_str secret, uint64_t counter, const cf_otp_options *options,
                 char out[CF_OTP_SIZE], cf_error *err)
{
    int digits = digits_of(options), status;

    if (!check_digits(digits, err))
        return false;
    status = oath_hotp_generate(secret.ptr, secret.len, counter, (unsigned)digits, false,
                                OATH_HOTP_DYNAMIC_TRUNCATION, out);
    if (status != OATH_OK)
        return cf_fail(err, CF_EINVAL, "one-time password: %s", oath_strerror(status));
    return true;
}

/* The code of a step: of a counter that time moves. */
static bool totp_at(cf_str secret, int64_t step, const cf_otp_options *options, char *out,
                    cf_error *err)
{
    static const int flags[] = { 0, OATH_TOTP_HMAC_SHA256, OATH_TOTP_HMAC_SHA512 };
    int              digits = digits_of(options), status;
    cf_otp_algorithm algorithm = options ? options->algorithm : CF_OTP_SHA1;

    if (!check_digits(digits, err))
        return false;
    status = oath_totp_generate2(secret.ptr, secret.len, (time_t)step, 1, 0, (unsigned)digits,
                                 flags[algorithm], out);
    if (status != OATH_OK)
        return cf_fail(err, CF_EINVAL, "one-time password: %s", oath_strerror(status));
    return true;
}

static int64_t step_of(cf_time now, const cf_otp_options *options)
{
    return now.us / CF_SECOND / period_of(options);
}

bool cf_otp_totp(cf_str secret, cf_time now, const cf_otp_options *options, char out[CF_OTP_SIZE],
                 cf_error *err)
{
    return totp_at(secret, step_of(now, options), options, out, err);
}

bool cf_otp_verify(cf_str secret, cf_str code, cf_time now, const cf_otp_options *options,
                   int64_t *last_step)
{
    int     window = !options || !options->window ? 1 : options->window < 0 ? 0 : options->window;
    int64_t step = step_of(now, options), accepted = -1;

    /* Every step is tried, so that the time taken tells nothing. */
    for (int64_t at = step - window; at <= step + window; at++) {
        char want[CF_OTP_SIZE];

        if (at >= 0 && totp_at(secret, at, options, want, NULL) &&
            cf_secure_eq(cf_str_of(want), code) && at > *last_step)
            accepted = at;
    }
    if (accepted < 0)
        return false;
    *last_step = accepted;
    return true;
}
