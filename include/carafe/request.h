/* request.h -- the request a view answers: what was sent, and what the request carries along.
 *
 * Texts are NUL-terminated UTF-8 that lives as long as the request. Query, form, files, cookies
 * and JSON are read when first asked for. */
#ifndef CARAFE_REQUEST_H
#define CARAFE_REQUEST_H

#include <carafe/db.h>
#include <carafe/formdata.h>
#include <carafe/http.h>
#include <carafe/pairs.h>
#include <carafe/params.h>
#include <carafe/value.h>

typedef struct cf_request  cf_request;
typedef struct cf_response cf_response;
typedef struct cf_app      cf_app;

/* ---- where it belongs ---- */
cf_arena *cf_request_arena(cf_request *req);
cf_app   *cf_request_app(cf_request *req);
/* An evaluation in this request, for functions that take one. */
cf_eval *cf_request_eval(cf_request *req);
/* The parsed message; NULL in a command. */
const cf_http_request *cf_request_http(const cf_request *req);

/* ---- the first line and what follows from it ---- */
cf_method   cf_request_method(const cf_request *req);
const char *cf_request_method_text(const cf_request *req);
/* Decoded, beginning with '/'. */
const char *cf_request_path(const cf_request *req);
/* Path and query as a relative URL, quoted. */
const char *cf_request_full_path(cf_request *req);
/* Absolute, quoted. */
const char *cf_request_url(cf_request *req);
/* "example.org:8080"; from a trusted proxy's X-Forwarded-Host when there is one. */
const char *cf_request_host(cf_request *req);
const char *cf_request_scheme(const cf_request *req);
bool        cf_request_is_secure(const cf_request *req);
/* The client's address: behind trusted proxies the one that they name. */
const char *cf_request_remote_addr(cf_request *req);
/* A short id, for logs and error pages; X-Request-Id of a trusted proxy is kept. */
const char *cf_request_id(cf_request *req);
/* "blog.read", "blog", "/article/<slug>"; NULL when no route matched. */
const char *cf_request_endpoint(const cf_request *req);
const char *cf_request_blueprint(const cf_request *req);
const char *cf_request_rule(const cf_request *req);

/* ---- variables of the rule ---- */
/* NULL when the rule has none of that name. */
const char *cf_url_arg(cf_request *req, const char *name);
int64_t     cf_url_arg_int(cf_request *req, const char *name);
cf_value    cf_url_arg_value(cf_request *req, const char *name);
#define cf_arg_int(req, name)  cf_url_arg_int((req), (name))
#define cf_arg_text(req, name) cf_url_arg((req), (name))

/* ---- headers and cookies ---- */
/* NULL when absent. */
const char *cf_request_header(cf_request *req, const char *name);
const char *cf_request_cookie(cf_request *req, const char *name);

/* ---- query string and form ---- */
const cf_params *cf_request_args(cf_request *req);
/* Reads the body when it is a form (urlencoded or multipart); else it is empty. A malformed or too
 * large one gives an empty form and records CF_EPARSE (400) or CF_ELIMIT (413). */
const cf_params *cf_request_form(cf_request *req) CF_SUSPENDS;

/* The first value, or `fallback` when there is none. */
const char *cf_query_arg(cf_request *req, const char *name, const char *fallback);
/* The same as a number; `fallback` also when it is none. */
int64_t     cf_query_arg_int(cf_request *req, const char *name, int64_t fallback);
const char *cf_form_arg(cf_request *req, const char *name, const char *fallback) CF_SUSPENDS;

/* ---- files ---- */
/* Every file that was chosen; an empty file field gives none. */
const cf_upload *cf_request_files(cf_request *req, size_t *count) CF_SUSPENDS;
/* The first file of a field, or NULL. */
const cf_upload *cf_request_file(cf_request *req, const char *name) CF_SUSPENDS;
/* The whole content. Errors: CF_ELIMIT above `limit` bytes, CF_EIO. */
bool cf_upload_read(const cf_upload *upload, cf_arena *arena, size_t limit, cf_str *out,
                    cf_error *err) CF_SUSPENDS;
/* Writes the content to a new file; never over one that exists (CF_ECONFLICT). */
bool cf_upload_save(const cf_upload *upload, const char *path, cf_error *err) CF_SUSPENDS;

/* ---- JSON and raw bodies ---- */
/* Whether the body is declared to be JSON. */
bool cf_request_is_json(cf_request *req);
/* Whether the client would rather have JSON than HTML: it sends JSON, accepts JSON more, or is a
 * script's request (X-Requested-With). */
bool cf_request_wants_json(cf_request *req);
/* Reads the body as JSON. False: recorded on the request (415, 400, 413). */
bool cf_request_json(cf_request *req, cf_value *out) CF_SUSPENDS;
/* The whole body, up to the limit of the route. */
bool cf_request_body(cf_request *req, cf_str *out, cf_error *err) CF_SUSPENDS;

/* ---- what the request carries along ---- */
/* g: named values for this request, {{ g.name }} in templates. */
#define cf_g_set(req, name, x) cf_g_put((req), (name), cf_value_of(x))
void     cf_g_put(cf_request *req, const char *name, cf_value value);
cf_value cf_g_get(cf_request *req, const char *name);
/* C data of a room, by the address of a key of its own. */
void  cf_request_set_data(cf_request *req, const void *key, void *data);
void *cf_request_data(cf_request *req, const void *key);
/* Runs when the answer is made, and may replace it. */
void cf_after_this_request(cf_request *req,
                           cf_response *(*fn)(cf_request *, cf_response *, void *data), void *data);

/* The error that the request holds; pass it to functions that take a cf_error. */
cf_error *cf_request_error(cf_request *req);
/* The status that is being answered, inside an error handler. */
int cf_request_status(const cf_request *req);
/* The text given to cf_abort_with(), or NULL. */
const char *cf_request_abort_text(const cf_request *req);

/* The request's unit of work, opened when first asked for. */
cf_db *cf_request_db(cf_request *req);

/* The request that the running fiber answers, or NULL. */
cf_request *cf_request_current(void);

/* ---- URLs ---- */
/* The URL of an endpoint: cf_url_for(req, "blog.read", "slug", post->slug). ".read" is one of the
 * current blueprint. _external, _anchor, _scheme and _method are options. Extra values go to the
 * query. _external URLs begin with SERVER_NAME; without it with the request's host if TRUSTED_HOSTS
 * or HOST name it or it is the machine itself, for a mail must not lead to whom a stranger's Host
 * header names. NULL when there is no such endpoint or a value is missing: recorded on the request.
 */
#define cf_url_for(req, endpoint, ...) cf_url_for_named((req), (endpoint), CF_PAIRS(__VA_ARGS__))
const char *cf_url_for_named(cf_request *req, const char *endpoint, const cf_named *values);

/* The URL of a file in the app's static folder, with the hash of its content. */
const char *cf_static_url(cf_request *req, const char *filename);

/* Whether a URL from outside (next=…) leads to a page of this site: a local reference, or an
 * absolute URL of this request's scheme and host. */
bool cf_url_is_ours(cf_request *req, const char *url);

#endif
