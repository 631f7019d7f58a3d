/* arena.h -- memory with one owner: everything an arena gave is freed at once.
 *
 * A request, an app, a template each own one. The parameter named `arena` of a function owns the
 * result. An allocation never returns NULL: running out of memory aborts the worker process, so
 * limits sit on inputs. */
#ifndef CARAFE_ARENA_H
#define CARAFE_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <carafe/error.h>

typedef struct cf_arena cf_arena;

/* Makes an empty arena; the caller owns it and ends it with cf_arena_free(). */
cf_arena *cf_arena_new(void);

/* Runs the deferred calls, latest first, then frees everything. NULL is fine. */
void cf_arena_free(cf_arena *arena);

/* Runs the deferred calls, latest first, and makes the arena empty, keeping one block for reuse.
 * Under sanitizers the kept memory is poisoned. */
void cf_arena_reset(cf_arena *arena);

/* Uninitialised memory of `size` bytes, aligned for any type. */
void *cf_alloc(cf_arena *arena, size_t size);

/* Zeroed memory for `count` elements of `size` bytes; aborts on overflow. */
void *cf_calloc(cf_arena *arena, size_t count, size_t size);

/* Grows a block: in place when it is the arena's latest, else by copy. Never shrinks. */
void *cf_grow(cf_arena *arena, void *ptr, size_t old_size, size_t new_size);

/* A zeroed object of a type. */
#define cf_new(arena, type) ((type *)cf_calloc((arena), 1, sizeof(type)))

/* A zeroed array of a type. */
#define cf_new_array(arena, type, count) ((type *)cf_calloc((arena), (count), sizeof(type)))

/* Calls `fn(data)` when the arena is reset or freed, so that files and sockets close on every
 * path. Returns false never; there is nothing to check. */
void cf_arena_defer(cf_arena *arena, void (*fn)(void *data), void *data);

/* Takes back a deferred call with the same function and data, latest first, without running it.
 *
 * Returns: whether there was one.
 */
bool cf_arena_undefer(cf_arena *arena, void (*fn)(void *data), void *data);

/* A NUL-terminated copy of a C string; NULL gives NULL. */
char *cf_strdup(cf_arena *arena, const char *text);

/* A NUL-terminated copy of `size` bytes. */
char *cf_strndup(cf_arena *arena, const char *text, size_t size);

/* A copy of `size` bytes. */
void *cf_memdup(cf_arena *arena, const void *data, size_t size);

/* printf into the arena. Returns a NUL-terminated string. */
char *cf_printf(cf_arena *arena, const char *format, ...) CF_PRINTF(2, 3);
char *cf_vprintf(cf_arena *arena, const char *format, va_list args) CF_PRINTF(2, 0);

/* Bytes handed out since the last reset, for limits and benchmarks. */
size_t cf_arena_used(const cf_arena *arena);

/* Whether an address lies in memory of the arena. Takes a step for each of its blocks. */
bool cf_arena_owns(const cf_arena *arena, const void *ptr);

/* malloc and friends that abort instead of failing; freed by free(). For the few objects whose
 * lifetime is no arena's. */
void *cf_xmalloc(size_t size);
void *cf_xcalloc(size_t count, size_t size);
void *cf_xrealloc(void *ptr, size_t size);
char *cf_xstrdup(const char *text);

#endif
