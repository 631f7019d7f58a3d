/* request_target.c -- splits a request's target by its four forms (RFC 9112, 3.2). */
#include "http/parser_internal.h"

#include <carafe/url.h>

#include "http/chars.h"

/* Path and query of "/a/b?c#d"; a fragment, which no client should send, is dropped. */
static void split_path(cf_http_request *request, cf_str rest)
{
    cf_str_cut(rest, '#', &rest, &(cf_str){ 0 });
    cf_str_cut(rest, '?', &request->path, &request->query);
    if (request->path.len == 0)
        request->path = CF_STR("/");
}

/* "name:port" without a scheme, of CONNECT. */
static bool authority_form(cf_http_parser *parser, cf_http_request *request)
{
    cf_str name, port;

    if (!cf_host_is_valid(request->target) || !cf_str_rcut(request->target, ':', &name, &port) ||
        name.len == 0 || port.len == 0)
        return cf__http_reject(parser, 400, "the target of CONNECT is not host:port");
    request->host = request->target;
    request->path = CF_STR("");
    return true;
}

/* "http://user@name:port/path?query": its host wins over the Host field. */
static bool absolute_form(cf_http_parser *parser, cf_http_request *request)
{
    cf_str target = request->target, user, name, host;
    size_t colon = cf_str_chr(target, ':'), end;

    if (colon == CF_NPOS || colon == 0 || !cf__is(target.ptr[0], CF__ALPHA) ||
        !cf_str_starts(cf_str_slice(target, colon, target.len), CF_STR("://")))
        return cf__http_reject(parser, 400, "the request target is neither a path nor a URL");
    for (size_t i = 0; i < colon; i++)
        if (!cf__is(target.ptr[i], CF__ALPHA | CF__DIGIT) && !strchr("+-.", target.ptr[i]))
            return cf__http_reject(parser, 400, "the scheme of the request target is malformed");
    target = cf_str_slice(target, colon + 3, target.len);
    for (end = 0; end < target.len && !strchr("/?#", target.ptr[end]); end++)
        ;
    host = cf_str_slice(target, 0, end);
    if (cf_str_rcut(host, '@', &user, &name))
        host = name;
    if (host.len == 0 || !cf_host_is_valid(host))
        return cf__http_reject(parser, 400, "the host of the request target is malformed");
    request->host = host;
    split_path(request, cf_str_slice(target, end, target.len));
    return true;
}

bool cf__http_target(cf_http_parser *parser, cf_http_request *request)
{
    if (cf_str_is(request->method_text, "CONNECT"))
        return authority_form(parser, request);
    if (request->target.ptr[0] == '/') {
        split_path(request, request->target);
        return true;
    }
    if (cf_str_is(request->target, "*")) {
        if (!(request->method & (CF_OPTIONS | CF_OTHER_METHOD)))
            return cf__http_reject(parser, 400, "only OPTIONS can have the target *");
        request->path = request->target;
        return true;
    }
    return absolute_form(parser, request);
}
