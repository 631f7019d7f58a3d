/* context.h -- a stack that can be left and entered again, and how to move between two of them. */
#ifndef CARAFE_NET_CONTEXT_H
#define CARAFE_NET_CONTEXT_H

#include <stddef.h>

#if !defined(CF_FIBER_UCONTEXT) && !defined(__x86_64__) && !defined(__aarch64__)
#define CF_FIBER_UCONTEXT 1
#endif

#if defined(__SANITIZE_ADDRESS__)
#define CF_NET_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CF_NET_ASAN 1
#endif
#endif

#ifdef CF_FIBER_UCONTEXT
#include <ucontext.h>
#endif

/* Where execution stands on one stack, while it is left. */
typedef struct cf__context {
#ifdef CF_FIBER_UCONTEXT
    ucontext_t uc;
#else
    void *sp;
#endif
#ifdef CF_NET_ASAN
    void *fake_stack;
#endif
    const void *bottom; /* Lowest address and size of the stack; unknown (NULL) for a thread's. */
    size_t      size;
} cf__context;

/* Prepares a stack so that the first swap to it calls `entry(arg)`, which must never return. */
void cf__context_make(cf__context *context, void *bottom, size_t size, void (*entry)(void *),
                      void *arg);

/* Leaves the running stack, recording it in `from`, and enters `to`. Returns when something swaps
 * back to `from`. */
void cf__context_swap(cf__context *from, cf__context *to);

/* The first thing a new stack must call: `from` is the context that entered it. */
void cf__context_entered(cf__context *from);

#endif
