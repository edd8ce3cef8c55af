// SPDX-License-Identifier: MIT
// Runs a piece of a test in a child process: what it wrote to standard error,
// and how it ended.
#ifndef TESTS_UNIT_CHILD_H
#define TESTS_UNIT_CHILD_H

#include "../emulator.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct child {
    char text[4096]; // terminated
    int signal;      // that ended it, or 0
    int status;      // its exit status if no signal did
};

// Standard error of the child goes to `text`. A child that returns from `run`
// exits with 0.
static inline struct child child_run(void (*run)(void))
{
    struct child child = {.status = -1};
    size_t length = 0;
    int ends[2];
    int status;
    ssize_t got;

    if (pipe(ends) != 0) {
        abort();
    }
    pid_t pid = fork();

    if (pid < 0) {
        abort();
    }
    if (pid == 0) {
        signal(SIGABRT, SIG_DFL); // cmocka's handler would turn it into an exit
        if (dup2(ends[1], STDERR_FILENO) < 0) {
            _exit(98);
        }
        run();
        _exit(0);
    }
    close(ends[1]);
    while ((got = read(ends[0], child.text + length, sizeof child.text - 1 - length)) > 0) {
        length += (size_t)got;
    }
    close(ends[0]);
    emulator_unsay(child.text);
    if (waitpid(pid, &status, 0) != pid) {
        abort();
    }
    child.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    child.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return child;
}

#endif
