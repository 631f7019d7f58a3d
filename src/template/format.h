/* format.h -- what the files about number and string formatting share. */
#ifndef CARAFE_TEMPLATE_FORMAT_H
#define CARAFE_TEMPLATE_FORMAT_H

#include "template/runtime.h"

/* One value by a format specification such as ">10.2f". */
bool cf__format_value(vm *m, cf_value v, cf_str spec, cf_buf *out);

#endif
