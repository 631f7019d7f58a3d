/* pairs.h -- "name", value, … in a call become an array of cf_named.
 *
 * cf_redirect_to(req, "blog.read", "slug", post->slug) passes { "slug", value of post->slug }. */
#ifndef CARAFE_PAIRS_H
#define CARAFE_PAIRS_H

#include <carafe/value.h>

/* CF_PAIRS() is an array ended by a NULL name; up to 10 pairs. A name without value does not
 * compile. */
#define CF_PAIRS(...)                                                                              \
    (&((const cf_named[]){ { 0 }, CF__PAIRS_N(__VA_ARGS__)(__VA_ARGS__){ 0 } })[1])

#define CF__PAIRS_N(...)                                                                           \
    CF__PAIRS_PICK(dummy, ##__VA_ARGS__, CF__PAIRS_10, CF__PAIRS_ODD, CF__PAIRS_9, CF__PAIRS_ODD,  \
                   CF__PAIRS_8, CF__PAIRS_ODD, CF__PAIRS_7, CF__PAIRS_ODD, CF__PAIRS_6,            \
                   CF__PAIRS_ODD, CF__PAIRS_5, CF__PAIRS_ODD, CF__PAIRS_4, CF__PAIRS_ODD,          \
                   CF__PAIRS_3, CF__PAIRS_ODD, CF__PAIRS_2, CF__PAIRS_ODD, CF__PAIRS_1,            \
                   CF__PAIRS_ODD, CF__PAIRS_0, dummy)
#define CF__PAIRS_PICK(d, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16,   \
                       a17, a18, a19, a20, n, ...)                                                 \
    n
#define CF__PAIRS_ODD(...) CF__A_NAME_LACKS_ITS_VALUE,
#define CF__PAIRS_0(...)
#define CF__PAIRS_1(k, v, ...)  { (k), cf_value_of(v) }, CF__PAIRS_0(__VA_ARGS__)
#define CF__PAIRS_2(k, v, ...)  { (k), cf_value_of(v) }, CF__PAIRS_1(__VA_ARGS__)
#define CF__PAIRS_3(k, v, ...)  { (k), cf_value_of(v) }, CF__PAIRS_2(__VA_ARGS__)
#define CF__PAIRS_4(k, v, ...)  { (k), cf_value_of(v) }, CF__PAIRS_3(__VA_ARGS__)
#define CF__PAIRS_5(k, v, ...)  { (k), cf_value_of(v) }, CF__PAIRS_4(__VA_ARGS__)
#define CF__PAIRS_6(k, v, ...)  { (k), cf_value_of(v) }, CF__PAIRS_5(__VA_ARGS__)
#define CF__PAIRS_7(k, v, ...)  { (k), cf_value_of(v) }, CF__PAIRS_6(__VA_ARGS__)
#define CF__PAIRS_8(k, v, ...)  { (k), cf_value_of(v) }, CF__PAIRS_7(__VA_ARGS__)
#define CF__PAIRS_9(k, v, ...)  { (k), cf_value_of(v) }, CF__PAIRS_8(__VA_ARGS__)
#define CF__PAIRS_10(k, v, ...) { (k), cf_value_of(v) }, CF__PAIRS_9(__VA_ARGS__)

/* How many entries an array ended by a NULL name has; NULL is fine. */
size_t cf_named_count(const cf_named *named);

#endif
