/* http.c -- methods, statuses, tokens. */
#include <carafe/http.h>

#include "http/chars.h"

bool cf_is_token(cf_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!cf__is(text.ptr[i], CF__TOKEN))
            return false;
    return text.len > 0;
}

static const struct {
    const char *name;
    cf_method   method;
} methods[] = {
    { "GET", CF_GET },     { "HEAD", CF_HEAD },     { "POST", CF_POST },       { "PUT", CF_PUT },
    { "PATCH", CF_PATCH }, { "DELETE", CF_DELETE }, { "OPTIONS", CF_OPTIONS },
};

/* The registered methods beside those above, and three that devices and caches use (M-SEARCH,
 * NOTIFY, SUBSCRIBE and PURGE families). PRI is missing on purpose: it begins HTTP/2. */
static const char *const other_methods[] = {
    "ACL",
    "ANNOUNCE",
    "BASELINE-CONTROL",
    "BIND",
    "CHECKIN",
    "CHECKOUT",
    "CONNECT",
    "COPY",
    "LABEL",
    "LINK",
    "LOCK",
    "M-SEARCH",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MKREDIRECTREF",
    "MKWORKSPACE",
    "MOVE",
    "NOTIFY",
    "ORDERPATCH",
    "PROPFIND",
    "PROPPATCH",
    "PURGE",
    "QUERY",
    "REBIND",
    "REPORT",
    "SEARCH",
    "SOURCE",
    "SUBSCRIBE",
    "TRACE",
    "UNBIND",
    "UNCHECKOUT",
    "UNLINK",
    "UNLOCK",
    "UNSUBSCRIBE",
    "UPDATE",
    "UPDATEREDIRECTREF",
    "VERSION-CONTROL",
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

cf_method cf_method_of(cf_str text)
{
    for (size_t i = 0; i < COUNT(methods); i++)
        if (cf_str_is(text, methods[i].name))
            return methods[i].method;
    return CF_OTHER_METHOD;
}

const char *cf_method_name(cf_method method)
{
    for (size_t i = 0; i < COUNT(methods); i++)
        if (methods[i].method == method)
            return methods[i].name;
    return "OTHER";
}

bool cf_method_known(cf_str text)
{
    if (cf_method_of(text) != CF_OTHER_METHOD)
        return true;
    for (size_t i = 0; i < COUNT(other_methods); i++)
        if (cf_str_is(text, other_methods[i]))
            return true;
    return false;
}

static const struct {
    int         status;
    const char *text;
} statuses[] = {
    { 100, "Continue" },
    { 101, "Switching Protocols" },
    { 102, "Processing" },
    { 103, "Early Hints" },
    { 200, "OK" },
    { 201, "Created" },
    { 202, "Accepted" },
    { 203, "Non-Authoritative Information" },
    { 204, "No Content" },
    { 205, "Reset Content" },
    { 206, "Partial Content" },
    { 207, "Multi-Status" },
    { 208, "Already Reported" },
    { 226, "IM Used" },
    { 300, "Multiple Choices" },
    { 301, "Moved Permanently" },
    { 302, "Found" },
    { 303, "See Other" },
    { 304, "Not Modified" },
    { 305, "Use Proxy" },
    { 307, "Temporary Redirect" },
    { 308, "Permanent Redirect" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 402, "Payment Required" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 406, "Not Acceptable" },
    { 407, "Proxy Authentication Required" },
    { 408, "Request Timeout" },
    { 409, "Conflict" },
    { 410, "Gone" },
    { 411, "Length Required" },
    { 412, "Precondition Failed" },
    { 413, "Content Too Large" },
    { 414, "URI Too Long" },
    { 415, "Unsupported Media Type" },
    { 416, "Range Not Satisfiable" },
    { 417, "Expectation Failed" },
    { 418, "I'm a teapot" },
    { 421, "Misdirected Request" },
    { 422, "Unprocessable Content" },
    { 423, "Locked" },
    { 424, "Failed Dependency" },
    { 425, "Too Early" },
    { 426, "Upgrade Required" },
    { 428, "Precondition Required" },
    { 429, "Too Many Requests" },
    { 431, "Request Header Fields Too Large" },
    { 451, "Unavailable For Legal Reasons" },
    { 500, "Internal Server Error" },
    { 501, "Not Implemented" },
    { 502, "Bad Gateway" },
    { 503, "Service Unavailable" },
    { 504, "Gateway Timeout" },
    { 505, "HTTP Version Not Supported" },
    { 506, "Variant Also Negotiates" },
    { 507, "Insufficient Storage" },
    { 508, "Loop Detected" },
    { 511, "Network Authentication Required" },
};

const char *cf_status_text(int status)
{
    for (size_t i = 0; i < COUNT(statuses); i++)
        if (statuses[i].status == status)
            return statuses[i].text;
    return "Unknown";
}
