// SPDX-License-Identifier: MIT
// A program that makes a handful of allocations and ends, as a process of its own, 400 times.
#include "bench.h"

#include <spawn.h>
#include <sys/wait.h>

enum { PROCESSES = 400, BLOCKS = 40 };

extern char **environ;

static int child(void)
{
    void *block[BLOCKS];
    uint64_t random = 1;

    bench_fill(block, BLOCKS, bench_program_sizes, &random);
    bench_replace(block, BLOCKS, bench_program_sizes, &random, BLOCKS);
    bench_drop(block, BLOCKS);
    return 0;
}

int main(int argc, char **argv)
{
    static char program[] = "/proc/self/exe", argument[] = "child";
    char *arguments[] = {program, argument, NULL};
    double began = bench_now();

    if (argc > 1 && strcmp(argv[1], argument) == 0) {
        return child();
    }
    for (size_t i = 0; i < PROCESSES; i++) {
        pid_t pid;
        int status;

        if (posix_spawn(&pid, program, NULL, NULL, arguments, environ) != 0 ||
            waitpid(pid, &status, 0) != pid || status != 0) {
            bench_die("the child failed");
        }
    }
    return bench_report(began, PROCESSES);
}
