/* bytes.h -- comparing and copying few bytes, where a call of memcmp() or memcpy() would cost more
 * than its work: names, and the pieces of text between a template's values.
 *
 * Up to 16 bytes are taken as two halves that overlap. */
#ifndef CARAFE_BASE_BYTES_H
#define CARAFE_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t cf__load8(const char *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof word);
    return word;
}

static inline uint32_t cf__load4(const char *p)
{
    uint32_t word;

    memcpy(&word, p, sizeof word);
    return word;
}

/* memcmp(a, b, len) == 0 */
static inline bool cf__bytes_equal(const char *a, const char *b, size_t len)
{
    if (len > 16)
        return memcmp(a, b, len) == 0;
    if (len >= 8)
        return cf__load8(a) == cf__load8(b) && cf__load8(a + len - 8) == cf__load8(b + len - 8);
    if (len >= 4)
        return cf__load4(a) == cf__load4(b) && cf__load4(a + len - 4) == cf__load4(b + len - 4);
    return !len || (a[0] == b[0] && a[len / 2] == b[len / 2] && a[len - 1] == b[len - 1]);
}

/* memcpy(to, from, len) */
static inline void cf__bytes_copy(char *to, const char *from, size_t len)
{
    if (len > 16) {
        memcpy(to, from, len);
    } else if (len >= 8) {
        uint64_t first = cf__load8(from), last = cf__load8(from + len - 8);
        memcpy(to, &first, 8);
        memcpy(to + len - 8, &last, 8);
    } else if (len >= 4) {
        uint32_t first = cf__load4(from), last = cf__load4(from + len - 4);
        memcpy(to, &first, 4);
        memcpy(to + len - 4, &last, 4);
    } else if (len) {
        to[len / 2] = from[len / 2];
        to[len - 1] = from[len - 1];
        to[0] = from[0];
    }
}

#endif
