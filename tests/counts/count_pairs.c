// SPDX-License-Identifier: MIT
// Loops of one kind of allocation, for a counter of instructions: count_pairs KIND LOOPS.
//
// The loop itself takes nine instructions of each pair, ten of random, eleven of a batch's block.
// What comes before it is the same for any LOOPS, so that the difference of two runs is the cost of
// the loops alone.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 100, SLOTS = 4096, STEPS = 50000 };

// The compiler must neither see what is called nor drop it.
static void *(*volatile take)(size_t) = malloc;
static void *(*volatile take_zeroed)(size_t, size_t) = calloc;
static void (*volatile give)(void *) = free;

static void pairs(long loops, size_t size)
{
    for (long n = 0; n < loops; n++) {
        give(take(size));
    }
}

static void zeroed_pairs(long loops, size_t size)
{
    for (long n = 0; n < loops; n++) {
        give(take_zeroed(1, size));
    }
}

// A loop is one block here, so that a hundred of them are one batch.
static void batches(long loops, size_t size)
{
    void *(*const take_one)(size_t) = take;
    void (*const give_one)(void *) = give;
    void *blocks[BATCH];

    for (long n = 0; n < loops; n += BATCH) {
        for (int i = 0; i < BATCH; i++) {
            blocks[i] = take_one(size);
        }
        for (int i = 0; i < BATCH; i++) {
            give_one(blocks[i]);
        }
    }
}

// Which slot gets a new block, and how large. Drawn before the loop, which would otherwise be
// mostly about random numbers.
static const struct step {
    void **slot;
    size_t size;
} *draw_steps(size_t smallest)
{
    static struct step steps[STEPS];
    static void *slots[SLOTS];
    uint64_t random = 1;

    for (int i = 0; i < SLOTS; i++) {
        slots[i] = take(smallest + (size_t)i % 256);
    }
    for (int i = 0; i < STEPS; i++) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        steps[i].slot = &slots[random >> 52];
        steps[i].size = smallest + (random >> 40) % 256;
    }
    return steps;
}

// Sizes from `smallest` to 255 more, each block in the place of one that was taken long before.
static void random_sizes(long loops, size_t smallest)
{
    void *(*const take_one)(size_t) = take;
    void (*const give_one)(void *) = give;
    const struct step *steps = draw_steps(smallest);

    for (long n = 0; n < loops; n += STEPS) {
        for (const struct step *s = steps; s < steps + STEPS; s++) {
            give_one(*s->slot);
            *s->slot = take_one(s->size);
        }
    }
}

static const struct kind {
    const char *name;
    void (*run)(long loops, size_t size);
    size_t size;
} kinds[] = {
    {"pair-32", pairs, 32},
    {"batch-32", batches, 32},
    {"random-16-271", random_sizes, 16},
    {"calloc-64", zeroed_pairs, 64},
    {"pair-4K", pairs, 4 << 10},
    {"pair-20K", pairs, 20 << 10},
    {"pair-200K", pairs, 200 << 10},
};

int main(int count, char **arguments)
{
    for (size_t i = 0; count == 3 && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(arguments[1], kinds[i].name) == 0) {
            kinds[i].run(atol(arguments[2]), kinds[i].size);
            return 0;
        }
    }
    fprintf(stderr, "usage: count_pairs KIND LOOPS\n");
    return 2;
}
