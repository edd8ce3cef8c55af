// SPDX-License-Identifier: MIT
// What a space refuses: beyond its limit, and when the system has no memory. A block that is
// refused changes nothing.
#include "core_space.h"

#include "core_syscall.h"
#include "vm/pages.h"

static struct ikyo_space *create_limited(size_t limit)
{
    struct ikyo_space *s = ikyo_space_create(&(struct ikyo_space_options){.limit = limit});

    require(s != NULL);
    return s;
}

static void require_refused(struct ikyo_space *s, size_t size)
{
    struct ikyo_space_figures before = ikyo_space_stats(s), after;

    errno = 0;
    require(ikyo_space_alloc(s, size) == NULL);
    require_equal(errno, ENOMEM);
    after = ikyo_space_stats(s);
    require(memcmp(&before, &after, sizeof(before)) == 0);
    require_sound(s);
}

static void limit_is_reached_to_the_byte(void)
{
    for (size_t i = 0; i < SPACE_SIZES; i++) {
        struct ikyo_space *s = create_limited(SIZE_MAX / 2);
        char *p = ikyo_space_alloc(s, space_sizes[i]);
        size_t usable = alloc_usable_size(p);

        require_equal(ikyo_space_stats(s).bytes, usable);
        require_refused(s, SIZE_MAX / 2);
        ikyo_space_set_limit(s, 2 * usable);
        require_equal(ikyo_space_limit(s), 2 * usable);
        p = ikyo_space_alloc(s, space_sizes[i]);
        require(p != NULL);
        require_refused(s, 1);
        require_refused(s, space_sizes[i]);
        ikyo_space_free(s, p);
        ikyo_space_set_limit(s, 2 * usable - 1);
        require_refused(s, space_sizes[i]);
        ikyo_space_set_limit(s, usable - 1);
        require_refused(s, 1);
        ikyo_space_set_limit(s, 0);
        require_equal(ikyo_space_limit(s), 0);
        require(ikyo_space_alloc(s, space_sizes[i]) != NULL);
        require_sound(s);
        ikyo_space_destroy(s);
    }
}

static void limit_of_one_space_is_no_others(void)
{
    struct ikyo_space *s = create_limited(100), *other = ikyo_space_create(NULL);

    require_refused(s, 200);
    require(ikyo_space_alloc(other, 200) != NULL);
    require(alloc_block(200) != NULL);
    require(ikyo_space_alloc(s, 100) == NULL ||
            alloc_usable_size(ikyo_space_alloc(other, 100)) <= 100);
}

static void realloc_beyond_the_limit_leaves_the_block(void)
{
    for (size_t i = 1; i < SPACE_SIZES; i++) {
        struct ikyo_space *s = create_limited(0);
        size_t size = space_sizes[i];
        char *p = ikyo_space_alloc(s, size), *q;

        memset(p, 0x11, size);
        ikyo_space_set_limit(s, alloc_usable_size(p));
        errno = 0;
        require(ikyo_space_realloc(s, p, alloc_usable_size(p) + 1) == NULL);
        require_equal(errno, ENOMEM);
        require(core_reads_only(p, size, 0x11));
        require_equal(ikyo_space_stats(s).bytes, alloc_usable_size(p));
        require_sound(s);
        q = ikyo_space_realloc(s, p, 1 + size / 3); // there is no room for both
        require(q != NULL && core_reads_only(q, 1 + size / 3, 0x11));
        require(ikyo_space_stats(s).bytes <= ikyo_space_limit(s));
        require_sound(s);
        ikyo_space_free(s, q);
        require_equal(ikyo_space_stats(s).bytes, 0);
    }
}

// Large blocks, and lengths that they change to where they lie.
static const size_t shrinks[][2] = {{4 * BIN_MAX, 2 * BIN_MAX}, {RUN_MAX + MIB, RUN_MAX / 2 + MIB}};

static void shrinking_in_place_is_not_refused_above_a_lowered_limit(void)
{
    for (int i = 0; i < 2; i++) {
        struct ikyo_space *s = create_limited(0);
        char *p = ikyo_space_alloc(s, shrinks[i][0]);

        ikyo_space_set_limit(s, 1);
        require(ikyo_space_realloc(s, p, shrinks[i][1]) == p);
        require(alloc_usable_size(p) < shrinks[i][0]);
        require_equal(ikyo_space_stats(s).bytes, alloc_usable_size(p));
        require_sound(s);
        ikyo_space_free(s, p);
    }
}

static void shrinking_without_room_for_a_copy_gives_back_what_it_can(void)
{
    for (int i = 0; i < 2; i++) {
        struct ikyo_space *s = create_limited(0);
        char *p = ikyo_space_alloc(s, shrinks[i][0]);

        memset(p, 0x33, 100);
        ikyo_space_set_limit(s, alloc_usable_size(p));
        require(ikyo_space_realloc(s, p, 100) == p);
        require(alloc_usable_size(p) <= pages_round(UNIT));
        require(core_reads_only(p, 100, 0x33));
        require_equal(ikyo_space_stats(s).bytes, alloc_usable_size(p));
        require_sound(s);
        require(ikyo_space_realloc(s, p, 100) != p);
        require_equal(ikyo_space_stats(s).blocks, 1);
        require_sound(s);
    }
}

static void growth_to_the_limit_is_not_refused_for_more_than_was_asked(void)
{
    for (size_t size = 64; size <= BIN_MAX / 2; size *= 2) {
        size_t more = bin_size(bin_of(size + 1));
        struct ikyo_space *s = create_limited(size + more);
        char *p = ikyo_space_alloc(s, size);

        require_equal(alloc_usable_size(p), size);
        p = ikyo_space_realloc(s, p, size + 1);
        require(p != NULL);
        require_equal(ikyo_space_stats(s).bytes, more);
        ikyo_space_destroy(s);
    }
}

static void block_of_no_bytes_is_charged_though_aligned_to_a_mapping(void)
{
    struct ikyo_space *s = create_limited(vm_page_size() - 1);

    require(ikyo_space_alloc_aligned(s, 0, 4 * CHUNK) == NULL);
    require_equal(ikyo_space_stats(s).bytes, 0);
    ikyo_space_set_limit(s, vm_page_size());
    require(ikyo_space_alloc_aligned(s, 0, 4 * CHUNK) != NULL);
    require_equal(ikyo_space_stats(s).bytes, vm_page_size());
    require_sound(s);
}

static struct told {
    struct ikyo_space *space;
    void *victim;
    size_t size, raise, shorten;
    int calls, left;
} told;

static bool note(struct ikyo_space *space, size_t size, void *context)
{
    require(context == &told && space == told.space);
    told.calls++;
    told.size = size;
    // No lock is held here.
    require(alloc_block(64) != NULL);
    alloc_trim(0);
    if (told.victim != NULL && told.shorten != 0)
        require(ikyo_space_realloc(space, told.victim, told.shorten) == told.victim);
    else if (told.victim != NULL)
        ikyo_space_free(space, told.victim);
    told.victim = NULL;
    if (told.raise != 0)
        ikyo_space_set_limit(space, told.raise);
    return --told.left >= 0;
}

static void start_told(void)
{
    told.space = ikyo_space_create(&(struct ikyo_space_options){
        .limit = pages_round(40 * KIB) + 24 * KIB, .at_limit = note, .context = &told});
    told.victim = ikyo_space_alloc(told.space, 40 * KIB);
    require_equal(told.calls, 0);
}

static void callback_makes_room_by_freeing(void)
{
    start_told();
    told.left = 1;
    require(ikyo_space_alloc(told.space, 40 * KIB) != NULL);
    require_equal(told.calls, 1);
    require_equal(told.size, 40 * KIB);
}

static void callback_makes_room_by_raising_the_limit(void)
{
    start_told();
    told.victim = NULL;
    told.raise = MIB;
    told.left = 1;
    require(ikyo_space_alloc(told.space, 40 * KIB) != NULL);
    require_equal(ikyo_space_stats(told.space).blocks, 2);
}

static void callback_makes_room_by_shrinking(void)
{
    static const size_t lengths[] = {256 * KIB, 100};

    for (int i = 0; i < 2; i++) {
        told = (struct told){.shorten = lengths[i], .left = 1};
        told.space =
            ikyo_space_create(&(struct ikyo_space_options){.at_limit = note, .context = &told});
        told.victim = ikyo_space_alloc(told.space, 512 * KIB);
        ikyo_space_set_limit(told.space, 512 * KIB);
        require(ikyo_space_alloc(told.space, 100 * KIB) != NULL);
        require_equal(told.calls, 1);
        require_sound(told.space);
    }
}

static void callback_is_not_asked_to_shrink(void)
{
    char *p;

    start_told();
    p = ikyo_space_alloc(told.space, 5000);
    ikyo_space_set_limit(told.space, 1);
    require(ikyo_space_realloc(told.space, p, 100) == p);
    require(ikyo_space_realloc(told.space, told.victim, 100) == told.victim);
    require_equal(told.calls, 0);
}

static void callback_is_asked_until_it_says_no(void)
{
    start_told();
    told.victim = NULL;
    told.left = 3;
    require_refused(told.space, 40 * KIB);
    require_equal(told.calls, 4);
    require_refused(told.space, 30 * KIB);
    require_equal(told.calls, 5);
}

// What the system refuses: the n-th call of a piece of work, for each n.
static void work(void)
{
    struct ikyo_space *s = ikyo_space_create(NULL);

    if (s == NULL) {
        require_equal(errno, ENOMEM);
        return;
    }
    for (size_t i = 0; i < SPACE_SIZES; i++) {
        char *p = ikyo_space_alloc(s, space_sizes[i]), *q;

        require_sound(s);
        if (p == NULL)
            continue;
        require(ikyo_space_owns(s, p));
        memset(p, 0x22, space_sizes[i]);
        q = ikyo_space_realloc(s, p, 2 * space_sizes[i] + 100);
        require_sound(s);
        require(core_reads_only(q != NULL ? q : p, space_sizes[i], 0x22));
        if (i % 2 == 0)
            ikyo_space_free(s, q != NULL ? q : p);
        require_sound(s);
    }
    ikyo_space_destroy(s);
}

static void out_of_memory_at_any_call_leaves_the_space_sound(void)
{
    int failed = 0;

    init_ensure();
    for (int n = 1; n < 10000; n++) {
        atomic_store(&core_failing.countdown, n);
        work();
        if (atomic_exchange(&core_failing.countdown, 0) > 0)
            break;
        failed++;
        alloc_trim(0);
        require(pages_used() <= UNIT); // what this thread's own first block took
        require_equal(huge_blocks(), 0);
    }
    require(failed > 10);
}

static void space_without_any_memory_works_when_there_is_some(void)
{
    struct ikyo_space *s = ikyo_space_create(NULL);
    char *p;

    require(s != NULL);
    atomic_store(&core_failing.all, true);
    for (size_t i = 0; i < SPACE_SIZES; i++)
        require_refused(s, space_sizes[i]);
    atomic_store(&core_failing.all, false);
    for (size_t i = 0; i < SPACE_SIZES; i++) {
        p = ikyo_space_alloc(s, space_sizes[i]);
        require(p != NULL);
        ikyo_space_free(s, p);
    }
    require_sound(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        alone(limit_is_reached_to_the_byte),
        alone(limit_of_one_space_is_no_others),
        alone(realloc_beyond_the_limit_leaves_the_block),
        alone(shrinking_in_place_is_not_refused_above_a_lowered_limit),
        alone(shrinking_without_room_for_a_copy_gives_back_what_it_can),
        alone(growth_to_the_limit_is_not_refused_for_more_than_was_asked),
        alone(block_of_no_bytes_is_charged_though_aligned_to_a_mapping),
        alone(callback_makes_room_by_freeing),
        alone(callback_makes_room_by_raising_the_limit),
        alone(callback_makes_room_by_shrinking),
        alone(callback_is_not_asked_to_shrink),
        alone(callback_is_asked_until_it_says_no),
        alone(out_of_memory_at_any_call_leaves_the_space_sound),
        alone(space_without_any_memory_works_when_there_is_some),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
