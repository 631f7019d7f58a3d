/* context.c -- moving between stacks, with what AddressSanitizer wants to know about it. */
#include "net/context.h"

#include <stdint.h>
#include <string.h>

#ifdef CF_NET_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

/* ASan keeps a shadow of the running stack's bounds and must be told before and after a move. */
static void before_swap(cf__context *from, const cf__context *to)
{
#ifdef CF_NET_ASAN
    __sanitizer_start_switch_fiber(&from->fake_stack, to->bottom, to->size);
#else
    (void)from, (void)to;
#endif
}

static void after_swap(cf__context *self, cf__context *came_from)
{
#ifdef CF_NET_ASAN
    const void *bottom;
    size_t      size;

    __sanitizer_finish_switch_fiber(self ? self->fake_stack : NULL, &bottom, &size);
    if (came_from && !came_from->bottom) {
        came_from->bottom = bottom;
        came_from->size = size;
    }
#else
    (void)self, (void)came_from;
#endif
}

void cf__context_entered(cf__context *from)
{
    after_swap(NULL, from);
}

#ifdef CF_FIBER_UCONTEXT

/* makecontext() passes ints only, so the pointers travel in halves. */
static void begin(unsigned entry_high, unsigned entry_low, unsigned arg_high, unsigned arg_low)
{
    uintptr_t entry = (uintptr_t)((uint64_t)entry_high << 32 | entry_low);
    uintptr_t arg = (uintptr_t)((uint64_t)arg_high << 32 | arg_low);
    void (*fn)(void *);

    memcpy(&fn, &entry, sizeof fn);
    fn((void *)arg);
}

void cf__context_make(cf__context *context, void *bottom, size_t size, void (*entry)(void *),
                      void *arg)
{
    uint64_t fn = (uintptr_t)entry, data = (uintptr_t)arg;

    memset(context, 0, sizeof *context);
    getcontext(&context->uc);
    context->uc.uc_stack.ss_sp = bottom;
    context->uc.uc_stack.ss_size = size;
    context->bottom = bottom;
    context->size = size;
    makecontext(&context->uc, (void (*)(void))begin, 4, (unsigned)(fn >> 32), (unsigned)fn,
                (unsigned)(data >> 32), (unsigned)data);
}

void cf__context_swap(cf__context *from, cf__context *to)
{
    before_swap(from, to);
    swapcontext(&from->uc, &to->uc);
    after_swap(from, to);
}

#else

void cf__switch(void **save, void *to);
void cf__switch_entry(void);

void cf__context_make(cf__context *context, void *bottom, size_t size, void (*entry)(void *),
                      void *arg)
{
    uintptr_t *sp = (uintptr_t *)(((uintptr_t)bottom + size) & ~(uintptr_t)15);

    memset(context, 0, sizeof *context);
    context->bottom = bottom;
    context->size = size;
    /* The frame that cf__switch() pops: see switch.S for the order. */
#if defined(__x86_64__)
    sp -= 9; /* The stack is aligned to 16 once seven words are popped. */
    memset(sp, 0, 9 * sizeof *sp);
    sp[3] = (uintptr_t)arg;
    sp[4] = (uintptr_t)entry;
    sp[6] = (uintptr_t)cf__switch_entry;
#elif defined(__aarch64__)
    sp -= 20;
    memset(sp, 0, 20 * sizeof *sp);
    sp[0] = (uintptr_t)entry;
    sp[1] = (uintptr_t)arg;
    sp[11] = (uintptr_t)cf__switch_entry;
#endif
    context->sp = sp;
}

void cf__context_swap(cf__context *from, cf__context *to)
{
    before_swap(from, to);
    cf__switch(&from->sp, to->sp);
    after_swap(from, to);
}

#endif
