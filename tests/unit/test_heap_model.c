// SPDX-License-Identifier: MIT
// Random calls on heaps beside a model that looks at every block: it says which free block each
// fit has to choose, and after every call the heap is walked and compared with it. At times the
// heap is moved, as it is at different addresses in processes that share it.
// IKYO_TEST_SEED in the environment repeats a run.
#include "heap_memory.h"

#include "os/os.h"

enum { BLOCKS_MAX = 300, BLOCK_UNIT = 16, TAG = 8, SMALLEST = 24 };

// The large one has all lists that there are, and a map of three levels above its leaves.
enum { SMALL = 16 * 1024, LARGE = 3 * 1024 * 1024 };

static _Alignas(4096) unsigned char places[2][LARGE];

struct block {
    unsigned char *address;
    size_t size;   // that was asked for
    size_t filled; // bytes from the start that hold `fill`
    unsigned char fill;
};

static struct block live[BLOCKS_MAX];
static size_t live_count;
static struct ikyo_heap *heap;
static unsigned char *memory; // one of places
static size_t heap_size;
static enum ikyo_heap_fit fit;
static bool defer;
static const unsigned char *cursor; // where next fit goes on: the start of a payload
static uint64_t seed, random_state;

static size_t below(size_t end)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state * 0x2545f4914f6cdd1du >> 16) % end;
}

// Mostly small, at times anything.
static size_t some_size(size_t limit)
{
    return below(8) != 0 ? below(200) : below(limit);
}

static size_t rounded(size_t size)
{
    return size <= SMALLEST ? SMALLEST
                            : (size + TAG + BLOCK_UNIT - 1) / BLOCK_UNIT * BLOCK_UNIT - TAG;
}

// What the model knows of the heap: all its blocks as the walk shows them.
static struct ikyo_heap_block shown[2 * BLOCKS_MAX + 2];
static size_t shown_count;

static bool show(void *context, const struct ikyo_heap_block *block)
{
    (void)context;
    assert_true(shown_count < sizeof shown / sizeof shown[0]);
    shown[shown_count++] = *block;
    return true;
}

static const struct block *live_at(const void *address)
{
    for (size_t i = 0; i < live_count; i++) {
        if (live[i].address == address)
            return &live[i];
    }
    return NULL;
}

static void look(void)
{
    size_t alive = 0;

    shown_count = 0;
    assert_fault(ikyo_heap_walk(heap, show, NULL), IKYO_HEAP_OK, NULL);
    for (size_t i = 0; i < shown_count; i++) {
        const struct block *b = live_at(shown[i].address);
        const unsigned char *start = shown[i].address;

        if (i + 1 < shown_count)
            assert_ptr_equal(shown[i + 1].address, start + shown[i].size + TAG);
        assert_int_equal(shown[i].state == IKYO_HEAP_LIVE, b != NULL);
        if (b == NULL && start <= cursor && cursor < start + shown[i].size)
            cursor = start;
        if (b == NULL)
            continue;
        alive++;
        assert_true(shown[i].size >= rounded(b->size));
        assert_true(shown[i].size < rounded(b->size) + 2 * BLOCK_UNIT);
    }
    assert_int_equal(alive, live_count);
    assert_int_equal(ikyo_heap_stats(heap).live_blocks, live_count);
}

static void compare(void)
{
    assert_in_order(heap);
    look();
    for (size_t i = 0; i < live_count; i++) {
        for (size_t j = 0; j < live[i].filled; j++)
            assert_int_equal(live[i].address[j], live[i].fill);
    }
}

// The free block that the fit has to choose, or NULL; for best fit any of that size.
static const struct ikyo_heap_block *chosen(size_t size)
{
    const struct ikyo_heap_block *best = NULL, *first = NULL, *next = NULL;

    for (size_t i = shown_count; i-- > 0;) {
        const struct ikyo_heap_block *b = &shown[i];

        if (b->state != IKYO_HEAP_FREE || b->size < size)
            continue;
        first = b;
        if (best == NULL || b->size <= best->size)
            best = b;
        if ((const unsigned char *)b->address >= cursor)
            next = b;
    }
    if (fit == IKYO_HEAP_BEST_FIT)
        return best;
    return fit == IKYO_HEAP_NEXT_FIT && next != NULL ? next : first;
}

// With blocks kept, which block it is depends on them; else a new block at an address lies in the
// one chosen, at its start but for `spare` bytes.
static void assert_chosen(const unsigned char *address, const struct ikyo_heap_block *expected,
                          size_t spare)
{
    for (size_t i = 0; i < shown_count && !defer; i++) {
        const struct ikyo_heap_block *b = &shown[i];
        const unsigned char *start = b->address;

        if (address < start || address >= start + b->size)
            continue;
        assert_non_null(expected);
        assert_int_equal(b->state, IKYO_HEAP_FREE);
        assert_int_equal(b->size, expected->size);
        assert_true(b == expected || fit == IKYO_HEAP_BEST_FIT);
        assert_true(address <= start + spare);
        return;
    }
    assert_true(defer);
}

// Every other block keeps what was in its memory, with tags of blocks that are no more.
static void fill(struct block *b)
{
    b->fill = (unsigned char)below(256);
    b->filled = below(2) == 0 ? b->size : 0;
    memset(b->address, b->fill, b->filled);
}

static void enter(unsigned char *address, size_t size)
{
    struct block *b = &live[live_count++];

    *b = (struct block){.address = address, .size = size};
    fill(b);
    cursor = address + ikyo_heap_usable_size(heap, address) + TAG;
}

static void alloc_one(void)
{
    size_t size = some_size(heap_size / 6);
    const struct ikyo_heap_block *expected = chosen(rounded(size));
    unsigned char *address = ikyo_heap_alloc(heap, size);

    assert_true(address != NULL || expected == NULL);
    if (address == NULL) {
        assert_int_equal(ikyo_heap_last_fault(heap).error, IKYO_HEAP_NO_MEMORY);
        return;
    }
    assert_chosen(address, expected, 0);
    enter(address, size);
}

static void alloc_one_aligned(void)
{
    size_t size = some_size(heap_size / 16), alignment = (size_t)1 << below(11);
    size_t spare = alignment > BLOCK_UNIT ? alignment + BLOCK_UNIT : 0;
    const struct ikyo_heap_block *expected = chosen(rounded(size) + spare);
    unsigned char *address = ikyo_heap_alloc_aligned(heap, size, alignment);

    assert_int_equal((uintptr_t)address % alignment, 0);
    assert_true(address != NULL || expected == NULL);
    if (address == NULL)
        return;
    assert_chosen(address, expected, spare);
    enter(address, size);
}

static unsigned char *freed[64]; // lately, in a ring
static size_t freed_count;

static void free_one(void)
{
    size_t i = below(live_count);
    unsigned char *address = live[i].address;

    heap_give(heap, address);
    live[i] = live[--live_count];
    freed[freed_count++ % 64] = address;
    assert_int_equal(ikyo_heap_free(heap, address), IKYO_HEAP_DOUBLE_FREE);
}

static size_t room_at(const unsigned char *address)
{
    for (size_t i = 0; i < shown_count; i++) {
        if (shown[i].address == address) {
            bool joins = i + 1 < shown_count && shown[i + 1].state == IKYO_HEAP_FREE;

            return shown[i].size + (joins ? shown[i + 1].size + TAG : 0);
        }
    }
    return 0;
}

static void resize_one(void)
{
    struct block *b = &live[below(live_count)];
    size_t size = some_size(heap_size / 6), kept = size < b->filled ? size : b->filled;
    bool stays = rounded(size) <= room_at(b->address);
    unsigned char *address = ikyo_heap_realloc(heap, b->address, size);

    if (stays)
        assert_ptr_equal(address, b->address);
    if (address == NULL)
        return;
    for (size_t i = 0; i < kept; i++)
        assert_int_equal(address[i], b->fill);
    if (address != b->address)
        cursor = address + ikyo_heap_usable_size(heap, address) + TAG;
    b->address = address;
    b->size = size;
    fill(b);
}

static void misuse(void)
{
    struct block *b = &live[below(live_count)];
    size_t at = 1 + below(b->size + 1);

    assert_int_equal(ikyo_heap_free(heap, b->address + at), IKYO_HEAP_FOREIGN_POINTER);
    for (size_t i = 0; i < 64; i++) {
        if (freed[i] == NULL || live_at(freed[i]) != NULL)
            continue;

        enum ikyo_heap_error error = ikyo_heap_free(heap, freed[i]);

        assert_true(error == IKYO_HEAP_DOUBLE_FREE || error == IKYO_HEAP_FOREIGN_POINTER);
    }
}

static unsigned char *moved(const unsigned char *address, unsigned char *to)
{
    return address != NULL ? to + (address - memory) : NULL;
}

static void move(void)
{
    unsigned char *to = places[memory == places[0]];

    memcpy(to, memory, heap_size);
    memset(memory, 0x5A, heap_size);
    for (size_t i = 0; i < live_count; i++)
        live[i].address = moved(live[i].address, to);
    for (size_t i = 0; i < 64; i++)
        freed[i] = moved(freed[i], to);
    cursor = moved(cursor, to);
    memory = to;
    heap = ikyo_heap_attach(memory, heap_size);
    assert_non_null(heap);
}

static void step(size_t filling)
{
    size_t what = below(100);

    if (live_count == 0 || (what < filling && live_count < BLOCKS_MAX - 1))
        alloc_one();
    else if (what < 60)
        free_one();
    else if (what < 80)
        resize_one();
    else if (what < 90 && live_count < BLOCKS_MAX - 1)
        alloc_one_aligned();
    else if (what < 98)
        misuse();
    else
        ikyo_heap_join(heap);
}

// Checks the heap and all contents after so many steps.
static void run(enum ikyo_heap_fit with, bool deferred, size_t size, size_t steps, size_t period)
{
    const struct ikyo_heap_options options = {.fit = with, .defer_joining = deferred};

    heap_size = size;
    memory = places[0];
    heap = ikyo_heap_init(memory, size, &options);
    fit = with;
    defer = deferred;
    live_count = 0;
    cursor = NULL;
    memset(freed, 0, sizeof freed);

    size_t free = ikyo_heap_stats(heap).free;

    compare();
    for (size_t i = 0; i < steps; i++) {
        step(i / 500 % 2 == 0 ? 55 : 30);
        if (below(200) == 0)
            move();
        if (i % period == 0)
            compare();
        else
            look();
    }
    compare();
    while (live_count > 0) {
        free_one();
        look();
    }
    ikyo_heap_join(heap);
    assert_in_order(heap);
    assert_int_equal(ikyo_heap_stats(heap).largest_free, free);
}

static void run_all(enum ikyo_heap_fit with)
{
    for (int deferred = 0; deferred < 2; deferred++) {
        run(with, deferred, SMALL, 6000, 1);
        run(with, deferred, LARGE, 2000, 100);
    }
}

static void best_fit_agrees_with_the_model(void **state)
{
    (void)state;
    run_all(IKYO_HEAP_BEST_FIT);
}

static void first_fit_agrees_with_the_model(void **state)
{
    (void)state;
    run_all(IKYO_HEAP_FIRST_FIT);
}

static void next_fit_agrees_with_the_model(void **state)
{
    (void)state;
    run_all(IKYO_HEAP_NEXT_FIT);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(best_fit_agrees_with_the_model),
        cmocka_unit_test(first_fit_agrees_with_the_model),
        cmocka_unit_test(next_fit_agrees_with_the_model),
    };
    const char *set = getenv("IKYO_TEST_SEED");

    seed = set != NULL ? strtoull(set, NULL, 0) : os_random_seed() | 1;
    random_state = seed;
    print_message("seed %llu\n", (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
