// SPDX-License-Identifier: MIT
// Random operations against a simple model: what a block holds is known from its id alone.
//
// Four threads work on blocks of their own and swap some through mailboxes, so that blocks are
// resized and freed by threads that did not allocate them. Threads end with blocks alive and are
// replaced by new ones. A seed as argument or in IKYO_TEST_SEED repeats the choices of a run,
// IKYO_TEST_STEPS sets how many steps each thread makes in each round.
#include "api.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

enum { THREADS = 4, ROUNDS = 6, SLOTS = 600, MAILBOXES = 64, DEFAULT_STEPS = 120000 };
enum { DENSE = 64 * KIB, STRIDE = 16 * KIB, TAIL = 16 };

static const size_t live_limit = (size_t)160 * MIB;

struct item {
    unsigned char *start;
    size_t size;
    uint64_t id;
};

struct mailbox {
    pthread_mutex_t lock;
    struct item item;
};

struct worker {
    struct item items[SLOTS];
    uint64_t random;
    uint64_t next_id;
    size_t live;
    uint64_t steps;
    const char *failure;
    struct item failed;
};

static struct mailbox mailboxes[MAILBOXES];
static struct worker workers[THREADS];
static uint64_t seed;

// Large blocks would cost all the time if every byte was written: their first part is, and one
// word in each stretch beyond it, and the last bytes.
static void write_pattern(const struct item *item)
{
    size_t dense = item->size < DENSE ? item->size : DENSE;

    api_fill(item->start, dense, item->id);
    for (size_t at = DENSE; at + 8 <= item->size; at += STRIDE) {
        uint64_t word = api_pattern_word(item->id, at / 8);
        memcpy(item->start + at, &word, 8);
    }
    if (item->size >= DENSE + TAIL)
        memset(item->start + item->size - TAIL, (int)(item->id & 0xff), TAIL);
}

// Whether the first `size` bytes, at most the item's own, hold the pattern, its tail aside.
static bool holds_prefix(const struct item *item, size_t size)
{
    size_t dense = size < DENSE ? size / 8 * 8 : DENSE;
    size_t end = item->size >= DENSE + TAIL && size > item->size - TAIL ? item->size - TAIL : size;

    if (!api_holds(item->start, dense, item->id))
        return false;
    for (size_t at = DENSE; at + 8 <= end; at += STRIDE) {
        uint64_t word = api_pattern_word(item->id, at / 8);
        if (memcmp(item->start + at, &word, 8) != 0)
            return false;
    }
    return true;
}

static bool holds_pattern(const struct item *item)
{
    if (!holds_prefix(item, item->size))
        return false;
    if (item->size < DENSE)
        return api_holds(item->start, item->size, item->id);
    for (size_t at = item->size - TAIL; item->size >= DENSE + TAIL && at < item->size; at++) {
        if (item->start[at] != (item->id & 0xff))
            return false;
    }
    return true;
}

static bool note_failure(struct worker *worker, const char *what, const struct item *item)
{
    worker->failure = what;
    worker->failed = *item;
    return false;
}

// Mostly small; one in a few thousand is huge.
static size_t random_size(struct worker *worker)
{
    uint64_t kind = api_random(&worker->random) % 4096;
    uint64_t value = api_random(&worker->random);
    size_t limit = kind < 3 ? 40 * MIB : kind < 40 ? MIB : kind < 400 ? 40 * KIB :
                   kind < 1200 ? 4 * KIB : 256;

    if (worker->live > live_limit && limit > 40 * KIB)
        limit = 40 * KIB;
    return value % (limit + 1);
}

static bool adopt(struct worker *worker, struct item *item, void *start, size_t size)
{
    struct item fresh = { start, size, worker->next_id++ };

    if (start == NULL)
        return note_failure(worker, "no memory", &fresh);
    if (!api_is_aligned(start, 16))
        return note_failure(worker, "a block that is not aligned to 16 bytes", &fresh);
    if (call.malloc_usable_size(start) < size)
        return note_failure(worker, "a block smaller than what was asked for", &fresh);
    write_pattern(&fresh);
    worker->live += size;
    *item = fresh;
    return true;
}

static bool drop(struct worker *worker, struct item *item)
{
    if (item->start == NULL)
        return true;
    if (!holds_pattern(item))
        return note_failure(worker, "a block with spoilt content at its end", item);
    worker->live -= item->size < worker->live ? item->size : worker->live;
    call.free(item->start);
    item->start = NULL;
    return true;
}

static bool allocate_zeroed(struct worker *worker, struct item *item)
{
    size_t size = random_size(worker);
    unsigned char *start = call.calloc(size, 1);
    struct item fresh = { start, size, 0 };

    if (start != NULL && !api_is_zero(start, size < 2 * MIB ? size : 2 * MIB))
        return note_failure(worker, "a block of calloc that is not zero", &fresh);
    for (size_t at = 2 * MIB; start != NULL && at < size; at += 1024) {
        if (start[at] != 0)
            return note_failure(worker, "a large block of calloc that is not zero", &fresh);
    }
    return adopt(worker, item, start, size);
}

static bool allocate_aligned(struct worker *worker, struct item *item)
{
    size_t alignment = (size_t)16 << api_random(&worker->random) % 14;
    size_t size = random_size(worker);
    void *start = call.memalign(alignment, size);
    struct item fresh = { start, size, alignment };

    if (start != NULL && !api_is_aligned(start, alignment))
        return note_failure(worker, "a block of memalign that is not aligned", &fresh);
    return adopt(worker, item, start, size);
}

static bool resize(struct worker *worker, struct item *item)
{
    size_t size = random_size(worker);
    size_t kept = size < item->size ? size : item->size;
    struct item old = *item;

    if (item->start == NULL)
        return adopt(worker, item, call.realloc(NULL, size), size);
    if (!holds_pattern(item))
        return note_failure(worker, "a block with spoilt content before realloc", item);
    worker->live -= item->size < worker->live ? item->size : worker->live;
    void *moved = call.realloc(item->start, size);
    item->start = NULL;
    if (size == 0)
        return moved == NULL || note_failure(worker, "a block from realloc to zero", &old);
    old.start = moved;
    if (moved != NULL && !holds_prefix(&old, kept))
        return note_failure(worker, "a block that lost content in realloc", &old);
    return adopt(worker, item, moved, size);
}

static bool swap_with_mailbox(struct worker *worker, struct item *item)
{
    struct mailbox *mailbox = &mailboxes[api_random(&worker->random) % MAILBOXES];

    pthread_mutex_lock(&mailbox->lock);
    struct item received = mailbox->item;
    mailbox->item = *item;
    pthread_mutex_unlock(&mailbox->lock);
    worker->live -= item->start != NULL && item->size < worker->live ? item->size : 0;
    *item = received;
    if (item->start == NULL)
        return true;
    worker->live += item->size;
    return holds_pattern(item) ||
           note_failure(worker, "a block spoilt on its way to a thread", item);
}

static bool step_once(struct worker *worker)
{
    struct item *item = &worker->items[api_random(&worker->random) % SLOTS];
    uint64_t choice = api_random(&worker->random) % 100;

    if (choice < 25)
        return resize(worker, item);
    if (choice < 45)
        return swap_with_mailbox(worker, item);
    if (!drop(worker, item))
        return false;
    if (choice < 60)
        return true;
    if (choice < 68)
        return allocate_zeroed(worker, item);
    if (choice < 73)
        return allocate_aligned(worker, item);
    size_t size = random_size(worker);
    return adopt(worker, item, call.malloc(size), size);
}

static void *work(void *argument)
{
    struct worker *worker = argument;

    for (uint64_t step = 0; step < worker->steps && worker->failure == NULL; step++)
        step_once(worker);
    return NULL;
}

static void report(const struct worker *worker, int round)
{
    if (worker->failure == NULL)
        return;
    print_error("seed %llu, thread %d, round %d: %s (%p, %zu bytes, id %llx)\n",
                (unsigned long long)seed, (int)(worker - workers), round, worker->failure,
                (void *)worker->failed.start, worker->failed.size,
                (unsigned long long)worker->failed.id);
}

static void random_operations_in_four_threads_agree_with_the_model(void **state)
{
    const char *steps = getenv("IKYO_TEST_STEPS");

    (void)state;
    for (int i = 0; i < MAILBOXES; i++)
        pthread_mutex_init(&mailboxes[i].lock, NULL);
    for (uint64_t i = 0; i < THREADS; i++) {
        workers[i].random = (seed + i + 1) * UINT64_C(0x9e3779b97f4a7c15);
        workers[i].next_id = i << 48;
        workers[i].steps = steps != NULL ? strtoull(steps, NULL, 10) : DEFAULT_STEPS;
    }
    for (int round = 0; round < ROUNDS; round++) {
        pthread_t threads[THREADS];
        for (int i = 0; i < THREADS; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
        for (int i = 0; i < THREADS; i++)
            assert_int_equal(pthread_join(threads[i], NULL), 0);
        for (int i = 0; i < THREADS; i++) {
            report(&workers[i], round);
            assert_null(workers[i].failure);
        }
        malloc_trim(0);
    }
    for (int i = 0; i < THREADS; i++) {
        for (int slot = 0; slot < SLOTS; slot++)
            assert_true(drop(&workers[i], &workers[i].items[slot]));
    }
    for (int i = 0; i < MAILBOXES; i++)
        assert_true(drop(&workers[0], &mailboxes[i].item));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_operations_in_four_threads_agree_with_the_model),
    };
    const char *given = argc > 1 ? argv[1] : getenv("IKYO_TEST_SEED");
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)now.tv_sec * 1000003 ^
                                                          (uint64_t)now.tv_nsec;
    printf("seed %llu\n", (unsigned long long)seed);
    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
