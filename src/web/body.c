/* body.c -- reads request bodies when they are asked for: forms, files, JSON, bytes. */
#include "web/web.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <carafe/json.h>

#define PIECE CF_KIB(16)

/* The status that a failure to read asks for. */
static int status_of(const cf_error *err)
{
    switch (err->code) {
    case CF_ELIMIT:
        return 413;
    case CF_ETIMEOUT:
        return 408;
    case CF_EPARSE:
    case CF_ECLOSED:
    case CF_EINVAL:
        return 400;
    default:
        return 500;
    }
}

static bool fail_body(cf_request *req, const cf_error *err)
{
    int status = status_of(err);

    cf__request_fail(req, status, err);
    if (status == 500)
        req->error_status = 0;
    return false;
}

/* Reads a piece; keeps count, so that no body passes the route's limit. */
static bool read_piece(cf_request *req, void *buf, size_t *got, int64_t *total, cf_error *err)
{
    const cf_body *body = &req->http->body;

    *got = 0;
    if (!body->read || !body->length)
        return true;
    if (body->length > req->max_body)
        return cf_fail(err, CF_ELIMIT, "the request is larger than %lld bytes",
                       (long long)req->max_body);
    if (!body->read(body->data, buf, PIECE, got, err))
        return false;
    *total += (int64_t)*got;
    if (*total > req->max_body)
        return cf_fail(err, CF_ELIMIT, "the request is larger than %lld bytes",
                       (long long)req->max_body);
    return true;
}

bool cf_request_body(cf_request *req, cf_str *out, cf_error *err)
{
    cf_buf  all = cf_buf_in(req->arena, (size_t)req->max_body + 1);
    int64_t total = 0;
    size_t  got = 1;
    char   *piece;

    if (!req->body_read && req->http) {
        if (req->form.consumed)
            return cf_fail(err, CF_EINVAL, "the body was already read as a form");
        piece = cf_alloc(req->arena, PIECE);
        req->body_read = true;
        while (got) {
            if (!read_piece(req, piece, &got, &total, err))
                return false;
            cf_buf_add(&all, piece, got);
        }
        req->body = cf_str_n(cf_buf_cstr(&all), all.len);
    }
    *out = req->body;
    return true;
}

/* ---- files that outgrow memory go to unnamed temporary files ---- */
static void close_file(void *data)
{
    close((int)(intptr_t)data - 1);
}

static int open_unnamed(void)
{
    const char *folder = getenv("TMPDIR");
    char        name[64] = "/tmp/carafe-XXXXXX";
    int fd = open(folder && *folder ? folder : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd >= 0)
        return fd;
    fd = mkostemp(name, O_CLOEXEC);
    if (fd >= 0)
        unlink(name);
    return fd;
}

static bool spool_open(void *data, const cf_upload *upload, void **spool, cf_error *err)
{
    cf_request *req = data;
    int         fd = open_unnamed();

    (void)upload;
    if (fd < 0)
        return cf_fail(err, CF_EIO, "cannot make a temporary file for an upload: %s",
                       strerror(errno));
    *spool = (void *)(intptr_t)(fd + 1);
    cf_arena_defer(req->arena, close_file, *spool);
    return true;
}

static bool spool_write(void *data, void *spool, cf_str bytes, cf_error *err)
{
    int fd = (int)(intptr_t)spool - 1;

    (void)data;
    while (bytes.len) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return cf_fail(err, CF_EIO, "cannot write an upload to its temporary file: %s",
                           strerror(errno));
        bytes = cf_str_slice(bytes, (size_t)n, bytes.len);
    }
    return true;
}

static bool spool_close(void *data, void *spool, cf_error *err)
{
    (void)data, (void)spool, (void)err;
    return true;
}

/* ---- forms ---- */
static bool feed_form(cf_request *req, cf_form_parser *parser, cf_error *err)
{
    char   *piece = cf_alloc(req->arena, PIECE);
    int64_t total = 0;
    size_t  got = 1;

    while (got) {
        if (!read_piece(req, piece, &got, &total, err))
            return false;
        if (got && !cf_form_parser_feed(parser, cf_str_n(piece, got), err))
            return false;
    }
    return cf_form_parser_finish(parser, &req->form.data, err);
}

static void read_form(cf_request *req)
{
    const web_settings *s = &req->app->settings;
    cf_error            err = { 0 };
    cf_str              type;
    cf_form_limits      limits = { .max_body = req->max_body,
                                   .max_memory = s->max_form_memory,
                                   .max_parts = s->max_form_parts,
                                   .max_fields = s->max_form_parts };
    cf_upload_sink      sink = { spool_open, spool_write, spool_close, req };

    req->form.read = true;
    req->form.data = (cf_formdata){ .fields = cf_params_in(req->arena) };
    if (!req->http || req->body_read)
        return;
    type = cf_headers_get(&req->http->headers, "Content-Type");
    if (!cf_is_form_type(type))
        return;
    req->form.consumed = true;
    if (!feed_form(req, cf_form_parser_new(req->arena, type, &limits, &sink), &err)) {
        req->form.data = (cf_formdata){ .fields = cf_params_in(req->arena) };
        fail_body(req, &err);
    }
}

const cf_params *cf_request_form(cf_request *req)
{
    if (!req->form.read)
        read_form(req);
    return &req->form.data.fields;
}

const char *cf_form_arg(cf_request *req, const char *name, const char *fallback)
{
    cf_str value = cf_params_get(cf_request_form(req), name);
    return value.ptr ? value.ptr : fallback;
}

/* A file field that was left empty is sent with an empty name and no bytes. */
const cf_upload *cf_request_files(cf_request *req, size_t *count)
{
    if (!req->files_read) {
        req->files_read = true;
        cf_request_form(req);
        const cf_formdata *form = &req->form.data;
        req->files = cf_new_array(req->arena, cf_upload, form->file_count + 1);
        for (size_t i = 0; i < form->file_count; i++)
            if (form->files[i].filename.len || form->files[i].size)
                req->files[req->nfiles++] = form->files[i];
    }
    *count = req->nfiles;
    return req->files;
}

const cf_upload *cf_request_file(cf_request *req, const char *name)
{
    size_t           count;
    const cf_upload *files = cf_request_files(req, &count);

    for (size_t i = 0; i < count; i++)
        if (cf_str_is(files[i].name, name))
            return &files[i];
    return NULL;
}

static bool read_at(int fd, char *out, size_t size, off_t at, cf_error *err)
{
    size_t have = 0;

    while (have < size) {
        ssize_t n = pread(fd, out + have, size - have, at + (off_t)have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return cf_fail(err, CF_EIO, "cannot read an upload back: %s",
                           n ? strerror(errno) : "it is shorter than it was");
        have += (size_t)n;
    }
    return true;
}

bool cf_upload_read(const cf_upload *upload, cf_arena *arena, size_t limit, cf_str *out,
                    cf_error *err)
{
    char *data;

    if (upload->size > (int64_t)limit)
        return cf_fail(err, CF_ELIMIT, "the file has %lld bytes; at most %zu are allowed",
                       (long long)upload->size, limit);
    if (!upload->spool) {
        *out = upload->data;
        return true;
    }
    data = cf_alloc(arena, (size_t)upload->size + 1);
    data[upload->size] = '\0';
    *out = cf_str_n(data, (size_t)upload->size);
    return read_at((int)(intptr_t)upload->spool - 1, data, (size_t)upload->size, 0, err);
}

static bool copy_to(const cf_upload *upload, int fd, cf_error *err)
{
    void   *to = (void *)(intptr_t)(fd + 1);
    char    piece[4096];
    int64_t at = 0;

    if (!upload->spool)
        return spool_write(NULL, to, upload->data, err);
    while (at < upload->size) {
        size_t n = upload->size - at < (int64_t)sizeof piece ? (size_t)(upload->size - at)
                                                             : sizeof piece;
        if (!read_at((int)(intptr_t)upload->spool - 1, piece, n, (off_t)at, err) ||
            !spool_write(NULL, to, cf_str_n(piece, n), err))
            return false;
        at += (int64_t)n;
    }
    return true;
}

bool cf_upload_save(const cf_upload *upload, const char *path, cf_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);

    if (fd < 0)
        return cf_fail(err, errno == EEXIST ? CF_ECONFLICT : CF_EIO, "cannot write \"%s\": %s",
                       path, strerror(errno));
    if (!copy_to(upload, fd, err) || fsync(fd)) {
        if (err && !err->code)
            cf_fail(err, CF_EIO, "cannot write \"%s\": %s", path, strerror(errno));
        close(fd);
        unlink(path);
        return false;
    }
    close(fd);
    return true;
}

/* ---- JSON ---- */
bool cf_request_json(cf_request *req, cf_value *out)
{
    cf_error err = { 0 };
    cf_str   text;

    *out = cf_undefined("json");
    if (!cf_request_is_json(req)) {
        cf_fail(&err, CF_EUNSUPPORTED, "the body must be JSON: Content-Type: application/json");
        return cf__request_fail(req, 415, &err);
    }
    if (!cf_request_body(req, &text, &err))
        return fail_body(req, &err);
    if (!cf_json_parse(req->arena, text, out, &err))
        return cf__request_fail(req, 400, &err);
    return true;
}
