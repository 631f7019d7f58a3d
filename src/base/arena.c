/* arena.c -- memory with one owner.
 *
 * An arena is a chain of blocks, the newest first; allocation moves a pointer in the newest. A
 * block is as large as all before it together, up to a cap, so a big request costs few mallocs and
 * a small one only its first block, which a reset keeps. */
#include <carafe/arena.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define CF_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CF_ASAN 1
#endif
#endif
#ifdef CF_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(ptr, size)   ASAN_POISON_MEMORY_REGION((ptr), (size))
#define UNPOISON(ptr, size) ASAN_UNPOISON_MEMORY_REGION((ptr), (size))
/* A gap after each allocation, so that writing past one is caught. */
#define REDZONE 16
#else
#define POISON(ptr, size)   ((void)(ptr), (void)(size))
#define UNPOISON(ptr, size) ((void)(ptr), (void)(size))
#define REDZONE             0
#endif

#define ALIGN       16
#define FIRST_BLOCK 4096
#define LAST_BLOCK  (256 * 1024)

typedef struct block {
    struct block *next;
    size_t        size; /* Usable bytes that follow the header. */
} block;

typedef struct deferred {
    struct deferred *next;
    void (*fn)(void *data);
    void *data;
} deferred;

struct cf_arena {
    char     *at, *end; /* Free part of the newest block. */
    char     *latest;   /* Newest allocation, which cf_grow() may extend. */
    block    *blocks;
    deferred *deferred;
    size_t    used; /* In blocks that are full. */
    size_t    next_size;
};

static void *out_of_memory(size_t size)
{
    fprintf(stderr, "carafe: out of memory (%zu bytes wanted)\n", size);
    abort();
}

void *cf_xmalloc(size_t size)
{
    void *ptr = malloc(size ? size : 1);

    return ptr ? ptr : out_of_memory(size);
}

void *cf_xcalloc(size_t count, size_t size)
{
    void *ptr = calloc(count ? count : 1, size ? size : 1);

    return ptr ? ptr : out_of_memory(size);
}

void *cf_xrealloc(void *ptr, size_t size)
{
    void *moved = realloc(ptr, size ? size : 1);

    return moved ? moved : out_of_memory(size);
}

char *cf_xstrdup(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(cf_xmalloc(size), text, size);
}

#define HEADER ((sizeof(block) + ALIGN - 1) & ~(size_t)(ALIGN - 1))

static char *block_start(block *b)
{
    return (char *)b + HEADER;
}

static void use_block(cf_arena *arena, block *b)
{
    arena->at = block_start(b);
    arena->end = arena->at + b->size;
    arena->latest = NULL;
    POISON(arena->at, b->size);
}

static void add_block(cf_arena *arena, size_t at_least)
{
    size_t size = arena->next_size;
    block *b;

    if (size < at_least)
        size = at_least;
    if (size > SIZE_MAX / 2)
        out_of_memory(size);
    b = cf_xmalloc(size + HEADER);
    b->size = size;
    b->next = arena->blocks;
    if (arena->blocks)
        arena->used += (size_t)(arena->at - block_start(arena->blocks));
    arena->blocks = b;
    if (arena->next_size < LAST_BLOCK)
        arena->next_size *= 2;
    use_block(arena, b);
}

cf_arena *cf_arena_new(void)
{
    cf_arena *arena = cf_xcalloc(1, sizeof *arena);

    arena->next_size = FIRST_BLOCK;
    return arena;
}

static void run_deferred(cf_arena *arena)
{
    while (arena->deferred) {
        deferred *d = arena->deferred;
        arena->deferred = d->next;
        d->fn(d->data);
    }
}

static void free_block(block *b)
{
    UNPOISON(block_start(b), b->size);
    free(b);
}

void cf_arena_reset(cf_arena *arena)
{
    block *keep = NULL;

    run_deferred(arena);
    while (arena->blocks) {
        block *b = arena->blocks;
        arena->blocks = b->next;
        /* The newest ordinary block is the largest: the next request is likely as big. */
        if (!keep && b->size <= LAST_BLOCK)
            keep = b;
        else
            free_block(b);
    }
    arena->used = 0;
    arena->at = arena->end = arena->latest = NULL;
    arena->blocks = keep;
    if (keep) {
        keep->next = NULL;
        arena->next_size = keep->size < LAST_BLOCK ? keep->size * 2 : LAST_BLOCK;
        use_block(arena, keep);
    }
}

void cf_arena_free(cf_arena *arena)
{
    if (!arena)
        return;
    run_deferred(arena);
    while (arena->blocks) {
        block *b = arena->blocks;
        arena->blocks = b->next;
        free_block(b);
    }
    free(arena);
}

void *cf_alloc(cf_arena *arena, size_t size)
{
    size_t room = (size + ALIGN - 1 + REDZONE) & ~(size_t)(ALIGN - 1);
    char  *ptr;

    if (room < size)
        out_of_memory(size);
    if ((size_t)(arena->end - arena->at) < room || !arena->at)
        add_block(arena, room ? room : ALIGN);
    ptr = arena->at;
    arena->at += room;
    arena->latest = ptr;
    UNPOISON(ptr, size);
    return ptr;
}

void *cf_calloc(cf_arena *arena, size_t count, size_t size)
{
    size_t total;
    void  *ptr;

    if (__builtin_mul_overflow(count, size, &total))
        out_of_memory(SIZE_MAX);
    ptr = cf_alloc(arena, total);
    return total ? memset(ptr, 0, total) : ptr;
}

void *cf_grow(cf_arena *arena, void *ptr, size_t old_size, size_t new_size)
{
    size_t room = (new_size + ALIGN - 1 + REDZONE) & ~(size_t)(ALIGN - 1);
    void  *moved;

    if (new_size <= old_size && ptr)
        return ptr;
    if (ptr && ptr == arena->latest && room >= new_size &&
        (size_t)(arena->end - arena->latest) >= room) {
        arena->at = arena->latest + room;
        UNPOISON(ptr, new_size);
        return ptr;
    }
    moved = cf_alloc(arena, new_size);
    if (old_size && ptr)
        memcpy(moved, ptr, old_size);
    return moved;
}

void cf_arena_defer(cf_arena *arena, void (*fn)(void *data), void *data)
{
    deferred *d = cf_alloc(arena, sizeof *d);

    *d = (deferred){ arena->deferred, fn, data };
    arena->deferred = d;
}

bool cf_arena_undefer(cf_arena *arena, void (*fn)(void *data), void *data)
{
    for (deferred **at = &arena->deferred; *at; at = &(*at)->next)
        if ((*at)->fn == fn && (*at)->data == data) {
            *at = (*at)->next;
            return true;
        }
    return false;
}

char *cf_strndup(cf_arena *arena, const char *text, size_t size)
{
    char *copy = cf_alloc(arena, size + 1);

    if (size)
        memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

char *cf_strdup(cf_arena *arena, const char *text)
{
    return text ? cf_strndup(arena, text, strlen(text)) : NULL;
}

void *cf_memdup(cf_arena *arena, const void *data, size_t size)
{
    void *copy = cf_alloc(arena, size);

    return size ? memcpy(copy, data, size) : copy;
}

char *cf_vprintf(cf_arena *arena, const char *format, va_list args)
{
    va_list again;
    char   *text;
    int     size;

    va_copy(again, args);
    size = vsnprintf(NULL, 0, format, args);
    if (size < 0)
        size = 0;
    text = cf_alloc(arena, (size_t)size + 1);
    text[0] = '\0';
    vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    return text;
}

char *cf_printf(cf_arena *arena, const char *format, ...)
{
    va_list args;
    char   *text;

    va_start(args, format);
    text = cf_vprintf(arena, format, args);
    va_end(args);
    return text;
}

size_t cf_arena_used(const cf_arena *arena)
{
    return arena->blocks ? arena->used + (size_t)(arena->at - block_start(arena->blocks)) : 0;
}

bool cf_arena_owns(const cf_arena *arena, const void *ptr)
{
    const char *at = ptr;

    for (const block *b = arena->blocks; b; b = b->next)
        if (at >= (const char *)(b + 1) && at < (const char *)(b + 1) + b->size)
            return true;
    return false;
}
