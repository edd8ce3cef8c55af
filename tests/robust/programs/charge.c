// SPDX-License-Identifier: MIT
// Takes all the writable memory that RLIMIT_DATA allows, in blocks of one size; gives it back and
// takes it again; then forks and works on. That limit counts private writable memory exactly as
// strict overcommit does, but for one process.
// Usage: charge BLOCK-SIZE LEAST-SHARE-PERCENT; prints "right".
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void require(int fact, const char *what)
{
    if (!fact) {
        fprintf(stderr, "charge: %s\n", what);
        _exit(1);
    }
}

// Takes blocks until there are no more; returns the bytes.
static size_t take_all(size_t size, void ***list)
{
    void **first = NULL;
    size_t total = 0;

    for (;;) {
        void **p;

        errno = 0;
        p = malloc(size);
        if (p == NULL) {
            break;
        }
        memset(p, 1, size);
        *p = first;
        first = p;
        total += size;
    }
    require(errno == ENOMEM, "errno of the malloc that fails");
    *list = first;
    return total;
}

static void give_all(void **list)
{
    while (list != NULL) {
        void **next = *list;

        free(list);
        list = next;
    }
}

int main(int count, char **arguments)
{
    struct rlimit limit;
    size_t size, share, first, again;
    void **list;
    int status = 1;
    pid_t child;

    require(count == 3, "usage");
    size = strtoul(arguments[1], NULL, 10);
    share = strtoul(arguments[2], NULL, 10);
    require(getrlimit(RLIMIT_DATA, &limit) == 0, "getrlimit");
    require(limit.rlim_cur != RLIM_INFINITY, "a limit is set");
    first = take_all(size, &list);
    require(first <= limit.rlim_cur, "the limit holds");
    require(first >= limit.rlim_cur / 100 * share, "so much of the limit can be had");
    give_all(list);
    again = take_all(size, &list);
    require(again >= first / 100 * 98, "as much is there the second time");
    give_all(list);
    child = fork();
    require(child >= 0, "fork");
    if (child == 0) {
        again = take_all(size, &list);
        _exit(again >= first / 100 * 90 ? 0 : 1);
    }
    require(waitpid(child, &status, 0) == child && status == 0, "the child has as much");
    puts("right");
    return 0;
}
