// SPDX-License-Identifier: MIT
// The end of a frame that wrote 1 MiB of an arena of 64 MiB, and the next frame's writing: with
// the pages kept (ikyo_frame_arena_end) and given back (ikyo_arena_trim). Nanoseconds, medians.
//
//     cc -O2 -Iinclude bench/engine/frame_end.c -LBUILD -likyoalloc -o frame_end
//     LD_LIBRARY_PATH=BUILD ./frame_end
#include "../bench.h"

#include "ikyoalloc/arena.h"

enum { FRAMES = 1001 };

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *figures)
{
    qsort(figures, FRAMES, sizeof(*figures), compare);
    return figures[FRAMES / 2] * 1e9;
}

static void run(struct ikyo_frame_arena *frame, bool keep)
{
    static double writing[FRAMES], ending[FRAMES];

    for (int i = 0; i < FRAMES; i++) {
        double began = bench_now();

        memset(bench_need(ikyo_frame_arena_alloc(frame, BENCH_MIB, 64)), i, BENCH_MIB);
        writing[i] = bench_now() - began;
        began = bench_now();
        ikyo_frame_arena_end(frame);
        if (!keep)
            ikyo_arena_trim(&frame->arena);
        ending[i] = bench_now() - began;
    }
    printf("%-12s write %9.0f   end %9.0f\n", keep ? "kept" : "given back", median(writing),
           median(ending));
}

int main(void)
{
    struct ikyo_frame_arena *frame = bench_need(ikyo_frame_arena_create(64 * BENCH_MIB));

    run(frame, true);
    run(frame, false);
    ikyo_frame_arena_destroy(frame);
}
