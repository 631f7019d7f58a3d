/* test_body.c -- what a request brings: arguments, forms, files, JSON, and the limits on them. */
#include "fixture.h"

#include <stdlib.h>
#include <unistd.h>

static cf_response *show(cf_request *req)
{
    const cf_params *form = cf_request_form(req);
    cf_buf           out = cf_buf_in(cf_request_arena(req), 0);

    if (cf_request_error(req)->code)
        return NULL;
    for (size_t i = 0; i < form->len; i++)
        if (!cf_str_is(form->items[i].name, "csrf_token"))
            cf_buf_printf(&out, "%.*s=%.*s;", CF_STR_ARG(form->items[i].name),
                          CF_STR_ARG(form->items[i].value));
    return cf_respond_text(req, "%s", cf_buf_cstr(&out));
}

static cf_response *file(cf_request *req)
{
    const cf_upload *upload = cf_request_file(req, "image");
    cf_str           data;
    char             path[] = "/tmp/carafe-test-XXXXXX/copy";

    if (!upload)
        return cf_respond_text(req, "no file");
    if (!cf_upload_read(upload, cf_request_arena(req), CF_MIB(4), &data, cf_request_error(req)))
        return NULL;
    path[23] = '\0';
    cr_assert_not_null(mkdtemp(path));
    path[23] = '/';
    cr_assert(cf_upload_save(upload, path, NULL));
    cr_assert_not(cf_upload_save(upload, path, NULL)); /* Never over what is there. */
    cf_str saved;
    cr_assert(cf_file_read(cf_request_arena(req), path, CF_MIB(4), &saved, NULL));
    cr_assert(cf_str_eq(saved, data));
    unlink(path);
    path[23] = '\0';
    rmdir(path);
    return cf_respond_text(req, "%.*s %lld %s %d", CF_STR_ARG(upload->filename),
                           (long long)upload->size, upload->spool ? "disk" : "memory",
                           data.len ? data.ptr[data.len - 1] : -1);
}

static cf_response *json(cf_request *req)
{
    cf_value v;

    if (!cf_request_json(req, &v))
        return NULL;
    return cf_respond_json(req, v);
}

static cf_response *args(cf_request *req)
{
    return cf_respond_text(req, "%s|%lld|%s", cf_query_arg(req, "q", "none"),
                           (long long)cf_query_arg_int(req, "page", 1),
                           cf_query_arg(req, "x", "none"));
}

/* Asking for form fields of a request that has none leaves its body to be read. */
static cf_response *form_then_json(cf_request *req)
{
    cf_value v;

    cr_assert_str_eq(cf_form_arg(req, "a", "none"), "none");
    return cf_request_json(req, &v) ? cf_respond_json(req, v) : NULL;
}

static const cf_route routes[] = {
    { "/either", form_then_json, "either", CF_POST, CF_ANYONE },
    { "/form", show, "form", CF_POST, CF_ANYONE },
    { "/file", file, "file", CF_POST, CF_ANYONE },
    { "/json", json, "json", CF_POST, CF_ANYONE },
    { "/args", args, "args", CF_GET, CF_ANYONE },
    { "/small", show, "small", CF_POST, CF_ANYONE, .max_body = 400 },
    { 0 },
};

static bool create(cf_app *app)
{
    return cf_app_routes(app, routes);
}

Test(body, arguments_of_the_query)
{
    fixture f = fixture_new(create, NULL);

    cr_assert_str_eq(cf_client_get(f.client, "/args?q=a+b%26c&page=3&page=4")->body,
                     "a b&c|3|none");
    cr_assert_str_eq(cf_client_get(f.client, "/args?page=x&x")->body, "none|1|");
    fixture_end(&f);
}

Test(body, fields_of_both_kinds_of_forms)
{
    fixture    f = fixture_new(create, NULL);
    cf_list   *list = cf_list_new(f.arena);
    cf_answer *a;

    cf_list_add(list, cf_int(1));
    cf_list_add(list, cf_int(2));
    a = cf_client_post(f.client, "/form", "name", "Ada & Söhne", "tags", list);
    cr_assert_str_eq(a->body, "name=Ada & Söhne;tags=1;tags=2;");
    a = cf_client_send(
        f.client, &(cf_client_request){ .method = "POST",
                                        .url = "/form",
                                        .form = (const cf_named[]){ CF_NAMED("a", "1"), { 0 } },
                                        .files = (const cf_client_file[]){
                                            { "f", "x.txt", "text/plain", CF_STR("x") }, { 0 } } });
    cr_assert_str_eq(a->body, "a=1;");
    fixture_end(&f);
}

static cf_answer *send_file(fixture *f, const char *name, size_t size)
{
    char *data = cf_alloc(f->arena, size);

    memset(data, 'Z', size);
    return cf_client_send(
        f->client,
        &(cf_client_request){ .method = "POST",
                              .url = "/file",
                              .files = (const cf_client_file[]){
                                  { "image", name, "image/png", { data, size } }, { 0 } } });
}

Test(body, small_files_stay_in_memory_and_large_ones_go_to_disk)
{
    fixture f = fixture_new(create, NULL);

    cr_assert_str_eq(send_file(&f, "a.png", 10)->body, "a.png 10 memory 90");
    cr_assert_str_eq(send_file(&f, "b.png", 300000)->body, "b.png 300000 disk 90");
    cr_assert_str_eq(send_file(&f, "", 0)->body, "no file");
    fixture_end(&f);
}

Test(body, what_is_too_large_is_413)
{
    static const char *const settings[] = { "MAX_CONTENT_LENGTH=100K", "MAX_FORM_MEMORY_SIZE=2000",
                                            "MAX_FORM_PARTS=5", NULL };
    fixture                  f = fixture_new(create, settings);
    char                     text[3001];
    cf_list                 *many = cf_list_new(f.arena);

    memset(text, 'x', 3000);
    text[3000] = '\0';
    cr_assert_status(send_file(&f, "b.png", 200000), 413);
    cr_assert_status(cf_client_post(f.client, "/form", "a", text), 413);
    for (int i = 0; i < 10; i++)
        cf_list_add(many, cf_int(i));
    cr_assert_status(cf_client_post(f.client, "/form", "a", many), 413);
    cr_assert_status(cf_client_post(f.client, "/form", "a", "1"), 200);
    text[500] = '\0';
    cr_assert_status(cf_client_post(f.client, "/small", "a", text), 413);
    fixture_end(&f);
}

Test(body, json_is_read_strictly)
{
    static const struct {
        const char *type, *body;
        int         status;
    } cases[] = {
        { "application/json", "{\"a\": [1, 2.5, null]}", 200 },
        { "application/problem+json; charset=utf-8", "[]", 200 },
        { "application/json", "{\"a\": 1,}", 400 },
        { "application/json", "", 400 },
        { "text/plain", "{}", 415 },
    };
    fixture f = fixture_new(create, NULL);

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cf_answer *a = cf_client_send(f.client,
                                      &(cf_client_request){ .method = "POST",
                                                            .url = "/json",
                                                            .body = cases[i].body,
                                                            .content_type = cases[i].type });
        cr_assert_eq(a->status, cases[i].status, "case %zu: %d %s", i, a->status, a->body);
    }
    cr_assert_str_eq(cf_client_post_json(f.client, "/either", "a", 1)->body, "{\"a\":1}\n");
    cr_assert_str_eq(cf_client_post_json(f.client, "/json", "b", true, "a", "ü")->body,
                     "{\"b\":true,\"a\":\"ü\"}\n");
    fixture_end(&f);
}
