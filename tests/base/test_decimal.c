/* test_decimal.c -- exact decimals: read, written, rounded, counted with. */
#include <criterion/criterion.h>

#include <carafe/record.h>

static cf_decimal dec(const char *text)
{
    cf_decimal d = { 0 };

    cr_assert(cf_decimal_parse(cf_str_of(text), &d), "%s", text);
    return d;
}

static void expect(cf_decimal d, const char *text)
{
    char out[24];

    cr_expect_eq(cf_decimal_text(d, out), strlen(text));
    cr_expect_str_eq(out, text);
}

Test(decimal, texts_are_read_and_written)
{
    static const struct {
        const char *text, *written; /* NULL: refused. */
    } cases[] = {
        { "12.50", "12.50" },
        { "-12.50", "-12.50" },
        { "+3", "3" },
        { ".5", "0.5" },
        { "-.05", "-0.05" },
        { "7.", "7" },
        { "0.000", "0.000" },
        { "999999999999999999", "999999999999999999" },
        { "-0.999999999999999999", "-0.999999999999999999" },
        { "000000000000000000000000012", "12" },
        { "1000000000000000000", NULL },
        { "0.0000000000000000001", NULL },
        { "", NULL },
        { ".", NULL },
        { "-", NULL },
        { "1e3", NULL },
        { "1,000", NULL },
        { "1.2.3", NULL },
        { " 1", NULL },
        { "nan", NULL },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        cf_decimal d;
        bool       ok = cf_decimal_parse(cf_str_of(cases[i].text), &d);

        cr_expect_eq(ok, cases[i].written != NULL, "%s", cases[i].text);
        if (ok)
            expect(d, cases[i].written);
    }
}

Test(decimal, arithmetic_is_exact)
{
    cf_decimal d;

    cr_assert(cf_decimal_add(dec("0.1"), dec("0.2"), &d));
    expect(d, "0.3");
    cr_assert(cf_decimal_add(dec("999999999999999998"), dec("1"), &d));
    expect(d, "999999999999999999");
    cr_assert_not(cf_decimal_add(dec("999999999999999999"), dec("1"), &d));
    cr_assert(cf_decimal_sub(dec("1.50"), dec("2"), &d));
    expect(d, "-0.50");
    cr_assert(cf_decimal_mul(dec("19.99"), dec("0.0825"), &d));
    expect(d, "1.649175");
    cr_assert(cf_decimal_mul(dec("0.5000000000"), dec("0.2000000000"), &d));
    cr_assert_eq(cf_decimal_compare(d, dec("0.1")), 0);
    cr_assert_not(cf_decimal_mul(dec("123456789.123456789"), dec("123456789.123456789"), &d));
    cr_assert_not(cf_decimal_add((cf_decimal){ INT64_MIN, 0 }, dec("1"), &d));
    cr_assert_not(cf_decimal_add((cf_decimal){ 1, 40 }, dec("1"), &d));
}

Test(decimal, rounding_is_half_away_from_zero)
{
    static const struct {
        const char *from;
        int32_t     scale;
        const char *to; /* NULL: does not fit. */
    } cases[] = {
        { "0.125", 2, "0.13" }, { "-0.125", 2, "-0.13" },     { "0.124", 2, "0.12" },
        { "2.5", 0, "3" },      { "-2.5", 0, "-3" },          { "9.999", 2, "10.00" },
        { "1.5", 4, "1.5000" }, { "1234567890123", 6, NULL }, { "0.004", 2, "0.00" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        cf_decimal d;
        bool       ok = cf_decimal_round(dec(cases[i].from), cases[i].scale, &d);

        cr_expect_eq(ok, cases[i].to != NULL, "%s", cases[i].from);
        if (ok)
            expect(d, cases[i].to);
    }
}

Test(decimal, quotients_are_rounded_to_the_places_asked_for)
{
    cf_decimal d;

    cr_assert(cf_decimal_div(dec("10"), dec("3"), 4, &d));
    expect(d, "3.3333");
    cr_assert(cf_decimal_div(dec("20"), dec("3"), 4, &d));
    expect(d, "6.6667");
    cr_assert(cf_decimal_div(dec("-1"), dec("8"), 2, &d));
    expect(d, "-0.13");
    cr_assert(cf_decimal_div(dec("1.00000000000000000"), dec("1"), 0, &d));
    expect(d, "1");
    cr_assert(cf_decimal_div(dec("0.000000000000000001"), dec("999999999999999999"), 18, &d));
    expect(d, "0.000000000000000000");
    cr_assert_not(cf_decimal_div(dec("1"), dec("0"), 2, &d));
    cr_assert_not(cf_decimal_div(dec("999999999999999999"), dec("0.1"), 2, &d));
}

Test(decimal, doubles_go_in_and_out)
{
    cf_decimal d;

    cr_assert(cf_decimal_of_double(0.1, 2, &d));
    expect(d, "0.10");
    cr_assert(cf_decimal_of_double(-12.345, 2, &d));
    cr_assert_eq(cf_decimal_compare(d, dec("-12.35")) + cf_decimal_compare(d, dec("-12.34")), -1);
    cr_assert_not(cf_decimal_of_double(1e300, 2, &d));
    cr_assert_float_eq(cf_decimal_double(dec("12.50")), 12.5, 0);
}
