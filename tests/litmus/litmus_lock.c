// SPDX-License-Identifier: MIT
// What one holder of a lock writes the next one reads, also where it had to sleep.
#include "litmus.h"

enum { THREADS = 3 };

static struct litmus_contents contents;
static uint64_t turns[THREADS];

static void take_turns(unsigned self)
{
    while (litmus_goes_on()) {
        for (int i = 0; i < 100; i++) {
            lock_take(LOCK_META);
            litmus_write(&contents, litmus_read(&contents) + 1);
            turns[self]++;
            lock_give(LOCK_META);
        }
    }
}

int main(void)
{
    litmus_run(THREADS, take_turns);
    require_equal(contents.words[0], turns[0] + turns[1] + turns[2]);
    return 0;
}
