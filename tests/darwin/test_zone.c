// SPDX-License-Identifier: MIT
// The library as a malloc zone: its calls, what tools ask it, and its lock.
#include "expect.h"

#include <mach/mach_init.h>
#include <malloc/malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

static malloc_zone_t *ours;

static void pause_ms(long ms)
{
    struct timespec time = {0, ms * 1000000};

    nanosleep(&time, NULL);
}

static void the_zone_is_the_default_and_the_systems_is_still_there(void)
{
    vm_address_t *zones = NULL;
    unsigned count = 0;
    int found = 0;

    EXPECT(malloc_get_all_zones(mach_task_self(), NULL, &zones, &count) == KERN_SUCCESS);
    EXPECT(count >= 2);
    ours = (malloc_zone_t *)zones[0];
    EXPECT(strcmp(ours->zone_name, "ikyoalloc") == 0);
    EXPECT(ours->version >= 9 && ours->introspect != NULL);
    for (unsigned i = 1; i < count; i++) {
        EXPECT((malloc_zone_t *)zones[i] != ours);
        found += strcmp(((malloc_zone_t *)zones[i])->zone_name, "DefaultMallocZone") == 0;
    }
    EXPECT(found == 1);
}

static void each_call_of_the_zone_gives_or_takes_its_blocks(void)
{
    void *list[7];

    list[0] = ours->malloc(ours, 100);
    list[1] = ours->calloc(ours, 10, 10);
    list[2] = ours->valloc(ours, 100);
    list[3] = ours->memalign(ours, 256, 100);
    list[4] = ours->realloc(ours, NULL, 100);
    list[5] = ours->realloc(ours, ours->malloc(ours, 10), 100);
    list[6] = malloc_zone_malloc(malloc_default_zone(), 100);
    EXPECT((uintptr_t)list[2] % (uintptr_t)getpagesize() == 0 && (uintptr_t)list[3] % 256 == 0);
    for (int i = 0; i < 7; i++) {
        EXPECT(list[i] != NULL && ours->size(ours, list[i]) >= 100);
        EXPECT(ours->size(ours, list[i]) == malloc_size(list[i]));
        EXPECT(malloc_zone_from_ptr(list[i]) == ours);
        EXPECT(ours->claimed_address(ours, list[i]));
    }
    ours->free(ours, list[0]);
    ours->free_definite_size(ours, list[1], 100);
    ours->try_free_default(ours, list[2]);
    for (int i = 3; i < 7; i++)
        free(list[i]);
    EXPECT(ours->memalign(ours, 24, 100) == NULL);
    EXPECT(ours->calloc(ours, SIZE_MAX / 2, 3) == NULL);
    EXPECT(ours->introspect->good_size(ours, 100) == malloc_good_size(100));
}

static void a_batch_is_given_and_taken_as_one(void)
{
    void *batch[500];
    unsigned count = ours->batch_malloc(ours, 48, batch, 500);

    EXPECT(count == 500);
    for (unsigned i = 0; i < count; i++)
        memset(batch[i], (int)i, 48);
    for (unsigned i = 0; i < count; i++)
        EXPECT(((unsigned char *)batch[i])[47] == (unsigned char)i);
    ours->batch_free(ours, batch, count);
    EXPECT(ours->batch_malloc(ours, SIZE_MAX, batch, 5) == 0);
}

static void size_of_what_is_no_block_is_0(void)
{
    static char in_data[64];
    char on_stack[64];
    char *small = malloc(100), *large = malloc(100000), *huge = malloc((size_t)40 << 20);

    EXPECT(ours->size(ours, NULL) == 0);
    EXPECT(ours->size(ours, in_data) == 0 && !ours->claimed_address(ours, in_data));
    EXPECT(ours->size(ours, on_stack) == 0 && !ours->claimed_address(ours, on_stack));
    EXPECT(ours->size(ours, small + 1) == 0);
    EXPECT(ours->size(ours, large + 4096) == 0 && ours->claimed_address(ours, large + 4096));
    EXPECT(ours->size(ours, huge + 4096) == 0 && ours->claimed_address(ours, huge + 4096));
    EXPECT(ours->size(ours, large) >= 100000 && ours->size(ours, huge) >= (size_t)40 << 20);
    free(small);
    free(large);
    free(huge);
}

static void statistics_follow_what_is_in_use(void)
{
    malloc_statistics_t before, during, after;
    char *blocks[100];

    ours->introspect->statistics(ours, &before);
    for (int i = 0; i < 100; i++)
        blocks[i] = malloc(50000);
    ours->introspect->statistics(ours, &during);
    EXPECT(during.blocks_in_use >= before.blocks_in_use + 100);
    EXPECT(during.size_in_use >= before.size_in_use + 5000000);
    EXPECT(during.size_allocated >= during.size_in_use);
    for (int i = 0; i < 100; i++)
        free(blocks[i]);
    ours->introspect->statistics(ours, &after);
    EXPECT(after.size_in_use < during.size_in_use);
}

struct search {
    uintptr_t small, large, huge;
    int regions_of_small, large_found, huge_found;
};

static void note(task_t task, void *context, unsigned type, vm_range_t *ranges, unsigned count)
{
    struct search *s = context;

    (void)task;
    for (unsigned i = 0; i < count; i++) {
        uintptr_t start = ranges[i].address, end = start + ranges[i].size;

        if (type == MALLOC_PTR_REGION_RANGE_TYPE)
            s->regions_of_small += s->small >= start && s->small < end;
        else
            EXPECT(type == MALLOC_PTR_IN_USE_RANGE_TYPE);
        s->large_found += type == MALLOC_PTR_IN_USE_RANGE_TYPE && s->large == start;
        s->huge_found += type == MALLOC_PTR_IN_USE_RANGE_TYPE && s->huge == start;
    }
}

static struct search look_for(void *small, void *large, void *huge, bool locked)
{
    struct search s = {(uintptr_t)small, (uintptr_t)large, (uintptr_t)huge, 0, 0, 0};
    unsigned types = MALLOC_PTR_IN_USE_RANGE_TYPE | MALLOC_PTR_REGION_RANGE_TYPE;

    if (locked)
        ours->introspect->force_lock(ours);
    EXPECT(ours->introspect->enumerator(mach_task_self(), &s, types, (vm_address_t)ours, NULL,
                                        note) == KERN_SUCCESS);
    if (locked)
        ours->introspect->force_unlock(ours);
    return s;
}

static void the_enumerator_knows_regions_and_large_blocks(void)
{
    void *small = malloc(100), *large = malloc(100000), *huge = malloc((size_t)40 << 20);

    for (int locked = 0; locked < 2; locked++) {
        struct search s = look_for(small, large, huge, locked);

        EXPECT(s.regions_of_small == 1 && s.large_found == 1 && s.huge_found == 1);
    }
    free(small);
    free(large);
    free(huge);
    EXPECT(look_for(small, large, huge, false).large_found == 0);
    EXPECT(look_for(small, large, huge, false).huge_found == 0);
    EXPECT(ours->introspect->enumerator(mach_task_self() + 1, NULL, 7, 0, NULL, note) != 0);
}

static void pressure_relief_says_what_went_back(void)
{
    enum { BLOCKS = 64, SIZE = 300000 };
    void *blocks[BLOCKS];

    for (int i = 0; i < BLOCKS; i++) {
        blocks[i] = malloc(SIZE);
        memset(blocks[i], 1, SIZE);
    }
    for (int i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    EXPECT(ours->pressure_relief(ours, 0) >= (size_t)BLOCKS * SIZE / 4);
    EXPECT(ours->pressure_relief(ours, 0) == 0);
}

static _Atomic(bool) passed;

static void *allocate_large(void *argument)
{
    free(malloc((size_t)50 << 20));
    atomic_store(&passed, true);
    return argument;
}

static void others_wait_while_the_zone_is_locked(void)
{
    pthread_t thread;

    EXPECT(!ours->introspect->zone_locked(ours));
    ours->introspect->force_lock(ours);
    EXPECT(ours->introspect->zone_locked(ours));
    EXPECT(pthread_create(&thread, NULL, allocate_large, NULL) == 0);
    pause_ms(50);
    EXPECT(!atomic_load(&passed));
    ours->introspect->force_unlock(ours);
    EXPECT(pthread_join(thread, NULL) == 0 && atomic_load(&passed));
    EXPECT(!ours->introspect->zone_locked(ours));
}

static void check_and_print_answer(void)
{
    EXPECT(ours->introspect->check(ours));
    ours->introspect->print(ours, 1);
    ours->introspect->log(ours, NULL);
}

int main(void)
{
    static const struct test tests[] = {
        TEST(the_zone_is_the_default_and_the_systems_is_still_there),
        TEST(each_call_of_the_zone_gives_or_takes_its_blocks),
        TEST(a_batch_is_given_and_taken_as_one),
        TEST(size_of_what_is_no_block_is_0),
        TEST(statistics_follow_what_is_in_use),
        TEST(the_enumerator_knows_regions_and_large_blocks),
        TEST(pressure_relief_says_what_went_back),
        TEST(others_wait_while_the_zone_is_locked),
        TEST(check_and_print_answer),
    };

    return RUN_TESTS(tests);
}
