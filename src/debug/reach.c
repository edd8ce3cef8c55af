// SPDX-License-Identifier: MIT
// The search marks blocks in an array of its own, sorted by address. Blocks that were marked
// but not yet looked into are linked, so that neither recursion nor a stack is needed.
//
// All memory is read through os_memory_copy: other threads may unmap it at any moment.
#include "debug/reach.h"

#include "os/memory.h"
#include "vm/charge.h"
#include "vm/directory.h"
#include "vm/meta.h"
#include "vm/region.h"
#include "vm/vm.h"

enum { WORD = sizeof(uintptr_t), PIECE = 64 * 1024 };

struct search {
    struct reach *reach;
    struct reach_block *blocks, *end; // also those that are ignored, in order of their starts
    struct reach_block *limit;        // there is room for so many
    struct reach_block *pending;      // found, but not yet looked into
    uintptr_t stack;                  // what lies below it on the stack is the search's own
    uintptr_t *words;                 // room for a piece of memory
};

static void sift(struct reach_block *blocks, size_t i, size_t count,
                 bool (*before)(const struct reach_block *a, const struct reach_block *b))
{
    struct reach_block sinking = blocks[i];

    for (size_t child = 2 * i + 1; child < count; child = 2 * i + 1) {
        if (child + 1 < count && before(&blocks[child], &blocks[child + 1]))
            child++;
        if (!before(&sinking, &blocks[child]))
            break;
        blocks[i] = blocks[child];
        i = child;
    }
    blocks[i] = sinking;
}

// A heap, as it needs neither memory nor recursion.
void reach_sort(struct reach_block *blocks, size_t count,
                bool (*before)(const struct reach_block *a, const struct reach_block *b))
{
    for (size_t i = count / 2; i-- > 0;)
        sift(blocks, i, count, before);
    for (size_t left = count; left-- > 1;) {
        struct reach_block last = blocks[left];

        blocks[left] = blocks[0];
        blocks[0] = last;
        sift(blocks, 0, left, before);
    }
}

static bool starts_before(const struct reach_block *a, const struct reach_block *b)
{
    return a->start < b->start;
}

// The first block that ends above the address.
static struct reach_block *block_behind(const struct search *s, uintptr_t address)
{
    struct reach_block *low = s->blocks, *high = s->end;

    while (low < high) {
        struct reach_block *middle = low + (high - low) / 2;

        if (middle->end > address)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static void follow(struct search *s, uintptr_t pointer)
{
    struct reach_block *b;

    if (pointer < s->blocks->start || pointer >= s->end[-1].end)
        return;
    b = block_behind(s, pointer);
    if (b->start > pointer || b->state != REACH_LOST)
        return;
    b->state = REACH_FOUND;
    b->next = s->pending;
    s->pending = b;
}

// Follows the words that were read from `address` on, but for those in blocks from `skip` on.
static void follow_all(struct search *s, uintptr_t address, size_t count,
                       const struct reach_block *skip)
{
    for (size_t i = 0; i < count; i++) {
        uintptr_t at = address + i * WORD;

        while (skip < s->end && skip->end <= at)
            skip++;
        if (skip == s->end || at < skip->start)
            follow(s, s->words[i]);
    }
}

static void look(struct search *s, uintptr_t start, uintptr_t end, const struct reach_block *skip)
{
    uintptr_t page = vm_page_size();

    while (start < end) {
        size_t size = end - start < PIECE ? end - start : PIECE;
        size_t got = os_memory_copy(s->words, start, size);

        follow_all(s, start, got / WORD, skip);
        // What cannot be read ends with its page.
        start = got > 0 ? start + got : (start | (page - 1)) + 1;
    }
}

// Of regions only the blocks are looked into that are found: what is free holds links to other
// blocks, which may be out again by now. Regions begin and end where pieces do.
static bool look_at_root(uintptr_t start, uintptr_t end, void *context)
{
    struct search *s = context;

    if (s->stack >= start && s->stack < end)
        start = s->stack;
    for (uintptr_t next = start; start < end; start = next) {
        next = (start | (PIECE - 1)) + 1;
        if (next > end)
            next = end;
        if (!region_holds((const void *)start))
            look(s, start, next, block_behind(s, start));
    }
    return true;
}

static void find_all(struct search *s)
{
    s->reach->is_alone = os_thread_count() == 1;
    s->reach->is_known = os_memory_may_copy() &&
                         os_memory_copy(s->words, s->stack, WORD) == WORD &&
                         os_memory_visit(look_at_root, s);
    while (s->pending != NULL) {
        const struct reach_block *b = s->pending;

        s->pending = b->next;
        look(s, b->start, b->end, s->end);
    }
}

static void add_record(struct search *s, const struct record *r)
{
    *s->end++ = (struct reach_block){
        .start = r->start,
        .end = r->start + r->size + (r->size == 0),
        .size = r->size,
        .blocks = 1,
        .source = r->source,
        .stack = r->allocated.stack,
        .state = r->freed ? REACH_IGNORED : REACH_LOST,
    };
}

// What is new since it was counted belongs to other threads: then the answer is not sure.
static void ignore(const void *p, size_t size, void *search)
{
    struct search *s = search;

    if (s->end == s->limit)
        return;
    *s->end++ = (struct reach_block){
        .start = (uintptr_t)p,
        .end = (uintptr_t)p + size,
        .state = REACH_IGNORED,
    };
}

static void count_mapping(const void *p, size_t size, void *count)
{
    (void)p, (void)size;
    ++*(size_t *)count;
}

// As many as ignore_own may add.
static size_t count_own(void)
{
    size_t count = 2, used;
    char *base;

    meta_visit(count_mapping, &count);
    for (size_t i = 0; region_get(i, &base, &used); i++)
        count++;
    return count;
}

// The records of blocks, old pointers to some, and the descriptors, which name theirs.
static void ignore_own(struct search *s, struct record_table table)
{
    size_t used;
    char *base;

    ignore(table.places, table.capacity * sizeof(*table.places), s);
    ignore(s->reach->memory, s->reach->bytes, s);
    meta_visit(ignore, s);
    for (size_t i = 0; region_get(i, &base, &used); i++)
        ignore(desc_at(base), used >> (UNIT_SHIFT - DESC_SHIFT), s);
}

static bool take_memory(struct reach *r, size_t blocks)
{
    size_t page = vm_page_size();
    size_t size = PIECE + blocks * sizeof(struct reach_block);

    r->bytes = (size + page - 1) & ~(page - 1);
    r->memory = vm_map(r->bytes, page);
    if (r->memory == NULL)
        return false;
    charge_reserved(r->bytes);
    charge_committed(r->bytes, CHARGE_METADATA);
    return true;
}

static void keep_live(struct search *s)
{
    struct reach_block *kept = s->blocks;

    for (const struct reach_block *b = s->blocks; b < s->end; b++)
        if (b->state != REACH_IGNORED)
            *kept++ = *b;
    s->reach->blocks = s->blocks;
    s->reach->count = (size_t)(kept - s->blocks);
}

static void search(uintptr_t stack, void *context)
{
    struct search s = {.reach = context, .stack = stack};
    struct record_table table = record_freeze();
    size_t most = table.count + count_own();

    if (take_memory(s.reach, most)) {
        s.words = (uintptr_t *)s.reach->memory;
        s.blocks = s.end = (struct reach_block *)(s.reach->memory + PIECE);
        s.limit = s.blocks + most;
        for (size_t i = 0; i < table.capacity; i++)
            if (table.places[i].start != 0)
                add_record(&s, &table.places[i]);
        ignore_own(&s, table);
        reach_sort(s.blocks, (size_t)(s.end - s.blocks), starts_before);
        find_all(&s);
        keep_live(&s);
    }
    record_thaw();
}

bool reach_search(struct reach *r)
{
    os_show_registers(search, r);
    return r->memory != NULL;
}

void reach_end(struct reach *r)
{
    if (!vm_release(r->memory, r->bytes))
        return;
    uncharge_committed(r->bytes, CHARGE_METADATA);
    uncharge_reserved(r->bytes);
}
