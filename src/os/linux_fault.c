// SPDX-License-Identifier: MIT
// Faults on Linux: a handler of SIGSEGV, and what the kernel would have done without it.
//
// An access that the protection of anonymous memory refuses is always a SIGSEGV;
// SIGBUS is of files that ended and of broken memory, and is left alone.
#include "os/fault.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

static struct sigaction before; // fixed, but that SA_RESETHAND makes it the default
static _Atomic(os_fault_handler *) hooks[OS_FAULT_HOOKS];

// What the machine knew of an access: registers by name, and two bits of the error code.
static void add_machine(struct os_fault *fault, const mcontext_t *m)
{
#if defined(__x86_64__) || defined(__i386__)
#if defined(__x86_64__)
    enum { CODE = REG_RIP, STACK = REG_RSP, FRAME = REG_RBP };
#else
    enum { CODE = REG_EIP, STACK = REG_ESP, FRAME = REG_EBP };
#endif
    enum { ERROR_WRITE = 2, ERROR_FETCH = 16 };
    unsigned long error = (unsigned long)m->gregs[REG_ERR];

    fault->code = (uintptr_t)m->gregs[CODE];
    fault->stack = (uintptr_t)m->gregs[STACK];
    fault->frame = (uintptr_t)m->gregs[FRAME];
    fault->access = error & ERROR_FETCH   ? OS_ACCESS_EXECUTE
                    : error & ERROR_WRITE ? OS_ACCESS_WRITE
                                          : OS_ACCESS_READ;
#elif defined(__aarch64__)
    fault->code = m->pc;
    fault->stack = m->sp;
    fault->frame = m->regs[29];
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
    for (int i = 0; i < OS_FAULT_HOOKS; i++) {
        os_fault_handler *handle = atomic_load_explicit(&hooks[i], memory_order_relaxed);

        if (handle != NULL && handle(&fault))
            return true;
    }
    return false;
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
static bool install(void)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};

    if (sigaction(SIGSEGV, NULL, &before) != 0)
        return false;
    sigfillset(&action.sa_mask);
    action.sa_flags |= before.sa_flags & SA_RESTART;
    return sigaction(SIGSEGV, &action, NULL) == 0;
}

bool os_fault_hook(os_fault_handler *handle)
{
    static _Atomic(unsigned) count;
    unsigned i = atomic_fetch_add_explicit(&count, 1, memory_order_relaxed);

    if (i >= OS_FAULT_HOOKS)
        return false;
    atomic_store_explicit(&hooks[i], handle, memory_order_relaxed);
    return i > 0 || install();
}
