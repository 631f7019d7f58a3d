/* test_formdata.c -- posted forms, whole and in pieces, in memory and through a sink. */
#include <criterion/criterion.h>

#include <carafe/formdata.h>

static cf_arena *arena;
static int       opened, closed;

static void setup(void)
{
    arena = cf_arena_new();
    opened = closed = 0;
}

static void teardown(void)
{
    cf_arena_free(arena);
}

TestSuite(formdata, .init = setup, .fini = teardown);

static bool sink_open(void *data, const cf_upload *upload, void **spool, cf_error *err)
{
    cf_buf *buf = cf_new(arena, cf_buf);

    (void)upload;
    opened++;
    *buf = cf_buf_in(arena, 0);
    *spool = buf;
    return !data || cf_fail(err, CF_EIO, "the disk is full");
}

static bool sink_write(void *data, void *spool, cf_str bytes, cf_error *err)
{
    (void)data;
    (void)err;
    cf_buf_str(spool, bytes);
    return true;
}

static bool sink_close(void *data, void *spool, cf_error *err)
{
    (void)data;
    (void)spool;
    (void)err;
    closed++;
    return true;
}

static const cf_upload_sink sink = { sink_open, sink_write, sink_close, NULL };

static cf_code parse(const char *type, cf_str body, size_t chunk, const cf_form_limits *limits,
                     cf_formdata *form)
{
    cf_form_parser *parser = cf_form_parser_new(arena, cf_str_of(type), limits, &sink);
    cf_error        err = { 0 };

    while (body.len) {
        cf_str piece = cf_str_slice(body, 0, chunk);
        if (!cf_form_parser_feed(parser, piece, &err)) {
            cr_assert_not(cf_form_parser_feed(parser, piece, NULL), "it stays failed");
            return err.code;
        }
        body = cf_str_slice(body, piece.len, body.len);
    }
    return cf_form_parser_finish(parser, form, &err) ? CF_OK : err.code;
}

#define MULTIPART "multipart/form-data; boundary=xx"

static cf_code multipart(const char *body, cf_formdata *form)
{
    return parse(MULTIPART, cf_str_of(body), 7, NULL, form);
}

static const char field[] = "--xx\r\nContent-Disposition: form-data; name=a\r\n\r\n";

Test(formdata, urlencoded)
{
    cf_formdata form;

    for (size_t chunk = 1; chunk < 30; chunk += 4) {
        cr_assert_eq(parse("application/x-www-form-urlencoded; charset=utf-8",
                           CF_STR("a=1&b=%e2%98%83+x&a=2&c"), chunk, NULL, &form),
                     CF_OK);
        cr_assert(form.complete);
        cr_assert_eq(form.fields.len, 4);
        cr_assert(cf_str_is(cf_params_get(&form.fields, "b"), "\xe2\x98\x83 x"));
    }
    cr_assert_eq(parse("application/x-www-form-urlencoded", CF_STR("a=\xff"), 9, NULL, &form),
                 CF_OK);
    cr_assert_not(form.complete);
    cr_assert_eq(form.fields.len, 0);
}

Test(formdata, other_types_are_no_forms)
{
    cf_formdata form;

    cr_assert_eq(parse("application/json", CF_STR("{}"), 9, NULL, &form), CF_OK);
    cr_assert_not(form.complete);
    cr_assert_eq(parse("", CF_STR("a=b"), 9, NULL, &form), CF_OK);
    cr_assert_eq(form.fields.len, 0);
    cr_assert_eq(parse("multipart/form-data", CF_STR("--a"), 9, NULL, &form), CF_OK);
    cr_assert_not(form.complete);
    cr_assert(cf_is_form_type(CF_STR("Multipart/Form-Data; boundary=x")));
    cr_assert_not(cf_is_form_type(CF_STR("multipart/mixed")));
}

Test(formdata, fields_and_files_of_a_browser)
{
    static const char body[] =
        "--xx\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nH\xc3\xa9llo\r\n--x\r\n\r\n"
        "--xx\r\nContent-Disposition: form-data; name=\"pic\"; filename=\"a%22b \\\"c.png\"\r\n"
        "Content-Type: image/png\r\nX-Long: a\r\n b\r\n\r\n\x89PNG\r\n\r\n--xy\r\n"
        "--xx  \r\nContent-Disposition: form-data; name=\"none\"; filename=\"\"\r\n"
        "Content-Type: application/octet-stream\r\n\r\n\r\n"
        "--xx--\r\nepilogue --xx\r\n";
    cf_formdata form;

    for (size_t chunk = 1; chunk < sizeof body; chunk++) {
        const cf_upload *file;
        cr_assert_eq(parse(MULTIPART, cf_str_n(body, sizeof body - 1), chunk, NULL, &form), CF_OK);
        cr_assert(form.complete);
        cr_assert_eq(form.fields.len, 1);
        cr_assert(cf_str_is(cf_params_get(&form.fields, "title"), "H\xc3\xa9llo\r\n--x\r\n"));
        cr_assert_eq(form.file_count, 2);
        file = cf_formdata_file(&form, "pic");
        cr_assert(cf_str_is(file->filename, "a\"b \"c.png"));
        cr_assert(cf_str_is(file->content_type, "image/png"));
        cr_assert(cf_str_is(cf_headers_get(&file->headers, "x-long"), "a b"));
        cr_assert(cf_str_is(file->data, "\x89PNG\r\n\r\n--xy"));
        cr_assert_eq(file->size, 12);
        cr_assert_eq(form.files[1].filename.len, 0);
        cr_assert_eq(form.files[1].size, 0);
        cr_assert_null(cf_formdata_file(&form, "x"));
    }
    cr_assert_eq(opened, 0);
}

Test(formdata, line_ends_of_other_clients)
{
    cf_formdata form;

    cr_assert_eq(
        multipart("--xx\nContent-Disposition: form-data; name=a\n\nb\r\n--xx\n\n--xx--", &form),
        CF_EPARSE, "a part without disposition");
    cr_assert_eq(multipart("--xx\nContent-Disposition: form-data; name=a\n\nb\r\n--xx--", &form),
                 CF_OK);
    cr_assert(cf_str_is(cf_params_get(&form.fields, "a"), "b\r"));
    cr_assert_eq(multipart("--xx\rContent-Disposition: form-data; name=a\r\rb\r--xx--", &form),
                 CF_OK);
    cr_assert(cf_str_is(cf_params_get(&form.fields, "a"), "b"));
}

Test(formdata, large_files_go_to_the_sink)
{
    static const cf_form_limits limits = { .spool_above = 10 };
    cf_buf                      body = cf_buf_in(arena, 0);
    cf_formdata                 form;

    cf_buf_puts(&body, "--xx\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n");
    for (int i = 0; i < 50000; i++)
        cf_buf_puts(&body, "\r\n--x");
    cf_buf_puts(&body, "\r\n--xx--");
    for (size_t chunk = 1000; chunk < 300000; chunk += 99999) {
        opened = closed = 0;
        cr_assert_eq(parse(MULTIPART, cf_buf_view(&body), chunk, &limits, &form), CF_OK);
        cr_assert_eq(opened, 1);
        cr_assert_eq(closed, 1);
        cr_assert_eq(form.files[0].size, 250000);
        cr_assert_eq(((cf_buf *)form.files[0].spool)->len, 250000);
        cr_assert_eq(form.files[0].data.len, 0);
    }
}

Test(formdata, a_sink_that_fails_ends_the_form)
{
    cf_form_limits  limits = { .spool_above = 3 };
    cf_upload_sink  full = { sink_open, sink_write, sink_close, &limits };
    cf_form_parser *parser = cf_form_parser_new(arena, CF_STR(MULTIPART), &limits, &full);
    cf_error        err = { 0 };
    cf_formdata     form;

    cr_assert_not(cf_form_parser_feed(
        parser,
        CF_STR("--xx\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n"
               "0123456789\r\n--xx--"),
        &err));
    cr_assert_eq(err.code, CF_EIO);
    err = (cf_error){ 0 };
    cr_assert_not(cf_form_parser_finish(parser, &form, &err));
    cr_assert_eq(err.code, CF_EIO);
}

Test(formdata, malformed_forms_are_refused)
{
    static const char *const bodies[] = {
        "--xxy\r\n",
        "--xx-y\r\n",
        "junk\r\n--xx--",
        "--xx\r\nContent-Disposition: form-data\r\n\r\nb\r\n--xx--",
        "--xx\r\nContent-Type: text/plain\r\n\r\nb\r\n--xx--",
        "--xx\r\nContent-Disposition : form-data; name=a\r\n\r\nb\r\n--xx--",
        "--xx\r\nContent-\rDisposition: form-data; name=a\r\n\r\nb\r\n--xx--",
        "--xx\r\nContent-Disposition: form-data; name=a\r\nNoColon\r\n\r\nb\r\n--xx--",
        "--xx\r\n Content-Disposition: form-data; name=a\r\n\r\nb\r\n--xx--",
        "--xx\r\nContent-Disposition: form-data; name=\xff\r\n\r\nb\r\n--xx--",
        "--xx\r\n: x\r\n\r\nb\r\n--xx--",
    };
    cf_formdata form;

    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        cr_assert_eq(multipart(bodies[i], &form), CF_EPARSE, "%s", bodies[i]);
}

Test(formdata, a_form_that_is_cut_off_is_empty_and_says_so)
{
    cf_formdata form;

    cr_assert_eq(multipart(cf_printf(arena, "%sb\r\n%sc", field, field), &form), CF_OK);
    cr_assert_not(form.complete);
    cr_assert_eq(form.fields.len, 0);
    cr_assert_eq(multipart("--other\r\n", &form), CF_OK);
    cr_assert_not(form.complete);
    cr_assert_eq(multipart("--xx--", &form), CF_OK);
    cr_assert(form.complete);
}

Test(formdata, limits)
{
    static const struct {
        cf_code        code;
        cf_form_limits limits;
    } cases[] = {
        { CF_OK, { 0 } },
        { CF_OK, { .max_memory = 6 } },
        { CF_ELIMIT, { .max_memory = 5 } },
        { CF_OK, { .max_parts = 2 } },
        { CF_ELIMIT, { .max_parts = 1 } },
        { CF_OK, { .max_part_size = 3 } },
        { CF_ELIMIT, { .max_part_size = 2 } },
        { CF_OK, { .max_header_count = 1 } },
        { CF_OK, { .max_header_size = 40 } },
        { CF_ELIMIT, { .max_header_size = 39 } },
        { CF_ELIMIT, { .max_body = 50 } },
    };
    const char *body = cf_printf(arena, "%sbbb\r\n%sccc\r\n--xx--", field, field);
    cf_formdata form;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t chunk = 1; chunk < 300; chunk += 60)
            cr_assert_eq(parse(MULTIPART, cf_str_of(body), chunk, &cases[i].limits, &form),
                         cases[i].code, "case %zu", i);
    cr_assert_eq(parse(MULTIPART, CF_STR("--xx\r\nA: b\r\nC: d\r\n\r\n"), 99,
                       &(cf_form_limits){ .max_header_count = 1 }, &form),
                 CF_ELIMIT);
    cr_assert_eq(parse("application/x-www-form-urlencoded", CF_STR("a=1&b=2"), 3,
                       &(cf_form_limits){ .max_memory = 6 }, &form),
                 CF_ELIMIT);
    cr_assert_eq(parse("application/x-www-form-urlencoded", CF_STR("a=1&b=2"), 3,
                       &(cf_form_limits){ .max_fields = 1 }, &form),
                 CF_ELIMIT);
}

Test(formdata, contents_encoded_as_in_mail)
{
    static const char *const cases[][3] = {
        { "base64", "SGVs\r\nbG8=", "Hello" },
        { "BASE64", "SGVsbG8", "Hello" },
        { "quoted-printable", "a=3Db=\r\nc =20 \r\nd=zz=", "a=bc  \r\nd=zz=" },
        { "8bit", "a=3D", "a=3D" },
    };
    cf_formdata form;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cf_str body = cf_str_of(cf_printf(arena,
                                          "--xx\r\nContent-Disposition: form-data; name=a\r\n"
                                          "Content-Transfer-Encoding: %s\r\n\r\n%s\r\n--xx--",
                                          cases[i][0], cases[i][1]));
        for (size_t chunk = 1; chunk < 120; chunk += 3) {
            cr_assert_eq(parse(MULTIPART, body, chunk, NULL, &form), CF_OK);
            cr_assert(cf_str_is(cf_params_get(&form.fields, "a"), cases[i][2]), "%s: %.*s",
                      cases[i][1], CF_STR_ARG(cf_params_get(&form.fields, "a")));
        }
    }
}

Test(formdata, a_field_may_name_its_charset)
{
    cf_formdata form;

    cr_assert_eq(multipart("--xx\r\nContent-Disposition: form-data; name=a\r\n"
                           "Content-Type: text/plain; charset=ISO-8859-1\r\n\r\n\xe9\r\n--xx--",
                           &form),
                 CF_OK);
    cr_assert(cf_str_is(cf_params_get(&form.fields, "a"), "\xc3\xa9"));
}

Test(formdata, a_boundary_that_is_too_long_is_refused)
{
    char        type[400] = "multipart/form-data; boundary=";
    cf_formdata form;

    memset(type + 30, 'b', 300);
    cr_assert_eq(parse(type, CF_STR("--b"), 9, NULL, &form), CF_EPARSE);
}
