/* pairs.c -- arrays of named values that end with a NULL name. */
#include <carafe/pairs.h>

size_t cf_named_count(const cf_named *named)
{
    size_t n = 0;

    while (named && named[n].name)
        n++;
    return n;
}
