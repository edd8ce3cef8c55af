// SPDX-License-Identifier: MIT
// The small services of os/os.h on Linux.
#include "os/os.h"

#include "syscall_stand_in.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static int interruptions; // that many writes are interrupted before one works
static bool refuse_limits;

// Stands in for libc's function. Reading six arguments where fewer were given
// is harmless on every Linux machine.
long syscall(long number, ...)
{
    long a[6];
    va_list list;

    va_start(list, number);
    syscall_arguments(number, list, a);
    va_end(list);
    if (number == SYS_write && interruptions > 0) {
        interruptions--;
        errno = EINTR;
        return -1;
    }
    if (number == SYS_prlimit64 && refuse_limits) {
        errno = ENOSYS;
        return -1;
    }
    return syscall_real(number, a);
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void page_size_is_the_systems(void **state)
{
    (void)state;
    assert_int_equal(os_page_size(), (size_t)sysconf(_SC_PAGESIZE));
}

static void process_of_an_ordinary_user_is_not_secure(void **state)
{
    (void)state;
    assert_false(os_is_secure());
}

static void random_seeds_differ_between_calls(void **state)
{
    enum { COUNT = 1000 };
    static uint64_t seeds[COUNT];
    uint64_t ones = 0, zeros = 0;

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        seeds[i] = os_random_seed();
        ones |= seeds[i];
        zeros |= ~seeds[i];
        for (int j = 0; j < i; j++) {
            assert_true(seeds[i] != seeds[j]);
        }
    }
    assert_true(ones == UINT64_MAX && zeros == UINT64_MAX);
}

static uint64_t seed_of_a_new_process(void)
{
    uint64_t seed = 0;
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        execl("/proc/self/exe", "test_os", "--print-seed", (char *)NULL);
        _exit(1);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &seed, sizeof(seed)), sizeof(seed));
    close(ends[0]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return seed;
}

static void random_seeds_differ_between_processes(void **state)
{
    uint64_t first = seed_of_a_new_process();

    (void)state;
    assert_true(first != 0);
    assert_true(first != seed_of_a_new_process());
}

static void clock_counts_milliseconds(void **state)
{
    const double coarseness = 15;
    double before = seconds();
    uint64_t start = os_clock_ms();

    (void)state;
    os_sleep_us(60000);
    double passed = (double)(os_clock_ms() - start);

    assert_true(passed >= 60 - coarseness);
    assert_true(passed <= (seconds() - before) * 1e3 + coarseness);
}

static void write_interrupted_goes_on_and_keeps_errno(void **state)
{
    char text[4] = "";
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    interruptions = 3;
    errno = 77;
    os_write(ends[1], "abc", 3);
    assert_int_equal(errno, 77);
    assert_int_equal(interruptions, 0);
    assert_int_equal(read(ends[0], text, sizeof(text)), 3);
    assert_string_equal(text, "abc");
    close(ends[0]);
    close(ends[1]);
    os_write(ends[1], "abc", 3);
    assert_int_equal(errno, 77);
}

static void *read_all(void *argument)
{
    static char buffer[4096];
    const int *fd = argument;
    uintptr_t sum = 0;
    ssize_t got;

    while ((got = read(*fd, buffer, sizeof(buffer))) > 0) {
        sum += (uintptr_t)got;
    }
    return (void *)sum;
}

static void write_of_more_than_a_pipe_holds_is_complete(void **state)
{
    static char text[1 << 20];
    pthread_t reader;
    void *sum;
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(pthread_create(&reader, NULL, read_all, &ends[0]), 0);
    os_write(ends[1], text, sizeof(text));
    close(ends[1]);
    assert_int_equal(pthread_join(reader, &sum), 0);
    assert_int_equal((uintptr_t)sum, sizeof(text));
    close(ends[0]);
}

static bool environment_holds(const char *entry)
{
    const char *const *env = os_environ();

    for (; env != NULL && *env != NULL; env++) {
        if (strcmp(*env, entry) == 0) {
            return true;
        }
    }
    return false;
}

static void open_append_makes_a_file_and_adds_to_it(void **state)
{
    char path[] = "/tmp/ikyo-test-os-XXXXXX";
    char text[16] = "";
    int made = mkstemp(path);

    (void)state;
    assert_true(made >= 0 && unlink(path) == 0);
    for (int i = 0; i < 2; i++) {
        int fd = os_open_append(path);

        assert_true(fd >= 0);
        os_write(fd, i == 0 ? "one," : "two", i == 0 ? 4 : 3);
        os_close(fd);
        assert_int_equal(fcntl(fd, F_GETFD), -1);
    }
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    assert_int_equal(fread(text, 1, sizeof(text), file), 7);
    assert_string_equal(text, "one,two");
    fclose(file);
    unlink(path);
    close(made);
}

static void open_append_of_what_is_no_file_fails_and_keeps_errno(void **state)
{
    (void)state;
    errno = 77;
    assert_int_equal(os_open_append("/"), -1);
    assert_int_equal(os_open_append("/no/such/folder/file"), -1);
    os_close(-1);
    assert_int_equal(errno, 77);
}

static void terminals_are_told_from_files(void **state)
{
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    int file = open("/dev/null", O_WRONLY);

    (void)state;
    assert_true(terminal >= 0 && file >= 0);
    errno = 77;
    assert_true(os_is_terminal(terminal));
    assert_false(os_is_terminal(file));
    assert_false(os_is_terminal(-1));
    assert_int_equal(errno, 77);
    close(terminal);
    close(file);
}

static void process_id_is_the_kernels(void **state)
{
    (void)state;
    assert_int_equal(os_process_id(), getpid());
}

static void environ_shows_a_variable_and_may_be_gone(void **state)
{
    (void)state;
    assert_false(environment_holds("IKYO_TEST_OS=yes"));
    assert_int_equal(setenv("IKYO_TEST_OS", "yes", 1), 0);
    assert_true(environment_holds("IKYO_TEST_OS=yes"));
    assert_int_equal(clearenv(), 0);
    assert_false(environment_holds("IKYO_TEST_OS=yes"));
}

static void *own_thread_id(void *argument)
{
    (void)argument;
    return (void *)(uintptr_t)os_thread_id();
}

static void thread_id_is_the_kernels(void **state)
{
    pthread_t thread;
    void *other;

    (void)state;
    assert_int_equal(os_thread_id(), (uint32_t)getpid());
    assert_int_equal(pthread_create(&thread, NULL, own_thread_id, NULL), 0);
    assert_int_equal(pthread_join(thread, &other), 0);
    assert_true((uintptr_t)other != 0 && (uintptr_t)other != os_thread_id());
}

static _Atomic(uint32_t) word;
static _Atomic(int) awake;

static void *wait_for_change(void *argument)
{
    (void)argument;
    errno = 77;
    while (atomic_load(&word) == 0) {
        os_wait(&word, 0);
    }
    atomic_fetch_add(&awake, errno == 77 ? 1 : 100);
    return NULL;
}

static void wake_ends_the_wait_of_all(void **state)
{
    pthread_t threads[3];

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, wait_for_change, NULL), 0);
    }
    os_sleep_us(20000);
    assert_int_equal(atomic_load(&awake), 0);
    atomic_store(&word, 1);
    errno = 77;
    os_wake(&word, INT32_MAX);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(atomic_load(&awake), 3);
    assert_int_equal(errno, 77);
}

static void wait_for_another_value_returns_at_once(void **state)
{
    _Atomic(uint32_t) changed = 5;
    double start = seconds();

    (void)state;
    errno = 77;
    os_wait(&changed, 4);
    assert_int_equal(errno, 77);
    assert_true(seconds() - start < 5);
}

static void sleep_lasts_as_long_as_asked(void **state)
{
    double start = seconds();

    (void)state;
    errno = 77;
    os_sleep_us(30000);
    assert_int_equal(errno, 77);
    double took = seconds() - start;

    assert_true(took >= 0.030 && took < 5);
}

static void abort_ends_the_process_with_its_signal(void **state)
{
    pid_t child = fork();
    int status;

    (void)state;
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        os_abort();
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void address_space_limit_is_what_was_set(void **state)
{
    const size_t limit = SIZE_MAX / 4 + 1;
    pid_t child = fork();
    int status;

    (void)state;
    assert_true(child >= 0);
    if (child == 0) {
        setrlimit(RLIMIT_AS, &(struct rlimit){limit, limit});
        _exit(os_address_space_limit() == limit ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    refuse_limits = true;
    assert_true(os_address_space_limit() == SIZE_MAX);
    refuse_limits = false;
}

static _Atomic(uintptr_t) exit_values;

static void on_thread_exit(void *value)
{
    atomic_fetch_add(&exit_values, (uintptr_t)value);
}

static void *arm_and_end(void *argument)
{
    return (void *)(uintptr_t)os_thread_exit_arm(argument);
}

static void thread_exit_hook_runs_for_armed_threads_only(void **state)
{
    static char value_of_main;
    pthread_t threads[3];
    void *armed;

    (void)state;
    assert_false(os_thread_exit_arm(&value_of_main));
    assert_true(os_thread_exit_hook(on_thread_exit));
    for (int i = 0; i < 3; i++) {
        void *value = i == 0 ? NULL : (void *)(uintptr_t)(i * 10);

        assert_int_equal(pthread_create(&threads[i], NULL, arm_and_end, value), 0);
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_join(threads[i], &armed), 0);
        assert_non_null(armed);
    }
    assert_int_equal(atomic_load(&exit_values), 30);
}

static void next_symbol_finds_what_follows(void **state)
{
    (void)state;
    assert_non_null(os_next_symbol("syscall"));
    assert_ptr_not_equal(os_next_symbol("syscall"), (void *)syscall);
    assert_null(os_next_symbol("ikyo_no_such_symbol"));
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(page_size_is_the_systems),
        cmocka_unit_test(process_of_an_ordinary_user_is_not_secure),
        cmocka_unit_test(random_seeds_differ_between_calls),
        cmocka_unit_test(random_seeds_differ_between_processes),
        cmocka_unit_test(clock_counts_milliseconds),
        cmocka_unit_test(write_interrupted_goes_on_and_keeps_errno),
        cmocka_unit_test(write_of_more_than_a_pipe_holds_is_complete),
        cmocka_unit_test(open_append_makes_a_file_and_adds_to_it),
        cmocka_unit_test(open_append_of_what_is_no_file_fails_and_keeps_errno),
        cmocka_unit_test(terminals_are_told_from_files),
        cmocka_unit_test(process_id_is_the_kernels),
        cmocka_unit_test(environ_shows_a_variable_and_may_be_gone),
        cmocka_unit_test(thread_id_is_the_kernels),
        cmocka_unit_test(wake_ends_the_wait_of_all),
        cmocka_unit_test(wait_for_another_value_returns_at_once),
        cmocka_unit_test(sleep_lasts_as_long_as_asked),
        cmocka_unit_test(abort_ends_the_process_with_its_signal),
        cmocka_unit_test(address_space_limit_is_what_was_set),
        cmocka_unit_test(thread_exit_hook_runs_for_armed_threads_only),
        cmocka_unit_test(next_symbol_finds_what_follows),
    };

    if (argc == 2 && strcmp(argv[1], "--print-seed") == 0) {
        uint64_t seed = os_random_seed();

        os_write(STDOUT_FILENO, (const char *)&seed, sizeof(seed));
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
