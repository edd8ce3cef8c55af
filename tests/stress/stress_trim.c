// SPDX-License-Identifier: MIT
// What is freed and trimmed must leave the process: 1 GiB as 200-byte blocks and once as one
// block, touched, freed, malloc_trim(0); 1 MiB and 0.4 % of the peak may remain.
#include "stress.h"

#include <malloc.h>
#include <sys/wait.h>

enum { BLOCK = 200 };

struct link {
    struct link *next;
};

static void use_small_blocks(size_t amount, size_t *peak)
{
    struct link *chain = NULL;

    for (size_t i = 0; i < amount / BLOCK; i++) {
        struct link *l = stress_take(BLOCK, i);

        l->next = chain;
        chain = l;
    }
    *peak = stress_rss();
    while (chain != NULL) {
        struct link *next = chain->next;

        free(chain);
        chain = next;
    }
}

static void use_one_block(size_t amount, size_t *peak)
{
    void *p = stress_take(amount, 1);

    *peak = stress_rss();
    stress_give(p, amount, 1);
}

// Each case lives in a process of its own, so that neither inherits the other's memory.
static void measure(const char *what, void (*use)(size_t, size_t *))
{
    size_t amount = stress_amount();
    size_t start = 0, peak = 0, freed = 0, end = 0;

    start = stress_rss();
    use(amount, &peak);
    freed = stress_rss();
    malloc_trim(0);
    end = stress_rss();
    stress_expect(peak - start >= amount, "the whole amount was resident");
    printf("%s: peak %.0f MiB, %.1f MiB above the start when freed\n", what, stress_mib(peak),
           stress_mib(stress_grown(start, freed)));
    stress_bound("left after malloc_trim", stress_mib(stress_grown(start, end)),
                 1 + 0.004 * stress_mib(peak), "MiB");
}

static void in_child(const char *what, void (*use)(size_t, size_t *))
{
    pid_t child = fork();
    int status = 0;

    if (child == 0) {
        measure(what, use);
        _exit(0);
    }
    stress_expect(child > 0 && waitpid(child, &status, 0) == child, "fork and waitpid");
    stress_expect(status == 0, what);
}

int main(void)
{
    stress_start("trim");
    in_child("blocks of 200 bytes", use_small_blocks);
    in_child("one block", use_one_block);
    return 0;
}
