/* value_internal.h -- what the files about values share. */
#ifndef CF_BASE_VALUE_INTERNAL_H
#define CF_BASE_VALUE_INTERNAL_H

#include <carafe/value.h>

/* Deepest nesting that comparing and printing follow; templates can tie lists into knots. */
#define CF__VALUE_DEPTH 200

/* Items that one comparison looks at. Lists in lists in lists, each twice, are few values with no
 * end of items. */
#define CF__COMPARE_ITEMS (UINT64_C(1) << 22)

/* What walking through values costs on this fiber, for those who bound work. The depths are kept
 * here so that they hold through the functions of classes too. */
typedef struct cf__walking {
    uint64_t items; /* Of lists and maps compared so far; of long texts, each KiB is one. */
    uint64_t until; /* Where the comparison that is going on gives up. */
    unsigned compare_depth, text_depth;
    bool     gave_up; /* A comparison was too large or too deep: its answer, "not equal", is none.
                       * Whoever reports that clears it. */
} cf__walking;

extern _Thread_local cf__walking cf__walk;

bool cf__is_number(cf_value v);

#endif
