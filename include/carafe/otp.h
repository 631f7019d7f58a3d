/* otp.h -- one-time passwords for a second factor, as authenticator apps show them. */
#ifndef CARAFE_OTP_H
#define CARAFE_OTP_H

#include <carafe/arena.h>
#include <carafe/error.h>
#include <carafe/str.h>
#include <carafe/time.h>

/* Longest code, its NUL included. */
#define CF_OTP_SIZE 9

typedef enum cf_otp_algorithm { CF_OTP_SHA1, CF_OTP_SHA256, CF_OTP_SHA512 } cf_otp_algorithm;

/* How codes are made. Zero means what every authenticator app understands. */
typedef struct cf_otp_options {
    int              digits;    /* 6, 7 or 8; 6. */
    int              period;    /* Seconds a time-based code lasts; 30. */
    int              window;    /* Codes accepted before and after the current one; 1. -1: none. */
    cf_otp_algorithm algorithm; /* For time-based codes; counted ones use SHA-1. */
} cf_otp_options;

/* A new random secret of 20 bytes as base32 text, for the app and the QR code. */
char *cf_otp_secret(cf_arena *arena);

/* Reads a base32 secret; spaces, lower case and missing padding are fine.
 *
 * Errors: CF_EPARSE.
 */
bool cf_otp_decode(cf_arena *arena, cf_str base32, cf_str *secret, cf_error *err);

/* The code of a counter.
 *
 * Args:
 *   secret: raw bytes.
 *   options: NULL for the defaults.
 *
 * Errors: CF_EINVAL for impossible options.
 *
 * Source: RFC 4226.
 */
bool cf_otp_hotp(cf_str secret, uint64_t counter, const cf_otp_options *options,
                 char out[CF_OTP_SIZE], cf_error *err);

/* The code of a point in time. Source: RFC 6238. */
bool cf_otp_totp(cf_str secret, cf_time now, const cf_otp_options *options, char out[CF_OTP_SIZE],
                 cf_error *err);

/* Whether a code is right now, in constant time, and is used for the first time.
 *
 * Args:
 *   last_step: where the step of the last accepted code is kept, 0 at first; updated when the code
 *     is accepted. A code of that step or an earlier one is refused.
 */
bool cf_otp_verify(cf_str secret, cf_str code, cf_time now, const cf_otp_options *options,
                   int64_t *last_step);

#endif
