/* test_error.c -- how failures travel. */
#include <criterion/criterion.h>

#include <string.h>

#include <carafe/error.h>

Test(error, fail_returns_false_and_records_code_sentence_and_place)
{
    cf_error err = { 0 };

    cr_assert_not(cf_fail(&err, CF_ENOTFOUND, "no %s at %d", "row", 7));
    cr_assert_eq(err.code, CF_ENOTFOUND);
    cr_assert_str_eq(err.message, "no row at 7");
    cr_assert_not_null(strstr(err.file, "test_error.c"));
    cr_assert_gt(err.line, 0);
    cr_assert_not(cf_fail(NULL, CF_EIO, "nobody listens"));
}

Test(error, a_sentence_may_quote_the_one_it_replaces)
{
    cf_error err = { 0 };

    cf_fail(&err, CF_EIO, "disk full");
    cf_fail(&err, CF_EDB, "cannot save: %s", err.message);
    cr_assert_str_eq(err.message, "cannot save: disk full");
    cf_fail_prefix(&err, "post %d", 3);
    cr_assert_str_eq(err.message, "post 3: cannot save: disk full");
    cr_assert_eq(err.code, CF_EDB);
}

Test(error, too_long_a_sentence_is_cut_and_terminated)
{
    cf_error err = { 0 };
    char     text[2000];

    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    cf_fail(&err, CF_EPARSE, "%s", text);
    cr_assert_eq(strlen(err.message), sizeof err.message - 1);
    cf_fail_prefix(&err, "%s", text);
    cr_assert_eq(strlen(err.message), sizeof err.message - 1);
    cf_fail_in(&err, text, 1, 2);
    cr_assert_eq(strlen(err.input), sizeof err.input - 1);
}

Test(error, the_innermost_position_is_kept)
{
    cf_error err = { 0 };

    cf_fail(&err, CF_ESYNTAX, "unexpected '}'");
    cf_fail_in(&err, "inner.html", 3, 14);
    cf_fail_in(&err, "outer.html", 1, 1);
    cr_assert_str_eq(err.input, "inner.html");
    cr_assert_eq(err.input_line, 3);
    cr_assert_eq(err.input_column, 14);
    cf_error_clear(&err);
    cr_assert_eq(err.code, CF_OK);
    cr_assert_eq(err.input[0], '\0');
    cf_error_clear(NULL);
}

Test(error, every_code_has_a_name_and_a_text)
{
#define CHECK(name, text)                                                                          \
    cr_assert_str_eq(cf_code_name(CF_##name), #name);                                              \
    cr_assert_str_eq(cf_code_text(CF_##name), text);
    CF_ERROR_CODES(CHECK)
#undef CHECK
    cr_assert_not_null(cf_code_name((cf_code)9999));
    cr_assert_not_null(cf_code_text((cf_code)-1));
}
