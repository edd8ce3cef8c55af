// SPDX-License-Identifier: MIT
// Threads that end all the time and leave their live blocks to a successor they start.
#include "stress.h"

enum { CHAINS = 4, LIVE = 2000, STEPS = 6000 };

struct chain {
    void *block[LIVE];
    size_t size[LIVE];
    uint64_t random;
    uint64_t links;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static unsigned running = CHAINS;
static double deadline;

static void replace_blocks(struct chain *c)
{
    for (unsigned i = 0; i < STEPS; i++) {
        size_t at = stress_random(&c->random) % LIVE;

        if (c->block[at] != NULL) {
            stress_give(c->block[at], c->size[at], at);
        }
        c->size[at] = 8 + stress_random(&c->random) % 993;
        c->block[at] = stress_take(c->size[at], at);
    }
    c->links++;
}

static void *link_of_chain(void *argument)
{
    struct chain *c = argument;

    pthread_detach(pthread_self());
    replace_blocks(c);
    if (stress_now() < deadline) {
        stress_thread(link_of_chain, c);
        return NULL;
    }
    pthread_mutex_lock(&lock);
    running--;
    pthread_cond_signal(&ended);
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    static struct chain chains[CHAINS];
    uint64_t links = 0;

    stress_start("churn");
    deadline = stress_now() + stress_seconds(3);
    for (size_t i = 0; i < CHAINS; i++) {
        chains[i].random = i + 1;
        stress_thread(link_of_chain, &chains[i]);
    }
    pthread_mutex_lock(&lock);
    while (running > 0) {
        pthread_cond_wait(&ended, &lock);
    }
    pthread_mutex_unlock(&lock);
    for (size_t i = 0; i < CHAINS; i++) {
        links += chains[i].links;
        for (size_t at = 0; at < LIVE; at++) {
            if (chains[i].block[at] != NULL) {
                stress_give(chains[i].block[at], chains[i].size[at], at);
            }
        }
    }
    printf("%llu threads one after another, peak %.1f MiB\n", (unsigned long long)links,
           stress_mib(stress_peak_rss()));
    // Live data is 4 MiB at most; 64 MiB would mean that exited threads keep theirs.
    stress_bound("peak of the churn", stress_mib(stress_peak_rss()), 64, "MiB");
    return links > CHAINS ? 0 : 1;
}
