// SPDX-License-Identifier: MIT
// Usage: model SCENARIO [full|faulty] [delays]. Searches the scenario, first with few preemptions,
// so that the schedule of a fault is short. `full`: then without any bound. `faulty`: to
// find a fault is success. `delays`: with stores that others see late, and few preemptions only.
#include "census.h"
#include "fiber.h"
#include "scenarios.h"
#include "world.h"

#include <stdio.h>
#include <string.h>

static const struct scenario *find(const char *name)
{
    const struct scenario *s = scenarios;

    while (s->name != NULL && strcmp(s->name, name) != 0)
        s++;
    return s->name != NULL ? s : NULL;
}

int main(int argc, char **argv)
{
    const struct scenario *s = argc > 1 ? find(argv[1]) : NULL;
    bool faulty = argc > 2 && strcmp(argv[2], "faulty") == 0;
    bool full = argc > 2 && strcmp(argv[2], "full") == 0;
    bool delays = argc > 2 && strcmp(argv[argc - 1], "delays") == 0;

    if (s == NULL || argc != 2 + (faulty || full) + delays) {
        fprintf(stderr, "usage: %s SCENARIO [full|faulty] [delays]\n", argv[0]);
        return 2;
    }
    search_init(s->name, faulty, delays);
    world_init();
    census_init();
    s->prepare();
    fiber_act_as(FIBERS);
    census_step();
    census_end();
    search_run(s->bodies, 2, census_step, census_end);
    if (!delays)
        search_run(s->bodies, full ? NO_BOUND : s->bound, census_step, census_end);
    if (faulty)
        printf("%s: the fault was not found\n", s->name);
    return faulty ? 1 : 0;
}
