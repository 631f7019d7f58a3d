/* static.c -- static files out of the binary, and files on disk: conditions, ranges, compression.
 *
 * A URL with the hash of its file never changes its content, so it may be kept for ever; any other
 * is asked for again with its ETag. */
#include "web/web.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <carafe/accept.h>
#include <carafe/url.h>

static const cf_bundle *bundle_of(const cf_app *app, const web_route *route)
{
    return route->mount->bundle ? route->mount->bundle : app->bundle;
}

/* "static/css/site.css" of "css/site.css"; ptr NULL when the name is not a safe one. */
static cf_str asset_path(cf_arena *arena, const web_route *route, cf_str filename)
{
    if (!cf_path_is_safe(filename))
        return (cf_str){ 0 };
    return cf_str_of(cf_printf(arena, "%s/%.*s", route->static_folder, CF_STR_ARG(filename)));
}

/* In development what lies on disk wins, uncompressed, with a hash of its own. */
static bool read_from_disk(cf_request *req, const cf_bundle *bundle, cf_str path, cf_asset *out)
{
    const char *file;

    if (!req->app->settings.development || !bundle->source)
        return false;
    file = cf_printf(req->arena, "%s/%.*s", bundle->source, CF_STR_ARG(path));
    *out = (cf_asset){ .path = path.ptr, .mime = cf_mime_type(path) };
    if (!cf_file_read(req->arena, file, CF_MIB(64), &out->data, NULL))
        return false;
    out->hash = cf_str_slice(cf_etag_of(req->arena, out->data), 0, 16).ptr;
    return true;
}

const char *cf__static_hash(cf_app *app, const web_route *route, cf_str filename)
{
    char            path[512];
    const cf_asset *asset;
    int n = snprintf(path, sizeof path, "%s/%.*s", route->static_folder, CF_STR_ARG(filename));

    if (n < 0 || (size_t)n >= sizeof path || app->settings.development)
        return NULL;
    asset = cf_bundle_find(bundle_of(app, route), cf_str_of(path));
    return asset ? asset->hash : NULL;
}

/* ---- answers under conditions ---- */
static void add_validators(cf_response *response, const cf_validators *v)
{
    cf_arena *arena = response->req->arena;
    cf_buf    tag = cf_buf_in(arena, 0);

    if (v->etag.tag.ptr && cf_etag_write(&tag, v->etag, NULL))
        cf__push_header(response, CF_STR("ETag"), cf_buf_view(&tag));
    if (v->has_modified) {
        char *date = cf_alloc(arena, 30);
        cf_time_http(v->modified, date);
        cf__push_header(response, CF_STR("Last-Modified"), cf_str_of(date));
    }
}

/* 304 or 412 when a condition of the request says so, else NULL. */
static cf_response *check_condition(cf_request *req, const cf_validators *v)
{
    cf_response *response;

    switch (cf_condition_check(&req->http->headers, req->method, v, true)) {
    case CF_CONDITION_NOT_MODIFIED:
        response = cf_respond(req, 304);
        break;
    case CF_CONDITION_FAILED:
        response = cf_abort(req, 412);
        break;
    case CF_CONDITION_PROCEED:
    default:
        return NULL;
    }
    add_validators(response, v);
    return response;
}

/* Decides on a range: 206 with *range, 416, or the whole. */
static cf_response *check_range(cf_request *req, const cf_validators *v, int64_t size,
                                cf_response *whole, cf_range *range)
{
    cf_buf content_range = cf_buf_in(req->arena, 0);

    *range = (cf_range){ 0, size - 1 };
    switch (cf_range_select(&req->http->headers, req->method, v, size, range)) {
    case CF_RANGE_PART:
        whole->http.status = 206;
        cf_content_range_write(&content_range, range, size);
        cf__push_header(whole, CF_STR("Content-Range"), cf_buf_view(&content_range));
        return whole;
    case CF_RANGE_UNSATISFIABLE: {
        cf_response *response = cf_abort(req, 416);
        cf_content_range_write(&content_range, NULL, size);
        cf__push_header(response, CF_STR("Content-Range"), cf_buf_view(&content_range));
        return response;
    }
    case CF_RANGE_WHOLE:
        break;
    }
    return whole;
}

cf_response *cf__respond_validated(cf_request *req, const char *mime, cf_str body,
                                   const cf_validators *v)
{
    cf_response *response = check_condition(req, v);
    cf_range     range;

    if (response)
        return response;
    response = cf_respond_bytes(req, mime, body);
    add_validators(response, v);
    cf__push_header(response, CF_STR("Accept-Ranges"), CF_STR("bytes"));
    response = check_range(req, v, (int64_t)body.len, response, &range);
    if (response->http.status == 206)
        response->http.body = cf_str_slice(body, (size_t)range.first, (size_t)range.last + 1);
    return response;
}

/* ---- static files ---- */
typedef struct variant {
    cf_str      data;
    const char *encoding; /* NULL: as it is. */
    const char *suffix;   /* Of the ETag, since each encoding is a representation of its own. */
} variant;

/* The smallest form that the client takes. */
static variant choose_variant(cf_request *req, const cf_asset *asset)
{
    cf_str    header = cf_headers_joined(req->arena, &req->http->headers, "Accept-Encoding");
    cf_accept accept;

    if (!header.len || (!asset->gzip.len && !asset->brotli.len))
        return (variant){ asset->data, NULL, "" };
    accept = cf_accept_parse(req->arena, CF_ACCEPT_PLAIN, header);
    if (asset->brotli.len && cf_accept_quality(&accept, CF_STR("br")) > 0)
        return (variant){ asset->brotli, "br", "-br" };
    if (asset->gzip.len && cf_accept_quality(&accept, CF_STR("gzip")) > 0)
        return (variant){ asset->gzip, "gzip", "-gz" };
    return (variant){ asset->data, NULL, "" };
}

static cf_response *respond_asset(cf_request *req, const cf_asset *asset)
{
    variant       v = choose_variant(req, asset);
    const char   *wanted = cf_query_arg(req, "v", "");
    bool          exact = !strncmp(wanted, asset->hash, 16) && strlen(wanted) == 16;
    cf_validators validators = { .etag.tag = cf_str_of(
                                     cf_printf(req->arena, "%.16s%s", asset->hash, v.suffix)) };
    cf_response  *response = cf__respond_validated(req, asset->mime, v.data, &validators);

    if (response->http.status >= 400)
        return response;
    if (v.encoding && response->http.status != 304)
        cf__push_header(response, CF_STR("Content-Encoding"), cf_str_of(v.encoding));
    if (asset->gzip.len || asset->brotli.len)
        cf_response_vary(response, "Accept-Encoding");
    cf__push_header(response, CF_STR("Cache-Control"),
                    exact ? CF_STR("public, max-age=31536000, immutable") : CF_STR("no-cache"));
    return response;
}

cf_response *cf__static_view(cf_request *req)
{
    const web_route *route = req->route;
    const cf_bundle *bundle = bundle_of(req->app, route);
    cf_str   path = asset_path(req->arena, route, cf_text(cf_url_arg_value(req, "filename")));
    cf_asset from_disk;
    const cf_asset *asset;

    if (!path.ptr || !bundle)
        return cf_abort(req, 404);
    if (read_from_disk(req, bundle, path, &from_disk))
        return respond_asset(req, &from_disk);
    asset = cf_bundle_find(bundle, path);
    return asset ? respond_asset(req, asset) : cf_abort(req, 404);
}

/* ---- files on disk ---- */
/* Opens a file below a folder; symbolic links and ".." cannot lead out of it. */
static int open_below(const char *folder, const char *path)
{
    struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
                            .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
    int             dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    long            fd;

    if (dir < 0)
        return -1;
    fd = syscall(SYS_openat2, dir, path, &how, sizeof how);
    /* A kernel without openat2: only a plain name in the folder itself, never through a link. */
    if (fd < 0 && errno == ENOSYS && !strchr(path, '/'))
        fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    close(dir);
    return (int)fd;
}

/* Types that a browser would run as part of this site. */
static bool is_active(cf_str mime)
{
    return cf_str_find(mime, CF_STR("html")) != CF_NPOS ||
           cf_str_find(mime, CF_STR("xml")) != CF_NPOS ||
           cf_str_find(mime, CF_STR("javascript")) != CF_NPOS ||
           cf_str_find(mime, CF_STR("pdf")) != CF_NPOS;
}

/* filename="plain.txt", and filename* for names beyond ASCII (RFC 6266). */
static void add_disposition(cf_response *response, const cf_file_options *o)
{
    cf_buf out = cf_buf_in(response->req->arena, 0);

    cf_buf_puts(&out, o->attachment ? "attachment" : "inline");
    if (o->filename) {
        cf_buf_puts(&out, "; filename=\"");
        for (const char *p = o->filename; *p; p++)
            cf_buf_putc(&out, *p >= ' ' && *p < 127 && *p != '"' && *p != '\\' ? *p : '_');
        cf_buf_puts(&out, "\"; filename*=UTF-8''");
        cf_url_encode(&out, cf_str_of(o->filename), NULL);
    }
    cf_response_header(response, "Content-Disposition", cf_buf_cstr(&out));
}

static void add_cache_control(cf_response *response, const cf_file_options *o)
{
    const char *scope = o->is_public ? "public" : "private";

    if (o->max_age)
        cf_response_header(
            response, "Cache-Control",
            cf_printf(response->req->arena, "%s, max-age=%lld", scope, (long long)o->max_age));
    else
        cf_response_header(response, "Cache-Control",
                           cf_printf(response->req->arena, "%s, no-cache", scope));
}

static void close_fd(void *data)
{
    close((int)(intptr_t)data);
}

static cf_response *respond_open_file(cf_request *req, int fd, const struct stat *st,
                                      const char *mime)
{
    cf_validators v = { .has_modified = true,
                        .modified = { (int64_t)st->st_mtim.tv_sec * CF_SECOND } };
    cf_response  *response;
    cf_range      range;

    v.etag.tag = cf_str_of(cf_printf(req->arena, "%llx-%llx-%llx", (long long)st->st_mtim.tv_sec,
                                     (long long)st->st_mtim.tv_nsec, (long long)st->st_size));
    response = check_condition(req, &v);
    if (response)
        return response;
    response = cf_respond_bytes(req, mime, (cf_str){ 0 });
    add_validators(response, &v);
    cf__push_header(response, CF_STR("Accept-Ranges"), CF_STR("bytes"));
    response = check_range(req, &v, st->st_size, response, &range);
    if (response->http.status >= 400 || !st->st_size)
        return response;
    /* From here on the sender owns the descriptor. */
    cf_arena_undefer(req->arena, close_fd, (void *)(intptr_t)fd);
    response->http.file = fd + 1;
    response->http.file_offset = range.first;
    response->http.file_length = range.last - range.first + 1;
    return response;
}

cf_response *cf_respond_file(cf_request *req, const char *folder, const char *path,
                             const cf_file_options *options)
{
    static const cf_file_options none;
    const cf_file_options       *o = options ? options : &none;
    const char                  *mime = o->mime ? o->mime : cf_mime_type(cf_str_of(path));
    struct stat                  st;
    cf_response                 *response;
    int                          fd;

    if (!req->http || !cf_path_is_safe(cf_str_of(path)))
        return cf_abort(req, 404);
    fd = open_below(folder, path);
    if (fd < 0)
        return cf_abort(req, 404);
    cf_arena_defer(req->arena, close_fd, (void *)(intptr_t)fd);
    if (fstat(fd, &st) || !S_ISREG(st.st_mode))
        return cf_abort(req, 404);
    response = respond_open_file(req, fd, &st, mime);
    if (response->http.status >= 400)
        return response;
    if (o->attachment || o->filename)
        add_disposition(response, o);
    if (is_active(cf_str_of(mime)))
        cf_response_header(response, "Content-Security-Policy", "sandbox; default-src 'none'");
    add_cache_control(response, o);
    return response;
}
