// SPDX-License-Identifier: MIT
// Runs a program and says what it cost, on one line of the file descriptor 3 or of stderr:
//
//   wall seconds, CPU seconds, peak resident KiB, minor page faults
//
// The launcher is tiny and static data is all it has, because a child starts with the peak of the
// process that forked it, and a shell's would hide that of a small program.
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// The library under test is named in our own variable, so that only the program is preloaded.
static void run(char **argv)
{
    const char *library = getenv("MEASURE_PRELOAD");

    if (library != NULL && library[0] != '\0') {
        setenv("LD_PRELOAD", library, 1);
    }
    unsetenv("MEASURE_PRELOAD");
    fcntl(3, F_SETFD, FD_CLOEXEC);
    execvp(argv[0], argv);
    perror(argv[0]);
    _exit(127);
}

int main(int argc, char **argv)
{
    struct rusage usage;
    double start;
    int status;
    pid_t child;

    if (argc < 2) {
        fprintf(stderr, "usage: [MEASURE_PRELOAD=LIBRARY] measure PROGRAM [ARGUMENT...]\n");
        return 2;
    }
    start = now();
    child = fork();
    if (child == 0) {
        run(argv + 1);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) != child) {
        perror("measure");
        return 2;
    }
    dprintf(fcntl(3, F_GETFD) == -1 ? 2 : 3, "%.4f %.4f %ld %ld\n", now() - start,
            seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss, usage.ru_minflt);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
