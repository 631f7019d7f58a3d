/* stack.h -- the C stack of the running code, with functions, files and lines. */
#ifndef CARAFE_STACK_H
#define CARAFE_STACK_H

#include <stddef.h>
#include <stdint.h>

#include <carafe/arena.h>
#include <carafe/buf.h>

/* One call on a stack, the innermost first. Texts are NULL when unknown. */
typedef struct cf_frame {
    uintptr_t   address;  /* Within the calling instruction. */
    const char *function; /* "edit_post". */
    const char *file;     /* As the compiler was given it: "src/web/app.c". */
    int         line;     /* 0 when unknown. */
    const char *module;   /* The program or shared library: "/usr/bin/flaskinni". */
} cf_frame;

/* Records the addresses of the calling stack; cheap and safe in a signal handler.
 *
 * Args:
 *   skip: innermost calls to leave out, beside this function.
 *
 * Returns: how many addresses were stored, at most `max`.
 */
size_t cf_backtrace_addresses(uintptr_t *addresses, size_t max, size_t skip);

/* Resolves addresses of this process by its debugging information. Takes milliseconds: for error
 * pages and logs.
 *
 * Returns: `count` frames in the arena.
 */
cf_frame *cf_backtrace_resolve(cf_arena *arena, const uintptr_t *addresses, size_t count);

/* Both at once: the calling stack, resolved. *count receives how many frames there are. */
cf_frame *cf_backtrace(cf_arena *arena, size_t skip, size_t *count);

/* Writes frames as one line: "parse (src/x.c:12) < view (app/blog.c:7) < …". */
void cf_backtrace_line(cf_buf *out, const cf_frame *frames, size_t count);

#endif
