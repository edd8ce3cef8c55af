// SPDX-License-Identifier: MIT
// Stacks stand in pieces of memory that never move, in lists by hash; what was published is
// not changed any more, so that only new ones need the lock.
#include "debug/stack.h"

#include "base/lock.h"
#include "base/option.h"
#include "debug/walk.h"
#include "vm/meta.h"

#include <stdatomic.h>
#include <string.h>

enum {
    LISTS = 1 << 16,
    TABLE = 1 << 12, // stacks to a table of their numbers
    PIECE = 64 * 1024,
};

struct stack {
    const struct stack *next; // fixed    of the same list
    uint64_t hash;            // fixed
    uint32_t number;          // fixed
    uint32_t count;           // fixed
    uintptr_t frames[];       // fixed
};

struct table {
    const struct stack *stacks[TABLE];
};

typedef _Atomic(const struct stack *) stack_list;

static _Atomic(stack_list *) lists;                      // lock    LISTS of them, made by the first
static _Atomic(struct table *) tables[STACKS_MAX / TABLE]; // lock
static _Atomic(uint32_t) stack_count;                    // lock
static char *piece, *piece_end;                          // lock

void stack_start(void)
{
    walk_start();
}

uint32_t stack_capture(const void *frame)
{
    uintptr_t frames[STACK_FRAMES];
    size_t count;

    if (options.stacks == STACKS_OFF)
        return 0;
    count = walk_stack(frame, options.stacks == STACKS_UNWIND, frames, STACK_FRAMES);
    return count > 0 ? stack_keep(frames, count) : 0;
}

uint32_t stack_capture_interrupted(const struct registers *r)
{
    uintptr_t frames[STACK_FRAMES];
    size_t count;

    if (options.stacks == STACKS_OFF)
        return 0;
    count = walk_interrupted(r, options.stacks == STACKS_UNWIND, frames, STACK_FRAMES);
    return count > 0 ? stack_keep(frames, count) : 0;
}

static uint64_t hash_of(const uintptr_t *frames, size_t count)
{
    uint64_t hash = count;

    for (size_t i = 0; i < count; i++) {
        hash = (hash ^ frames[i]) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32;
    }
    return hash;
}

static uint32_t find(stack_list *list, uint64_t hash, const uintptr_t *frames, size_t count)
{
    // Pairs with publish: whoever sees a stack sees what is in it.
    const struct stack *s = atomic_load_explicit(list, memory_order_acquire);

    while (s != NULL && (s->hash != hash || s->count != count ||
                         memcmp(s->frames, frames, count * sizeof(*frames)) != 0))
        s = s->next;
    return s != NULL ? s->number : 0;
}

static stack_list *make_lists(void)
{
    stack_list *made = atomic_load_explicit(&lists, memory_order_relaxed);

    if (made == NULL) {
        made = meta_take(LISTS * sizeof(*made));
        // Pairs with stack_keep. The lists are empty, so there is nothing else to see.
        atomic_store_explicit(&lists, made, memory_order_release);
    }
    return made;
}

static struct stack *take_room(size_t count)
{
    size_t size = sizeof(struct stack) + count * sizeof(uintptr_t);
    struct stack *s;

    if ((size_t)(piece_end - piece) < size) {
        char *taken = meta_take(PIECE);

        if (taken == NULL)
            return NULL;
        piece = taken;
        piece_end = taken + PIECE;
    }
    s = (struct stack *)piece;
    piece += size;
    return s;
}

static struct table *table_of(uint32_t index)
{
    _Atomic(struct table *) *place = &tables[index / TABLE];
    struct table *table = atomic_load_explicit(place, memory_order_relaxed);

    if (table == NULL) {
        table = meta_take(sizeof(*table));
        atomic_store_explicit(place, table, memory_order_relaxed);
    }
    return table;
}

static uint32_t add(stack_list *list, uint64_t hash, const uintptr_t *frames, size_t count)
{
    uint32_t index = atomic_load_explicit(&stack_count, memory_order_relaxed);
    struct table *table = index < STACKS_MAX ? table_of(index) : NULL;
    struct stack *s = table != NULL ? take_room(count) : NULL;

    if (s == NULL)
        return 0;
    s->next = atomic_load_explicit(list, memory_order_relaxed);
    s->hash = hash;
    s->number = index + 1;
    s->count = (uint32_t)count;
    memcpy(s->frames, frames, count * sizeof(*frames));
    table->stacks[index % TABLE] = s;
    // Pairs with stack_frames, and then with find.
    atomic_store_explicit(&stack_count, index + 1, memory_order_release);
    atomic_store_explicit(list, s, memory_order_release);
    return s->number;
}

uint32_t stack_keep(const uintptr_t *frames, size_t count)
{
    uint64_t hash = hash_of(frames, count);
    stack_list *all = atomic_load_explicit(&lists, memory_order_acquire);
    uint32_t number = all != NULL ? find(&all[hash % LISTS], hash, frames, count) : 0;

    if (number != 0)
        return number;
    lock_take(LOCK_STACK);
    all = make_lists();
    if (all != NULL) {
        stack_list *list = &all[hash % LISTS];

        number = find(list, hash, frames, count);
        if (number == 0)
            number = add(list, hash, frames, count);
    }
    lock_give(LOCK_STACK);
    return number;
}

size_t stack_frames(uint32_t stack, const uintptr_t **frames)
{
    const struct stack *s;

    if (stack == 0 || stack > atomic_load_explicit(&stack_count, memory_order_acquire)) {
        *frames = NULL;
        return 0;
    }
    s = atomic_load_explicit(&tables[(stack - 1) / TABLE], memory_order_relaxed)
            ->stacks[(stack - 1) % TABLE];
    *frames = s->frames;
    return s->count;
}
