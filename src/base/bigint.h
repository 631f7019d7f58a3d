/* bigint.h -- integers beyond 64 bits, as values.
 *
 * What fits 64 bits is always a CF_TYPE_INT; only a larger integer is an object of this class,
 * which calls itself "int" as well. So an integer has one form, and the small ones cost nothing
 * more. */
#ifndef CF_BASE_BIGINT_H
#define CF_BASE_BIGINT_H

#include <carafe/value.h>

/* Decimal digits beyond which an integer is neither written nor read, as in Python. */
#define CF__INT_TEXT_DIGITS 4300

/* Digits of a limb, the parts that integers are made of. */
#define CF__LIMB_DIGITS 9

/* Any integer while it is calculated with: limbs in base 10^9, the lowest first, the highest not 0.
 * Zero has none and no sign. */
typedef struct cf_whole {
    bool      negative;
    uint32_t  len;
    uint32_t *limbs;
} cf_whole;

extern const cf_class cf__bigint_class;

static inline bool cf__is_bigint(cf_value v)
{
    return v.type == CF_TYPE_OBJECT && v.as.object->class == &cf__bigint_class;
}
/* A bool, too, as Python has it. */
static inline bool cf__is_integer(cf_value v)
{
    return v.type == CF_TYPE_INT || v.type == CF_TYPE_BOOL || cf__is_bigint(v);
}

/* ---- bigint_value.c: as values ---- */

/* The parts of a value for which cf__is_integer() holds, valid as long as it and the arena. */
cf_whole cf__whole(cf_arena *arena, cf_value integer);
/* The value, which is a plain CF_TYPE_INT where it fits. */
cf_value cf__whole_value(cf_arena *arena, cf_whole n);
/* A copy that the arena owns. */
cf_value cf__bigint_copy(cf_arena *arena, cf_value bigint);
bool     cf__bigint_negative(cf_value bigint);
/* Agrees with the hash of an equal float. */
uint64_t cf__bigint_hash(cf_value bigint);
/* Appends the decimal digits. Errors: CF_ERUNTIME beyond CF__INT_TEXT_DIGITS. */
bool cf__bigint_text(cf_value bigint, cf_buf *out, cf_error *err);
/* The integer nearest to it in 62 bits, as bounds of slices are taken; others unchanged. */
cf_value cf__int_bound(cf_value v);

/* ---- bigint.c: calculating; results lie in the arena ---- */

int      cf__whole_order(cf_whole a, cf_whole b);
cf_whole cf__whole_add(cf_arena *arena, cf_whole a, cf_whole b);
cf_whole cf__whole_sub(cf_arena *arena, cf_whole a, cf_whole b);
cf_whole cf__whole_mul(cf_arena *arena, cf_whole a, cf_whole b);
/* Quotient and rest, which has the divisor's sign; b is not 0. Either may be NULL. */
void cf__whole_divmod(cf_arena *arena, cf_whole a, cf_whole b, cf_whole *quotient, cf_whole *rest);
/* The double nearest to a / b; false when it is too large for one. b is not 0. */
bool cf__whole_ratio(cf_arena *arena, cf_whole a, cf_whole b, double *out);
/* The nearest double; false when the integer is too large. */
bool cf__whole_double(cf_whole n, double *out);
/* The sign of n - number, exactly, for an n beyond 64 bits and no NaN. */
int cf__whole_order_double(cf_whole n, double number);
/* What a finite double has before its point. */
cf_whole cf__whole_of_double(cf_arena *arena, double number);
/* 10^digits. */
cf_whole cf__whole_ten(cf_arena *arena, uint32_t digits);
/* The digits without sign. */
cf_str cf__whole_digits(cf_arena *arena, cf_whole n, unsigned base, bool upper);
/* Reads digits of a base, which underscores may separate. False beyond `most` limbs. */
bool cf__whole_parse(cf_arena *arena, cf_str digits, unsigned base, size_t most, cf_whole *out);

#endif
