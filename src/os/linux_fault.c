// SPDX-License-Identifier: MIT
// Faults on Linux: a handler of SIGSEGV, and what the kernel would have done without it.
//
// An access that the protection of anonymous memory refuses is always a SIGSEGV;
// SIGBUS is of files that ended and of broken memory, and is left alone.
#include "os/fault_code.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

static struct sigaction before; // fixed, but that SA_RESETHAND makes it the default

#if defined(__aarch64__)
// Among the records that the kernel lays behind the registers; 0: it told none.
static uint64_t syndrome_of(const mcontext_t *m)
{
    enum { SYNDROME_RECORD = 0x45535201 };
    const char *records = (const char *)m->__reserved; // which C libraries give other types
    struct { uint32_t magic, size; } head;
    uint64_t syndrome = 0;

    for (size_t at = 0; at + sizeof(head) <= sizeof(m->__reserved); at += head.size) {
        memcpy(&head, records + at, sizeof(head));
        if (head.magic == SYNDROME_RECORD)
            memcpy(&syndrome, records + at + sizeof(head), sizeof(syndrome));
        if (head.magic == SYNDROME_RECORD || head.size == 0)
            break;
    }
    return syndrome;
}
#endif

// What the machine knew of an access.
static void add_machine(struct os_fault *fault, const mcontext_t *m)
{
#if defined(__x86_64__)
    fault->code = (uintptr_t)m->gregs[REG_RIP];
    fault->stack = (uintptr_t)m->gregs[REG_RSP];
    fault->frame = (uintptr_t)m->gregs[REG_RBP];
    fault->access = os_access_of_x86((uint64_t)m->gregs[REG_ERR]);
#elif defined(__i386__)
    fault->code = (uintptr_t)m->gregs[REG_EIP];
    fault->stack = (uintptr_t)m->gregs[REG_ESP];
    fault->frame = (uintptr_t)m->gregs[REG_EBP];
    fault->access = os_access_of_x86((uint64_t)m->gregs[REG_ERR]);
#elif defined(__aarch64__)
    uint64_t syndrome = syndrome_of(m);

    fault->code = m->pc;
    fault->stack = m->sp;
    fault->frame = m->regs[29];
    if (syndrome != 0)
        fault->access = os_access_of_arm64(syndrome);
#elif defined(__powerpc64__)
    enum { CODE = 32, TRAP = 40, STATUS = 42 };
    enum { TRAP_FETCH = 0x400, STATUS_STORE = 0x02000000 };

    fault->code = m->gp_regs[CODE];
    fault->stack = m->gp_regs[1];
    fault->access = os_access_of((m->gp_regs[TRAP] & ~0xful) == TRAP_FETCH,
                                 (m->gp_regs[STATUS] & STATUS_STORE) != 0);
#else
    (void)fault;
    (void)m;
#endif
}

static bool ask_hooks(const siginfo_t *info, const ucontext_t *context)
{
    struct os_fault fault = {.address = info->si_addr};

    add_machine(&fault, &context->uc_mcontext);
    if (fault.code == (uintptr_t)info->si_addr)
        fault.access = OS_ACCESS_EXECUTE;
    return os_fault_ask(&fault);
}

// A fault that comes again finds the default and the registers as they were. A signal that
// was only sent does not come again by itself.
static void end_as_default(int number, bool sent)
{
    struct sigaction action = {.sa_handler = SIG_DFL};

    sigaction(number, &action, NULL);
    if (sent)
        syscall(SYS_tgkill, (long)getpid(), syscall(SYS_gettid), (long)number);
}

// The mask is that of the interrupted code, plus what the earlier handler asked for.
static void call_before(int number, siginfo_t *info, ucontext_t *context)
{
    struct sigaction action = before;
    sigset_t mask = context->uc_sigmask;

    for (int s = 1; s < NSIG; s++)
        if (sigismember(&action.sa_mask, s) == 1)
            sigaddset(&mask, s);
    if ((action.sa_flags & SA_NODEFER) == 0)
        sigaddset(&mask, number);
    if ((action.sa_flags & SA_RESETHAND) != 0)
        before = (struct sigaction){.sa_handler = SIG_DFL};
    sigprocmask(SIG_SETMASK, &mask, NULL);
    if ((action.sa_flags & SA_SIGINFO) != 0)
        action.sa_sigaction(number, info, context);
    else
        action.sa_handler(number);
}

// The kernel ignores a signal only if it was sent, never one that an access raised.
static void on_fault(int number, siginfo_t *info, void *context)
{
    int saved = errno;
    bool sent = info->si_code <= 0;

    if (sent || !ask_hooks(info, context)) {
        errno = saved;
        if (before.sa_handler == SIG_DFL || (before.sa_handler == SIG_IGN && !sent))
            end_as_default(number, sent);
        else if (before.sa_handler != SIG_IGN)
            call_before(number, info, context);
    }
    errno = saved;
}

// In two calls, so that `before` is known when the first fault comes. All signals are blocked, as
// a handler of the program that ran inside ours might fault itself. Whether a call that a signal
// interrupted starts again is for the program to say.
bool os_fault_catch(void)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};

    if (sigaction(SIGSEGV, NULL, &before) != 0)
        return false;
    sigfillset(&action.sa_mask);
    action.sa_flags |= before.sa_flags & SA_RESTART;
    return sigaction(SIGSEGV, &action, NULL) == 0;
}
