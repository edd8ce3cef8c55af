// SPDX-License-Identifier: MIT
// One space, one thread: what it hands out, by which calls it is given back, what is charged, and
// that the end of a space is the end of all it had.
#include "core_space.h"

#include "vm/pages.h"

enum { MANY = 2000 };

static struct ikyo_space *create(void)
{
    struct ikyo_space *s = ikyo_space_create(NULL);

    require(s != NULL);
    return s;
}

static char *take(struct ikyo_space *s, size_t size)
{
    char *p = ikyo_space_alloc(s, size);

    require(p != NULL);
    require_equal((uintptr_t)p % BLOCK_ALIGNMENT, 0);
    memset(p, 0x5a, alloc_usable_size(p));
    return p;
}

static void block_of_any_size_is_the_spaces_until_it_is_freed(void)
{
    struct ikyo_space *s = create();

    for (size_t i = 0; i < SPACE_SIZES; i++) {
        char *p = take(s, space_sizes[i]);
        size_t usable = alloc_usable_size(p);

        require(usable >= space_sizes[i]);
        require(ikyo_space_of(p) == s && ikyo_space_owns(s, p));
        require(!ikyo_space_owns(s, p + 8));
        require_equal(ikyo_space_stats(s).bytes, usable);
        require_equal(ikyo_space_stats(s).blocks, 1);
        require_sound(s);
        ikyo_space_free(s, p);
        require_equal(ikyo_space_stats(s).bytes, 0);
        require_equal(ikyo_space_stats(s).blocks, 0);
        require_sound(s);
    }
    require_equal(ikyo_space_stats(s).allocations, SPACE_SIZES);
    ikyo_space_destroy(s);
    ikyo_flush_thread();
    require_equal(pages_used(), 0);
    require_equal(huge_blocks(), 0);
}

static void plain_free_gives_back_to_the_space(void)
{
    struct ikyo_space *s = create();

    for (size_t i = 0; i < SPACE_SIZES; i++) {
        free_block(take(s, space_sizes[i]));
        require_equal(ikyo_space_stats(s).blocks, 0);
        require_equal(ikyo_space_stats(s).bytes, 0);
        require_sound(s);
    }
    ikyo_space_destroy(s);
    ikyo_flush_thread();
    require_equal(pages_used(), 0);
}

static void freed_block_goes_out_again_from_its_space_only(void)
{
    struct ikyo_space *a = create(), *b = create();
    char *p = take(a, 100);

    ikyo_space_free(a, p);
    for (int i = 0; i < MANY; i++) {
        require(alloc_block(100) != p);
        require(take(b, 100) != p);
    }
    require(take(a, 100) == p);
}

static void slabs_of_many_blocks_are_full_and_empty_again(void)
{
    static char *held[MANY];
    struct ikyo_space *s = create();

    for (size_t size = 16; size <= BIN_MAX; size *= 8) {
        for (int i = 0; i < MANY; i++)
            memset(held[i] = take(s, size), i, size);
        require_sound(s);
        require_equal(ikyo_space_stats(s).bytes, MANY * size);
        require(ikyo_space_stats(s).held_bytes >= MANY * size);
        for (int i = 0; i < MANY; i++)
            require(core_reads_only(held[i], size, (char)i));
        for (int i = 0; i < MANY; i += 2)
            ikyo_space_free(s, held[i]);
        require_sound(s);
        for (int i = 1; i < MANY; i += 2)
            ikyo_space_free(s, held[i]);
        require_sound(s);
        require(ikyo_space_stats(s).held_bytes <= 4 * UNIT);
    }
    require_equal(ikyo_space_stats(s).peak_bytes, MANY * (size_t)8192);
    alloc_trim(0);
    require_equal(ikyo_space_stats(s).held_bytes, 0);
    require_sound(s);
    ikyo_space_free(s, take(s, 16));
}

// Of the largest size, as where pages are large a first slab of a smaller one is not short.
static void first_slab_of_a_bin_is_short(void)
{
    struct ikyo_space *s = create();
    size_t page = vm_page_size();
    unsigned bin = bin_of(BIN_MAX);

    take(s, BIN_MAX);
    require_equal(ikyo_space_stats(s).held_bytes, bin_units_of_first(bin, page) * UNIT);
    for (int i = 0; i < MANY; i++)
        take(s, BIN_MAX);
    require(bin_units(bin, page) > bin_units_of_first(bin, page));
    require_equal(s->full->next->units, bin_units(bin, page));
    require_sound(s);
    ikyo_space_destroy(s);
    require(create() == s);
    take(s, BIN_MAX);
    require_equal(ikyo_space_stats(s).held_bytes, bin_units_of_first(bin, page) * UNIT);
}

// Whatever the sizes before it were, and however large its slabs are.
static void slab_of_the_size_freed_last_is_kept(void)
{
    struct ikyo_space *s = create();

    for (unsigned bin = 0; bin < BIN_COUNT; bin++)
        for (int i = 0; i < 2; i++) {
            char *p = take(s, bin_size(bin));

            ikyo_space_free(s, p);
            require(ikyo_space_owns(s, p));
            require_sound(s);
        }
}

static void slab_that_is_empty_for_longest_goes_first(void)
{
    struct ikyo_space *s = create();
    size_t kept = SPACE_KEPT * UNIT / pages_round(UNIT);
    char *empty[SPACE_KEPT + 1];

    for (size_t i = 0; i <= kept; i++) {
        empty[i] = take(s, 16 + i * 16);
        ikyo_space_free(s, empty[i]);
    }
    require(!ikyo_space_owns(s, empty[0]));
    for (size_t i = 1; i <= kept; i++)
        require(ikyo_space_owns(s, empty[i]));
    require_sound(s);
}

static void alignment_is_kept_at_every_size(void)
{
    struct ikyo_space *s = create();

    for (size_t alignment = 1; alignment <= 4 * CHUNK; alignment *= 2)
        for (size_t i = 0; i < SPACE_SIZES; i++) {
            char *p = ikyo_space_alloc_aligned(s, space_sizes[i], alignment);

            require(p != NULL);
            require_equal((uintptr_t)p % alignment, 0);
            require(ikyo_space_owns(s, p));
            memset(p, 1, space_sizes[i]);
            ikyo_space_free(s, p);
        }
    require_equal(ikyo_space_stats(s).bytes, 0);
    require_sound(s);
}

static void alignment_that_is_none_is_refused(void)
{
    struct ikyo_space *s = create();

    for (size_t alignment = 0; alignment < 100; alignment += 3) {
        if (alignment != 0 && (alignment & (alignment - 1)) == 0)
            continue;
        errno = 0;
        require(ikyo_space_alloc_aligned(s, 1, alignment) == NULL);
        require_equal(errno, EINVAL);
    }
    require_equal(ikyo_space_stats(s).allocations, 0);
}

static void zeroed_blocks_read_zero_whatever_they_held(void)
{
    struct ikyo_space *s = create();

    for (int round = 0; round < 3; round++)
        for (size_t i = 0; i < SPACE_SIZES; i++) {
            size_t size = space_sizes[i];
            char *p = ikyo_space_alloc_zeroed(s, size, 1);

            require(p != NULL);
            require(core_reads_only(p, size, 0));
            memset(p, 0x77, size);
            ikyo_space_free(s, p);
        }
}

static void absurd_sizes_are_refused_and_change_nothing(void)
{
    struct ikyo_space *s = create();
    char *p = take(s, 100);

    errno = 0;
    require(ikyo_space_alloc(s, SIZE_MAX) == NULL && errno == ENOMEM);
    errno = 0;
    require(ikyo_space_alloc(s, (size_t)PTRDIFF_MAX + 1) == NULL && errno == ENOMEM);
    errno = 0;
    require(ikyo_space_alloc_zeroed(s, SIZE_MAX / 2, 3) == NULL && errno == ENOMEM);
    errno = 0;
    require(ikyo_space_alloc_zeroed(s, SIZE_MAX / 2 + 1, 2) == NULL && errno == ENOMEM);
    errno = 0;
    require(ikyo_space_realloc(s, p, SIZE_MAX) == NULL && errno == ENOMEM);
    require_equal(ikyo_space_stats(s).blocks, 1);
    require(core_reads_only(p, 100, 0x5a));
    require_sound(s);
}

// Both calls, through every pair of sizes.
static void realloc_keeps_contents_and_space(void)
{
    struct ikyo_space *s = create();

    for (size_t from = 0; from < SPACE_SIZES; from++)
        for (size_t to = 0; to < SPACE_SIZES; to++)
            for (int plain = 0; plain < 2; plain++) {
                size_t size = space_sizes[to] + (space_sizes[to] == 0);
                char *p = take(s, space_sizes[from]);
                size_t kept = space_sizes[from] < size ? space_sizes[from] : size;

                p = plain ? alloc_resize(p, size) : ikyo_space_realloc(s, p, size);
                require(p != NULL);
                require(core_reads_only(p, kept, 0x5a));
                require(alloc_usable_size(p) >= size);
                require(ikyo_space_owns(s, p));
                require_equal(ikyo_space_stats(s).blocks, 1);
                require_equal(ikyo_space_stats(s).bytes, alloc_usable_size(p));
                require_sound(s);
                memset(p, 1, size);
                ikyo_space_free(s, p);
            }
    require(ikyo_space_realloc(s, ikyo_space_realloc(s, NULL, 10), 0) == NULL);
    require_equal(ikyo_space_stats(s).blocks, 0);
}

// Where it grows in place, too; while a block moves it counts twice.
static void peak_is_what_blocks_grew_to(void)
{
    static const size_t from[] = {100, 100 * KIB, RUN_MAX + MIB};

    for (int i = 0; i < 3; i++) {
        struct ikyo_space *s = create();
        char *p = ikyo_space_realloc(s, take(s, from[i]), 2 * from[i]);
        size_t most = alloc_usable_size(p);

        require(ikyo_space_stats(s).peak_bytes >= most);
        require(ikyo_space_stats(s).peak_bytes <= most + alloc_usable_size(take(s, from[i])));
        ikyo_space_free(s, ikyo_space_realloc(s, p, from[i]));
        require(ikyo_space_stats(s).peak_bytes >= most);
    }
}

static void errno_is_kept_by_what_succeeds(void)
{
    struct ikyo_space *s = create();

    for (size_t i = 0; i < SPACE_SIZES; i++) {
        errno = 42;
        ikyo_space_free(s, ikyo_space_realloc(s, ikyo_space_alloc(s, space_sizes[i]), 77));
        require_equal(errno, 42);
    }
    ikyo_space_free(s, NULL);
    ikyo_space_destroy(s);
    ikyo_space_destroy(NULL);
    require_equal(errno, 42);
}

static void fill(struct ikyo_space *s)
{
    for (int round = 0; round < 50; round++)
        for (size_t i = 0; i < SPACE_SIZES; i++)
            if (space_sizes[i] < MIB || round == 0)
                take(s, space_sizes[i]);
}

static void destroy_ends_all_blocks_at_once(void)
{
    struct ikyo_space *s = create(), *other = create();
    char *kept = take(other, 100);

    memset(kept, 3, 100);
    for (int round = 0; round < 5; round++) {
        fill(s);
        require_sound(s);
        ikyo_space_destroy(s);
        alloc_trim(0);
        require_equal(pages_used(), pages_round(UNIT));
        require_equal(huge_blocks(), 0);
        require(core_reads_only(kept, 100, 3));
        s = create();
        require_equal(ikyo_space_stats(s).allocations, 0);
        require_equal(ikyo_space_stats(s).peak_bytes, 0);
    }
}

static void reset_ends_all_blocks_and_keeps_the_space(void)
{
    struct ikyo_space *s = ikyo_space_create(&(struct ikyo_space_options){.limit = GIB});

    for (int round = 0; round < 5; round++) {
        fill(s);
        ikyo_space_reset(s);
        require_equal(ikyo_space_stats(s).bytes, 0);
        require_equal(ikyo_space_stats(s).blocks, 0);
        require_equal(ikyo_space_stats(s).held_bytes, 0);
        require_equal(ikyo_space_limit(s), GIB);
        require_sound(s);
        alloc_trim(0);
        require_equal(pages_used(), 0);
    }
}

static void many_spaces_are_apart(void)
{
    enum { SPACES = 300 };
    static struct ikyo_space *s[SPACES];
    static char *held[SPACES];

    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < SPACES; i++) {
            s[i] = create();
            held[i] = take(s[i], 40);
            memset(held[i], i, 40);
        }
        for (int i = 0; i < SPACES; i += 2)
            ikyo_space_destroy(s[i]);
        for (int i = 1; i < SPACES; i += 2) {
            require(ikyo_space_of(held[i]) == s[i]);
            require(core_reads_only(held[i], 40, (char)i));
            ikyo_space_destroy(s[i]);
        }
    }
    require_equal(pages_used(), 0);
}

static void space_of_other_pointers_is_none(void)
{
    struct ikyo_space *s = create();
    char *p = take(s, 100), *run = take(s, 100 * KIB);
    int local;

    require(ikyo_space_of(NULL) == NULL);
    require(ikyo_space_of(&local) == NULL);
    require(ikyo_space_of(p + 1) == NULL);
    require(ikyo_space_of(run + 5000) == NULL);
    require(ikyo_space_of(alloc_block(100)) == NULL);
    require(ikyo_space_of(alloc_block(100 * KIB)) == NULL);
    require(ikyo_space_of(alloc_block(RUN_MAX + 1)) == NULL);
    require(!ikyo_space_owns(NULL, p) && !ikyo_space_owns(create(), p));
    ikyo_space_free(s, run);
    require(ikyo_space_of(run) == NULL);
}

static void figures_of_the_process_add_up_with_spaces(void)
{
    struct ikyo_space *s = create();
    struct ikyo_stats before, now;

    stats_collect(&before);
    for (size_t i = 0; i < SPACE_SIZES; i++)
        take(s, space_sizes[i]);
    stats_collect(&now);
    require_equal(now.live_blocks, before.live_blocks + SPACE_SIZES);
    require_equal(now.allocations, before.allocations + SPACE_SIZES);
    require_equal(now.live_bytes, before.live_bytes + ikyo_space_stats(s).bytes);
    require_equal(now.committed_bytes, now.live_bytes + now.cached_bytes + now.uncarved_bytes +
                                           now.dirty_free_bytes + now.clean_free_bytes +
                                           now.huge_cached_bytes + now.metadata_bytes);
    ikyo_space_destroy(s);
    stats_collect(&now);
    require_equal(now.live_blocks, 0);
    require_equal(now.allocations, SPACE_SIZES);
    require_equal(now.frees, SPACE_SIZES);
}

static void common_interface_is_the_space(void)
{
    struct ikyo_space *s = create();
    struct ikyo_allocator from = ikyo_space_allocator(s);
    void *p = ikyo_allocate(&from, 100, 64);

    require((uintptr_t)p % 64 == 0 && ikyo_space_owns(s, p));
    require(ikyo_allocate(&from, 100, 3) == NULL);
    ikyo_deallocate(&from, p, 100);
    ikyo_deallocate(&from, NULL, 100);
    require_equal(ikyo_space_stats(s).blocks, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        alone(block_of_any_size_is_the_spaces_until_it_is_freed),
        alone(plain_free_gives_back_to_the_space),
        alone(freed_block_goes_out_again_from_its_space_only),
        alone(slabs_of_many_blocks_are_full_and_empty_again),
        alone(first_slab_of_a_bin_is_short),
        alone(slab_of_the_size_freed_last_is_kept),
        alone(slab_that_is_empty_for_longest_goes_first),
        alone(alignment_is_kept_at_every_size),
        alone(alignment_that_is_none_is_refused),
        alone(zeroed_blocks_read_zero_whatever_they_held),
        alone(absurd_sizes_are_refused_and_change_nothing),
        alone(realloc_keeps_contents_and_space),
        alone(peak_is_what_blocks_grew_to),
        alone(errno_is_kept_by_what_succeeds),
        alone(destroy_ends_all_blocks_at_once),
        alone(reset_ends_all_blocks_and_keeps_the_space),
        alone(many_spaces_are_apart),
        alone(space_of_other_pointers_is_none),
        alone(figures_of_the_process_add_up_with_spaces),
        alone(common_interface_is_the_space),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
