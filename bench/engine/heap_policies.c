// SPDX-License-Identifier: MIT
// One recorded trace on a heap over caller memory, by each fit and each way of joining free blocks:
// time, the smallest heap that the trace gets by with, and what of it is lost inside of blocks and
// between them. With an argument it prints the blocks of each heap instead, as they are when half
// of the most memory is given back, for heap_picture.py.
//     cc -O2 -Iinclude bench/engine/heap_policies.c -o heap_policies -Lbuild/release -likyoalloc
#include "heap_trace.h"

#include <ikyoalloc/heap.h>

enum { ROUNDS = 20, PAGE = 4096 };

struct policy {
    enum ikyo_heap_fit fit;
    bool defer;
    const char *name;
};

static const struct policy policies[] = {
    {IKYO_HEAP_FIRST_FIT, false, "first fit, joined at once"},
    {IKYO_HEAP_NEXT_FIT, false, "next fit, joined at once"},
    {IKYO_HEAP_BEST_FIT, false, "best fit, joined at once"},
    {IKYO_HEAP_FIRST_FIT, true, "first fit, deferred"},
    {IKYO_HEAP_NEXT_FIT, true, "next fit, deferred"},
    {IKYO_HEAP_BEST_FIT, true, "best fit, deferred"},
};

enum { POLICIES = sizeof policies / sizeof policies[0] };

static void *memory;
static size_t memory_size;

static struct ikyo_heap *new_heap(const struct policy *p, size_t size)
{
    const struct ikyo_heap_options options = {.fit = p->fit, .defer_joining = p->defer};

    return bench_need(ikyo_heap_init(memory, size, &options));
}

// Plays the trace up to an event. False where the heap is too small.
static bool play(struct ikyo_heap *heap, size_t end)
{
    for (size_t i = 0; i < end; i++) {
        void **at = &block[trace[i].block];

        if (trace[i].size == 0)
            ikyo_heap_free(heap, *at);
        else if ((*at = ikyo_heap_alloc(heap, trace[i].size)) == NULL)
            return false;
    }
    return true;
}

static void play_malloc(void)
{
    memset(block, 0, blocks * sizeof block[0]);
    for (size_t i = 0; i < events; i++) {
        void **at = &block[trace[i].block];

        free(*at);
        *at = trace[i].size != 0 ? bench_need(malloc(trace[i].size)) : NULL;
    }
    bench_drop(block, blocks);
}

static double nanoseconds(const struct policy *p)
{
    double best = 0;

    for (int round = 0; round < ROUNDS; round++) {
        struct ikyo_heap *heap = p != NULL ? new_heap(p, memory_size) : NULL;
        double began = bench_now();

        if (heap == NULL)
            play_malloc();
        else if (!play(heap, events))
            bench_die("the heap is too small");

        double took = (bench_now() - began) * 1e9 / (double)events;

        best = round == 0 || took < best ? took : best;
    }
    return best;
}

// The pages of the smallest heap that serves the whole trace.
static size_t smallest(const struct policy *p)
{
    size_t low = 0, high = memory_size / PAGE;

    while (high - low > 1) {
        size_t middle = (low + high) / 2;

        if (play(new_heap(p, middle * PAGE), events))
            high = middle;
        else
            low = middle;
    }
    return high;
}

static void print_row(const struct policy *p)
{
    double ns = nanoseconds(p);
    struct ikyo_heap *heap = new_heap(p, memory_size);

    play(heap, events);

    double peak = (double)ikyo_heap_stats(heap).peak;
    size_t pages = smallest(p);

    printf("%-26s %8.1f %10zu %9.1f %9.1f\n", p->name, ns, pages * PAGE / 1024,
           100 * (peak - (double)most_asked) / peak,
           100 * ((double)(pages * PAGE) - peak) / (double)(pages * PAGE));
}

static bool print_block(void *context, const struct ikyo_heap_block *b)
{
    static const char *const states[] = {"free", "live", "kept"};

    printf("%s\t%zu\t%zu\t%s\n", ((const struct policy *)context)->name,
           (size_t)((const char *)b->address - (const char *)memory), b->size, states[b->state]);
    return true;
}

int main(int argc, char **argv)
{
    (void)argv;
    read_recorded();
    memory_size = most_asked * 2 / PAGE * PAGE;
    memory = bench_need(aligned_alloc(PAGE, memory_size));
    memset(memory, 1, memory_size);
    if (argc == 1) {
        printf("%zu calls, %zu KiB asked for at once\n", events, most_asked / 1024);
        printf("%-26s %8s %10s %9s %9s\n", "", "ns/call", "needs KiB", "inside %", "between %");
        printf("%-26s %8.1f\n", "malloc of this program", nanoseconds(NULL));
    }
    for (size_t i = 0; i < POLICIES; i++) {
        struct policy p = policies[i];

        if (argc == 1) {
            print_row(&p);
            continue;
        }

        struct ikyo_heap *heap = new_heap(&p, memory_size);

        play(heap, half_over);
        ikyo_heap_walk(heap, print_block, &p);
    }
    return 0;
}
