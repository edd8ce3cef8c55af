// SPDX-License-Identifier: MIT
#include "state.h"

#include "fiber.h"

#include <stdlib.h>
#include <string.h>

enum { RANGES = 8, PIECE_WORDS = 8, PIECE = PIECE_WORDS * sizeof(uint64_t) };

// A range of the state, and how it was at first; NULL: all of it counts as changed.
struct range {
    char *start;
    size_t size;
    char *first;
    bool *changed; // a bool for each piece that was ever seen to differ
};

struct piece {
    char *at;
    uint64_t words[PIECE_WORDS];
};

// What the search knows, outside of the state: `known` is the only variable.
struct known {
    struct range ranges[RANGES];
    int range_count;
    uint64_t *hashes; // 0: a free place
    size_t hash_count, hash_room;
};

static struct known *known;

// The linker's names for the ends of the program's variables.
extern char __data_start[], _end[];

void state_add_range(void *start, size_t size)
{
    if (known->range_count == RANGES || size % PIECE != 0)
        search_fail("a range of the state cannot be kept");
    known->ranges[known->range_count++] = (struct range){start, size, NULL, NULL};
}

// Rounded down, and up: what stands beside a range may be kept along with it.
static char *piece_start(char *p)
{
    return p - ((uintptr_t)p & (PIECE - 1));
}

static char *piece_end(char *p)
{
    return p + (-(uintptr_t)p & (PIECE - 1));
}

void state_init(void *excluded, size_t excluded_size)
{
    char *start = piece_start(__data_start), *end = piece_end(_end);
    char *gap = piece_end(excluded), *behind = piece_start((char *)excluded + excluded_size);

    known = calloc(1, sizeof(*known));
    if (known == NULL || gap < start || behind > end)
        search_fail("the variables are not where they are expected");
    state_add_range(start, (size_t)(gap - start));
    state_add_range(behind, (size_t)(end - behind));
}

void state_begin(void)
{
    struct range *end = known->ranges + known->range_count;

    for (struct range *r = known->ranges; r < end; r++) {
        r->first = malloc(r->size);
        r->changed = calloc(r->size / PIECE, sizeof(bool));
        if (r->first == NULL || r->changed == NULL)
            search_fail("no memory for the first state");
        memcpy(r->first, r->start, r->size);
    }
    for (int i = 0; i < FIBERS; i++)
        state_add_range(fibers[i].stack, FIBER_STACK);
}

// The part of a range that counts: of a stack, only what is in use.
static char *lowest_of(const struct range *r)
{
    for (int i = 0; i < FIBERS; i++)
        if (fibers[i].stack == r->start)
            return fibers[i].status == FIBER_ALIVE ? fibers[i].low : r->start + r->size;
    return r->start;
}

static bool differs(const char *a, const char *b)
{
    uint64_t difference = 0;

    for (size_t i = 0; i < PIECE; i += sizeof(uint64_t)) {
        uint64_t one, other;

        memcpy(&one, a + i, sizeof(one));
        memcpy(&other, b + i, sizeof(other));
        difference |= one ^ other;
    }
    return difference != 0;
}

static void keep_piece(struct snapshot *s, char *at)
{
    if (s->count == s->room) {
        s->room = s->room == 0 ? 64 : 2 * s->room;
        s->pieces = realloc(s->pieces, s->room * sizeof(*s->pieces));
        if (s->pieces == NULL)
            search_fail("no memory for a state");
    }
    s->pieces[s->count].at = at;
    memcpy(s->pieces[s->count++].words, at, PIECE);
}

static void keep_range(struct snapshot *s, const struct range *r)
{
    char *end = r->start + r->size;

    for (char *p = lowest_of(r); p < end; p += PIECE) {
        if (r->first != NULL) {
            if (!differs(p, r->first + (p - r->start)))
                continue;
            r->changed[(p - r->start) / PIECE] = true;
        }
        keep_piece(s, p);
    }
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

uint64_t state_save(struct snapshot *s)
{
    uint64_t sum = 0;

    s->count = 0;
    for (int i = 0; i < known->range_count; i++)
        keep_range(s, &known->ranges[i]);
    for (const struct piece *p = s->pieces; p < s->pieces + s->count; p++) {
        uint64_t hash = (uintptr_t)p->at;

        for (int i = 0; i < PIECE_WORDS; i++)
            hash = mix(hash, p->words[i]);
        sum += hash;
    }
    return mix(sum, sum >> 32);
}

// A stack need not be brought back to the first state: all of it that is in use is kept.
void state_restore(const struct snapshot *s)
{
    for (const struct range *r = known->ranges; r < known->ranges + known->range_count; r++)
        for (size_t at = 0; r->first != NULL && at < r->size; at += PIECE)
            if (r->changed[at / PIECE])
                memcpy(r->start + at, r->first + at, PIECE);
    for (size_t i = 0; i < s->count; i++)
        memcpy(s->pieces[i].at, s->pieces[i].words, PIECE);
}

static bool insert(uint64_t hash)
{
    size_t i = hash % known->hash_room;

    while (known->hashes[i] != 0 && known->hashes[i] != hash)
        i = (i + 1) % known->hash_room;
    if (known->hashes[i] == hash)
        return false;
    known->hashes[i] = hash;
    known->hash_count++;
    return true;
}

bool state_is_new(uint64_t hash)
{
    if (known->hash_count * 2 >= known->hash_room) {
        struct known old = *known;

        known->hash_room = old.hash_room == 0 ? 1 << 16 : old.hash_room * 2;
        known->hashes = calloc(known->hash_room, sizeof(uint64_t));
        known->hash_count = 0;
        if (known->hashes == NULL)
            search_fail("no memory for the states seen");
        for (size_t i = 0; i < old.hash_room; i++)
            if (old.hashes[i] != 0)
                insert(old.hashes[i]);
        free(old.hashes);
    }
    return insert(hash == 0 ? 1 : hash);
}

void state_forget_all(void)
{
    if (known->hash_room != 0)
        memset(known->hashes, 0, known->hash_room * sizeof(uint64_t));
    known->hash_count = 0;
}

size_t state_count(void)
{
    return known->hash_count;
}
