/* buf.h -- a string builder with a hard limit.
 *
 * Past its limit a buffer takes nothing more and remembers that; one check at the end is enough.
 * With an arena it grows there and needs no freeing; without (arena NULL) it uses the heap and
 * ends with cf_buf_free(). */
#ifndef CARAFE_BUF_H
#define CARAFE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include <carafe/arena.h>
#include <carafe/str.h>

#define CF_KIB(n) ((size_t)(n)*1024)
#define CF_MIB(n) ((size_t)(n)*1024 * 1024)

typedef struct cf_buf {
    char     *ptr; /* Content; not NUL-terminated until cf_buf_cstr(). */
    size_t    len;
    size_t    cap;
    size_t    limit;    /* Most bytes it may hold; 0 means 64 MiB. */
    cf_arena *arena;    /* Owner of the memory; NULL: the heap. */
    bool      overflow; /* Something did not fit and was dropped. */
} cf_buf;

/* A buffer in an arena. `limit` in bytes, 0 for the default. */
static inline cf_buf cf_buf_in(cf_arena *arena, size_t limit)
{
    return (cf_buf){ .arena = arena, .limit = limit };
}

/* Makes room for `more` bytes beyond len. Returns false past the limit. */
bool cf_buf_reserve(cf_buf *buf, size_t more);

void cf_buf_add(cf_buf *buf, const void *data, size_t size);
void cf_buf_putc(cf_buf *buf, char c);
void cf_buf_puts(cf_buf *buf, const char *text);
void cf_buf_str(cf_buf *buf, cf_str s);
void cf_buf_printf(cf_buf *buf, const char *format, ...) CF_PRINTF(2, 3);
void cf_buf_vprintf(cf_buf *buf, const char *format, va_list args) CF_PRINTF(2, 0);
void cf_buf_i64(cf_buf *buf, int64_t number);

/* Appends with & < > " ' replaced by the entities that Jinja2's escape() writes. */
void cf_buf_html(cf_buf *buf, cf_str s);

/* Empties it, keeping the memory. */
void cf_buf_clear(cf_buf *buf);

/* Removes `count` bytes from the front. */
void cf_buf_shift(cf_buf *buf, size_t count);

/* The content as a view; valid until the buffer changes. */
static inline cf_str cf_buf_view(const cf_buf *buf)
{
    return (cf_str){ buf->ptr, buf->len };
}

/* The content NUL-terminated (the NUL is not counted). Never NULL. */
char *cf_buf_cstr(cf_buf *buf);

/* Frees a heap buffer and makes it empty. */
void cf_buf_free(cf_buf *buf);

/* Checks the overflow mark: false with CF_ELIMIT when something was dropped. */
bool cf_buf_ok(const cf_buf *buf, cf_error *err);

/* Where somebody writes piece by piece: a client, a file, a test. */
typedef struct cf_sink {
    bool (*write)(void *data, cf_str piece, cf_error *err) CF_SUSPENDS;
    void  *data;
    size_t chunk; /* Bytes that a piece should have; 0: as it suits the writer. */
} cf_sink;

/* Writes a piece; may wait. False with err when that fails or the reader is gone. */
static inline bool cf_sink_write(const cf_sink *sink, cf_str piece, cf_error *err)
{
    return sink->write(sink->data, piece, err);
}

#endif
