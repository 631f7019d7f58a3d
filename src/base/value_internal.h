/* value_internal.h -- what the files about values share. */
#ifndef CF_BASE_VALUE_INTERNAL_H
#define CF_BASE_VALUE_INTERNAL_H

#include <carafe/value.h>

/* Deepest nesting that comparing and printing follow; templates can tie lists into knots. */
#define CF__VALUE_DEPTH 200

bool cf__is_number(cf_value v);

#endif
