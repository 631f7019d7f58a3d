/* crash.c -- a worker's last words: which signal, where, on which fiber, with its stack.
 *
 * The handler runs on a stack of its own, since the fiber's may be what is exhausted. It only
 * collects numbers and sends them; the supervisor, whose memory is sound and whose code lies at
 * the same addresses, resolves them. An alarm ends a handler that hangs. */
#include "net/crash.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <ucontext.h>
#include <unistd.h>

#include <carafe/log.h>
#include <carafe/stack.h>

#include "net/loop.h"

#define SIGNAL_STACK  ((size_t)128 * 1024)
#define HANDLER_LIMIT 5 /* Seconds. */

static const int fatal_signals[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL };

static int crash_channel = -1;

static uintptr_t program_counter(const ucontext_t *context)
{
#if defined(__x86_64__)
    return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (uintptr_t)context->uc_mcontext.pc;
#else
    (void)context;
    return 0;
#endif
}

/* The stack from the faulting instruction on, without the handler's own frames. */
static void collect_stack(cf__message *message, uintptr_t pc)
{
    uintptr_t all[CF__CRASH_FRAMES + 8];
    size_t    count = cf_backtrace_addresses(all, sizeof all / sizeof all[0], 0), first = 0;

    while (first < count && all[first] != pc)
        first++;
    if (first == count) { /* The unwinder lost its way: at least the place itself. */
        first = 0;
        if (pc)
            message->frames[message->frame_count++] = pc + 1;
    } else {
        /* Not a return address: resolving looks at the byte before. */
        all[first]++;
    }
    while (first < count && message->frame_count < CF__CRASH_FRAMES)
        message->frames[message->frame_count++] = all[first++];
}

static void send_report(const cf__message *message)
{
    char line[512];
    int  size;

    if (crash_channel >= 0 &&
        send(crash_channel, message, sizeof *message, MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
        return;
    size = snprintf(line, sizeof line,
                    "carafe: process %d: %s%s, fiber '%s', address %p, code at %p\n", (int)getpid(),
                    message->overflow ? "stack overflow, " : "", strsignal(message->signal),
                    message->fiber, (void *)message->address, (void *)message->frames[0]);
    if (size > 0 &&
        write(STDERR_FILENO, line, (size_t)size < sizeof line ? (size_t)size : sizeof line - 1) < 0)
        return;
}

static void on_fatal(int number, siginfo_t *info, void *context)
{
    static cf__message message; /* Zeroed; only one thread comes here with a report to make. */
    cf__loop          *loop = cf__loop_peek();
    const cf_fiber    *fiber = loop ? loop->current : NULL;
    sigset_t           alarm_only;

    signal(SIGALRM, SIG_DFL);
    sigemptyset(&alarm_only);
    sigaddset(&alarm_only, SIGALRM);
    pthread_sigmask(SIG_UNBLOCK, &alarm_only, NULL);
    alarm(HANDLER_LIMIT);
    message.kind = CF__MESSAGE_CRASH;
    message.signal = number;
    message.address = number == SIGABRT ? 0 : (uintptr_t)info->si_addr;
    message.overflow = number == SIGSEGV && cf__fiber_overflowed(info->si_addr);
    if (fiber && fiber->name)
        snprintf(message.fiber, sizeof message.fiber, "%s", fiber->name);
    collect_stack(&message, program_counter(context));
    send_report(&message);
    if (fiber && fiber->on_crash)
        fiber->on_crash(fiber->crash_data, &message);
    /* The disposition was reset on entry: the signal now ends the process. */
    raise(number);
}

bool cf__crash_install(int channel)
{
    struct sigaction action = { .sa_sigaction = on_fatal,
                                .sa_flags = (int)(SA_SIGINFO | SA_ONSTACK | SA_RESETHAND) };
    stack_t          stack = { .ss_size = SIGNAL_STACK };
    uintptr_t        warm_up[4];

    crash_channel = channel;
    stack.ss_sp = mmap(NULL, SIGNAL_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                       0);
    if (stack.ss_sp == MAP_FAILED || sigaltstack(&stack, NULL) != 0)
        return false;
    /* The unwinder loads its library at its first use, which no signal handler may do. */
    cf_backtrace_addresses(warm_up, 4, 0);
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof fatal_signals / sizeof fatal_signals[0]; i++)
        sigaction(fatal_signals[i], &action, NULL);
    return true;
}

void cf__crash_uninstall(void)
{
    stack_t none = { .ss_flags = SS_DISABLE }, old;

    for (size_t i = 0; i < sizeof fatal_signals / sizeof fatal_signals[0]; i++)
        signal(fatal_signals[i], SIG_DFL);
    if (sigaltstack(&none, &old) == 0 && !(old.ss_flags & SS_DISABLE))
        munmap(old.ss_sp, old.ss_size);
}

bool cf__crash_hand_over(cf__message *message, int fd)
{
    union {
        struct cmsghdr header;
        char           space[CMSG_SPACE(sizeof fd)];
    } control = { 0 };
    struct iovec  part = { .iov_base = message, .iov_len = sizeof *message };
    struct msghdr packet = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
    };

    message->kind = CF__MESSAGE_ANSWER;
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
    return crash_channel >= 0 && sendmsg(crash_channel, &packet, MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
}
