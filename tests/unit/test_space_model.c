// SPDX-License-Identifier: MIT
// Random work on a few spaces, by all calls that there are, against a model that knows each block,
// its space and its bytes.
#include "core_space.h"

enum { SPACES = 4, HELD = 200, STEPS = 30000, CHECK_EVERY = 97 };

struct held {
    unsigned char *p; // NULL: none
    size_t size;
    int space;
    unsigned char byte;
};

static struct ikyo_space *spaces[SPACES];
static struct held held[HELD];
static size_t charged[SPACES], blocks[SPACES];

// Mostly small, now and then a run, and hardly ever a mapping.
static size_t random_size(struct core_random *r)
{
    switch (core_random_below(r, 200)) {
    case 0:
        return RUN_MAX + core_random_below(r, MIB);
    case 1:
    case 2:
    case 3:
        return core_random_below(r, 200 * KIB);
    default:
        return core_random_below(r, (size_t)16 << core_random_below(r, 11));
    }
}

// As much of a block as is looked at: its ends.
static void fill(struct held *h)
{
    size_t most = h->size < 64 ? h->size : 64;

    memset(h->p, h->byte, most);
    memset(h->p + h->size - most, h->byte, most);
}

static void require_filled(const struct held *h, size_t size)
{
    size_t most = size < 64 ? size : 64;

    require(core_reads_only((char *)h->p, most, (char)h->byte));
    if (size == h->size)
        require(core_reads_only((char *)h->p + size - most, most, (char)h->byte));
}

static void note(struct held *h, bool out)
{
    size_t usable = alloc_usable_size(h->p);

    require(usable >= h->size);
    require(ikyo_space_of(h->p) == spaces[h->space]);
    charged[h->space] += out ? usable : -usable;
    blocks[h->space] += out ? 1 : (size_t)-1;
}

static void take(struct core_random *r, struct held *h)
{
    struct held new = {.space = (int)core_random_below(r, SPACES),
                       .size = random_size(r),
                       .byte = (unsigned char)core_random_below(r, 256)};
    size_t alignment = (size_t)1 << core_random_below(r, core_random_below(r, 20) + 1);
    struct ikyo_space *s = spaces[new.space];

    switch (core_random_below(r, 4)) {
    case 0:
        new.p = ikyo_space_alloc_aligned(s, new.size, alignment);
        require((uintptr_t) new.p % alignment == 0);
        break;
    case 1:
        new.p = ikyo_space_alloc_zeroed(s, 1, new.size);
        require(new.size > MIB || core_reads_only((char *)new.p, new.size, 0));
        break;
    default:
        new.p = ikyo_space_alloc(s, new.size);
        break;
    }
    require(new.p != NULL);
    *h = new;
    fill(h);
    note(h, true);
}

static void resize(struct core_random *r, struct held *h)
{
    size_t size = random_size(r) + 1, both = size < h->size ? size : h->size;
    struct held before = *h;

    note(h, false);
    h->p = core_random_below(r, 2) ? alloc_resize(h->p, size)
                                   : ikyo_space_realloc(spaces[h->space], h->p, size);
    require(h->p != NULL);
    before.p = h->p;
    require_filled(&before, both);
    h->size = size;
    fill(h);
    note(h, true);
}

static void give(struct core_random *r, struct held *h)
{
    require_filled(h, h->size);
    note(h, false);
    if (core_random_below(r, 2))
        free_block(h->p);
    else
        ikyo_space_free(spaces[h->space], h->p);
    h->p = NULL;
}

static void end_space(struct core_random *r, int i)
{
    if (core_random_below(r, 2)) {
        ikyo_space_reset(spaces[i]);
    } else {
        ikyo_space_destroy(spaces[i]);
        spaces[i] = ikyo_space_create(NULL);
    }
    for (int j = 0; j < HELD; j++)
        if (held[j].space == i)
            held[j].p = NULL;
    charged[i] = blocks[i] = 0;
}

static void check_all(void)
{
    struct ikyo_stats s;
    size_t live = 0;

    for (int i = 0; i < SPACES; i++) {
        struct ikyo_space_figures f = ikyo_space_stats(spaces[i]);

        require_sound(spaces[i]);
        require_equal(f.bytes, charged[i]);
        require_equal(f.blocks, blocks[i]);
        require(f.held_bytes >= f.bytes && f.peak_bytes >= f.bytes);
        live += f.blocks;
    }
    stats_collect(&s);
    require_equal(s.live_blocks, live);
    require_equal(s.allocations - s.frees, live);
}

static void random_work_agrees_with_the_model(void)
{
    struct core_random r = core_random_start();

    for (int i = 0; i < SPACES; i++)
        spaces[i] = ikyo_space_create(NULL);
    for (int step = 0; step < STEPS; step++) {
        struct held *h = &held[core_random_below(&r, HELD)];

        if (core_random_below(&r, 3000) == 0)
            end_space(&r, (int)core_random_below(&r, SPACES));
        else if (h->p == NULL)
            take(&r, h);
        else if (core_random_below(&r, 3) == 0)
            resize(&r, h);
        else
            give(&r, h);
        if (step % CHECK_EVERY == 0)
            check_all();
    }
    check_all();
    for (int i = 0; i < SPACES; i++)
        ikyo_space_destroy(spaces[i]);
    ikyo_flush_thread();
    require_equal(pages_used(), 0);
    require_equal(huge_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        alone(random_work_agrees_with_the_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
