/* test_integer.c -- integers beyond 64 bits in templates: the wanted texts are Python's. */
#include <criterion/criterion.h>

#include "base/bigint.h"
#include "helpers.h"

Test(integer, literals_and_operators_give_what_python_gives)
{
    static const render_case cases[] = {
        { "{{ 9223372036854775807 + 1 }}", "9223372036854775808" },
        { "{{ -9223372036854775807 - 2 }}", "-9223372036854775809" },
        { "{{ 9223372036854775807 * -3 }}", "-27670116110564327421" },
        { "{{ -(-9223372036854775807 - 1) }}", "9223372036854775808" },
        { "{{ (-9223372036854775807 - 1) // -1 }}", "9223372036854775808" },
        { "{{ 2**64 - 2**64 + 5 }}", "5" },
        { "{{ 0xffffffffffffffffffffffff }}", "79228162514264337593543950335" },
        { "{{ 0o7777777777777777777777777777 }}", "19342813113834066795298815" },
        { "{{ 0b1_0000000000_0000000000_0000000000_0000000000_0000000000_0000000000_000"
          "0000000 }}",
          "1180591620717411303424" },
        { "{{ 1_000_000_000_000_000_000_000 }}", "1000000000000000000000" },
        { "{{ 2**200 // 3**50 }}", "2238393297946874000179418290327143433" },
        { "{{ -2**200 // 3**50 }}", "2238393297946874000179418290327143433" },
        { "{{ 2**200 % -3**50 }}", "249667313308346329176559" },
        { "{{ -1 // 2**70 }}", "-1" },
        { "{{ 5 % -2**70 }}", "5" },
        { "{{ (-3)**77 }}", "-5474401089420219382077155933569751763" },
        { "{{ (-1)**(2**70 + 1) }}", "-1" },
        { "{{ (2**70)**true + true }}", "1180591620717411303425" },
        { "{{ 2**100 / 3 }}", "4.2255020007607644e+29" },
        { "{{ 10**400 / 10**399 }}", "10.0" },
        { "{{ 1 / 10**323 }}", "1e-323" },
        { "{{ -1 / 10**400 }}", "-0.0" },
        { "{{ 9007199254740993 / 3 }}", "3002399751580331.0" },
        { "{{ 36028797018963969 / 9007199254740993 }}", "3.9999999999999996" },
        { "{{ 10**30 // 7.0 }}", "1.4285714285714285e+29" },
        { "{{ (10**30)**-1 }}", "9.999999999999999e-31" },
        { "{{ (10**4299)|string|length }}", "4300" },
    };

    CHECK(NULL, cases, NULL, 0);
}

Test(integer, they_compare_and_hash_exactly_as_floats_do)
{
    static const render_case cases[] = {
        { "{{ 2**100 == 2.0**100 }}", "True" },
        { "{{ 2**100 + 1 == 2.0**100 }}", "False" },
        { "{{ 2**100 + 1 > 2.0**100 }}", "True" },
        { "{{ 2**53 + 1 > 2.0**53 }}", "True" },
        { "{{ 10**400 > 1e308 * 10, -10**400 < -1e308 }}", "(False, False)" },
        { "{{ 10**23 == 1e23, 10**22 == 1e22 }}", "(False, True)" },
        { "{{ 10**30 < ('nan'|float), 10**30 > ('nan'|float), 10**30 < 1e999 }}",
          "(False, False, True)" },
        { "{{ true < 2**70, -2**70 < true }}", "(True, False)" },
        { "{{ 10**30 in [1, 1e30, 2] }}", "False" },
        { "{{ {2**70: 'a'}[2.0**70], {2.0**70: 'a'}[2**70] }}", "('a', 'a')" },
        { "{{ {1:1, 2:2, 3:3, 4:4, 5:5, 6:6, 7:7, 8:8, 2.0**80: 9, 2**80 + 1: 10, 9.21e"
          "18: 11}[2**80] }}",
          "9" },
        { "{{ {1:1, 2:2, 3:3, 4:4, 5:5, 6:6, 7:7, 8:8, 2**80: 9, 2**80 + 1: 10, 9.21e18"
          ": 11}[9210000000000000000] }}",
          "11" },
        { "{{ [2**70, 2.0**70, 2**70 + 1, 5]|unique|list }}",
          "[1180591620717411303424, 1180591620717411303425, 5]" },
        { "{{ [2**70, 5, 2.5, -2**80, 2**70 - 1]|sort }}",
          "[2.5, 5, 1180591620717411303423, 1180591620717411303424, 1208925819614629174"
          "706176]" },
        { "{{ [2**70, 5]|sum, [2**70, 5]|min, [2**70, 5]|max }}",
          "(1180591620717411303429, 5, 1180591620717411303424)" },
        { "{{ (10**30, 1) < (10**30, 2) }}", "True" },
    };

    CHECK(NULL, cases, NULL, 0);
}

Test(integer, filters_and_tests_take_them)
{
    static const render_case cases[] = {
        { "{{ '1000000000000000000000000'|int }}", "1000000000000000000000000" },
        { "{{ '-1_000_000_000_000_000_000_000_000'|int }}", "-1000000000000000000000000" },
        { "{{ '0xfffffffffffffffffffffffff'|int(0, 0) }}", "1267650600228229401496703205375" },
        { "{{ 'zzzzzzzzzzzzzzzzzzzz'|int(0, 36) }}", "13367494538843734067838845976575" },
        { "{{ '1e30'|int, -1e22|int }}",
          "(1000000000000000019884624838656, -10000000000000000000000)" },
        { "{{ ('9' * 4300)|int == 10**4300 - 1 }}", "True" },
        { "{{ ('f' * 5000)|int(0, 16) == 16**5000 - 1 }}", "True" },
        { "{{ (10**30)|float, (2**1024 - 2**970 - 1)|float }}",
          "(1e+30, 1.7976931348623157e+308)" },
        { "{{ (2**64 + 2**11)|float == 2**64, (2**64 + 2**11 + 1)|float == 2**64 + 2**1"
          "2 }}",
          "(True, True)" },
        { "{{ (10**30 + 500)|round(-3), (10**30 + 1500)|round(-3), (-10**30 - 1501)|rou"
          "nd(-3) }}",
          "(1000000000000000000000000000000, 1000000000000000000000000002000, 999999999"
          "999999999999999998000)" },
        { "{{ 9223372036854775807|round(-1), 9223372036854775807|round(-19), 5|round(2*"
          "*70) }}",
          "(9223372036854775810, 10000000000000000000, 5)" },
        { "{{ (10**30)|round(2, 'ceil'), 1.1|round(23, 'ceil'), -0.5|round(0, 'ceil') }"
          "}",
          "(1e+30, 1.1, 0.0)" },
        { "{{ (-10**30)|abs, (10**30)|abs }}",
          "(1000000000000000000000000000000, 1000000000000000000000000000000)" },
        { "{{ (10**20)|filesizeformat, (10**30)|filesizeformat(true), 1e24|filesizeform"
          "at, (-10**30)|filesizeformat }}",
          "('100.0 EB', '827180.6 YiB', '1000.0 ZB', '1000000.0 YB')" },
        { "{{ [1, 2, 3]|batch(10**30)|list, 'abc'|truncate(10**30), 'abc'|wordwrap(10**"
          "30) }}",
          "([[1, 2, 3]], 'abc', 'abc')" },
        { "{{ 'abc'[-10**30:10**30], 'abc'[10**30:], 'abc'.find('c', -10**30, 10**30) }"
          "}",
          "('', '', -1)" },
        { "{{ (10**30) is odd, (10**30 + 1) is odd, 10**30 is divisibleby 1000, 30 is d"
          "ivisibleby 10**30 }}",
          "(False, True, 1, 1)" },
        { "{{ 10**30 is number, 10**30 is integer, 10**30 is float, 10**30 is boolean, "
          "10**30 is eq 1e30 }}",
          "(10, 10, 1, 1, 1)" },
        { "{{ (10**30).bit_length(), (-2**80).bit_length(), (10**30).real, (10**30).den"
          "ominator, (10**30).__class__.__name__ }}",
          "(100, 81, 1000000000000000000000000000000, 1, 'int')" },
        { "{{ 'abc'[10**30] is defined, (10**30).foo is defined }}", "(False, False)" },
    };

    CHECK(NULL, cases, NULL, 0);
}

Test(integer, they_are_written_like_others)
{
    static const render_case cases[] = {
        { "{{ 10**30 ~ '!' }}", "1000000000000000000000000000000!" },
        { "{{ {2**70: [10**30]} }}",
          "{1180591620717411303424: [1000000000000000000000000000000]}" },
        { "{{ {2**70: 2**71, 'a': [10**30]}|pprint }}",
          "{1180591620717411303424: 2361183241434822606848,\n 'a': [10000000000000000000"
          "00000000000]}" },
        { "{{ {'a': 2**70}|tojson, {2**70: 1}|tojson }}",
          "(Markup('{\"a\": 1180591620717411303424}'), Markup('{\"1180591620717411303424\":"
          " 1}'))" },
        { "{{ [10**30, -5]|join(',') }}", "1000000000000000000000000000000,-5" },
        { "{{ '%d %x %#o %+d' % (10**30, 10**30, 10**30, -10**30) }}",
          "1000000000000000000000000000000 c9f2c9cd04674edea40000000 0o1447626234640431"
          "647336510000000000 +1000000000000000000000000000000" },
        { "{{ '%040d|%-35d|%.35d' % (10**30, 10**30, 10**30) }}",
          "0000000001000000000000000000000000000000|1000000000000000000000000000000    "
          "|00001000000000000000000000000000000" },
        { "{{ '%e %g %s %r %d' % (10**30, 10**30, 10**30, 10**30, 1e30) }}",
          "1.000000e+30 1e+30 1000000000000000000000000000000 1000000000000000000000000"
          "000000 1000000000000000019884624838656" },
        { "{{ '{:,} {:_x} {:#X} {:b}'.format(10**30, 10**30, 10**30, 2**70) }}",
          "1,000,000,000,000,000,000,000,000,000,000 c_9f2c_9cd0_4674_edea_4000_0000 0X"
          "C9F2C9CD04674EDEA40000000 10000000000000000000000000000000000000000000000000"
          "000000000000000000000" },
        { "{{ '{:+060,} {:<35}| {:*^37d}'.format(10**30, 10**30, 10**30) }}",
          "+000,000,000,000,001,000,000,000,000,000,000,000,000,000,000 100000000000000"
          "0000000000000000    | ***1000000000000000000000000000000***" },
        { "{{ '{:e} {:.1f} {:%} {:n}'.format(10**30, 10**30, 2**70, 10**30) }}",
          "1.000000e+30 1000000000000000019884624838656.0 118059162071741130342400.0000"
          "00% 1000000000000000000000000000000" },
        { "{{ '{0.real}'.format(10**30) }}", "1000000000000000000000000000000" },
    };

    CHECK(NULL, cases, NULL, 0);
}
Test(integer, bytes_are_read_in_base_10)
{
    static const render_case cases[] = {
        { "{{ '42'|int(base=8) }} {{ '42'.encode()|int(base=8) }}", "34 42" },
        { "{{ 'x'.encode()|int(7) }} {{ '1e30'.encode()|int }}",
          "7 1000000000000000019884624838656" },
    };

    CHECK(NULL, cases, NULL, 0);
}

Test(integer, ranges_may_lie_beyond_64_bits)
{
    static const render_case cases[] = {
        { "{{ range(10**30) }} {{ range(5) }}",
          "range(0, 1000000000000000000000000000000) range(0, 5)" },
        { "{% for i in range(10**20, 10**20 + 9, 4) %}{{ loop.length }}:{{ i }} {% endfor %}",
          "3:100000000000000000000 3:100000000000000000004 3:100000000000000000008 " },
        { "{{ range(9223372036854775806, 2**63 + 1)|list }}",
          "[9223372036854775806, 9223372036854775807, 9223372036854775808]" },
        { "{{ range(10**20 + 2, 10**20, -1)[::-1]|list }}",
          "[100000000000000000001, 100000000000000000002]" },
        { "{{ 10**20 + 3 in range(10**20, 10**20 + 9, 2), 10**20 + 4 in range(10**20, 10**20 + 9, "
          "2), 10**29 in range(10**30), -1 in range(10**30) }}",
          "(False, True, True, False)" },
        { "{{ range(10**20, 10**20 + 3)|sum, range(10**20, 5)|list, range(2**63)[-1] is defined }}",
          "(300000000000000000003, [], True)" },
        { "{{ range(10**30, 10**30 + 5, 10**40) == range(10**30, 10**30 + 1) }}", "True" },
        { "{{ range(1, 2, 0 * 10**30) }}", "ERUNTIME: range() arg 3 must not be zero" },
        { "{{ range(1.0) }}", "ETYPE: 'float' object cannot be interpreted as an integer" },
    };

    CHECK(NULL, cases, NULL, 0);
}

Test(integer, what_is_too_large_fails_at_once)
{
    static const render_case cases[] = {
        { "{{ 2 ** (10 ** 9) }}", "ELIMIT: an integer would have more than 20000 digits" },
        { "{{ 2 ** (2 ** 70) }}", "ELIMIT: an integer would have more than 20000 digits" },
        { "{{ 10 ** 15000 * 10 ** 15000 }}",
          "ELIMIT: an integer would have more than 20000 digits" },
        { "{{ 10 ** 4300 }}",
          "ERUNTIME: Exceeds the limit (4300 digits) for integer string conversion" },
        { "{{ [10 ** 4300] }}",
          "ERUNTIME: Exceeds the limit (4300 digits) for integer string conversion" },
        { "{{ (10 ** 4300)|tojson }}",
          "ERUNTIME: Exceeds the limit (4300 digits) for integer string conversion" },
        { "{{ '%d' % (10 ** 4300) }}",
          "ERUNTIME: Exceeds the limit (4300 digits) for integer string conversion" },
        { "{{ (10 ** 4300) // 10 ** 4290 }}", "10000000000" },
        { "{{ ('9' * 4301)|int(7) }}", "7" },
        { "{{ ('9' * 6000000)|int(7) }}", "7" },
        { "{{ 10 ** 400 / 3 }}", "ERUNTIME: integer division result too large for a float" },
        { "{{ 10 ** 400 + 1.5 }}", "ERUNTIME: int too large to convert to float" },
        { "{{ (10 ** 400)|float }}", "ERUNTIME: int too large to convert to float" },
        { "{{ 0.0 < 10 ** 400 }}", "True" },
        { "{{ 2 ** 70 // 0 }}", "ERUNTIME: integer division or modulo by zero" },
        { "{{ 2 ** 70 / 0 }}", "ERUNTIME: division by zero" },
        { "{{ 'x' * 10 ** 30 }}", "ERUNTIME: cannot fit 'int' into an index-sized integer" },
        { "{{ 'x'.center(10 ** 30) }}", "ERUNTIME: cannot fit 'int' into an index-sized integer" },
        { "{{ 10 ** 30 + 'a' }}", "ETYPE: unsupported operand type(s) for +: 'int' and 'str'" },
        { "{{ 10 ** 30 < 'a' }}", "ETYPE: '<' not supported between instances of 'int' and 'str'" },
        { "{{ 'a' % (10 ** 30) }}", "ETYPE: not all arguments converted during string formatting" },
    };

    CHECK(NULL, cases, NULL, 0);
}

Test(integer, long_operations_count_as_steps)
{
    static const render_case cases[] = {
        { "{% set n = 10 ** 9000 + 1 %}{% for i in range(20) %}{% set x = n * n %}{% endfor %}",
          "ELIMIT: template takes more than 10000 steps" },
        { "{% set n = 10 ** 19000 %}{% set d = 10 ** 9000 + 1 %}{% for i in range(20) %}"
          "{% set x = n // d %}{% endfor %}",
          "ELIMIT: template takes more than 10000 steps" },
        { "{% set n = 10 ** 19000 %}{% for i in range(20) %}{% set x = '%x' % n %}{% endfor %}",
          "ELIMIT: template takes more than 10000 steps" },
    };
    cf_template_options options = { .max_steps = 10000 };

    CHECK(&options, cases, NULL, 0);
}

static bool keep_piece(void *data, cf_str piece, cf_error *err)
{
    (void)err;
    cf_buf_str(data, piece);
    return true;
}

Test(integer, one_that_outlives_the_pass_of_a_streamed_loop_is_kept)
{
    cf_arena           *arena = cf_arena_new();
    cf_map             *sources = cf_map_new(arena);
    cf_template_options options = { .loader = cf_template_map(sources) };
    cf_buf              out = cf_buf_in(arena, 0);
    cf_sink             sink = { .write = keep_piece, .data = &out };
    cf_error            err = { 0 };
    cf_eval             eval = { .arena = arena, .err = &err };
    cf_template        *t;

    cf_map_set(sources, "m",
               cf_string("{% set ns = namespace(n=2 ** 70) %}{% for i in range(1000) %}"
                         "{% set ns.n = -ns.n %}{% endfor %}{{ ns.n }}"));
    t = cf_template_get(cf_templates_new(arena, &options), CF_STR("m"), &err);
    cr_assert(t, "%s", err.message);
    cr_expect(cf_template_stream(t, &eval, NULL, 0, &sink), "%s", err.message);
    cr_expect_str_eq(cf_buf_cstr(&out), "1180591620717411303424");
    cf_arena_free(arena);
}

/* Limbs that are often at an end of their range, where carries and guesses go wrong. */
static cf_whole random_whole(cf_arena *arena, uint64_t *state, uint32_t most)
{
    cf_whole n = { .limbs = cf_new_array(arena, uint32_t, most) };

    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
    n.len = 1 + (uint32_t)(*state >> 40) % most;
    for (uint32_t i = 0; i < n.len; i++) {
        *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
        switch (*state >> 62) {
        case 0:
            n.limbs[i] = 0;
            break;
        case 1:
            n.limbs[i] = 999999999;
            break;
        case 2:
            n.limbs[i] = 499999999 + (uint32_t)(*state >> 40) % 3;
            break;
        default:
            n.limbs[i] = (uint32_t)((*state >> 20) % 1000000000);
        }
    }
    if (!n.limbs[n.len - 1])
        n.limbs[n.len - 1] = 1;
    n.negative = *state >> 33 & 1;
    return n;
}

Test(integer, quotient_times_divisor_plus_rest_is_the_dividend)
{
    uint64_t state = 1;

    for (int round = 0; round < 20000; round++) {
        cf_arena *arena = cf_arena_new();
        cf_whole  a = random_whole(arena, &state, 9), b = random_whole(arena, &state, 6);
        cf_whole  quotient, rest, back;

        cf__whole_divmod(arena, a, b, &quotient, &rest);
        back = cf__whole_add(arena, cf__whole_mul(arena, quotient, b), rest);
        cr_assert_eq(cf__whole_order(back, a), 0, "round %d", round);
        cr_assert(!rest.len || rest.negative == b.negative, "round %d", round);
        rest.negative = b.negative = false;
        cr_assert(cf__whole_order(rest, b) < 0, "round %d", round);
        cf_arena_free(arena);
    }
}

Test(integer, digits_of_every_base_read_back)
{
    static const unsigned bases[] = { 2, 8, 10, 16 };
    uint64_t              state = 7;

    for (int round = 0; round < 4000; round++) {
        cf_arena *arena = cf_arena_new();
        cf_whole  n = random_whole(arena, &state, 8), back;
        unsigned  base = bases[round % 4];
        cf_str    digits = cf__whole_digits(arena, n, base, round & 8);

        n.negative = false;
        cr_assert(cf__whole_parse(arena, digits, base, 100, &back), "round %d", round);
        cr_assert_eq(cf__whole_order(back, n), 0, "round %d: %s", round, digits.ptr);
        cr_assert_not(cf__whole_parse(arena, digits, base, n.len - 1, &back), "round %d", round);
        cf_arena_free(arena);
    }
}

Test(integer, what_fits_64_bits_is_a_plain_integer_again)
{
    cf_arena *arena = cf_arena_new();
    cf_value  most = cf_int(INT64_MAX), least = cf_int(INT64_MIN), one = cf_int(1), v;

    v = cf__whole_value(arena, cf__whole_add(arena, cf__whole(arena, most), cf__whole(arena, one)));
    cr_expect(cf__is_bigint(v));
    cr_expect_str_eq(cf_type_name(v), "int");
    v = cf__whole_value(arena, cf__whole_sub(arena, cf__whole(arena, v), cf__whole(arena, one)));
    cr_expect(v.type == CF_TYPE_INT && v.as.integer == INT64_MAX);
    v = cf__whole_value(arena,
                        cf__whole_sub(arena, cf__whole(arena, least), cf__whole(arena, one)));
    cr_expect(cf__is_bigint(v));
    v = cf__whole_value(arena, cf__whole_add(arena, cf__whole(arena, v), cf__whole(arena, one)));
    cr_expect(v.type == CF_TYPE_INT && v.as.integer == INT64_MIN);
    cf_arena_free(arena);
}

Test(integer, ranges_of_more_items_than_64_bits_count)
{
    static const render_case cases[] = {
        { "{% set r = range(10**25) %}{{ r[-1] }} {{ r[10**24] }} {{ r[10**25] is defined }} "
          "{{ r[-10**25] }} {{ r[-10**25 - 1] is defined }} {{ r[true] }}",
          "9999999999999999999999999 1000000000000000000000000 False 0 False 1" },
        { "{% set r = range(10**25) %}{{ r[-3:] }} {{ r[::-1] }} {{ r[10**20:]|first }} "
          "{{ r[:10**24:10**20] }}",
          "range(9999999999999999999999997, 10000000000000000000000000) "
          "range(9999999999999999999999999, -1, -1) 100000000000000000000 "
          "range(0, 1000000000000000000000000, 100000000000000000000)" },
        { "{% set r = range(0, 10**25, 7) %}{{ r[-10**24:-5:-3] }} {{ r[-5:-10**24:-3] }}",
          "range(7000000000000000000000000, 9999999999999999999999969, -21) range(9999999999999999999999969, 7000000000000000000000000, -21)" },
        { "{{ range(10)[::3] }} {{ range(10)[20:] }} {{ range(10)[-99:99] }} {{ range(0)[::-1] }} "
          "{{ range(10)[5:2] }} {{ range(10)[8:2:-4] }} {{ range(9, 0, -2)[1:-1] }}",
          "range(0, 10, 3) range(10, 10) range(0, 10) range(-1, -1, -1) range(5, 2) range(8, 2, -4) range(7, 1, -2)" },
        { "{{ range(10)[::0] }}", "ERUNTIME: slice step cannot be zero" },
        { "{{ range(10)[1.5:] }}",
          "ETYPE: slice indices must be integers or None or have an __index__ method" },
        { "{{ range(10**25) == range(10**26) }} {{ range(10**25) == range(10**25) }} "
          "{{ 1 if range(10**25) }} {{ range(2**63 - 1)|length }}",
          "False True 1 9223372036854775807" },
        { "{{ range(2**63)|length }}", "ERUNTIME: cannot fit 'int' into an index-sized integer" },
        { "{% for x in range(10**25) %}{{ loop.length }}{% endfor %}",
          "ERUNTIME: cannot fit 'int' into an index-sized integer" },
        { "{{ range(10**25)|reverse|first }} {{ range(5)|reverse|list }} "
          "{{ range(10**9)|reverse|first }} {{ range(10**25)|last }}",
          "9999999999999999999999999 [4, 3, 2, 1, 0] 999999999 9999999999999999999999999" },
    };
    static const render_case boxed[] = {
        { "{{ range(10**25) }}",
          "ERUNTIME: Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000)." },
    };
    cf_template_options sandbox = { .sandbox = CF_SANDBOX_ON };

    CHECK(NULL, cases, NULL, 0);
    CHECK(&sandbox, boxed, NULL, 0);
}
