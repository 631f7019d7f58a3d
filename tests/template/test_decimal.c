/* test_decimal.c -- decimals in expressions. */
#include <criterion/criterion.h>

#include <carafe/decimal.h>

#include "helpers.h"

static cf_decimal dec(const char *text)
{
    cf_decimal d = { 0 };

    cr_assert(cf_decimal_parse(cf_str_of(text), &d), "%s", text);
    return d;
}

Test(decimal, templates_calculate_as_python_does)
{
    static const struct {
        const char *expression, *gives; /* gives NULL: an error. */
    } cases[] = {
        { "x", "12.50" },
        { "x + y", "15.55" },
        { "x - 13", "-0.50" },
        { "2 * x", "25.00" },
        { "x / 5", "2.5" },
        { "x // y", "4" },
        { "-x // y", "-4" },
        { "x % y", "0.30" },
        { "-x", "-12.50" },
        { "x|abs", "12.50" },
        { "(-x)|abs", "12.50" },
        { "x|round(1)", "12.5" },
        { "x|float", "12.5" },
        { "x|int", "12" },
        { "(-x)|int", "-12" },
        { "big|int", "99999999999999999" },
        { "'%.1f'|format(x)", "12.5" },
        { "x > 12 and 12 < x and x == 12.5 and x != y", "True" },
        { "[x, y]|sum", "15.55" },
        { "[x, y]|sort|first", "3.05" },
        { "'zero' if not x - x else 'more'", "zero" },
        { "x + 1.5", NULL },
        { "x / 0", NULL },
        { "x < 'a'", NULL },
    };
    cf_arena *arena = cf_arena_new();

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        cf_named    vars[] = { CF_NAMED("x", cf_decimal_value(arena, dec("12.50"))),
                               CF_NAMED("y", cf_decimal_value(arena, dec("3.05"))),
                               CF_NAMED("big", cf_decimal_value(arena, dec("99999999999999999.9"))) };
        const char *source = cf_printf(arena, "{{ %s }}", cases[i].expression);
        const char *out = render(arena, NULL, source, vars, 3);

        if (cases[i].gives)
            cr_expect_str_eq(out, cases[i].gives, "%s", cases[i].expression);
        else
            cr_expect(out[0] == 'E' && strchr(out, ':'), "%s: %s", cases[i].expression, out);
    }
    cf_arena_free(arena);
}
