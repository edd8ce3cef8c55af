// SPDX-License-Identifier: MIT
// Which misuse is found as what, where and with which facts; and that after a warning the program
// goes on with sound blocks.
#include "core_checked.h"

#include "checked_give.h"
#include "tls/thread.h"
#include "vm/vm.h"

enum { MANY = 3000, SIZE = 100 };

// Blocks that go out are sound: none goes out twice, and none changes while it is out.
static void expect_sound_blocks(size_t size)
{
    static char *held[MANY];

    for (int i = 0; i < MANY; i++) {
        held[i] = take(size);
        require(core_reads_only(held[i], size, byte_of_new()));
        memset(held[i], i, size);
    }
    for (int i = 0; i < MANY; i++)
        require(core_reads_only(held[i], size, (char)i));
    for (int i = 0; i < MANY; i++)
        free_block(held[i]);
    checked_flush();
    expect_nothing_found();
}

static void second_free_is_a_double_free(void)
{
    start_checked();
    for (size_t i = 0; i < SIZES; i++) {
        char *p = take(sizes[i]);

        free_block(p);
        free_block(p);
        expect_found(FOUND_DOUBLE_FREE, p);
        require_equal(found[0].call, CALL_FREE);
    }
    expect_sound_blocks(SIZE);
}

// The block is back in the lists of the core, which would not know of another free.
static void free_of_a_block_that_left_the_quarantine_is_a_double_free(void)
{
    start_checked();
    for (size_t size = 1; size <= BIN_MAX; size = size * 3 + 7) {
        char *p = take(size);

        free_block(p);
        checked_flush();
        free_block(p);
        expect_found(FOUND_DOUBLE_FREE, p);
    }
    expect_sound_blocks(SIZE);
}

static void resize_and_size_of_a_freed_block_are_double_frees(void)
{
    char *p;

    start_checked();
    p = take(SIZE);
    free_block(p);
    require(alloc_resize(p, 2 * SIZE) == NULL);
    expect_found(FOUND_DOUBLE_FREE, p);
    require_equal(found[0].call, CALL_REALLOC);
    require_equal(alloc_usable_size(p), 0);
    expect_found(FOUND_DOUBLE_FREE, p);
    require_equal(found[0].call, CALL_USABLE_SIZE);
    require(alloc_resize(p, 0) == NULL);
    expect_found(FOUND_DOUBLE_FREE, p);
    expect_sound_blocks(SIZE);
}

static void pointer_that_no_block_starts_at_is_invalid(void)
{
    start_checked();
    for (size_t i = 5; i < SIZES; i++) {
        char *p = take(sizes[i]);

        free_block(p + 16);
        expect_found(FOUND_INVALID_POINTER, p + 16);
        free_block(p + 1);
        expect_found(FOUND_INVALID_POINTER, p + 1);
        require(alloc_resize(p + 8, SIZE) == NULL);
        expect_found(FOUND_INVALID_POINTER, p + 8);
        require_equal(alloc_usable_size(p + 32), 0);
        expect_found(FOUND_INVALID_POINTER, p + 32);
        free_block(p);
    }
    expect_sound_blocks(SIZE);
}

// As those that a program reads from memory that it freed. They are not handed on, as a fault of
// the C library would tell nobody where.
static void pointer_to_nothing_is_invalid(void)
{
    char *nothing[] = {(char *)(UINTPTR_MAX / 255 * 0xFE), (char *)16, NULL};

    start_checked();
    nothing[2] = vm_reserve(MIB, CHUNK);
    require(nothing[2] != NULL);
    for (int i = 0; i < 3; i++) {
        free_block(nothing[i]);
        expect_found(FOUND_INVALID_POINTER, nothing[i]);
        require(alloc_resize(nothing[i], SIZE) == NULL);
        expect_found(FOUND_INVALID_POINTER, nothing[i]);
        require_equal(alloc_usable_size(nothing[i]), 0);
        expect_found(FOUND_INVALID_POINTER, nothing[i]);
    }
    expect_sound_blocks(SIZE);
}

static void expect_overflow(const char *p, const char *damage, size_t count, enum call call)
{
    expect_found(FOUND_OVERFLOW, p);
    require_equal(found[0].call, call);
    require_equal((uintptr_t)found[0].damage, (uintptr_t)damage);
    require_equal(found[0].damage_size, count);
}

// Where the byte is one of the tag's, hardened cannot know any more what the block is: it is left
// alone for good.
static void one_byte_too_many_is_an_overflow_that_is_mended_if_it_can_be(void)
{
    start_checked();
    for (size_t i = 0; i < SIZES; i++) {
        char *p = take(sizes[i]);
        bool can_be = in_full() || find_block(p).usable > sizes[i] + TAG_BYTES;

        p[sizes[i]] ^= 2;
        require_equal(alloc_usable_size(p), can_be ? sizes[i] : 0);
        expect_found(FOUND_OVERFLOW, p);
        require_equal(found[0].call, CALL_USABLE_SIZE);
        require_equal(alloc_usable_size(p), can_be ? sizes[i] : 0);
        if (!can_be)
            expect_found(FOUND_OVERFLOW, p);
        free_block(p);
        if (!can_be)
            expect_found(FOUND_OVERFLOW, p);
        expect_nothing_found();
    }
    expect_sound_blocks(SIZE);
}

static void damage_behind_a_block_is_located(void)
{
    char *p;

    start_checked();
    p = take(SIZE);
    p[SIZE] ^= 2;
    p[SIZE + 2] ^= 2;
    free_block(p);
    expect_overflow(p, p + SIZE, 3, CALL_FREE);
    p = take(SIZE);
    p[SIZE + 1] ^= 2;
    p = alloc_resize(p, SIZE * 5);
    require(p != NULL);
    require_equal(atomic_load(&found_count), 1);
    require_equal(found[0].call, CALL_REALLOC);
    require_equal(found[0].damage_size, 1);
    atomic_store(&found_count, 0);
    free_block(p);
    expect_sound_blocks(SIZE);
}

static void block_whose_tag_is_gone_is_not_handed_out_broken(void)
{
    start_checked();
    for (size_t i = 0; i < SIZES; i++) {
        size_t room = find_block(alloc_block(sizes[i])).usable;
        char *p = take(sizes[i]);

        memset(p + sizes[i], 'x', room - sizes[i]);
        free_block(p);
        require(atomic_load(&found_count) >= 1);
        require_equal(found[0].kind, FOUND_OVERFLOW);
        require_equal((uintptr_t)found[0].pointer, (uintptr_t)p);
        atomic_store(&found_count, 0);
    }
    checked_flush();
    expect_sound_blocks(SIZE);
}

static void write_in_front_of_a_block_is_an_underflow_in_full(void)
{
    char *p;

    checked_in = "full";
    start_checked();
    for (int i = 0; i < 50; i++) {
        p = take(SIZE);
        p[-1] ^= 2;
        free_block(p);
        expect_found(FOUND_UNDERFLOW, p);
        require_equal((uintptr_t)found[0].damage, (uintptr_t)p - TAG_BYTES);
    }
}

static void write_to_the_start_of_a_freed_block_is_found_when_it_leaves(void)
{
    char *p;

    start_checked();
    p = take(SIZE);
    free_block(p);
    p[3] = 'x';
    checked_flush();
    expect_found(FOUND_WRITE_AFTER_FREE, p);
    require_equal((uintptr_t)found[0].damage, (uintptr_t)p + 3);
    require_equal(found[0].damage_size, 1);
    expect_sound_blocks(SIZE);
}

static char *take_again(const char *p, size_t size)
{
    for (int i = 0; i < MANY; i++)
        if (alloc_block(size) == p)
            return (char *)(uintptr_t)p;
    return NULL;
}

// In full when it leaves the quarantine, in hardened when it goes out again.
static void write_to_the_midst_of_a_freed_block_is_found(void)
{
    char *p;

    start_checked();
    p = take(SIZE);
    free_block(p);
    p[50] = 'x';
    checked_flush();
    if (in_full())
        expect_found(FOUND_WRITE_AFTER_FREE, p);
    expect_nothing_found();
    require(take_again(p, SIZE) == p);
    if (!in_full())
        expect_found(FOUND_WRITE_AFTER_FREE, p);
    require(core_reads_only(p, SIZE, byte_of_new()));
    free_block(p);
    expect_sound_blocks(SIZE);
}

static void write_after_the_quarantine_is_found_when_the_block_goes_out_again(void)
{
    char *p;

    start_checked();
    p = take(SIZE);
    free_block(p);
    checked_flush();
    expect_nothing_found();
    p[60] = 'x';
    require(take_again(p, SIZE) == p);
    expect_found(FOUND_WRITE_AFTER_FREE, p);
    require_equal((uintptr_t)found[0].damage, (uintptr_t)p + 60);
    require(core_reads_only(p, SIZE, byte_of_new()));
    free_block(p);
    expect_sound_blocks(SIZE);
}

// Blocks that wait in a magazine are out of the quarantine's sight. Where the link leads that
// somebody wrote over, and by which call the next block is asked for:
enum { FAR_AWAY, INTO_A_BLOCK, TO_A_LIVE_BLOCK, PLACES };
enum { BY_MALLOC, BY_REALLOC, BY_MEMALIGN, WAYS };

static int link_to, link_by;

static struct block *place_of(char *live)
{
    if (link_to == FAR_AWAY)
        return (struct block *)(uintptr_t)0x12340;
    return (struct block *)(live + (link_to == INTO_A_BLOCK ? 16 : 0));
}

static void *ask(void)
{
    if (link_by == BY_MALLOC)
        return alloc_block(SIZE);
    if (link_by == BY_REALLOC)
        return alloc_resize(take(20), SIZE);
    return alloc_aligned(32, SIZE, CALL_ALIGNED);
}

static void write_over_a_link(void)
{
    unsigned bin = link_by == BY_MEMALIGN ? bin_of_aligned(SIZE + TAG_BYTES, 32)
                                          : bin_of(SIZE + TAG_BYTES);
    size_t size = bin_size(bin) - TAG_BYTES;
    struct thread_cache *t;
    char *live;

    start_checked();
    do {
        live = take(size);
        t = thread_own();
    } while (t->head[bin] == NULL);
    memset(live, 'l', size);
    t->head[bin]->next = place_of(live);
    for (int i = 0; i < 2; i++) {
        char *p = ask();

        require(p != NULL && p != live);
        memset(p, 'p', SIZE);
    }
    require(core_reads_only(live, size, 'l'));
    free_block(live);
    expect_sound_blocks(SIZE);
}

static void link_that_was_overwritten_ends_the_list(void **state)
{
    static const char *const modes[] = {"hardened", "full"};

    (void)state;
    for (int i = 0; i < 2 * PLACES * WAYS; i++) {
        struct child child;

        checked_in = modes[i % 2];
        link_to = i / 2 % PLACES;
        link_by = i / 2 / PLACES;
        child = core_child(write_over_a_link);
        assert_non_null(strstr(child.text, ": corrupted free list"));
        assert_int_equal(child.signal, 0);
        assert_int_equal(child.status, 0);
    }
}

static void look_at_all_finds_what_no_call_has_met(void)
{
    char *live, *freed;

    start_checked();
    live = take(SIZE);
    freed = take(SIZE);
    free_block(freed);
    require_equal(checked_look_at_all(CALL_CHECK_HEAP), 0);
    live[SIZE + 1] ^= 2;
    require_equal(checked_look_at_all(CALL_CHECK_HEAP), 1);
    expect_overflow(live, live + SIZE + 1, 1, CALL_CHECK_HEAP);
    require_equal(checked_look_at_all(CALL_CHECK_HEAP), 0);
    freed[50] = 'x';
    require_equal(checked_look_at_all(CALL_EXIT), 1);
    expect_found(FOUND_WRITE_AFTER_FREE, freed);
    require_equal(found[0].call, CALL_EXIT);
}

static void no_family_is_compared_where_they_are_ignored(void)
{
    char *p;

    setenv("IKYO_FAMILIES", "ignore", 1);
    start_checked();
    for (size_t i = 0; i < SIZES; i++) {
        free_block(alloc_block_for(sizes[i], CALL_NEW));
        checked_free(take(sizes[i]), CALL_DELETE_ARRAY);
        p = alloc_resize(alloc_block_for(sizes[i], CALL_NEW_ARRAY), sizes[i] + 1);
        checked_free(p, CALL_DELETE);
    }
    expect_nothing_found();
    require_equal(checked_look_at_all(CALL_CHECK_HEAP), 0);
}

static void mismatch_of_family_is_found_once(void)
{
    char *p;

    start_checked();
    p = alloc_block_for(SIZE, CALL_NEW);
    free_block(p);
    expect_found(FOUND_FAMILY_MISMATCH, p);
    require_equal(found[0].block.family, FAMILY_NEW);
    p = take(SIZE);
    checked_free(p, CALL_DELETE);
    expect_found(FOUND_FAMILY_MISMATCH, p);
    p = alloc_block_for(SIZE, CALL_NEW_ARRAY);
    checked_free(p, CALL_DELETE);
    expect_found(FOUND_FAMILY_MISMATCH, p);
    for (size_t i = 1; i < SIZES; i++) {
        p = alloc_block_for(sizes[i], CALL_NEW);
        free_block(alloc_resize(p, sizes[i] + 1));
        expect_found(FOUND_FAMILY_MISMATCH, p);
        require_equal(found[0].call, CALL_REALLOC);
    }
    expect_sound_blocks(SIZE);
}

static void mismatch_of_size_or_alignment_is_found_with_what_was_told(void)
{
    char *p;

    start_checked();
    p = take(SIZE);
    checked_free_told(p, SIZE + 1, 0, CALL_FREE_SIZED);
    expect_found(FOUND_SIZE_MISMATCH, p);
    require_equal(found[0].told_size, SIZE + 1);
    require_equal(found[0].block.size, SIZE);
    p = alloc_aligned(64, SIZE, CALL_ALIGNED);
    checked_free_told(p, SIZE, 128, CALL_FREE_ALIGNED_SIZED);
    expect_found(FOUND_ALIGNMENT_MISMATCH, p);
    require_equal(found[0].told_alignment, 128);
    p = alloc_aligned(64, SIZE, CALL_NEW);
    checked_free(p, CALL_DELETE);
    expect_found(FOUND_ALIGNMENT_MISMATCH, p);
    require_equal(found[0].told_alignment, 0);
    expect_sound_blocks(SIZE);
}

static void findings_keep_errno(void)
{
    char *p;

    start_checked();
    p = take(SIZE);
    p[SIZE] ^= 2;
    errno = 77;
    free_block(p);
    free_block(p);
    free_block(p + 8);
    require_equal(errno, 77);
    require_equal(atomic_load(&found_count), 3);
}

static void finding_in_full_knows_both_events_and_the_place_in_the_source(void)
{
    struct source place = {"main.c", "run", 12};
    struct block_facts facts;
    char *p;

    checked_in = "full";
    start_checked();
    p = checked_alloc_at(SIZE, BLOCK_ALIGNMENT, false, CALL_MALLOC, &place);
    free_block(p);
    free_block(p);
    expect_found(FOUND_DOUBLE_FREE, p);
    facts = found[0].block;
    require(facts.start == p && facts.size == SIZE && facts.size_is_known && facts.freed);
    require_equal(facts.allocated.sequence + 1, facts.released.sequence);
    require_equal(facts.released.sequence + 1, found[0].now.sequence);
    require_equal(facts.allocated.thread, os_thread_id());
    require_equal(facts.released.thread, os_thread_id());
    require(facts.allocated.stack != 0 && facts.released.stack != 0);
    require(strcmp(found_source.file, "main.c") == 0 && found_source.line == 12);
}

static void finding_in_hardened_knows_the_size(void)
{
    char *p;

    checked_in = "hardened";
    start_checked();
    p = take(SIZE);
    free_block(p);
    free_block(p);
    expect_found(FOUND_DOUBLE_FREE, p);
    require(found[0].block.size_is_known && found[0].block.freed);
    require_equal(found[0].block.size, SIZE);
    require_equal(found[0].block.allocated.sequence, 0);
    require_equal(found[0].now.thread, os_thread_id());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_both(second_free_is_a_double_free),
        in_both(free_of_a_block_that_left_the_quarantine_is_a_double_free),
        in_both(resize_and_size_of_a_freed_block_are_double_frees),
        in_both(pointer_that_no_block_starts_at_is_invalid),
        in_both(pointer_to_nothing_is_invalid),
        in_both(one_byte_too_many_is_an_overflow_that_is_mended_if_it_can_be),
        in_both(damage_behind_a_block_is_located),
        in_both(block_whose_tag_is_gone_is_not_handed_out_broken),
        alone(write_in_front_of_a_block_is_an_underflow_in_full),
        in_both(write_to_the_start_of_a_freed_block_is_found_when_it_leaves),
        in_both(write_to_the_midst_of_a_freed_block_is_found),
        in_both(write_after_the_quarantine_is_found_when_the_block_goes_out_again),
        cmocka_unit_test(link_that_was_overwritten_ends_the_list),
        in_both(look_at_all_finds_what_no_call_has_met),
        in_both(no_family_is_compared_where_they_are_ignored),
        in_both(mismatch_of_family_is_found_once),
        in_both(mismatch_of_size_or_alignment_is_found_with_what_was_told),
        in_both(findings_keep_errno),
        alone(finding_in_full_knows_both_events_and_the_place_in_the_source),
        alone(finding_in_hardened_knows_the_size),
    };

    return cmocka_run_group_tests_name("checked_misuse", tests, NULL, NULL);
}
