// SPDX-License-Identifier: MIT
// How a heap lies in its memory: places, tags and what is kept about the whole.
//
//   | struct ikyo_heap | index |before|self| payload |before|self| payload ... |before|self|
//                               first tag             tag of the second block   end marker
//
// A place is a distance from the heap in units of 16 bytes; a tag lies 8 bytes behind a place,
// so that payloads are aligned. A tag says the size and state of the block behind it and, once
// more, of the block in front: what the foot of one block says, the head of it must say as well.
// Where blocks are joined, the ends of the whole change what they say: a tag inside of a block,
// left over from one that was, does not agree both with the one in front of it and the one behind.
#ifndef ENGINE_HEAP_TAG_H
#define ENGINE_HEAP_TAG_H

#include "ikyoalloc/heap.h"

#include <assert.h>
#include <stdint.h>

enum {
    // Changes with the layout, so that no other version attaches, nor one with other pointers.
    HEAP_MAGIC = 0x1CE4EAA0 + sizeof(void *),
    HEAP_UNIT = 16,
    HEAP_MIN_UNITS = 2, // a free block holds a node
    HEAP_MAX_UNITS = 1 << 30,
    HEAP_LISTS = 128 // by size, the first of blocks of HEAP_MIN_UNITS
};

// Both words are size in units << 2 | state, as heap_word says.
struct heap_tag {
    uint32_t before;
    uint32_t self;
};

struct ikyo_heap {
    uint32_t magic;      // fixed
    uint32_t first;      // fixed    place of the first block
    uint32_t end;        // fixed    place of the end marker
    uint32_t fit;        // fixed    enum ikyo_heap_fit
    uint32_t lists;      // fixed    heap_sizes: how many lists
    uint32_t inner;      // fixed    heap_map: how many words above the leaves
    uint32_t kept_lists; // fixed    heap_freed: how many lists; 0: no blocks are kept
    uint32_t kept_at;    // fixed    the word of `index` where their heads begin
    void (*on_fault)(void *context, struct ikyo_heap_fault fault); // fixed
    void *context;                                                 // fixed
    uint32_t seal;   // of all above, as heap_record_seal has it
    uint32_t root;   // heap_tree
    uint32_t aside;  // heap_index: the free block that it does not hold; 0: there is none
    uint32_t cursor; // next fit: where the search begins; 0 for the others
    uint32_t broken; // what was found broken, as heap_blame has it; 0: nothing
    uint32_t live_blocks, live_units;
    uint32_t free_blocks, free_units; // those of heap_index
    uint32_t kept_blocks, kept_units;
    uint32_t error;       // the last fault,
    uint64_t error_place; // and its address, as a distance in bytes
    uint64_t peak;        // bytes
    uint64_t index[];     // that of heap_sizes or heap_map, and behind it the heads of kept blocks
};

// Lists that a heap of so many units can afford, whatever they are of: at 4 bytes each they take at
// most 1/128 of it.
static inline uint32_t heap_lists(uint32_t units)
{
    return units / 32 < HEAP_LISTS ? units / 32 : HEAP_LISTS;
}

static inline struct heap_tag *heap_tag_at(const struct ikyo_heap *heap, uint32_t place)
{
    return (struct heap_tag *)((uintptr_t)heap + (uintptr_t)place * HEAP_UNIT + HEAP_UNIT / 2);
}

static inline void *heap_payload(const struct ikyo_heap *heap, uint32_t place)
{
    return heap_tag_at(heap, place) + 1;
}

// The place of the block whose payload is there or around there; 0 outside of all blocks.
static inline uint32_t heap_place(const struct ikyo_heap *heap, const void *payload)
{
    uintptr_t units = ((uintptr_t)payload - (uintptr_t)heap) / HEAP_UNIT;

    return units > heap->first && units <= heap->end ? (uint32_t)units - 1 : 0;
}

// The bytes for the application in a block, or in `blocks` of them, of so many units.
static inline size_t heap_bytes(uint32_t units, uint32_t blocks)
{
    return (size_t)units * HEAP_UNIT - (size_t)blocks * sizeof(struct heap_tag);
}

// Words are stored under a mask that differs from place to place: neither zeros nor any other
// pattern of the application's looks like tags that agree.
static inline uint32_t heap_mask(uint32_t place)
{
    return place * 0x9E3779B1u;
}

static inline uint32_t heap_word(uint32_t units, enum ikyo_heap_state state)
{
    return units << 2 | (uint32_t)state;
}

static inline uint32_t heap_self(const struct ikyo_heap *heap, uint32_t place)
{
    return heap_tag_at(heap, place)->self ^ heap_mask(place);
}

static inline uint32_t heap_before(const struct ikyo_heap *heap, uint32_t place)
{
    return heap_tag_at(heap, place)->before ^ heap_mask(place);
}

static inline uint32_t heap_units(const struct ikyo_heap *heap, uint32_t place)
{
    return heap_self(heap, place) >> 2;
}

static inline enum ikyo_heap_state heap_state(uint32_t word)
{
    return (enum ikyo_heap_state)(word & 3);
}

// What the tags at both ends of the heap say of the blocks that are not there.
static inline uint32_t heap_edge(void)
{
    return heap_word(0, IKYO_HEAP_LIVE);
}

// Writes the size and state of a block at both of its ends.
static inline void heap_set(struct ikyo_heap *heap, uint32_t place, uint32_t units,
                            enum ikyo_heap_state state)
{
    uint32_t behind = place + units;

    heap_tag_at(heap, place)->self = heap_word(units, state) ^ heap_mask(place);
    heap_tag_at(heap, behind)->before = heap_word(units, state) ^ heap_mask(behind);
}

// True for a place between the first block and the end marker.
static inline bool heap_holds(const struct ikyo_heap *heap, uint32_t place)
{
    return place - heap->first < heap->end - heap->first;
}

// True if calls may use the heap at all.
static inline bool heap_is_one(const struct ikyo_heap *heap)
{
    return heap != NULL && heap->magic == HEAP_MAGIC;
}

// True if a block of so many units at `place` has some and ends inside of the heap.
static inline bool heap_fits(const struct ikyo_heap *heap, uint32_t place, uint32_t units)
{
    return units - 1 < heap->end - place;
}

// True if both ends of the block at `place` agree, or if it is the end marker as it was made. Words
// that were never a block's do not agree, so all that matters of a size is that it leads on.
static inline bool heap_intact(const struct ikyo_heap *heap, uint32_t place)
{
    uint32_t self = heap_self(heap, place), units = self >> 2;

    if (place == heap->end)
        return self == heap_edge();
    return heap_fits(heap, place, units) && heap_before(heap, place + units) == self;
}

// The same, and there is such a state: what calls need not ask, as they look for one of them.
static inline bool heap_sound(const struct ikyo_heap *heap, uint32_t place)
{
    return heap_intact(heap, place) && heap_state(heap_self(heap, place)) <= IKYO_HEAP_KEPT;
}

// True if both ends of the block in front of `place` agree.
static inline bool heap_linked(const struct ikyo_heap *heap, uint32_t place)
{
    uint32_t before = heap_before(heap, place);

    if (place == heap->first)
        return before == heap_edge();
    return before >> 2 <= place - heap->first && heap_self(heap, place - (before >> 2)) == before;
}

// True if a block is in a state, and the tags at both of its ends are as they should be.
static inline bool heap_is(const struct ikyo_heap *heap, uint32_t place, enum ikyo_heap_state state)
{
    return heap_state(heap_self(heap, place)) == state && heap_intact(heap, place) &&
           heap_linked(heap, place);
}

#endif
