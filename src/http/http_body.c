/* http_body.c -- decodes message bodies: by length and chunked (RFC 9112, 7.1).
 *
 * Content is handed out as views into the input. Chunk extensions are checked against their
 * grammar, bounded over the whole body, and dropped; so are trailer fields. */
#include "http/parser_internal.h"

#include "http/chars.h"

#define MAX_SIZE_DIGITS 20
#define MAX_EXTENSIONS  CF_KIB(16)
#define MAX_TRAILER     CF_KIB(16)

enum {
    AT_END, /* The zero value: no body. */
    AT_CONTENT,
    AT_SIZE,
    AT_EXT_SPACE, /* White space before a ';'. */
    AT_EXT_START, /* After ';'. */
    AT_EXT_NAME,
    AT_EXT_NAME_SPACE,
    AT_EXT_EQUALS, /* After '='. */
    AT_EXT_VALUE,
    AT_EXT_QUOTED,
    AT_EXT_ESCAPED,
    AT_EXT_QUOTED_END,
    AT_SIZE_LF,
    AT_CHUNK,
    AT_CHUNK_CR,
    AT_CHUNK_LF,
    AT_TRAILER,
    AT_TRAILER_NAME,
    AT_TRAILER_VALUE,
    AT_TRAILER_LF,
    AT_END_LF,
    AT_FAILED,
};

void cf__http_body_init(cf_http_body *body, int64_t length, int64_t limit)
{
    *body = (cf_http_body){
        .chunked = length < 0,
        .left = length < 0 ? 0 : length,
        .limit = limit,
        .state = length < 0 ? AT_SIZE
                 : length   ? AT_CONTENT
                            : AT_END,
    };
}

bool cf_http_body_done(const cf_http_body *body)
{
    return body->state == AT_END;
}

static bool reject(cf_http_body *body, int status, cf_error *err, const char *what)
{
    body->state = AT_FAILED;
    body->status = status;
    return cf_fail(err, status == 400 ? CF_EPARSE : CF_ELIMIT, "%s", what);
}

static bool go(cf_http_body *body, int state)
{
    body->state = (uint8_t)state;
    return true;
}

/* One digit of a chunk's size, or what ends it. */
static bool size_byte(cf_http_body *body, char byte, cf_error *err)
{
    int digit = cf__hex(byte);

    if (digit >= 0) {
        if (++body->digits > MAX_SIZE_DIGITS || body->left > INT64_MAX >> 4)
            return reject(body, 413, err, "a chunk's size is beyond all bounds");
        body->left = body->left << 4 | digit;
        return true;
    }
    if (body->digits == 0)
        return reject(body, 400, err, "a chunk begins without its size");
    if (body->left > body->limit - body->total)
        return reject(body, 413, err, "the content is longer than allowed");
    if (byte == '\r')
        return go(body, AT_SIZE_LF);
    if (byte == ';')
        return go(body, AT_EXT_START);
    if (byte == ' ' || byte == '\t')
        return go(body, AT_EXT_SPACE);
    return reject(body, 400, err, "a chunk's size is malformed");
}

/* What may follow an extension's name or value. */
static int after_extension(char byte)
{
    if (byte == ';')
        return AT_EXT_START;
    if (byte == '\r')
        return AT_SIZE_LF;
    return -1;
}

/* The state after a byte of an extension; -1 when it may not stand there. */
static int extension_state(int state, char byte)
{
    bool space = byte == ' ' || byte == '\t', token = cf__is(byte, CF__TOKEN);

    switch (state) {
    case AT_EXT_SPACE:
        return space ? AT_EXT_SPACE : byte == ';' ? AT_EXT_START : -1;
    case AT_EXT_START:
        return space ? AT_EXT_START : token ? AT_EXT_NAME : -1;
    case AT_EXT_NAME:
        if (token)
            return AT_EXT_NAME;
        return space ? AT_EXT_NAME_SPACE : byte == '=' ? AT_EXT_EQUALS : after_extension(byte);
    case AT_EXT_NAME_SPACE:
        if (space)
            return AT_EXT_NAME_SPACE;
        return byte == '=' ? AT_EXT_EQUALS : byte == ';' ? AT_EXT_START : -1;
    case AT_EXT_EQUALS:
        if (space)
            return AT_EXT_EQUALS;
        return byte == '"' ? AT_EXT_QUOTED : token ? AT_EXT_VALUE : -1;
    case AT_EXT_VALUE:
        if (token)
            return AT_EXT_VALUE;
        return space ? AT_EXT_SPACE : after_extension(byte);
    case AT_EXT_QUOTED:
        if (byte == '"' || byte == '\\')
            return byte == '"' ? AT_EXT_QUOTED_END : AT_EXT_ESCAPED;
        return cf__is(byte, CF__VALUE) ? AT_EXT_QUOTED : -1;
    case AT_EXT_ESCAPED:
        return cf__is(byte, CF__VALUE) ? AT_EXT_QUOTED : -1;
    default: /* AT_EXT_QUOTED_END */
        return space ? AT_EXT_SPACE : after_extension(byte);
    }
}

static bool extension_byte(cf_http_body *body, char byte, cf_error *err)
{
    int next = extension_state(body->state, byte);

    if (next < 0)
        return reject(body, 400, err, "a chunk's extension is malformed");
    if (++body->extensions > MAX_EXTENSIONS)
        return reject(body, 400, err, "the chunks' extensions are too long");
    return go(body, next);
}

static bool trailer_byte(cf_http_body *body, char byte, cf_error *err)
{
    if (++body->trailer > MAX_TRAILER)
        return reject(body, 431, err, "the trailer fields are too long");
    switch (body->state) {
    case AT_TRAILER:
        if (byte == '\r')
            return go(body, AT_END_LF);
        if (cf__is(byte, CF__TOKEN))
            return go(body, AT_TRAILER_NAME);
        break;
    case AT_TRAILER_NAME:
        if (byte == ':')
            return go(body, AT_TRAILER_VALUE);
        if (cf__is(byte, CF__TOKEN))
            return true;
        break;
    case AT_TRAILER_VALUE:
        if (byte == '\r')
            return go(body, AT_TRAILER_LF);
        if (cf__is(byte, CF__VALUE))
            return true;
        break;
    }
    return reject(body, 400, err, "a trailer field is malformed");
}

static bool expect_byte(cf_http_body *body, char byte, char want, int next, cf_error *err)
{
    if (byte != want)
        return reject(body, 400, err, "a line of the chunked content does not end in CR LF");
    return go(body, next);
}

/* One byte of what surrounds the content of chunks. */
static bool framing_byte(cf_http_body *body, char byte, cf_error *err)
{
    switch (body->state) {
    case AT_SIZE:
        return size_byte(body, byte, err);
    case AT_SIZE_LF:
        return expect_byte(body, byte, '\n', body->left ? AT_CHUNK : AT_TRAILER, err);
    case AT_CHUNK_CR:
        return expect_byte(body, byte, '\r', AT_CHUNK_LF, err);
    case AT_CHUNK_LF:
        body->digits = 0;
        return expect_byte(body, byte, '\n', AT_SIZE, err);
    case AT_TRAILER:
    case AT_TRAILER_NAME:
    case AT_TRAILER_VALUE:
        return trailer_byte(body, byte, err);
    case AT_TRAILER_LF:
        return expect_byte(body, byte, '\n', AT_TRAILER, err);
    case AT_END_LF:
        return expect_byte(body, byte, '\n', AT_END, err);
    case AT_FAILED:
        return reject(body, body->status, err, "the content has failed before");
    default:
        return extension_byte(body, byte, err);
    }
}

static void take_content(cf_http_body *body, cf_str *input, cf_str *piece)
{
    size_t size = (uint64_t)body->left < input->len ? (size_t)body->left : input->len;

    *piece = cf_str_slice(*input, 0, size);
    *input = cf_str_slice(*input, size, input->len);
    body->left -= (int64_t)size;
    body->total += (int64_t)size;
    if (body->left == 0)
        body->state = body->state == AT_CHUNK ? AT_CHUNK_CR : AT_END;
}

cf_http_result cf_http_body_next(cf_http_body *body, cf_str *input, cf_str *piece, cf_error *err)
{
    *piece = (cf_str){ 0 };
    while (body->state != AT_END) {
        if (input->len == 0)
            return CF_HTTP_MORE;
        if (body->state == AT_CONTENT || body->state == AT_CHUNK) {
            take_content(body, input, piece);
            return CF_HTTP_PIECE;
        }
        if (!framing_byte(body, *input->ptr, err))
            return CF_HTTP_FAILED;
        *input = cf_str_slice(*input, 1, input->len);
    }
    return CF_HTTP_DONE;
}
