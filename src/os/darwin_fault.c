// SPDX-License-Identifier: MIT
// Faults on macOS: an access that the protection of memory refuses is a SIGBUS, one where there
// is no memory a SIGSEGV. What our handler does not want goes to the one from before it.
#include "os/fault.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/ucontext.h>

static const int numbers[] = {SIGBUS, SIGSEGV};
static struct sigaction before[2]; // by place in numbers; fixed, but for SA_RESETHAND
static _Atomic(os_fault_handler *) hooks[OS_FAULT_HOOKS];

static struct sigaction *before_of(int number)
{
    return &before[number == numbers[0] ? 0 : 1];
}

// What the machine knew of an access: registers by name, and bits of the error code.
static void add_machine(struct os_fault *fault, const struct __darwin_mcontext64 *m)
{
#if defined(__x86_64__)
    enum { ERROR_WRITE = 2, ERROR_FETCH = 16 };
    bool fetch = (m->__es.__err & ERROR_FETCH) != 0, write = (m->__es.__err & ERROR_WRITE) != 0;

    fault->code = m->__ss.__rip;
    fault->stack = m->__ss.__rsp;
    fault->frame = m->__ss.__rbp;
#elif defined(__aarch64__)
    enum { CLASS_SHIFT = 26, CLASS_FETCH = 0x20, WRITE = 1 << 6 };
    // Either class of instruction aborts, by the level that the last bit tells.
    bool fetch = (m->__es.__esr >> CLASS_SHIFT & ~1u) == CLASS_FETCH;
    bool write = (m->__es.__esr & WRITE) != 0;

    fault->code = (uintptr_t)__darwin_arm_thread_state64_get_pc(m->__ss);
    fault->stack = (uintptr_t)__darwin_arm_thread_state64_get_sp(m->__ss);
    fault->frame = (uintptr_t)__darwin_arm_thread_state64_get_fp(m->__ss);
#endif
    fault->access = fetch ? OS_ACCESS_EXECUTE : write ? OS_ACCESS_WRITE : OS_ACCESS_READ;
}

static bool ask_hooks(const siginfo_t *info, const ucontext_t *context)
{
    struct os_fault fault = {.address = info->si_addr};

    add_machine(&fault, context->uc_mcontext);
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
        pthread_kill(pthread_self(), number);
}

// The mask is that of the interrupted code, plus what the earlier handler asked for.
static void call_before(int number, siginfo_t *info, ucontext_t *context)
{
    struct sigaction action = *before_of(number);
    sigset_t mask = context->uc_sigmask | action.sa_mask;

    if ((action.sa_flags & SA_NODEFER) == 0)
        sigaddset(&mask, number);
    if ((action.sa_flags & SA_RESETHAND) != 0)
        *before_of(number) = (struct sigaction){.sa_handler = SIG_DFL};
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    if ((action.sa_flags & SA_SIGINFO) != 0)
        action.sa_sigaction(number, info, context);
    else
        action.sa_handler(number);
}

// The system ignores a signal only if it was sent, never one that an access raised.
static void on_fault(int number, siginfo_t *info, void *context)
{
    int saved = errno;
    bool sent = info->si_code <= 0 || info->si_code >= SI_USER;
    void (*handler)(int) = before_of(number)->sa_handler;

    if (sent || !ask_hooks(info, context)) {
        errno = saved;
        if (handler == SIG_DFL || (handler == SIG_IGN && !sent))
            end_as_default(number, sent);
        else if (handler != SIG_IGN)
            call_before(number, info, context);
    }
    errno = saved;
}

// In two calls each, so that `before` is known when the first fault comes. All signals are blocked,
// as a handler of the program that ran inside ours might fault itself. Whether a call that a signal
// interrupted starts again is for the program to say.
static bool install(void)
{
    for (int i = 0; i < 2; i++) {
        struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};

        if (sigaction(numbers[i], NULL, &before[i]) != 0)
            return false;
        sigfillset(&action.sa_mask);
        action.sa_flags |= before[i].sa_flags & SA_RESTART;
        if (sigaction(numbers[i], &action, NULL) != 0)
            return false;
    }
    return true;
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
