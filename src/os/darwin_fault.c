// SPDX-License-Identifier: MIT
// Faults on macOS: an access that the protection of memory refuses is a SIGBUS, one where there
// is no memory a SIGSEGV. What our handler does not want goes to the one from before it.
#include "os/fault_code.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ucontext.h>

static const int numbers[] = {SIGBUS, SIGSEGV};
static struct sigaction before[2]; // by place in numbers; fixed, but for SA_RESETHAND

static struct sigaction *before_of(int number)
{
    return &before[number == numbers[0] ? 0 : 1];
}

// What the machine knew of an access.
static void add_machine(struct os_fault *fault, const struct __darwin_mcontext64 *m)
{
#if defined(__x86_64__)
    fault->code = m->__ss.__rip;
    fault->stack = m->__ss.__rsp;
    fault->frame = m->__ss.__rbp;
    fault->access = os_access_of_x86(m->__es.__err);
#elif defined(__aarch64__)
    fault->code = (uintptr_t)__darwin_arm_thread_state64_get_pc(m->__ss);
    fault->stack = (uintptr_t)__darwin_arm_thread_state64_get_sp(m->__ss);
    fault->frame = (uintptr_t)__darwin_arm_thread_state64_get_fp(m->__ss);
    fault->access = os_access_of_arm64(m->__es.__esr);
#endif
}

static bool ask_hooks(const siginfo_t *info, const ucontext_t *context)
{
    struct os_fault fault = {.address = info->si_addr};

    add_machine(&fault, context->uc_mcontext);
    return os_fault_ask(&fault);
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
bool os_fault_catch(void)
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
