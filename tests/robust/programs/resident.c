// SPDX-License-Identifier: MIT
// A program of some size: threads that allocated a little and wait, blocks of every size, most of
// them freed again. Prints its resident KiB at the end, as the kernel counts them.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 16, BLOCKS = 100000, KEPT_OF = 10 };

static pthread_barrier_t busy;
static pthread_barrier_t done;
static char *blocks[BLOCKS];

static void *take_little(void *argument)
{
    char *mine[100];

    for (unsigned n = 0; n < 100; n++) {
        mine[n] = malloc(1 + n * 13u % 500);
        if (mine[n] != NULL)
            mine[n][0] = 1;
    }
    pthread_barrier_wait(&busy);
    pthread_barrier_wait(&done);
    for (unsigned n = 0; n < 100; n++)
        free(mine[n]);
    return argument;
}

static long resident(void)
{
    char line[200];
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    long kib = -1;

    while (file != NULL && kib < 0 && fgets(line, sizeof line, file) != NULL)
        sscanf(line, "Rss: %ld", &kib);
    return kib;
}

int main(void)
{
    pthread_t threads[THREADS];

    pthread_barrier_init(&busy, NULL, THREADS + 1);
    pthread_barrier_init(&done, NULL, THREADS + 1);
    for (unsigned n = 0; n < THREADS; n++) {
        if (pthread_create(&threads[n], NULL, take_little, NULL) != 0)
            return 1;
    }
    for (unsigned n = 0; n < BLOCKS; n++) {
        size_t size = n % 1000 == 0 ? 200000 : 1 + n * 7919u % 900;

        blocks[n] = malloc(size);
        if (blocks[n] == NULL)
            return 1;
        memset(blocks[n], 1, size);
    }
    pthread_barrier_wait(&busy);
    for (unsigned n = 0; n < BLOCKS; n++) {
        if (n % KEPT_OF != 0 || n % 1000 == 0)
            free(blocks[n]);
    }
    printf("%ld\n", resident());
    pthread_barrier_wait(&done);
    for (unsigned n = 0; n < THREADS; n++)
        pthread_join(threads[n], NULL);
    return 0;
}
