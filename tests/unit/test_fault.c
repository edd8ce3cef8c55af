// SPDX-License-Identifier: MIT
// The hook for accesses that fault: what it is told, and that a program's own handlers see what
// they would see without it.
#include "os/fault.h"

#include "core.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <ucontext.h>

static char *page;    // without access
static char *foreign; // another one, which the hook does not want

static struct os_fault seen;
static int asked;

static bool open_page(const struct os_fault *fault)
{
    asked++;
    seen = *fault;
    errno = 5;
    return fault->address == page && fault->access != OS_ACCESS_EXECUTE &&
           mprotect(page, os_page_size(), PROT_READ | PROT_WRITE) == 0;
}

static void map(void)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS;

    page = mmap(NULL, os_page_size(), PROT_NONE, flags, -1, 0);
    foreign = mmap(NULL, os_page_size(), PROT_NONE, flags, -1, 0);
    require(page != MAP_FAILED && foreign != MAP_FAILED);
}

static void start(void)
{
    map();
    require(os_fault_hook(open_page));
}

static NOINLINE void read_of(const char *p)
{
    (void)*(const volatile char *)p;
}

static void refused_access_is_made_again_when_the_hook_says_so(void)
{
    start();
    errno = 77;
    *(volatile char *)page = 3;
    require_equal(errno, 77);
    require_equal(asked, 1);
    require(seen.address == page);
    require_equal(*page, 3);
    *(volatile char *)page = 4;
    require_equal(asked, 1);
}

static int asked_second;

static bool open_foreign(const struct os_fault *fault)
{
    asked_second++;
    return fault->address == foreign &&
           mprotect(foreign, os_page_size(), PROT_READ | PROT_WRITE) == 0;
}

static void second_hook_is_asked_what_the_first_does_not_want(void)
{
    start();
    require(os_fault_hook(open_foreign));
    require(!os_fault_hook(open_foreign));
    read_of(page);
    require(asked == 1 && asked_second == 0);
    read_of(foreign);
    require(asked == 2 && asked_second == 1);
}

static void reads_and_writes_are_told_apart(void)
{
    start();
    read_of(page);
    require_equal(seen.access, OS_ACCESS_READ);
    require(mprotect(page, os_page_size(), PROT_READ) == 0);
    *(volatile char *)page = 3;
    require_equal(seen.access, OS_ACCESS_WRITE);
    require_equal(asked, 2);
}

static void registers_are_those_of_the_access(void)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);

    start();
    read_of(page);
    require(seen.code - (uintptr_t)read_of < 256);
    require(seen.stack % sizeof(void *) == 0 && here - seen.stack < 4096);
}

// ---- as without the hook ----

static struct {
    int calls, number, error;
    const void *address;
    sigset_t mask;
} handled;

static sigjmp_buf back;

static void note(int number)
{
    handled.calls++;
    handled.number = number;
    handled.error = errno;
    sigprocmask(SIG_SETMASK, NULL, &handled.mask);
    siglongjmp(back, 1);
}

static void note_with_facts(int number, siginfo_t *info, void *context)
{
    require(context != NULL);
    handled.address = info->si_addr;
    note(number);
}

static void install(void (*handler)(int), void (*action)(int, siginfo_t *, void *), int flags)
{
    struct sigaction a = {.sa_flags = flags};

    if (action != NULL)
        a.sa_sigaction = action;
    else
        a.sa_handler = handler;
    sigaddset(&a.sa_mask, SIGUSR1);
    sigaddset(&a.sa_mask, SIGHUP);
    require_equal(sigaction(SIGSEGV, &a, NULL), 0);
}

static void fault_with_usr2_blocked(void)
{
    sigset_t blocked;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
    memset(&handled, 0, sizeof(handled));
    errno = 99;
    if (sigsetjmp(back, 1) == 0)
        read_of(foreign);
    require_equal(handled.calls, 1);
}

// The handler sees the same, and blocks the same signals, with the hook in front of it.
static void compare(void (*handler)(int), void (*action)(int, siginfo_t *, void *), int flags)
{
    sigset_t mask;

    map();
    install(handler, action, flags);
    fault_with_usr2_blocked();
    mask = handled.mask;
    install(handler, action, flags);
    require(os_fault_hook(open_page));
    fault_with_usr2_blocked();
    require_equal(asked, 1);
    require_equal(handled.number, SIGSEGV);
    require_equal(handled.error, 99);
    require(action == NULL || handled.address == foreign);
    for (int s = 1; s < NSIG; s++)
        require_equal(sigismember(&handled.mask, s), sigismember(&mask, s));
    require(sigismember(&mask, SIGUSR1) && sigismember(&mask, SIGUSR2));
    require(!sigismember(&mask, SIGINT));
}

static void plain_handler_is_called_as_without_the_hook(void)
{
    compare(note, NULL, 0);
    require(sigismember(&handled.mask, SIGSEGV));
    fault_with_usr2_blocked();
}

static void handler_with_facts_is_called_as_without_the_hook(void)
{
    compare(NULL, note_with_facts, SA_SIGINFO);
    fault_with_usr2_blocked();
    require(handled.address == foreign);
}

static void handler_that_does_not_defer_is_called_as_without_the_hook(void)
{
    compare(NULL, note_with_facts, SA_SIGINFO | SA_NODEFER);
    require(!sigismember(&handled.mask, SIGSEGV));
}

static void handler_of_one_call_is_called_once(void)
{
    compare(note, NULL, SA_RESETHAND);
    read_of(foreign);
}

static void unwanted_fault_by_default(void)
{
    start();
    read_of(foreign);
}

static void unwanted_fault_when_ignored(void)
{
    signal(SIGSEGV, SIG_IGN);
    start();
    read_of(foreign);
}

static void sent_by_default(void)
{
    start();
    raise(SIGSEGV);
}

static void jump_into_data(void)
{
    start();
    require(mprotect(page, os_page_size(), PROT_READ | PROT_WRITE) == 0);
    ((void (*)(void))(uintptr_t)page)();
}

static void program_ends_by_the_signal_where_it_would_without_the_hook(void **state)
{
    static void (*const bodies[])(void) = {unwanted_fault_by_default, unwanted_fault_when_ignored,
                                           sent_by_default, handler_of_one_call_is_called_once,
                                           jump_into_data};

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct child child = core_child(bodies[i]);

        assert_string_equal(child.text, "");
        assert_int_equal(child.signal, SIGSEGV);
    }
}

static void signal_that_was_sent_is_none_of_the_hooks(void)
{
    install(note, NULL, 0);
    start();
    if (sigsetjmp(back, 1) == 0)
        raise(SIGSEGV);
    require_equal(handled.calls, 1);
    require_equal(asked, 0);
}

static void count(int number)
{
    require_equal(number, SIGSEGV);
    handled.calls++;
}

static pthread_t reader;
static int ends[2];

static void *interrupt_and_write(void *arg)
{
    usleep(20000);
    require_equal(pthread_kill(reader, SIGSEGV), 0);
    usleep(20000);
    require_equal(write(ends[1], "x", 1), 1);
    return arg;
}

// What a read makes of a signal that is sent meanwhile.
static ssize_t read_interrupted(int flags)
{
    pthread_t writer;
    ssize_t got;
    char byte;

    install(count, NULL, flags);
    start();
    reader = pthread_self();
    require_equal(pipe(ends), 0);
    core_start_threads(&writer, 1, interrupt_and_write);
    got = read(ends[0], &byte, 1);
    core_join_threads(&writer, 1);
    require_equal(handled.calls, 1);
    return got;
}

static void call_that_was_interrupted_starts_again_if_the_program_says_so(void)
{
    require_equal(read_interrupted(SA_RESTART), 1);
}

static void call_that_was_interrupted_fails_if_the_program_says_so(void)
{
    require_equal(read_interrupted(0), -1);
}

static void ignored_signal_that_was_sent_stays_ignored(void)
{
    signal(SIGSEGV, SIG_IGN);
    start();
    raise(SIGSEGV);
    raise(SIGSEGV);
    require_equal(asked, 0);
}

static int eat_stack(int depth)
{
    volatile char bytes[4096];

    bytes[0] = (char)depth;
    return depth < 1 << 20 ? eat_stack(depth + 1) + bytes[0] : 0;
}

static void overflow_of_the_stack_reaches_a_handler_with_its_own(void)
{
    static char other[65536];
    stack_t stack = {.ss_sp = other, .ss_size = sizeof(other)};

    install(note, NULL, SA_ONSTACK);
    start();
    require_equal(sigaltstack(&stack, NULL), 0);
    if (sigsetjmp(back, 1) == 0)
        eat_stack(0);
    require_equal(handled.calls, 1);
    require_equal(asked, 1);
}

static struct sigaction below;

static void pass_on(int number, siginfo_t *info, void *context)
{
    handled.calls++;
    below.sa_sigaction(number, info, context);
}

static void later_handler_may_call_the_hook(void)
{
    struct sigaction action = {.sa_sigaction = pass_on, .sa_flags = SA_SIGINFO};

    start();
    require_equal(sigaction(SIGSEGV, &action, &below), 0);
    *(volatile char *)page = 9;
    require_equal(handled.calls, 1);
    require_equal(asked, 1);
    require_equal(*page, 9);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(refused_access_is_made_again_when_the_hook_says_so),
        alone(second_hook_is_asked_what_the_first_does_not_want),
        alone(reads_and_writes_are_told_apart),
        alone(registers_are_those_of_the_access),
        alone(plain_handler_is_called_as_without_the_hook),
        alone(handler_with_facts_is_called_as_without_the_hook),
        alone(handler_that_does_not_defer_is_called_as_without_the_hook),
        cmocka_unit_test(program_ends_by_the_signal_where_it_would_without_the_hook),
        alone(signal_that_was_sent_is_none_of_the_hooks),
        alone(call_that_was_interrupted_starts_again_if_the_program_says_so),
        alone(call_that_was_interrupted_fails_if_the_program_says_so),
        alone(ignored_signal_that_was_sent_stays_ignored),
        alone(overflow_of_the_stack_reaches_a_handler_with_its_own),
        alone(later_handler_may_call_the_hook),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
