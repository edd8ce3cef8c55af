// SPDX-License-Identifier: MIT
// Where tags were smashed, the heap goes on with the rest of its memory, and whatever was smashed
// it hands out nothing twice. IKYO_TEST_SEED in the environment repeats a run.
#include "heap_memory.h"

#include "engine/heap_tag.h"
#include "os/os.h"

enum { SIZE = 8192, BLOCKS = 40, LENGTH = 100, DISTANCE = 112 };

static struct ikyo_heap_fault told;
static size_t times_told;

static void tell(void *context, struct ikyo_heap_fault fault)
{
    (void)context;
    told = fault;
    times_told++;
}

// A heap without free memory but that of every other block.
static struct ikyo_heap *new_heap(enum ikyo_heap_fit fit, bool defer, unsigned char **block)
{
    const struct ikyo_heap_options options = {.fit = fit, .defer_joining = defer, .on_fault = tell};
    struct ikyo_heap *heap = ikyo_heap_init(heap_memory, SIZE, &options);

    for (size_t i = 0; i < BLOCKS; i++) {
        block[i] = heap_block(heap, LENGTH);
        assert_ptr_equal(block[i], block[0] + i * DISTANCE);
    }
    heap_block(heap, ikyo_heap_stats(heap).largest_free);
    for (size_t i = 0; i < BLOCKS; i += 2)
        heap_give(heap, block[i]);
    times_told = 0;
    return heap;
}

static void memory_between_smashed_tags_is_found_from_a_block_there(void **state)
{
    (void)state;
    for (int fit = IKYO_HEAP_BEST_FIT; fit <= IKYO_HEAP_NEXT_FIT; fit++) {
        unsigned char *block[BLOCKS];
        struct ikyo_heap *heap = new_heap((enum ikyo_heap_fit)fit, false, block);

        memset(block[5] - 8, 0, 8);
        memset(block[35] - 8, 0, 8);
        memset(block[20], 0, 16);
        heap_give(heap, block[21]);
        assert_fault(told, IKYO_HEAP_USED_AFTER_FREE, block[20]);
        for (size_t i = 7; i < 33; i += 2) {
            if (i != 21)
                heap_give(heap, block[i]);
        }
        assert_int_equal(times_told, 1);
        assert_ptr_equal(heap_block(heap, 26 * DISTANCE - 8), block[7]);
        assert_int_equal(ikyo_heap_free(heap, block[5]), IKYO_HEAP_SMASHED);
        assert_int_equal(ikyo_heap_free(heap, block[35]), IKYO_HEAP_SMASHED);
        assert_fault(ikyo_heap_check(heap), IKYO_HEAP_SMASHED, block[5] - 8);
    }
}

static void free_block_behind_a_smashed_tag_is_not_joined(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        unsigned char *block[BLOCKS];
        struct ikyo_heap *heap = new_heap((enum ikyo_heap_fit)(i / 2), i % 2 != 0, block);

        memset(block[0] - 8, 0, 4);
        while (ikyo_heap_alloc(heap, LENGTH) != NULL)
            continue;
        assert_int_equal(ikyo_heap_stats(heap).free_blocks, 0);
        times_told = 0;
        for (size_t j = 1; j < BLOCKS; j++)
            heap_give(heap, block[j]);
        ikyo_heap_join(heap);
        assert_int_equal(times_told, 0);
        assert_ptr_equal(heap_block(heap, (BLOCKS - 1) * DISTANCE - 8), block[1]);
        assert_int_not_equal(ikyo_heap_free(heap, block[0]), IKYO_HEAP_OK);
    }
}

enum { ROUNDS = 400, CALLS = 300, LIVE_MAX = 200, AROUND = 4096, SMALLEST = 24 };

struct live {
    unsigned char *address;
    size_t size;
    unsigned char fill;
    bool hit; // its contents were smashed
};

static struct live live[LIVE_MAX];
static size_t live_count;
static uint64_t random_state;

static size_t below(size_t end)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state * 0x2545f4914f6cdd1du >> 16) % end;
}

static unsigned char *const memory = heap_memory + AROUND;

static bool overlaps(const struct live *b, const unsigned char *start, size_t size)
{
    return start < b->address + b->size && b->address < start + size;
}

static void take_one(struct ikyo_heap *heap)
{
    size_t size = below(8) != 0 ? below(150) : below(1200);
    size_t room = size < SMALLEST ? SMALLEST : size;
    unsigned char *address = below(8) != 0 ? ikyo_heap_alloc(heap, size)
                                           : ikyo_heap_alloc_aligned(heap, size, 16u << below(6));

    if (address == NULL)
        return;
    assert_true(address >= memory && address + room <= memory + SIZE);
    for (size_t i = 0; i < live_count; i++)
        assert_false(overlaps(&live[i], address, room));
    live[live_count] = (struct live){address, room, (unsigned char)below(256), false};
    memset(address, live[live_count++].fill, room);
}

static void assert_contents(const struct live *b)
{
    for (size_t i = 0; i < b->size && !b->hit; i++)
        assert_int_equal(b->address[i], b->fill);
}

static enum ikyo_heap_error give_one(struct ikyo_heap *heap)
{
    size_t i = below(live_count);
    enum ikyo_heap_error error;

    assert_contents(&live[i]);
    error = ikyo_heap_free(heap, live[i].address);
    if (error == IKYO_HEAP_OK)
        live[i] = live[--live_count];
    return error;
}

static void call(struct ikyo_heap *heap, bool smashed)
{
    size_t what = below(100);

    if (live_count == 0 || (what < 55 && live_count < LIVE_MAX))
        take_one(heap);
    else if (what < 98)
        assert_true(give_one(heap) == IKYO_HEAP_OK || smashed);
    else
        ikyo_heap_join(heap);
}

// A tag of a live block or anything but the record of the heap, by zeros or anything.
static void smash(const struct ikyo_heap *heap)
{
    size_t least = heap->first * (size_t)HEAP_UNIT + HEAP_UNIT / 2;
    unsigned char *at = below(2) == 0 && live_count != 0 ? live[below(live_count)].address - 8
                                                         : memory + least + below(SIZE - least);
    size_t size = 1 + below(below(3) == 0 ? 60 : 8), room = (size_t)(memory + SIZE - at);
    bool zero = below(2) == 0;

    size = size < room ? size : room;
    for (size_t i = 0; i < size; i++)
        at[i] = zero ? 0 : (unsigned char)below(256);
    for (size_t i = 0; i < live_count; i++)
        live[i].hit |= overlaps(&live[i], at, size);
}

static void nothing_is_handed_out_twice_after_two_smashes(void **state)
{
    const char *set = getenv("IKYO_TEST_SEED");

    (void)state;
    random_state = set != NULL ? strtoull(set, NULL, 0) : os_random_seed() | 1;
    print_message("seed %llu\n", (unsigned long long)random_state);
    for (size_t round = 0; round < ROUNDS; round++) {
        const struct ikyo_heap_options options = {.fit = (enum ikyo_heap_fit)(round % 3),
                                                  .defer_joining = round % 2 != 0};
        struct ikyo_heap *heap;

        memset(heap_memory, 0xA5, SIZE + 2 * AROUND);
        heap = ikyo_heap_init(memory, SIZE, &options);
        live_count = 0;
        for (size_t i = 0; i < CALLS; i++)
            call(heap, false);
        smash(heap);
        smash(heap);
        for (size_t i = 0; i < CALLS; i++)
            call(heap, true);
        for (size_t i = 0; i < live_count; i++)
            assert_contents(&live[i]);
        for (size_t i = 0; i < AROUND; i++)
            assert_true(heap_memory[i] == 0xA5 && memory[SIZE + i] == 0xA5);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_between_smashed_tags_is_found_from_a_block_there),
        cmocka_unit_test(nothing_is_handed_out_twice_after_two_smashes),
        cmocka_unit_test(free_block_behind_a_smashed_tag_is_not_joined),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
