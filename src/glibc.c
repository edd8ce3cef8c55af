// SPDX-License-Identifier: MIT
// The calls that glibc adds for looking into the allocator and turning its
// knobs. All figures come from stats_collect, and nothing here allocates, so
// they may be called with memory exhausted.
#include "alloc.h"
#include "init.h"
#include "sealed.h"
#include "stats.h"

#include "base/check.h"
#include "base/option.h"
#include "base/text.h"
#include "os/compiler.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

// Declared here and not by <malloc.h>: other C libraries, and older ones of glibc's, do not
// have them all. The programs that ask for them were built with a header that does.
enum {
    M_MXFAST = 1,
    M_TRIM_THRESHOLD = -1,
    M_TOP_PAD = -2,
    M_MMAP_THRESHOLD = -3,
    M_MMAP_MAX = -4,
    M_CHECK_ACTION = -5,
    M_PERTURB = -6,
    M_ARENA_TEST = -7,
    M_ARENA_MAX = -8
};

struct mallinfo {
    int arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks, uordblks, fordblks, keepcost;
};

struct mallinfo2 {
    size_t arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks, uordblks, fordblks, keepcost;
};

int malloc_trim(size_t pad);
int mallopt(int parameter, int value);
struct mallinfo mallinfo(void);
struct mallinfo2 mallinfo2(void);
void malloc_stats(void);
int malloc_info(int flags, FILE *stream);

enum { REPORT_SIZE = 6144 }; // malloc_info with every number at its longest is shorter

EXPORT int malloc_trim(size_t pad)
{
    return alloc_trim(pad) ? 1 : 0;
}

// Whether there is such a knob that takes such a value. Some have nothing here to
// turn, and are accepted because programs that set them want speed or less memory
// in general: fast bins and the test for more arenas (every size and thread is
// fast here), the padding of the heap's top and the number of mappings (both
// follow what the program uses).
static bool turn_knob(int parameter, int value)
{
    enum { FAST_BIN_LIMIT = 80 * sizeof(size_t) / 4 }; // glibc's own refusal

    switch (parameter) {
    case M_MMAP_THRESHOLD:
        option_set_alias(OPTION_MMAP_THRESHOLD, (size_t)value);
        return true;
    case M_TRIM_THRESHOLD:
        option_set_alias(OPTION_TRIM_THRESHOLD, (size_t)value);
        return true;
    case M_ARENA_MAX:
        option_set_alias(OPTION_ARENA_MAX, (size_t)value);
        return true;
    case M_PERTURB:
        option_set_alias(OPTION_PERTURB, (size_t)value);
        return true;
    case M_CHECK_ACTION:
        option_set_alias(OPTION_CHECK, (size_t)value);
        return true;
    case M_MXFAST:
        return value >= 0 && value <= FAST_BIN_LIMIT;
    case M_ARENA_TEST:
    case M_TOP_PAD:
    case M_MMAP_MAX:
        return true;
    default:
        return false;
    }
}

EXPORT int mallopt(int parameter, int value)
{
    bool done;

    init_ensure(); // or the environment would be read later, and win
    done = sealed_open();
    if (done) {
        done = turn_knob(parameter, value);
        sealed_close();
    }
    alloc_options_changed();
    return done ? 1 : 0;
}

// What glibc calls the heap is everything here but own mappings and records:
//   arena = uordblks + fordblks
static struct mallinfo2 heap_view(const struct ikyo_stats *stats)
{
    struct mallinfo2 info = {0};
    // Other threads may be at work between the two figures.
    size_t used = stats->live_bytes > stats->huge_bytes ? stats->live_bytes - stats->huge_bytes : 0;
    size_t free_pages = stats->dirty_free_bytes + stats->clean_free_bytes;
    size_t free_bytes =
        stats->cached_bytes + stats->uncarved_bytes + free_pages + stats->huge_cached_bytes;

    info.arena = used + free_bytes;
    info.ordblks = free_bytes > 0 ? 1 : 0; // free pieces are not counted, only their bytes
    info.hblks = stats->huge_blocks;
    info.hblkhd = stats->huge_bytes;
    info.fsmblks = stats->cached_bytes;
    info.uordblks = used;
    info.fordblks = free_bytes;
    info.keepcost = stats->dirty_free_bytes + stats->huge_cached_bytes;
    return info;
}

EXPORT struct mallinfo2 mallinfo2(void)
{
    struct ikyo_stats stats;

    stats_collect(&stats);
    return heap_view(&stats);
}

static int clamp(size_t value)
{
    return value < INT_MAX ? (int)value : INT_MAX;
}

// The old form: figures above INT_MAX stop there instead of wrapping round.
EXPORT struct mallinfo mallinfo(void)
{
    struct mallinfo2 wide = mallinfo2();

    return (struct mallinfo){
        .arena = clamp(wide.arena),
        .ordblks = clamp(wide.ordblks),
        .smblks = clamp(wide.smblks),
        .hblks = clamp(wide.hblks),
        .hblkhd = clamp(wide.hblkhd),
        .usmblks = clamp(wide.usmblks),
        .fsmblks = clamp(wide.fsmblks),
        .uordblks = clamp(wide.uordblks),
        .fordblks = clamp(wide.fordblks),
        .keepcost = clamp(wide.keepcost),
    };
}

static void add_line(struct text *t, const char *label, uint64_t value)
{
    text_add(t, label);
    text_add_uint(t, value);
    text_add(t, "\n");
}

// The lines of glibc, whose one arena is everything but own mappings, then all
// our figures. Standard error, as there, but past its stdio buffer.
EXPORT void malloc_stats(void)
{
    static const int standard_error = 2;
    char buffer[REPORT_SIZE];
    struct text t;
    struct ikyo_stats stats;
    struct mallinfo2 info;

    stats_collect(&stats);
    info = heap_view(&stats);
    text_init(&t, buffer, sizeof buffer);
    text_add(&t, "Arena 0:\n");
    add_line(&t, "system bytes     = ", info.arena);
    add_line(&t, "in use bytes     = ", info.uordblks);
    text_add(&t, "Total (incl. mmap):\n");
    add_line(&t, "system bytes     = ", stats.committed_bytes);
    add_line(&t, "in use bytes     = ", stats.live_bytes);
    add_line(&t, "mmap regions     = ", info.hblks);
    add_line(&t, "mmap bytes       = ", info.hblkhd);
    text_add(&t, "ikyoalloc:\n");
    text_write(&t, standard_error);
    ikyo_stats_print(standard_error);
}

static void add_element(struct text *t, const char *tag, const char *type, const uint64_t *count,
                        uint64_t size)
{
    text_add(t, "<");
    text_add(t, tag);
    text_add(t, " type=\"");
    text_add(t, type);
    if (count != NULL) {
        text_add(t, "\" count=\"");
        text_add_uint(t, *count);
    }
    text_add(t, "\" size=\"");
    text_add_uint(t, size);
    text_add(t, "\"/>\n");
}

static void add_heap(struct text *t, const struct mallinfo2 *info)
{
    const uint64_t not_counted = 0;

    add_element(t, "total", "fast", &not_counted, info->fsmblks);
    add_element(t, "total", "rest", &not_counted, info->fordblks - info->fsmblks);
}

static void add_system(struct text *t, const struct ikyo_stats *stats)
{
    add_element(t, "system", "current", NULL, stats->committed_bytes);
    add_element(t, "system", "max", NULL, stats->peak_committed_bytes);
    add_element(t, "aspace", "total", NULL, stats->reserved_bytes);
    add_element(t, "aspace", "mprotect", NULL, stats->committed_bytes);
}

// glibc's document with one heap, and an element of our own behind it.
EXPORT int malloc_info(int flags, FILE *stream)
{
    char buffer[REPORT_SIZE];
    struct text t;
    struct ikyo_stats stats;
    struct mallinfo2 info;

    if (flags != 0) {
        return EINVAL;
    }
    stats_collect(&stats);
    info = heap_view(&stats);
    text_init(&t, buffer, sizeof buffer);
    text_add(&t, "<malloc version=\"1\">\n<heap nr=\"0\">\n<sizes>\n</sizes>\n");
    add_heap(&t, &info);
    add_system(&t, &stats);
    text_add(&t, "</heap>\n");
    add_heap(&t, &info);
    add_element(&t, "total", "mmap", &stats.huge_blocks, stats.huge_bytes);
    add_system(&t, &stats);
    text_add(&t, "<ikyoalloc>\n");
#define STAT(name, kind, unit, help)                                                               \
    text_add(&t, "<stat name=\"" #name "\" value=\"");                                             \
    text_add_uint(&t, stats.name);                                                                 \
    text_add(&t, "\"/>\n");
#include "base/stat.def"
#undef STAT
    text_add(&t, "</ikyoalloc>\n</malloc>\n");
    assert(t.length <= t.capacity);
    fwrite(buffer, 1, t.length, stream);
    return 0;
}
