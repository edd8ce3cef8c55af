// SPDX-License-Identifier: MIT
// How a program of this folder commits one bug: PROGRAM VARIANT SIZE one|two
//
// It knows nothing of the allocator. It announces each phase on stdout before it begins: `bug`, the
// misuse itself; `free`, what it has is given back; `reuse`, memory is asked for again; `exit`. The
// last before a report or its death tells when the bug was caught. With `two`, the misuse and the
// frees after it are done by another thread than that of the allocation, and both live on.
#ifndef TESTS_BUGS_BUG_H
#define TESTS_BUGS_BUG_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BUG_NOT_POSSIBLE = 2, // exit status: the program could not get as far as its bug
    BUG_HUGE = 8200 * 4096 - 16,
    BUG_CHURN = 2 * 1024 * 1024,
    BUG_SOON = 16, // blocks asked for straight after a free
};

struct bug_size {
    const char *name;
    size_t bytes;
};

// The C library has no byte to spare in blocks of these sizes.
static const struct bug_size bug_sizes[] = {
    { "small", 104 },
    { "medium", 20008 },
    { "large", 74 * 4096 - 16 },
    { "huge", BUG_HUGE },
};

struct bug_variant {
    const char *name;
    void (*run)(size_t size);
};

struct bug_helper {
    bool wanted;
    pthread_t thread;
    sem_t posted;
    sem_t done;
    void (*step)(char *block);
    char *block;
};

static struct bug_helper bug_helper;

static inline void *bug_help(void *unused)
{
    (void)unused;
    for (;;) {
        sem_wait(&bug_helper.posted);
        if (bug_helper.step == NULL)
            return NULL;
        bug_helper.step(bug_helper.block);
        sem_post(&bug_helper.done);
    }
}

static inline void bug_perform(void (*step)(char *block), char *block)
{
    if (!bug_helper.wanted) {
        step(block);
        return;
    }
    bug_helper.step = step;
    bug_helper.block = block;
    sem_post(&bug_helper.posted);
    sem_wait(&bug_helper.done);
}

// Also for what is seen: `prevented`, the bug did no harm; `poison`, what was read shows that it is
// no data.
static inline void bug_announce(const char *word)
{
    char line[32] = "@";

    strcat(strcat(line, word), "\n");
    if (write(STDOUT_FILENO, line, strlen(line)) < 0)
        _exit(BUG_NOT_POSSIBLE);
}

// All of the block is written to, so that it is not memory as the system gives it.
static inline char *bug_allocate(size_t size)
{
    char *block = (char *)malloc(size);

    if (block == NULL)
        _exit(BUG_NOT_POSSIBLE);
    memset(block, 'A', size);
    return block;
}

static inline void bug_commit(void (*step)(char *block), char *block)
{
    bug_announce("bug");
    bug_perform(step, block);
}

static inline void bug_free_step(char *block)
{
    free(block);
}

static inline void bug_free(char *block)
{
    bug_announce("free");
    bug_perform(bug_free_step, block);
}

// Asks for blocks and gives them back, `bytes` in all but at least two of them.
static inline void bug_churn(size_t size, size_t bytes)
{
    enum { MOST = 2048 };
    static char *blocks[MOST];
    size_t count = bytes / size < 2 ? 2 : bytes / size;

    if (count > MOST)
        count = MOST;
    for (size_t i = 0; i < count; i++)
        blocks[i] = bug_allocate(size);
    for (size_t i = 0; i < count; i++)
        free(blocks[i]);
}

// So many of a size are asked for straight after a free. All are kept.
static inline size_t bug_soon(char **owned, size_t size)
{
    size_t count = size == BUG_HUGE ? 2 : BUG_SOON;

    for (size_t i = 0; i < count; i++) {
        owned[i] = (char *)malloc(size);
        if (owned[i] == NULL)
            _exit(BUG_NOT_POSSIBLE);
    }
    return count;
}

// Other sizes are asked for as well, as programs do.
static inline void bug_delay(size_t size)
{
    bug_churn(48, BUG_CHURN / 16);
    bug_churn(size, BUG_CHURN);
    bug_churn(1000, BUG_CHURN);
}

static inline size_t bug_size_of(const char *name)
{
    for (size_t i = 0; i < sizeof(bug_sizes) / sizeof(*bug_sizes); i++) {
        if (strcmp(bug_sizes[i].name, name) == 0)
            return bug_sizes[i].bytes;
    }
    _exit(BUG_NOT_POSSIBLE);
}

static inline void bug_run(const struct bug_variant *variant, const char *size, const char *threads)
{
    size_t bytes = bug_size_of(size);

    free(bug_allocate(48)); // a thread's first block is not like the others
    bug_helper.wanted = strcmp(threads, "two") == 0;
    sem_init(&bug_helper.posted, 0, 0);
    sem_init(&bug_helper.done, 0, 0);
    if (bug_helper.wanted && pthread_create(&bug_helper.thread, NULL, bug_help, NULL) != 0)
        _exit(BUG_NOT_POSSIBLE);
    variant->run(bytes);
    bug_announce("reuse");
    bug_delay(bytes);
    if (bug_helper.wanted) {
        bug_helper.step = NULL;
        sem_post(&bug_helper.posted);
        pthread_join(bug_helper.thread, NULL);
    }
    bug_announce("exit");
}

// What main() does. The last variant has no name.
static inline int bug_main(int argc, char **argv, const struct bug_variant *variants)
{
    alarm(30);
    for (const struct bug_variant *v = variants; argc == 4 && v->name != NULL; v++) {
        if (strcmp(v->name, argv[1]) == 0) {
            bug_run(v, argv[2], argv[3]);
            return 0;
        }
    }
    return BUG_NOT_POSSIBLE;
}

#endif
