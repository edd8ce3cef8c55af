// SPDX-License-Identifier: MIT
// How many blocks are sampled: one in IKYO_SAMPLE, whatever the program does with them.
#include "alloc.h"
#include "base/option.h"
#include "debug/sample.h"
#include "init.h"

#include "core.h"

enum {
    SAMPLES = 1500, // expected in each test, of which the deviation is 40
    SLOTS = 4096,   // blocks that are replaced by chance
    GROWTH = 128,   // samples that a growing set comes to: fewer than can live
};

static uint64_t sampled, taken;

static void start(const char *rate)
{
    setenv("IKYO_SAMPLE", rate, 1);
    init_ensure();
    require(options.sample != 0);
}

static void *take(size_t size)
{
    void *p = alloc_block(size);

    require(p != NULL);
    taken++;
    sampled += sample_owns(p);
    return p;
}

static void require_rate(void)
{
    uint64_t expected = taken / options.sample;

    if (sampled * 13 < expected * 10 || sampled * 10 > expected * 13)
        require_equal(sampled, expected);
    sampled = taken = 0;
}

static void try_pairs(void)
{
    static const size_t sizes[] = {1, 32, 200, 1000, 2000, 4096};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        for (uint64_t n = 0; n < SAMPLES * options.sample; n++)
            free_block(take(sizes[i]));
        require_rate();
    }
}

static void try_random_replacement(void)
{
    struct core_random r = core_random_start();
    static void *slots[SLOTS];

    for (uint64_t n = 0; n < SAMPLES * options.sample; n++) {
        void **slot = &slots[core_random_below(&r, SLOTS)];

        free_block(*slot);
        *slot = take(16 + core_random_below(&r, 256));
    }
    require_rate();
}

static void try_growing_sets(void)
{
    size_t count = GROWTH * options.sample;
    void **blocks = malloc(count * sizeof(*blocks));

    require(blocks != NULL);
    for (int round = 0; round < SAMPLES / GROWTH; round++) {
        for (size_t i = 0; i < count; i++)
            blocks[i] = take(16 + 16 * (size_t)round);
        for (size_t i = 0; i < count; i++)
            free_block(blocks[i]);
    }
    require_rate();
    free(blocks);
}

static void lists_are_asked_about_as_often_as_their_blocks(void)
{
    start("2000");
    try_pairs();
    try_random_replacement();
    try_growing_sets();
}

static void blocks_are_asked_about_where_lists_are_too_long(void)
{
    start("50");
    try_pairs();
    try_random_replacement();
    try_growing_sets();
}

static void each_block_is_sampled_if_so_asked_for(void)
{
    void *p;

    start("1");
    free_block(alloc_block(1)); // the cache is made
    for (int i = 0; i < 1000; i++) {
        p = alloc_block(100);
        require(sample_owns(p));
        free_block(p);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(lists_are_asked_about_as_often_as_their_blocks),
        alone(blocks_are_asked_about_where_lists_are_too_long),
        alone(each_block_is_sampled_if_so_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
