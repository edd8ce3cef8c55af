// SPDX-License-Identifier: MIT
#include "engine/heap_map.h"

// Sizes to 63 units are grades of their own, then there are 4 for each doubling, until they are
// used up.
static uint32_t grade_of(uint32_t units)
{
    if (units < 64)
        return units;

    uint32_t log = 31 - (uint32_t)__builtin_clz(units);

    return log < 22 ? 64 + (log - 6) * 4 + (units >> (log - 2) & 3) : 127;
}

static uint64_t *words_of(const struct ikyo_heap *heap)
{
    return (uint64_t *)(uintptr_t)(heap->index + heap_map_stretches(heap->end));
}

static uint32_t words_end(const struct ikyo_heap *heap)
{
    return heap->inner + (heap_map_stretches(heap->end) + HEAP_LANES - 1) / HEAP_LANES;
}

static uint32_t lane_of(uint64_t word, uint32_t lane)
{
    return (uint32_t)(word >> lane * 8 & 0x7F);
}

static void set_lane(uint64_t *word, uint32_t lane, uint32_t grade)
{
    *word = (*word & ~((uint64_t)0xFF << lane * 8)) | (uint64_t)grade << lane * 8;
}

static const uint64_t ones = 0x0101010101010101, tops = 0x8080808080808080;

// The top of each lane that is not below the grade. No lane borrows from the next, as grades leave
// the tops clear.
static uint64_t at_least(uint64_t word, uint32_t grade)
{
    return ((word | tops) - grade * ones) & tops;
}

// In each lane the larger of both.
static uint64_t larger(uint64_t a, uint64_t b)
{
    uint64_t least = (((a | tops) - b) & tops) >> 7;

    least *= 0xFF;
    return (a & least) | (b & ~least);
}

static uint32_t largest_lane(uint64_t word)
{
    word = larger(word, word >> 32);
    word = larger(word, word >> 16);
    return (uint32_t)larger(word, word >> 8) & 0x7F;
}

// Up to the first lane that is high enough: those above it are.
static void raise(struct ikyo_heap *heap, uint32_t stretch, uint32_t grade)
{
    uint64_t *words = words_of(heap);
    uint32_t word = heap->inner + stretch / HEAP_LANES, lane = stretch % HEAP_LANES;

    while (lane_of(words[word], lane) < grade) {
        set_lane(&words[word], lane, grade);
        if (word == 0)
            return;
        lane = (word - 1) % HEAP_LANES;
        word = (word - 1) / HEAP_LANES;
    }
}

bool heap_map_covers(const struct ikyo_heap *heap, uint32_t stretch, uint32_t units)
{
    const uint64_t *words = words_of(heap);
    uint32_t word = heap->inner + stretch / HEAP_LANES, lane = stretch % HEAP_LANES;
    uint32_t grade = grade_of(units);

    for (;; word = (word - 1) / HEAP_LANES) {
        if ((words[word] & tops) != 0 || lane_of(words[word], lane) < grade)
            return false;
        if (word == 0)
            return true;
        grade = lane_of(words[word], lane);
        lane = (word - 1) % HEAP_LANES;
    }
}

void heap_map_add(struct ikyo_heap *heap, uint32_t place, uint32_t units)
{
    uint32_t stretch = place / HEAP_STRETCH;

    *heap_node_at(heap, place) = (struct heap_node){.units = units};
    heap_seal(heap, place);
    heap->index[stretch] |= (uint64_t)1 << place % HEAP_STRETCH;
    raise(heap, stretch, grade_of(units));
}

void heap_map_remove(struct ikyo_heap *heap, uint32_t place)
{
    uint64_t bit = (uint64_t)1 << place % HEAP_STRETCH;

    if (heap_follow(heap, place) == NULL)
        return;
    if ((heap->index[place / HEAP_STRETCH] & bit) == 0)
        heap_blame(heap, heap->end);
    heap->index[place / HEAP_STRETCH] &= ~bit;
}

// The lowest block of at least `units` of a stretch from `from` on. 0: none, and then *largest is
// what the stretch has.
static uint32_t look_through(const struct ikyo_heap *heap, uint32_t stretch, uint32_t from,
                             uint32_t units, uint32_t *largest)
{
    *largest = 0;
    for (uint64_t bits = heap->index[stretch]; bits != 0; bits &= bits - 1) {
        uint32_t place = stretch * HEAP_STRETCH + (uint32_t)__builtin_ctzll(bits);
        uint32_t have = heap_holds(heap, place) ? heap_units(heap, place) : UINT32_MAX;

        if (have >= units && place >= from)
            return place;
        *largest = have > *largest ? have : *largest;
    }
    return 0;
}

// Goes from a word without the grade to the one above, whose lane for it is lowered to what it has.
// Returns the lanes there that are not below the grade and behind that one.
static uint64_t climb(uint64_t *words, uint32_t *word, uint32_t grade)
{
    uint32_t lane = (*word - 1) % HEAP_LANES, largest = largest_lane(words[*word]);

    *word = (*word - 1) / HEAP_LANES;
    if (largest < grade)
        set_lane(&words[*word], lane, largest);
    return at_least(words[*word], grade) & ~(uint64_t)0xFF << lane * 8;
}

uint32_t heap_map_find(struct ikyo_heap *heap, uint32_t from, uint32_t units)
{
    uint64_t *words = words_of(heap);
    uint32_t grade = grade_of(units), inner = heap->inner, end = words_end(heap), largest;

    if (from > heap->end) {
        heap_blame(heap, heap->end);
        return 0;
    }

    // From the start of the heap on the whole tree is looked at, else what is behind the place.
    uint32_t word = from == 0 ? 0 : inner + from / HEAP_STRETCH / HEAP_LANES;
    uint64_t found = at_least(words[word], grade);

    found &= ~(uint64_t)0 << from / HEAP_STRETCH % HEAP_LANES * 8;
    for (;;) {
        while (found == 0) {
            if (word == 0)
                return 0;
            found = climb(words, &word, grade);
        }

        uint32_t lane = (uint32_t)__builtin_ctzll(found) / 8;

        if (word < inner) {
            word = word * HEAP_LANES + 1 + lane;
            if (word >= end)
                break;
            found = at_least(words[word], grade);
            continue;
        }

        uint32_t stretch = (word - inner) * HEAP_LANES + lane;

        if (stretch >= heap_map_stretches(heap->end))
            break;

        uint32_t place = look_through(heap, stretch, from, units, &largest);

        if (place != 0)
            return place;
        set_lane(&words[word], lane, grade_of(largest));
        found &= found - 1;
    }
    heap_blame(heap, heap->end);
    return 0;
}

uint32_t heap_map_largest(const struct ikyo_heap *heap)
{
    uint32_t stretches = heap_map_stretches(heap->end), largest = 0, here;

    for (uint32_t stretch = 0; stretch < stretches; stretch++) {
        (void)look_through(heap, stretch, 0, UINT32_MAX, &here);
        largest = here > largest ? here : largest;
    }
    return largest;
}
