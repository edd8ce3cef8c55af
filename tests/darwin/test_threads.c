// SPDX-License-Identifier: MIT
// Threads: the slots that their caches are found in, blocks that others free, and their end.
#include "expect.h"
#include "ikyoalloc/stats.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

enum { THREADS = 4, STEPS = 200000, PLACES = 512, ENDS = 100 };

static struct ikyo_stats figures(void)
{
    void (*flush)(void) = (void (*)(void))dlsym(RTLD_DEFAULT, "ikyo_flush_all");
    bool (*get)(struct ikyo_stats *, size_t) =
        (bool (*)(struct ikyo_stats *, size_t))dlsym(RTLD_DEFAULT, "ikyo_stats_get");
    struct ikyo_stats s;

    EXPECT(flush != NULL && get != NULL);
    flush();
    EXPECT(get(&s, sizeof(s)));
    return s;
}

static _Atomic(uint64_t *) places[PLACES];

// A block says how long it is, at both ends.
static uint64_t *new_block(uint64_t *random)
{
    size_t words;
    uint64_t *block;

    *random = *random * 6364136223846793005u + 1442695040888963407u;
    words = *random >> 33 & (*random >> 60 == 0 ? 8191 : 63);
    words += 2;
    block = malloc(words * sizeof(*block));
    EXPECT(block != NULL);
    block[0] = block[words - 1] = words;
    return block;
}

static void *exchange_blocks(void *argument)
{
    uint64_t random = (uintptr_t)argument;

    for (int i = 0; i < STEPS; i++) {
        uint64_t *mine = new_block(&random);
        uint64_t *old = atomic_exchange(&places[random >> 40 & (PLACES - 1)], mine);

        if (old != NULL) {
            EXPECT(old[old[0] - 1] == old[0]);
            free(old);
        }
    }
    return NULL;
}

static void blocks_that_other_threads_free_are_not_lost(void)
{
    pthread_t threads[THREADS];
    uint64_t before = figures().live_blocks;

    for (uintptr_t i = 0; i < THREADS; i++)
        EXPECT(pthread_create(&threads[i], NULL, exchange_blocks, (void *)(i + 1)) == 0);
    for (int i = 0; i < THREADS; i++)
        EXPECT(pthread_join(threads[i], NULL) == 0);
    for (int i = 0; i < PLACES; i++)
        free(atomic_exchange(&places[i], NULL));
    EXPECT(figures().live_blocks == before);
}

static pthread_key_t later_key; // made after the library's, so its values go after theirs
static _Atomic(int) rounds;

// Comes again as often as the system allows, while the thread's cache is gone.
static void allocate_at_the_end(void *value)
{
    for (size_t size = 16; size < 100000; size *= 5)
        free(malloc(size));
    atomic_fetch_add(&rounds, 1);
    if ((uintptr_t)value < PTHREAD_DESTRUCTOR_ITERATIONS)
        pthread_setspecific(later_key, (void *)((uintptr_t)value + 1));
}

static void *end_with_values(void *block)
{
    pthread_setspecific(later_key, (void *)1);
    free(block);
    return malloc(100);
}

static void a_thread_that_ends_leaves_no_cache_behind(void)
{
    struct ikyo_stats before = figures(), after;

    EXPECT(pthread_key_create(&later_key, allocate_at_the_end) == 0);
    for (int i = 0; i < ENDS; i++) {
        pthread_t thread;
        void *block;

        EXPECT(pthread_create(&thread, NULL, end_with_values, malloc(1000)) == 0);
        EXPECT(pthread_join(thread, &block) == 0);
        free(block);
    }
    after = figures();
    EXPECT(atomic_load(&rounds) == PTHREAD_DESTRUCTOR_ITERATIONS * ENDS);
    EXPECT(after.live_blocks == before.live_blocks);
    EXPECT(after.threads == before.threads);
    EXPECT(after.pooled_caches <= before.pooled_caches + 1);
    EXPECT(pthread_key_delete(later_key) == 0);
}

int main(void)
{
    static const struct test tests[] = {
        TEST(blocks_that_other_threads_free_are_not_lost),
        TEST(a_thread_that_ends_leaves_no_cache_behind),
    };

    return RUN_TESTS(tests);
}
