/* access_log.c -- one line a request, gathered and written some at a time so that it costs little.
 *
 * Lines wait at most a quarter of a second. Outside a server (tests, commands) each is written at
 * once. What a client sent is escaped, so that it cannot forge a line. */
#include "web/web.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <carafe/fiber.h>

#define HOLD       CF_KIB(32)
#define HOLD_FOR   250 /* Milliseconds. */
#define MAX_TARGET 500 /* Bytes of an address that are shown. */

static struct {
    char    lines[HOLD];
    size_t  len;
    bool    flusher; /* A fiber that will write them is under way. */
    int64_t second;
    char    stamp[24]; /* "2026-11-23 17:32:17" */
} held;

void cf__access_log_flush(void)
{
    size_t done = 0;

    while (done < held.len) {
        ssize_t n = write(STDERR_FILENO, held.lines + done, held.len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break; /* There is nowhere to complain. */
        done += (size_t)n;
    }
    held.len = 0;
}

static void flush_later(void *arg)
{
    (void)arg;
    cf_sleep(HOLD_FOR, NULL);
    held.flusher = false;
    cf__access_log_flush();
}

/* The time's text, made anew once a second. */
static const char *stamp(cf_time now)
{
    int64_t second = now.us / CF_SECOND;

    if (second != held.second || !held.stamp[0]) {
        cf_civil c = cf_time_civil(now);
        snprintf(held.stamp, sizeof held.stamp, "%04u-%02u-%02u %02u:%02u:%02u",
                 (unsigned)c.year % 10000, (unsigned)c.month % 100, (unsigned)c.day % 100,
                 (unsigned)c.hour % 100, (unsigned)c.minute % 100, (unsigned)c.second % 100);
        held.second = second;
    }
    return held.stamp;
}

/* Printable ASCII as it is, but for quotes and backslashes; the rest as \xNN or \u00NN. */
static size_t escape(char *out, size_t size, cf_str text, bool json)
{
    static const char digits[] = "0123456789abcdef";
    size_t            n = 0;

    for (size_t i = 0; i < text.len && i < MAX_TARGET && n + 7 < size; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c > ' ' && c < 0x7f && c != '"' && c != '\\') {
            out[n++] = (char)c;
            continue;
        }
        memcpy(out + n, json ? "\\u00" : "\\x", json ? 4 : 2);
        n += json ? 4 : 2;
        out[n++] = digits[c >> 4];
        out[n++] = digits[c & 15];
    }
    return n;
}

static int put_line(cf_request *req, const cf_response *response, char *out, size_t size)
{
    char    target[MAX_TARGET + 64], from[64];
    bool    json = req->app->settings.log_json;
    cf_time now = cf_now();
    int     shown = (int)escape(target, sizeof target, req->http->target, json);
    int     peer = (int)escape(from, sizeof from, cf_str_of(cf_request_remote_addr(req)), json);

    return snprintf(out, size,
                    json ? "{\"time\":\"%s.%03u\",\"level\":\"info\",\"pid\":%ld,\"message\":"
                           "\"request\",\"method\":\"%s\",\"target\":\"%.*s\",\"status\":%d,"
                           "\"bytes\":%zu,\"us\":%lld,\"from\":\"%.*s\",\"id\":\"%s\"}\n"
                         : "%s.%03u INFO    [%ld] %s %.*s %d %zu B %lld us %.*s %s\n",
                    stamp(now), (unsigned)(now.us / 1000 % 1000), (long)getpid(),
                    cf_request_method_text(req), shown, target, response->http.status,
                    cf_response_body(response).len, (long long)(cf_monotonic_us() - req->began),
                    peer, from, cf_request_id(req));
}

void cf__access_log(cf_request *req, const cf_response *response)
{
    cf_app *app = req->app;
    int     n;

    if (app->request_count++ % (uint64_t)app->settings.access_log || !req->http)
        return;
    if (held.len + 2048 > HOLD)
        cf__access_log_flush();
    n = put_line(req, response, held.lines + held.len, HOLD - held.len);
    if (n > 0 && (size_t)n < HOLD - held.len)
        held.len += (size_t)n;
    if (!cf_fiber_current())
        cf__access_log_flush();
    else if (!held.flusher)
        held.flusher = cf_fiber_spawn("access log", flush_later, NULL, NULL) != NULL;
}
