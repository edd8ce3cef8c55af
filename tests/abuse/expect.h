// SPDX-License-Identifier: MIT
// How an abuse program says what must happen: the misuse runs in a child, whose end and whose
// stderr are compared with the one line the library writes:
//     ikyoalloc: <call>(<pointer>): <reason>
// Every function returns what main() returns: 0 when it happened so, 1 with an explanation if not.
#ifndef TESTS_ABUSE_EXPECT_H
#define TESTS_ABUSE_EXPECT_H

#include "../emulator.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

// The compiler recognises most of these misuses: it warns of them or assumes that they cannot be.
struct abuse_calls {
    void *(*malloc)(size_t size);
    void *(*realloc)(void *p, size_t size);
    size_t (*malloc_usable_size)(void *p);
    void (*free)(void *p);
};

static const volatile struct abuse_calls call = { malloc, realloc, malloc_usable_size, free };

enum { KIB = 1024, MIB = 1024 * 1024 };

// Shared with the child, which knows only after its own allocations what pointer it misuses.
static inline void **expect_blamed(void)
{
    static void **blamed;

    if (blamed == NULL) {
        void *page = mmap(NULL, sizeof(void *), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (page == MAP_FAILED)
            abort();
        blamed = page;
    }
    return blamed;
}

// Names the pointer that the message must show, and returns it.
static inline void *blame(void *p)
{
    return *expect_blamed() = p;
}

struct outcome {
    int status;
    char text[4096];
};

// A child that reaches the end of `misuse` exits with 0; one that hangs is killed.
static inline struct outcome expect_run(void (*misuse)(void))
{
    struct outcome outcome = { .status = 0 };
    const struct rlimit no_core = { 0, 0 };
    size_t length = 0;
    int ends[2];

    blame(NULL);
    if (pipe(ends) != 0)
        abort();
    pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &no_core);
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        alarm(20);
        misuse();
        _exit(0);
    }
    close(ends[1]);
    for (ssize_t got; length < sizeof(outcome.text) - 1; length += (size_t)got) {
        got = read(ends[0], outcome.text + length, sizeof(outcome.text) - 1 - length);
        if (got <= 0)
            break;
    }
    close(ends[0]);
    emulator_unsay(outcome.text);
    if (child < 0 || waitpid(child, &outcome.status, 0) != child)
        abort();
    return outcome;
}

static inline bool expect_aborted(const struct outcome *outcome)
{
    return WIFSIGNALED(outcome->status) && WTERMSIG(outcome->status) == SIGABRT;
}

static inline bool expect_exited(const struct outcome *outcome)
{
    return WIFEXITED(outcome->status) && WEXITSTATUS(outcome->status) == 0;
}

// The whole of stderr is this line, no more.
static inline bool expect_line(const struct outcome *outcome, const char *name, const char *reason)
{
    char line[256];

    snprintf(line, sizeof(line), "ikyoalloc: %s(%p): %s\n", name, *expect_blamed(), reason);
    return strcmp(outcome->text, line) == 0;
}

static inline int expect_verdict(bool as_expected, const struct outcome *outcome,
                                 const char *expected)
{
    if (as_expected)
        return 0;
    printf("expected: %s, pointer %p\n", expected, *expect_blamed());
    if (WIFSIGNALED(outcome->status))
        printf("the child ended by signal %d", WTERMSIG(outcome->status));
    else
        printf("the child exited with %d", WEXITSTATUS(outcome->status));
    printf(" and this on stderr: '%s'\n", outcome->text);
    return 1;
}

static inline int expect_abort(void (*misuse)(void), const char *name, const char *reason)
{
    struct outcome outcome = expect_run(misuse);

    return expect_verdict(expect_aborted(&outcome) && expect_line(&outcome, name, reason),
                          &outcome, reason);
}

// For misuses of memory that may have changed its kind in between: either reason is true then.
static inline int expect_abort_either(void (*misuse)(void), const char *name, const char *reason,
                                      const char *other)
{
    struct outcome outcome = expect_run(misuse);
    bool line = expect_line(&outcome, name, reason) || expect_line(&outcome, name, other);

    return expect_verdict(expect_aborted(&outcome) && line, &outcome, reason);
}

// The misuse ends normally and nothing is said.
static inline int expect_silence(void (*misuse)(void))
{
    struct outcome outcome = expect_run(misuse);

    return expect_verdict(expect_exited(&outcome) && outcome.text[0] == '\0', &outcome,
                          "exit and silence");
}

// Options are read once, before main() could set them: starts the program anew with the variable.
static inline void expect_option(char **argv, const char *name, const char *value)
{
    const char *now = getenv(name);

    if (now != NULL && strcmp(now, value) == 0)
        return;
    setenv(name, value, 1);
    execv("/proc/self/exe", argv);
    perror("execv");
    exit(1);
}

#endif
