// SPDX-License-Identifier: MIT
// mlockall(MCL_CURRENT | MCL_FUTURE): as root it must not make reserved memory resident, and with
// a finite RLIMIT_MEMLOCK and no privilege it must succeed, since the program alone would fit.
#include "stress.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum { SLOTS = 40000, USED = 16 * STRESS_MIB };

// Address space of the allocator's tables for the first GiB, and of its first region.
enum { ROOM = 16 * STRESS_MIB };

static void *block[SLOTS];
static size_t size[SLOTS];

static size_t allocate_some(uint64_t *random, size_t amount)
{
    size_t count = 0, live = 0;

    for (; count < SLOTS && live < amount; count++) {
        size[count] = 1 + stress_size(random, count % 16 == 0 ? 17 : 11);
        block[count] = stress_take(size[count], count);
        live += size[count];
    }
    stress_expect(live >= amount, "the books have room");
    return count;
}

static void free_some(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        stress_give(block[i], size[i], i);
    }
}

// Memory may grow by what is used, 25 % of slack at most, and 1 MiB; reservations stay empty.
static void live_locked_as_root(void)
{
    uint64_t random = 3;
    size_t before = 0, locked = 0, after = 0, count = 0;

    free_some(allocate_some(&random, USED));
    // The books become resident first, so that only the allocator's own memory can grow.
    memset(block, 1, sizeof block);
    memset(size, 1, sizeof size);
    before = stress_anonymous();
    stress_expect(mlockall(MCL_CURRENT | MCL_FUTURE) == 0, "mlockall as root");
    locked = stress_anonymous();
    // What was made accessible ahead and what slabs never touched: an eighth of the peak.
    stress_bound("jump at mlockall", stress_mib(stress_grown(before, locked)),
                 1 + stress_mib(USED) / 8, "MiB");
    count = allocate_some(&random, USED);
    after = stress_anonymous();
    stress_bound("growth with 16 MiB used", stress_mib(stress_grown(locked, after)),
                 1 + 1.25 * stress_mib(USED), "MiB");
    free_some(count);
    _exit(0);
}

// Past the limit there is NULL and ENOMEM.
static void exhaust(size_t limit)
{
    void **chain = NULL;
    size_t taken = 0;
    bool failed = false;

    while (!failed) {
        void **p = malloc(10000);

        failed = p == NULL;
        stress_expect(!failed || errno == ENOMEM, "a failed malloc sets errno to ENOMEM");
        stress_expect(taken <= limit, "the limit is enforced");
        if (!failed) {
            *p = chain;
            chain = p;
            taken += 10000;
        }
    }
    while (chain != NULL) {
        void **next = *chain;

        free(chain);
        chain = next;
    }
}

static void live_locked_without_privilege(void)
{
    struct rlimit limit;
    uint64_t random = 5;

    getrlimit(RLIMIT_MEMLOCK, &limit);
    stress_expect(mlockall(MCL_CURRENT | MCL_FUTURE) == 0, "mlockall under RLIMIT_MEMLOCK");
    if (limit.rlim_cur < ROOM) {
        // The tables do not fit beside the program: that must be an answer, not a crash.
        void *p = malloc(1000);

        stress_expect(p != NULL || errno == ENOMEM, "malloc without room sets errno to ENOMEM");
        free(p);
        printf("mlockall without privilege: the hard limit of %.0f MiB leaves no room\n",
               stress_mib(limit.rlim_cur));
        return;
    }
    free_some(allocate_some(&random, limit.rlim_cur / 8));
    exhaust(limit.rlim_cur);
    // Freed memory is there again.
    free_some(allocate_some(&random, limit.rlim_cur / 8));
    printf("mlockall without privilege under a limit of %.0f MiB: ok\n",
           stress_mib(limit.rlim_cur));
}

// A root without the one capability that matters here is unprivileged to mlockall, and can still
// read this program and the library wherever they were built.
static void exec_without_privilege(char *name)
{
    struct rlimit limit;
    char *again[] = {name, (char *)"unprivileged", NULL};

    // 64 MiB, or the hard limit where that is lower: raising it may need one more privilege.
    getrlimit(RLIMIT_MEMLOCK, &limit);
    limit.rlim_cur = limit.rlim_max < 64 * STRESS_MIB ? limit.rlim_max : 64 * STRESS_MIB;
    limit.rlim_max = limit.rlim_cur;
    stress_expect(setrlimit(RLIMIT_MEMLOCK, &limit) == 0, "setrlimit of RLIMIT_MEMLOCK");
    stress_expect(prctl(PR_CAPBSET_DROP, CAP_IPC_LOCK, 0, 0, 0) == 0, "dropping CAP_IPC_LOCK");
    execv("/proc/self/exe", again);
    stress_expect(false, "execv of itself");
}

int main(int count, char **arguments)
{
    int status[2] = {0, 0};

    if (count > 1) {
        live_locked_without_privilege();
        return 0;
    }
    stress_start("mlockall");
    stress_expect(geteuid() == 0, "this test needs root");
    for (unsigned which = 0; which < 2; which++) {
        pid_t child = fork();

        if (child == 0 && which == 0) {
            live_locked_as_root();
        } else if (child == 0) {
            exec_without_privilege(arguments[0]);
        }
        stress_expect(child > 0 && waitpid(child, &status[which], 0) == child, "fork, waitpid");
    }
    stress_expect(status[0] == 0, "locked as root");
    stress_expect(status[1] == 0, "locked without privilege");
    return 0;
}
