/* http_writer.c -- response heads in one pass over prepared pieces. */
#include <carafe/http_writer.h>

#include <stdio.h>

/* The most that the writer itself adds: status line, Date, Content-Length, Connection. */
#define OWN_ROOM 192

static char *put(char *at, cf_str text)
{
    memcpy(at, text.ptr, text.len);
    return at + text.len;
}

static char *put_number(char *at, uint64_t number)
{
    char   digits[20];
    size_t n = sizeof digits;

    do
        digits[--n] = (char)('0' + number % 10);
    while (number /= 10);
    memcpy(at, digits + n, sizeof digits - n);
    return at + sizeof digits - n;
}

static char *put_status(char *at, int status)
{
    if (status == 200)
        return put(at, CF_STR("HTTP/1.1 200 OK\r\n"));
    at = put(at, CF_STR("HTTP/1.1 "));
    at = put_number(at, (uint64_t)status);
    *at++ = ' ';
    at = put(at, cf_str_of(cf_status_text(status)));
    return put(at, CF_STR("\r\n"));
}

/* Fields that describe the connection or the framing, which are the writer's to decide. */
static bool is_own(cf_str name)
{
    switch (name.len) {
    case 4:
        return cf_str_iis(name, "date");
    case 10:
        return cf_str_iis(name, "connection") || cf_str_iis(name, "keep-alive");
    case 14:
        return cf_str_iis(name, "content-length");
    case 17:
        return cf_str_iis(name, "transfer-encoding");
    default:
        return false;
    }
}

int64_t cf_http_response_length(const cf_http_response *response)
{
    if (response->file)
        return response->file_length;
    if (response->stream)
        return response->stream_length;
    return (int64_t)response->body.len;
}

static bool has_no_content(int status)
{
    return status < 200 || status == 204 || status == 304;
}

static cf_http_framing framing(const cf_http_head *head, const cf_http_response *response)
{
    int64_t length = cf_http_response_length(response);

    if (head->method == CF_HEAD || has_no_content(response->status) || length == 0)
        return CF_FRAME_NONE;
    if (length > 0)
        return CF_FRAME_LENGTH;
    return head->version >= 11 ? CF_FRAME_CHUNKED : CF_FRAME_CLOSE;
}

/* The length that a GET would have had, where the body is left out. */
static char *put_length(char *at, const cf_http_head *head, const cf_http_response *response)
{
    int64_t length = cf_http_response_length(response);
    cf_str  announced;

    if (response->status < 200 || response->status == 204)
        return at;
    if (response->status == 304 || (head->method == CF_HEAD && length == 0)) {
        uint64_t number;
        announced = cf_headers_get(&response->headers, "Content-Length");
        if (cf_str_to_u64(announced, &number))
            length = (int64_t)number;
        else if (response->status == 304)
            return at;
    }
    if (length < 0)
        return at;
    at = put(at, CF_STR("Content-Length: "));
    at = put_number(at, (uint64_t)length);
    return put(at, CF_STR("\r\n"));
}

static char *put_fields(char *at, const cf_headers *headers)
{
    for (size_t i = 0; i < headers->len; i++) {
        const cf_header *field = &headers->items[i];
        if (is_own(field->name))
            continue;
        at = put(at, field->name);
        at = put(at, CF_STR(": "));
        if (field->value.len)
            at = put(at, field->value);
        at = put(at, CF_STR("\r\n"));
    }
    return at;
}

cf_http_framing cf_http_write_head(cf_buf *out, const cf_http_head *head,
                                   const cf_http_response *response)
{
    cf_http_framing kind = framing(head, response);
    bool            close = !head->keep_alive || response->close || kind == CF_FRAME_CLOSE;
    size_t          room = OWN_ROOM + head->date.len;
    char           *at;

    for (size_t i = 0; i < response->headers.len; i++)
        room += response->headers.items[i].name.len + response->headers.items[i].value.len + 4;
    if (!cf_buf_reserve(out, room)) {
        out->overflow = true;
        return kind;
    }
    at = put_status(out->ptr + out->len, response->status);
    if (head->date.len)
        at = put(at, head->date);
    at = put_fields(at, &response->headers);
    if (kind == CF_FRAME_CHUNKED)
        at = put(at, CF_STR("Transfer-Encoding: chunked\r\n"));
    else
        at = put_length(at, head, response);
    if (close)
        at = put(at, CF_STR("Connection: close\r\n"));
    else if (head->version < 11)
        at = put(at, CF_STR("Connection: keep-alive\r\n"));
    at = put(at, CF_STR("\r\n"));
    out->len = (size_t)(at - out->ptr);
    return kind;
}

size_t cf_http_date_line(cf_time now, char out[40])
{
    char date[30];

    cf_time_http(now, date);
    return (size_t)snprintf(out, 40, "Date: %s\r\n", date);
}

void cf_http_write_chunk_head(cf_buf *out, size_t size)
{
    cf_buf_printf(out, "%zx\r\n", size);
}
