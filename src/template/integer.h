/* integer.h -- integers of any size, in Python's way. */
#ifndef CARAFE_TEMPLATE_INTEGER_H
#define CARAFE_TEMPLATE_INTEGER_H

#include "template/runtime.h"

/* a op b for integers of any size and bools; an exponent is not negative.
 *
 * Errors: CF_ERUNTIME as in Python, CF_ELIMIT when the result would be too large. */
bool cf__integer_op(vm *m, operator_kind op, cf_value a, cf_value b, cf_value *out);
/* Fails with what Python says of an integer beyond 64 bits where a size or place is wanted. */
bool cf__no_index(cf_error *err);
/* Counts steps for work that takes as many products of limbs. False at a limit. */
bool cf__work(vm *m, uint64_t products);
/* round(v, places), half to even. */
bool cf__integer_round(vm *m, cf_value v, int64_t places, cf_value *out);
/* float(v) of anything that is a number; *found is false for others. Fails when it is too large. */
bool cf__number(vm *m, cf_value v, double *out, bool *found);
/* int(number), towards zero; false, without an error, for what is not finite. */
bool cf__integer_of(vm *m, double number, cf_value *out);
/* The digits of an integer or bool, without its sign. */
bool cf__integer_digits(vm *m, cf_value v, unsigned base, bool upper, cf_str *digits,
                        bool *negative);
/* Reads digits, which single underscores may separate. Errors: CF_ERUNTIME for more than int()
 * takes, CF_ELIMIT. */
bool cf__integer_read(cf_arena *arena, cf_str digits, unsigned base, bool negative, cf_value *out,
                      cf_error *err);

#endif
