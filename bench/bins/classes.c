// SPDX-License-Identifier: MIT
#include "classes.h"

// Even steps up to some sizes, then so many classes for each doubling.
struct plan {
    const char *name;
    struct {
        uint32_t to, step;
    } even[3];
    unsigned per_doubling;
};

// 8 a doubling and 4, steps of 16 bytes as far as sizes are looked up by them, and the first with
// finer steps to 4 KiB.
static const struct plan plans[TABLES] = {
    {"G8", {{128, 16}}, 8},
    {"G4", {{64, 16}}, 4},
    {"S16", {{1024, 16}}, 4},
    {"fine", {{256, 16}, {512, 32}, {4096, 64}}, 8},
};

static uint32_t step_after(const struct plan *p, uint32_t size)
{
    uint32_t power = 16;

    for (unsigned i = 0; i < sizeof(p->even) / sizeof(p->even[0]); i++)
        if (size < p->even[i].to)
            return p->even[i].step;
    while (2 * power <= size)
        power *= 2;
    return power / p->per_doubling;
}

struct classes classes_make(unsigned index)
{
    const struct plan *p = &plans[index];
    struct classes c = {.name = p->name};

    for (uint32_t size = 16; size <= SMALL_MAX; size += step_after(p, size))
        c.size[c.count++] = size;
    for (unsigned steps = 0, i = 0; steps <= SMALL_MAX / 16; steps++) {
        if (steps * 16 > c.size[i])
            i++;
        c.of[steps] = (uint8_t)i;
    }
    return c;
}
