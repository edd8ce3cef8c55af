// SPDX-License-Identifier: MIT
// A program that runs with more rights than its caller (AT_SECURE) ignores the caller's options.
//
// The flag reaches a program on its initial stack. The test starts itself anew under ptrace and
// sets the flag there, which needs no second user and no set-user-id file.
#include "api.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROBE_PLAIN = 10, PROBE_SECURE = 20 };

// Where argc stood when the stopped process was started: field 28 of its stat file.
static uintptr_t initial_stack(pid_t process)
{
    char path[64];
    char text[1024];

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)process);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof(text), file));
    fclose(file);
    // The second field is a name in parentheses and may hold blanks.
    char *at = strrchr(text, ')');
    for (int field = 2; at != NULL && field < 28; field++)
        at = strchr(at + 1, ' ');
    assert_non_null(at);
    return strtoull(at, NULL, 10);
}

static uintptr_t peek(pid_t process, uintptr_t address)
{
    errno = 0;
    long word = ptrace(PTRACE_PEEKDATA, process, (void *)address, NULL);
    assert_int_equal(errno, 0);
    return (uintptr_t)word;
}

// Initial stack: argc, argv, NULL, environment, NULL, pairs of the auxiliary vector.
static void make_secure(pid_t process)
{
    const uintptr_t word = sizeof(uintptr_t);
    uintptr_t at = initial_stack(process);

    at += (peek(process, at) + 2) * word;
    while (peek(process, at) != 0)
        at += word;
    for (at += word; peek(process, at) != AT_SECURE; at += 2 * word)
        assert_int_not_equal(peek(process, at), AT_NULL);
    assert_int_equal(ptrace(PTRACE_POKEDATA, process, (void *)(at + word), (void *)1), 0);
}

// The wait status of this program as a probe, with the variable set.
static int run_probe(bool secure)
{
    char *const arguments[] = { (char *)"probe", NULL };
    char *const environment[] = { (char *)"IKYO_FOREIGN_FREE=abort", NULL };
    const struct rlimit no_core = { 0, 0 };
    int status = 0;

    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &no_core);
        close(STDERR_FILENO);
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
            _exit(1);
        execve("/proc/self/exe", arguments, environment);
        _exit(2);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSTOPPED(status));
    if (secure)
        make_secure(child);
    assert_int_equal(ptrace(PTRACE_DETACH, child, NULL, NULL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

// Frees a block of the C library's own malloc, which is an abort only with the option heeded.
static int probe(void)
{
    // Other C libraries take glibc's name for themselves.
    void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
    void *(*libc_malloc)(size_t size);

    if (libc == NULL)
        return 3;
    *(void **)&libc_malloc = dlsym(libc, "malloc");
    if (libc_malloc == NULL)
        return 4;
    call.free(libc_malloc(100));
    return getauxval(AT_SECURE) != 0 ? PROBE_SECURE : PROBE_PLAIN;
}

static void option_in_the_environment_acts_on_a_plain_program(void **state)
{
    (void)state;
    int status = run_probe(false);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void option_in_the_environment_is_ignored_by_a_secure_program(void **state)
{
    (void)state;
    int status = run_probe(true);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), PROBE_SECURE);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(option_in_the_environment_acts_on_a_plain_program),
        cmocka_unit_test(option_in_the_environment_is_ignored_by_a_secure_program),
    };

    if (argc > 0 && strcmp(argv[0], "probe") == 0)
        return probe();
    return cmocka_run_group_tests_name("secure", tests, NULL, NULL);
}
