/* chars.h -- classes of bytes in HTTP messages and URLs. */
#ifndef CARAFE_HTTP_CHARS_H
#define CARAFE_HTTP_CHARS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    CF__TOKEN = 1 << 0,  /* Field names, methods: RFC 9110's tchar. */
    CF__VALUE = 1 << 1,  /* Field values: visible, obs-text, space, tab. */
    CF__TARGET = 1 << 2, /* Request targets: visible ASCII. */
    CF__NAME = 1 << 3,   /* Hosts: RFC 3986's unreserved and sub-delims. */
    CF__PLAIN = 1 << 4,  /* RFC 3986's unreserved: never percent-encoded. */
    CF__HEX = 1 << 5,
    CF__DIGIT = 1 << 6,
    CF__ALPHA = 1 << 7,
};

extern const uint8_t cf__chars[256];

static inline bool cf__is(char c, int classes)
{
    return cf__chars[(uint8_t)c] & classes;
}

/* The value of a hexadecimal digit; -1 for any other byte. */
static inline int cf__hex(char c)
{
    if (!cf__is(c, CF__HEX))
        return -1;
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

#endif
