/* kind_otp.c -- probe kind "otp": codes by counter and by time. */
#include "probe.h"

#include <carafe/otp.h>

void probe_otp(probe_case *c)
{
    cf_otp_options options = { .digits = (int)probe_int(c, "digits", 6),
                               .period = (int)probe_int(c, "period", 30) };
    cf_str         algorithm = probe_text(c, "alg"), secret;
    char           code[CF_OTP_SIZE];
    cf_error       err = { 0 };
    bool           ok;

    if (cf_str_iis(algorithm, "SHA256"))
        options.algorithm = CF_OTP_SHA256;
    else if (cf_str_iis(algorithm, "SHA512"))
        options.algorithm = CF_OTP_SHA512;
    ok = cf_otp_decode(c->arena, probe_text(c, "key_b32"), &secret, &err);
    if (ok && cf_str_is(probe_text(c, "what"), "hotp"))
        ok = cf_otp_hotp(secret, (uint64_t)probe_int(c, "counter", 0), &options, code, &err);
    else if (ok)
        ok = cf_otp_totp(secret, (cf_time){ probe_int(c, "time", 0) * CF_SECOND }, &options, code,
                         &err);
    if (ok)
        probe_put(c, "code", cf_string_copy(c->arena, cf_str_of(code)));
    else
        probe_put(c, "error", cf_string_copy(c->arena, cf_str_of(err.message)));
}
