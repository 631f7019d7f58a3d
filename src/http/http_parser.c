/* http_parser.c -- scans request heads in one pass, resumable at every byte.
 *
 * The bytes are read where they lie in the caller's input. When the input ends inside a head, what
 * is there so far moves to the arena and the next input is appended to it; a complete head is
 * copied to the arena once. Views made meanwhile follow by rebase(). Limits are kept by never
 * scanning past `bound`, so that the verdict does not depend on how the bytes were cut. */
#include "http/parser_internal.h"

#include <stdarg.h>

#include "http/chars.h"

#define MAX_METHOD 32
#define MAX_BLANK  64

enum {
    AT_START,
    AT_START_LF, /* After the CR of an empty line. */
    AT_METHOD,
    AT_TARGET,
    AT_VERSION,
    AT_LINE_LF,
    AT_FIELD,
    AT_NAME,
    AT_SPACE, /* Between colon and value. */
    AT_VALUE,
    AT_VALUE_LF,
    AT_END_LF,
    AT_END,
    AT_FAILED,
};

/* Where the scan is: bytes [at, end) are there and within bounds. */
typedef struct scan {
    const char *at, *end;
} scan;

void cf_http_parser_init(cf_http_parser *parser, const cf_http_limits *limits)
{
    *parser = (cf_http_parser){ .limits = limits ? *limits : (cf_http_limits){ 0 } };
    if (!parser->limits.max_line)
        parser->limits.max_line = CF_KIB(8);
    if (!parser->limits.max_headers)
        parser->limits.max_headers = CF_KIB(32);
    if (!parser->limits.max_header_count)
        parser->limits.max_header_count = 100;
    if (!parser->limits.max_body)
        parser->limits.max_body = (int64_t)CF_MIB(16);
}

/* Field by field: clearing the error's texts as well would cost as much as a short request. */
void cf_http_parser_start(cf_http_parser *parser, cf_arena *arena)
{
    parser->arena = arena;
    parser->request = NULL;
    parser->status = 0;
    parser->error.code = CF_OK;
    parser->state = AT_START;
    parser->seen_host = parser->seen_upgrade = parser->expect = false;
    parser->coding = parser->connection = 0;
    parser->length = -1;
    parser->host = parser->method = parser->target = (cf_str){ 0 };
    parser->base = parser->mark = NULL;
    parser->saved = NULL;
    parser->saved_len = parser->saved_cap = 0;
    parser->bound = parser->limits.max_line + 2;
    parser->blank = 0;
    parser->field = (cf_header){ 0 };
    parser->fields = cf_headers_in(arena);
}

bool cf_http_parser_begun(const cf_http_parser *parser)
{
    return parser->state > AT_START_LF;
}

bool cf__http_reject(cf_http_parser *parser, int status, const char *format, ...)
{
    cf_code code = status == 400 ? CF_EPARSE : CF_ELIMIT;
    va_list args;

    if (status == 417 || status == 501 || status == 505)
        code = CF_EUNSUPPORTED;
    va_start(args, format);
    cf_fail_va(&parser->error, code, __FILE__, __LINE__, format, args);
    va_end(args);
    parser->status = status;
    parser->state = AT_FAILED;
    return false;
}

static bool bad_byte(cf_http_parser *parser, const char *where, char byte)
{
    return cf__http_reject(parser, 400, "byte 0x%02x may not stand in %s",
                           (unsigned)(unsigned char)byte, where);
}

static inline void enter(cf_http_parser *parser, int state, scan *s)
{
    parser->state = (uint8_t)state;
    parser->mark = s->at;
}

/* Steps over bytes of a class. */
static inline void skip(scan *s, int class)
{
    const char *at = s->at, *end = s->end;

    while (at < end && cf__is(*at, class))
        at++;
    s->at = at;
}

/* Steps over bytes of a value or a target: eight at a time while none of them is below `least`, is
 * DEL or, when `ascii`, is above it; then one at a time. */
static inline void skip_fast(scan *s, int class, uint64_t least, bool ascii)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    const char    *at = s->at, *end = s->end;
    uint64_t       word;

    while (end - at >= 8) {
        memcpy(&word, at, 8);
        uint64_t del = word ^ (ones * 0x7f);
        uint64_t bad = ((word - ones * least) & ~word) | ((del - ones) & ~del);
        bad = (bad | (ascii ? word : 0)) & tops;
        if (bad) {
            /* The lowest mark is exact; borrows make false ones only above it. */
            if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
                at += __builtin_ctzll(bad) / 8;
            break;
        }
        at += 8;
    }
    s->at = at;
    skip(s, class);
}

static bool skip_empty_line(cf_http_parser *parser, scan *s)
{
    if (parser->state == AT_START_LF && *s->at != '\n')
        return bad_byte(parser, "an empty line", *s->at);
    parser->state = *s->at == '\r' ? AT_START_LF : AT_START;
    s->at++;
    if (++parser->blank > MAX_BLANK)
        return cf__http_reject(parser, 400, "more than %d bytes of empty lines before a request",
                               MAX_BLANK);
    return true;
}

static bool start(cf_http_parser *parser, scan *s)
{
    if (parser->state == AT_START_LF || *s->at == '\r' || *s->at == '\n')
        return skip_empty_line(parser, s);
    parser->base = s->at;
    enter(parser, AT_METHOD, s);
    return true;
}

static bool method(cf_http_parser *parser, scan *s)
{
    skip(s, CF__TOKEN);
    size_t len = (size_t)(s->at - parser->mark);
    if (len > MAX_METHOD)
        return cf__http_reject(parser, 501, "the method is longer than %d bytes", MAX_METHOD);
    if (s->at == s->end)
        return true;
    if (*s->at != ' ' || len == 0)
        return bad_byte(parser, "a method", *s->at);
    parser->method = cf_str_n(parser->mark, len);
    if (!cf_method_known(parser->method))
        return cf__http_reject(parser, 501, "method %.*s is not known", CF_STR_ARG(parser->method));
    s->at++;
    enter(parser, AT_TARGET, s);
    return true;
}

static bool target(cf_http_parser *parser, scan *s)
{
    skip_fast(s, CF__TARGET, '!', true);
    if (s->at == s->end)
        return true;
    if (*s->at != ' ' || s->at == parser->mark)
        return bad_byte(parser, "a request target", *s->at);
    parser->target = cf_str_n(parser->mark, (size_t)(s->at - parser->mark));
    s->at++;
    enter(parser, AT_VERSION, s);
    return true;
}

/* "HTTP/1.1" and the CR behind it; any other pair of digits is a version we do not speak. */
static bool version(cf_http_parser *parser, scan *s)
{
    static const char form[] = "HTTP/0.0\r";

    for (; s->at < s->end; s->at++) {
        char want = form[s->at - parser->mark];
        if (want == '0' ? !cf__is(*s->at, CF__DIGIT) : *s->at != want)
            return bad_byte(parser, "a protocol version", *s->at);
        if (s->at - parser->mark == 7) {
            parser->version = (parser->mark[5] - '0') * 10 + (*s->at - '0');
            if (parser->version != 10 && parser->version != 11)
                return cf__http_reject(parser, 505, "version %d.%d of HTTP is not spoken here",
                                       parser->version / 10, parser->version % 10);
        }
        if (want == '\r') {
            s->at++;
            enter(parser, AT_LINE_LF, s);
            return true;
        }
    }
    return true;
}

/* The line feed after a carriage return. */
static bool line_feed(cf_http_parser *parser, scan *s, int next)
{
    if (*s->at != '\n')
        return cf__http_reject(parser, 400, "a carriage return is not followed by a line feed");
    s->at++;
    enter(parser, next, s);
    return true;
}

static bool field_start(cf_http_parser *parser, scan *s)
{
    if (*s->at == '\r') {
        s->at++;
        enter(parser, AT_END_LF, s);
        return true;
    }
    if (*s->at == ' ' || *s->at == '\t')
        return cf__http_reject(parser, 400, "a header line begins with white space");
    if (parser->fields.len >= parser->limits.max_header_count)
        return cf__http_reject(parser, 431, "more than %zu header fields",
                               parser->limits.max_header_count);
    enter(parser, AT_NAME, s);
    return true;
}

static bool name(cf_http_parser *parser, scan *s)
{
    skip(s, CF__TOKEN);
    if (s->at == s->end)
        return true;
    if (*s->at != ':' || s->at == parser->mark)
        return bad_byte(parser, "a header name", *s->at);
    parser->field.name = cf_str_n(parser->mark, (size_t)(s->at - parser->mark));
    s->at++;
    enter(parser, AT_SPACE, s);
    return true;
}

static bool space(cf_http_parser *parser, scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t'))
        s->at++;
    if (s->at < s->end)
        enter(parser, AT_VALUE, s);
    return true;
}

static bool value(cf_http_parser *parser, scan *s)
{
    skip_fast(s, CF__VALUE, ' ', false);
    if (s->at == s->end)
        return true;
    if (*s->at != '\r')
        return bad_byte(parser, "a header value", *s->at);
    const char *end = s->at;
    while (end > parser->mark && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    parser->field.value = cf_str_n(parser->mark, (size_t)(end - parser->mark));
    s->at++;
    enter(parser, AT_VALUE_LF, s);
    return true;
}

static bool value_end(cf_http_parser *parser, scan *s)
{
    if (!line_feed(parser, s, AT_FIELD))
        return false;
    cf_headers_push(&parser->fields, parser->field.name, parser->field.value);
    return cf__http_field(parser, &parser->field);
}

static bool step(cf_http_parser *parser, scan *s)
{
    switch (parser->state) {
    case AT_START:
    case AT_START_LF:
        return start(parser, s);
    case AT_METHOD:
        return method(parser, s);
    case AT_TARGET:
        return target(parser, s);
    case AT_VERSION:
        return version(parser, s);
    case AT_LINE_LF:
        parser->bound = (size_t)(s->at - parser->base) + 1 + parser->limits.max_headers + 2;
        return line_feed(parser, s, AT_FIELD);
    case AT_FIELD:
        return field_start(parser, s);
    case AT_NAME:
        return name(parser, s);
    case AT_SPACE:
        return space(parser, s);
    case AT_VALUE:
        return value(parser, s);
    case AT_VALUE_LF:
        return value_end(parser, s);
    case AT_END_LF:
        return line_feed(parser, s, AT_END);
    default:
        return cf__http_reject(parser, 400, "the connection has failed before");
    }
}

static bool too_long(cf_http_parser *parser)
{
    if (parser->state <= AT_LINE_LF)
        return cf__http_reject(parser, 414, "the request line is longer than %zu bytes",
                               parser->limits.max_line);
    return cf__http_reject(parser, 431, "the header fields are longer than %zu bytes",
                           parser->limits.max_headers);
}

/* Scans [*at, end), never past the bound. */
static bool scan_head(cf_http_parser *parser, const char **at, const char *end)
{
    scan s = { *at, end };
    bool good = true;

    while (good && s.at < end && parser->state != AT_END) {
        bool begun = parser->state > AT_START_LF;
        s.end = end;
        if (begun && (size_t)(end - parser->base) > parser->bound)
            s.end = parser->base + parser->bound;
        if (begun && s.at >= s.end)
            good = too_long(parser);
        else
            good = step(parser, &s);
    }
    *at = s.at;
    return good;
}

static void rebase_view(cf_str *view, const char *from, const char *to)
{
    if (view->ptr)
        view->ptr = to + (view->ptr - from);
}

/* Points every view into the same bytes at another place. */
static void rebase(cf_http_parser *parser, const char *to)
{
    const char *from = parser->base;

    rebase_view(&parser->method, from, to);
    rebase_view(&parser->target, from, to);
    rebase_view(&parser->host, from, to);
    rebase_view(&parser->field.name, from, to);
    rebase_view(&parser->field.value, from, to);
    for (size_t i = 0; i < parser->fields.len; i++) {
        rebase_view(&parser->fields.items[i].name, from, to);
        rebase_view(&parser->fields.items[i].value, from, to);
    }
    parser->mark = to + (parser->mark - from);
    parser->base = to;
}

/* Keeps bytes of an unfinished head behind those saved before. */
static void save(cf_http_parser *parser, const char *bytes, size_t size)
{
    size_t need = parser->saved_len + size;

    if (need > parser->saved_cap) {
        size_t cap = parser->saved_cap ? 2 * parser->saved_cap : 512;
        char  *moved;
        if (cap < need)
            cap = need;
        moved = cf_alloc(parser->arena, cap);
        if (parser->saved_len)
            memcpy(moved, parser->saved, parser->saved_len);
        rebase(parser, moved);
        parser->saved = moved;
        parser->saved_cap = cap;
    }
    memcpy(parser->saved + parser->saved_len, bytes, size);
    parser->saved_len = need;
}

static cf_http_result finish(cf_http_parser *parser)
{
    cf_http_request *request = cf_new(parser->arena, cf_http_request);

    if (!cf__http_frame(parser, request) || !cf__http_target(parser, request))
        return CF_HTTP_FAILED;
    cf__http_body_init(&parser->body, request->body.length, parser->limits.max_body);
    parser->request = request;
    return CF_HTTP_DONE;
}

/* A head that begins in this input. */
static cf_http_result feed_fresh(cf_http_parser *parser, cf_str *input)
{
    const char *at = input->ptr, *end = input->ptr + input->len;
    bool        good = scan_head(parser, &at, end);

    *input = cf_str_n(at, (size_t)(end - at));
    if (!good)
        return CF_HTTP_FAILED;
    if (parser->state <= AT_START_LF)
        return CF_HTTP_MORE;
    if (parser->state != AT_END) {
        const char *base = parser->base;
        save(parser, base, (size_t)(at - base));
        return CF_HTTP_MORE;
    }
    rebase(parser, cf_memdup(parser->arena, parser->base, (size_t)(at - parser->base)));
    return finish(parser);
}

/* More of a head whose beginning is saved. No more than the bound is taken. */
static cf_http_result feed_saved(cf_http_parser *parser, cf_str *input)
{
    while (input->len) {
        size_t old = parser->saved_len, room = parser->bound + 1 - old;
        cf_str part = cf_str_slice(*input, 0, room);
        save(parser, part.ptr, part.len);
        const char *at = parser->saved + old;
        bool        good = scan_head(parser, &at, parser->saved + parser->saved_len);
        size_t      used = (size_t)(at - parser->saved) - old;
        *input = cf_str_slice(*input, used, input->len);
        parser->saved_len = old + used;
        if (!good)
            return CF_HTTP_FAILED;
        if (parser->state == AT_END)
            return finish(parser);
    }
    return CF_HTTP_MORE;
}

cf_http_result cf_http_parser_feed(cf_http_parser *parser, cf_str *input)
{
    if (input->len == 0 && parser->state != AT_FAILED)
        return CF_HTTP_MORE;
    return parser->saved_len ? feed_saved(parser, input) : feed_fresh(parser, input);
}
