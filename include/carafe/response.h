/* response.h -- the answers a view returns.
 *
 *     return cf_render(req, "blog/post.html", CF_VAR(post), CF_VAR(form));
 *     return cf_redirect_to(req, "blog.read", "slug", post->slug);
 *     return cf_abort(req, 404); */
#ifndef CARAFE_RESPONSE_H
#define CARAFE_RESPONSE_H

#include <carafe/request.h>

/* ---- making answers ---- */
/* An empty answer with a status. */
cf_response *cf_respond(cf_request *req, int status);
/* Content with a media type; the bytes must live as long as the request. */
cf_response *cf_respond_bytes(cf_request *req, const char *mime, cf_str body);
/* text/plain and text/html, by a printf format. HTML is sent as it is: escape what you put in. */
cf_response *cf_respond_text(cf_request *req, const char *format, ...) CF_PRINTF(2, 3);
cf_response *cf_respond_html(cf_request *req, const char *format, ...) CF_PRINTF(2, 3);
/* A value as JSON. */
#define cf_respond_json(req, x) cf_respond_json_value((req), cf_value_of(x))
cf_response *cf_respond_json_value(cf_request *req, cf_value value);
/* {"name": value, …} as JSON: cf_respond_json_of(req, "ok", true, "id", post->id). */
#define cf_respond_json_of(req, ...) cf_respond_json_named((req), CF_PAIRS(__VA_ARGS__))
cf_response *cf_respond_json_named(cf_request *req, const cf_named *members);

/* An answer that is written piece by piece, so that one of any length takes little memory. The
 * connection breaks off when it fails, which is logged.
 *
 * Args:
 *   length: in bytes; -1 when it is not known.
 *   stream: called after the view and its hooks, on the same fiber; calls cf_sink_write() and
 *     passes its failures on. The request and its database session are still there.
 */
cf_response *cf_respond_stream(cf_request *req, const char *mime, int64_t length,
                               bool (*stream)(void *data, const cf_sink *sink, cf_error *err)
                                   CF_SUSPENDS,
                               void *data);

/* How to send a file. Zero means the default. */
typedef struct cf_file_options {
    const char *mime;       /* By the name's ending. */
    const char *filename;   /* For Content-Disposition. */
    bool        attachment; /* Saved rather than shown. */
    int64_t     max_age;    /* Seconds that caches may keep it; 0: they must ask again. */
    bool        is_public;  /* Shared caches may keep it too. */
} cf_file_options;

/* A file below a folder, with ETag, Last-Modified, 304, ranges. `path` may come from outside: what
 * leaves the folder, by ".." or by a symbolic link, is 404. Types that browsers run (HTML, SVG,
 * scripts) are sent sandboxed. */
cf_response *cf_respond_file(cf_request *req, const char *folder, const char *path,
                             const cf_file_options *options) CF_SUSPENDS;

/* A template with variables: cf_render(req, "page.html", CF_VAR(post), CF_NAMED("n", 3)).
 * On an error in the template the answer is 500 with the error recorded. */
#define cf_render(req, template, ...)                                                              \
    cf_render_named((req), (template), &((const cf_named[]){ { 0 }, ##__VA_ARGS__, { 0 } })[1])
cf_response *cf_render_named(cf_request     *req, const char *template,
                             const cf_named *variables) CF_SUSPENDS;
/* The same into a text, for mails and parts of pages. NULL: recorded on the request. */
#define cf_render_text(req, template, ...)                                                         \
    cf_render_text_named((req), (template), &((const cf_named[]){ { 0 }, ##__VA_ARGS__, { 0 } })[1])
const char *cf_render_text_named(cf_request     *req, const char *template,
                                 const cf_named *variables) CF_SUSPENDS;
/* The same as a stream, for pages of any length: see cf_template_stream(). The variables must last
 * as long as the request. A template that does not compile answers 500; when one fails on its way
 * the connection breaks off. The session is saved before: flashed messages shown by such a page
 * would be shown again. */
#define cf_render_stream(req, template, ...)                                                       \
    cf_render_stream_named((req), (template),                                                      \
                           &((const cf_named[]){ { 0 }, ##__VA_ARGS__, { 0 } })[1])
cf_response *cf_render_stream_named(cf_request     *req, const char *template,
                                    const cf_named *variables) CF_SUSPENDS;
/* One block of a template, for answers that replace a part of a page. */
cf_response *cf_render_block(cf_request *req, const char *template, const char *block,
                             const cf_named *variables) CF_SUSPENDS;

/* To a URL, 302; a POST becomes a GET. `url` is sent as it is: see cf_url_is_local(). */
cf_response *cf_redirect(cf_request *req, const char *url);
cf_response *cf_redirect_code(cf_request *req, const char *url, int status);
/* To an endpoint: cf_redirect_to(req, "blog.read", "slug", post->slug). */
#define cf_redirect_to(req, endpoint, ...)                                                         \
    cf_redirect_named((req), (endpoint), CF_PAIRS(__VA_ARGS__))
cf_response *cf_redirect_named(cf_request *req, const char *endpoint, const cf_named *values);

/* The page of an error status, by the handlers of blueprint and app. When the request already
 * holds an error of the server's own (the database is down), the answer is 500 and it is logged. */
cf_response *cf_abort(cf_request *req, int status) CF_SUSPENDS;
/* The same with a sentence for the page. */
cf_response *cf_abort_with(cf_request *req, int status, const char *format, ...) CF_SUSPENDS
    CF_PRINTF(3, 4);

/* ---- changing answers ---- */
/* Sets a header, replacing one that is there; NULL removes it. Line breaks are refused and logged.
 * Returns the response. */
cf_response *cf_response_header(cf_response *response, const char *name, const char *value);
/* Adds a further header of the same name. */
cf_response *cf_response_add_header(cf_response *response, const char *name, const char *value);
const char  *cf_response_get_header(const cf_response *response, const char *name);
cf_response *cf_response_set_status(cf_response *response, int status);
int          cf_response_status(const cf_response *response);
/* The bytes of an answer that is neither stream nor file; empty for those. */
cf_str       cf_response_body(const cf_response *response);
cf_response *cf_response_set_body(cf_response *response, cf_str body);
/* Adds a name to Vary. */
cf_response *cf_response_vary(cf_response *response, const char *name);
/* The ETag of the content, and 304 when the client has it. For answers of GET. */
cf_response *cf_response_conditional(cf_response *response);

/* ---- cookies ---- */
typedef struct cf_cookie_options {
    int64_t     max_age; /* Seconds; 0: until the browser closes. */
    const char *path;    /* "/" */
    const char *domain;
    const char *same_site; /* "Lax" */
    bool        readable;  /* By scripts: without HttpOnly. */
    bool        insecure;  /* Without Secure even where the session's cookie has it. */
} cf_cookie_options;

/* Sets a cookie with whatever answer the request gets. options may be NULL. */
bool cf_set_cookie(cf_request *req, const char *name, const char *value,
                   const cf_cookie_options *options);
void cf_delete_cookie(cf_request *req, const char *name, const cf_cookie_options *options);

#endif
