// SPDX-License-Identifier: MIT
// The names of malloc, interposed: whose the blocks are, and what macOS promises beyond ISO C.
#include "expect.h"

#include <errno.h>
#include <mach/mach_init.h>
#include <malloc/malloc.h>
#include <stdint.h>

extern void vfree(void *p);

static bool is_ours(const void *p)
{
    malloc_zone_t *zone = malloc_zone_from_ptr(p);

    return zone != NULL && strcmp(zone->zone_name, "ikyoalloc") == 0;
}

static void each_name_of_malloc_gives_a_block_of_ours(void)
{
    void *list[8];

    list[0] = malloc(100);
    list[1] = calloc(10, 10);
    list[2] = realloc(NULL, 100);
    list[3] = valloc(100);
    list[4] = aligned_alloc(64, 128);
    EXPECT(posix_memalign(&list[5], 4096, 100) == 0);
    list[6] = reallocf(NULL, 100);
    list[7] = strdup("a word of the system's own libraries");
    for (int i = 0; i < 8; i++)
        EXPECT(list[i] != NULL && is_ours(list[i]));
    EXPECT((uintptr_t)list[3] % (uintptr_t)getpagesize() == 0);
    EXPECT((uintptr_t)list[4] % 64 == 0 && (uintptr_t)list[5] % 4096 == 0);
    for (int i = 0; i < 8; i++)
        free(list[i]);
}

static void malloc_of_every_size_holds_what_was_written(void)
{
    for (size_t size = 1; size < (size_t)100 << 20; size += size / 7 + 1) {
        unsigned char *p = malloc(size);

        EXPECT(p != NULL && (uintptr_t)p % 16 == 0);
        EXPECT(malloc_size(p) >= size && malloc_good_size(size) >= size);
        p[0] = 1;
        p[size - 1] = 2;
        EXPECT(p[size - 1] == 2);
        free(p);
    }
}

static void calloc_after_free_of_the_same_size_reads_zero(void)
{
    for (size_t size = 16; size <= (size_t)64 << 20; size *= 2) {
        unsigned char *p = malloc(size);

        EXPECT(p != NULL);
        memset(p, 0xa5, size);
        free(p);
        p = calloc(1, size);
        EXPECT(p != NULL);
        for (size_t i = 0; i < size; i++)
            EXPECT(p[i] == 0);
        free(p);
    }
}

static void realloc_keeps_contents_through_all_kinds_of_blocks(void)
{
    size_t size = 24;
    unsigned char *p = malloc(size);

    for (size_t i = 0; i < size; i++)
        p[i] = (unsigned char)i;
    for (; size < (size_t)80 << 20; size *= 3) {
        p = realloc(p, size);
        EXPECT(p != NULL);
        for (size_t i = 0; i < 24; i++)
            EXPECT(p[i] == i);
    }
    p = realloc(p, 24);
    for (size_t i = 0; i < 24; i++)
        EXPECT(p[i] == i);
    free(p);
}

static void realloc_to_nothing_gives_a_small_block(void)
{
    void *p = realloc(malloc(1000), 0);

    EXPECT(p != NULL && is_ours(p) && malloc_size(p) < 1000);
    free(p);
}

static void too_much_is_refused_with_enomem(void)
{
    volatile size_t most = SIZE_MAX;
    void *p = NULL;

    errno = 0;
    EXPECT(malloc(most) == NULL && errno == ENOMEM);
    errno = 0;
    EXPECT(calloc(most / 2, 3) == NULL && errno == ENOMEM);
    EXPECT(posix_memalign(&p, 64, most) == ENOMEM && p == NULL);
    EXPECT(reallocf(malloc(10), most) == NULL);
}

static void bad_alignments_are_refused(void)
{
    volatile size_t odd = 24;
    void *p = NULL;

    EXPECT(posix_memalign(&p, odd, 100) == EINVAL && p == NULL);
    EXPECT(posix_memalign(&p, 4, 100) == EINVAL);
    errno = 0;
    EXPECT(aligned_alloc(odd, 48) == NULL && errno == EINVAL);
    EXPECT(aligned_alloc(64, odd) == NULL);
}

static void a_block_of_another_zone_goes_back_to_it(void)
{
    vm_address_t *zones = NULL;
    malloc_zone_t *other = NULL;
    unsigned count = 0;
    char *p;

    EXPECT(malloc_get_all_zones(mach_task_self(), NULL, &zones, &count) == KERN_SUCCESS);
    EXPECT(count >= 2);
    for (unsigned i = 0; i < count; i++)
        if (strcmp(((malloc_zone_t *)zones[i])->zone_name, "DefaultMallocZone") == 0)
            other = (malloc_zone_t *)zones[i];
    EXPECT(other != NULL);
    p = malloc_zone_malloc(other, 50);
    EXPECT(p != NULL && !is_ours(p));
    memcpy(p, "contents", 9);
    EXPECT(malloc_size(p) >= 50);
    p = realloc(p, 5000);
    EXPECT(p != NULL && memcmp(p, "contents", 9) == 0);
    EXPECT(malloc_size(p) >= 5000 && !is_ours(p));
    free(p);
    EXPECT(malloc_zone_from_ptr(p) == NULL);
    vfree(malloc_zone_malloc(other, 10));
}

int main(void)
{
    static const struct test tests[] = {
        TEST(each_name_of_malloc_gives_a_block_of_ours),
        TEST(malloc_of_every_size_holds_what_was_written),
        TEST(calloc_after_free_of_the_same_size_reads_zero),
        TEST(realloc_keeps_contents_through_all_kinds_of_blocks),
        TEST(realloc_to_nothing_gives_a_small_block),
        TEST(too_much_is_refused_with_enomem),
        TEST(bad_alignments_are_refused),
        TEST(a_block_of_another_zone_goes_back_to_it),
    };

    return RUN_TESTS(tests);
}
