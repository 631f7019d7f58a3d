/* format.h -- what the files about number and string formatting share. */
#ifndef CARAFE_TEMPLATE_FORMAT_H
#define CARAFE_TEMPLATE_FORMAT_H

#include "template/runtime.h"

/* Digits of a number in base 2, 8, 10 or 16, NUL-terminated. */
void cf__int_digits(uint64_t n, unsigned base, bool upper, char out[80]);

/* One value by a format specification such as ">10.2f". */
bool cf__format_value(vm *m, cf_value v, cf_str spec, cf_buf *out);

#endif
