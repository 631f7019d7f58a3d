/* leaky.c -- a test that passes for Criterion and leaks; the suite must call it a failure. */
#include <criterion/criterion.h>
#include <stdlib.h>

Test(leaky, passes_but_leaks)
{
    volatile char *lost = malloc(100);
    lost[0] = 1;
    lost = NULL;
    cr_assert(lost == NULL);
}
