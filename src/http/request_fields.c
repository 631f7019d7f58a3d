/* request_fields.c -- judges the fields that decide where a message ends and who it is for.
 *
 * Every doubt about a message's length is an error (RFC 9112, 6.3): another server may have read
 * it in the other way, and what one takes for content the next one runs as a request. */
#include "http/parser_internal.h"

#include <carafe/field.h>
#include <carafe/url.h>

#include "http/chars.h"

enum { CODING_NONE, CODING_OTHER, CODING_CHUNKED };
enum { CONNECTION_CLOSE = 1, CONNECTION_KEEP = 2, CONNECTION_UPGRADE = 4 };

static bool content_length(cf_http_parser *parser, cf_str value)
{
    int64_t length = 0;

    if (parser->length >= 0)
        return cf__http_reject(parser, 400, "Content-Length is given twice");
    if (value.len == 0)
        return cf__http_reject(parser, 400, "Content-Length is empty");
    for (size_t i = 0; i < value.len; i++) {
        if (!cf__is(value.ptr[i], CF__DIGIT))
            return cf__http_reject(parser, 400, "Content-Length is not a number of digits only");
        if (length > (INT64_MAX - 9) / 10)
            return cf__http_reject(parser, 413, "Content-Length is beyond all bounds");
        length = length * 10 + (value.ptr[i] - '0');
    }
    parser->length = length;
    return true;
}

/* Codings that are registered, and so framed by the chunks around them. */
static bool coding_is_known(cf_str coding)
{
    return cf_str_iis(coding, "gzip") || cf_str_iis(coding, "x-gzip") ||
           cf_str_iis(coding, "deflate") || cf_str_iis(coding, "compress") ||
           cf_str_iis(coding, "x-compress");
}

static bool transfer_encoding(cf_http_parser *parser, cf_str value)
{
    cf_str coding;

    if (value.len == 0)
        return cf__http_reject(parser, 400, "Transfer-Encoding is empty");
    while (cf_field_next(&value, &coding)) {
        if (parser->coding & CODING_CHUNKED)
            return cf__http_reject(parser, 400, "Transfer-Encoding goes on after chunked");
        if (cf_str_iis(coding, "chunked"))
            parser->coding |= CODING_CHUNKED;
        else if (coding_is_known(coding))
            parser->coding |= CODING_OTHER;
        else if (cf_str_iis(coding, "identity") || !cf_is_token(coding))
            return cf__http_reject(parser, 400, "Transfer-Encoding is malformed");
        else
            return cf__http_reject(parser, 501, "transfer coding %.*s is not known",
                                   CF_STR_ARG(cf_str_slice(coding, 0, 80)));
    }
    if (!parser->coding)
        return cf__http_reject(parser, 400, "Transfer-Encoding is empty");
    return true;
}

static bool host(cf_http_parser *parser, cf_str value)
{
    if (parser->seen_host)
        return cf__http_reject(parser, 400, "Host is given twice");
    if (!cf_host_is_valid(value))
        return cf__http_reject(parser, 400, "Host is malformed");
    parser->seen_host = true;
    parser->host = value;
    return true;
}

static bool connection(cf_http_parser *parser, cf_str value)
{
    cf_str option;

    while (cf_field_next(&value, &option)) {
        if (cf_str_iis(option, "close"))
            parser->connection |= CONNECTION_CLOSE;
        else if (cf_str_iis(option, "keep-alive"))
            parser->connection |= CONNECTION_KEEP;
        else if (cf_str_iis(option, "upgrade"))
            parser->connection |= CONNECTION_UPGRADE;
    }
    return true;
}

static bool expect(cf_http_parser *parser, cf_str value)
{
    if (parser->version < 11)
        return true;
    if (!cf_str_iis(value, "100-continue"))
        return cf__http_reject(parser, 417, "only 100-continue can be expected");
    parser->expect = true;
    return true;
}

bool cf__http_field(cf_http_parser *parser, const cf_header *field)
{
    switch (field->name.len) {
    case 4:
        return !cf_str_iis(field->name, "host") || host(parser, field->value);
    case 6:
        return !cf_str_iis(field->name, "expect") || expect(parser, field->value);
    case 7:
        if (cf_str_iis(field->name, "upgrade"))
            parser->seen_upgrade = true;
        return true;
    case 10:
        return !cf_str_iis(field->name, "connection") || connection(parser, field->value);
    case 14:
        return !cf_str_iis(field->name, "content-length") || content_length(parser, field->value);
    case 17:
        return !cf_str_iis(field->name, "transfer-encoding") ||
               transfer_encoding(parser, field->value);
    default:
        return true;
    }
}

static bool body_length(cf_http_parser *parser, int64_t *length)
{
    *length = parser->length > 0 ? parser->length : 0;
    if (parser->coding) {
        if (parser->version < 11)
            return cf__http_reject(parser, 400, "Transfer-Encoding came with HTTP/1.0");
        if (parser->length >= 0)
            return cf__http_reject(parser, 400,
                                   "Content-Length and Transfer-Encoding are both "
                                   "given");
        if (!(parser->coding & CODING_CHUNKED))
            return cf__http_reject(parser, 400, "Transfer-Encoding does not end in chunked");
        *length = -1;
    }
    if (*length > parser->limits.max_body)
        return cf__http_reject(parser, 413, "the content is longer than %lld bytes",
                               (long long)parser->limits.max_body);
    return true;
}

bool cf__http_frame(cf_http_parser *parser, cf_http_request *request)
{
    bool connect = cf_str_is(parser->method, "CONNECT");

    *request = (cf_http_request){
        .method = cf_method_of(parser->method),
        .method_text = parser->method,
        .target = parser->target,
        .host = parser->host,
        .version = parser->version,
        .keep_alive = !(parser->connection & CONNECTION_CLOSE) && !connect &&
                      (parser->version >= 11 || (parser->connection & CONNECTION_KEEP)),
        .expect_continue = parser->expect,
        .upgrade = connect || ((parser->connection & CONNECTION_UPGRADE) && parser->seen_upgrade),
        .coded = parser->coding & CODING_OTHER,
        .headers = parser->fields,
    };
    if (!body_length(parser, &request->body.length))
        return false;
    /* What follows CONNECT belongs to a tunnel; nothing of it is ours to read. */
    if (connect)
        request->body.length = 0;
    if (parser->version >= 11 && !parser->seen_host && !parser->limits.host_optional)
        return cf__http_reject(parser, 400, "HTTP/1.1 asks for a Host field");
    return true;
}
