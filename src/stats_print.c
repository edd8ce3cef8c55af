// SPDX-License-Identifier: MIT
// The figures as the public calls give them: a struct, a table, JSON. The two
// printed forms are loops over stat.def. Collecting them is the business of
// stats.c below.
#include "stats.h"

#include "base/check.h"
#include "base/text.h"

#include <string.h>

// The public struct is spelled out for its readers; it must be these rows.
struct rows {
    uint64_t version;
#define STAT(name, kind, unit, help) uint64_t name;
#include "base/stat.def"
#undef STAT
};
#define STAT(name, kind, unit, help)                                                               \
    static_assert(offsetof(struct rows, name) == offsetof(struct ikyo_stats, name),                \
                  "struct ikyo_stats and stat.def have the same rows");
#include "base/stat.def"
#undef STAT
static_assert(sizeof(struct rows) == sizeof(struct ikyo_stats),
              "struct ikyo_stats and stat.def have the same rows");

EXPORT bool ikyo_stats_get(struct ikyo_stats *stats, size_t size)
{
    struct ikyo_stats known;

    if (stats == NULL || size < sizeof known.version) {
        return false;
    }
    stats_collect(&known);
    known.version = IKYO_STATS_VERSION;
    memset(stats, 0, size);
    memcpy(stats, &known, size < sizeof known ? size : sizeof known);
    return true;
}

static void add_row(struct text *t, const char *name, uint64_t value, const char *rest)
{
    size_t start = t->length;
    size_t digits = 1;

    for (uint64_t left = value; left >= 10; left /= 10) {
        digits++;
    }
    text_add(t, name);
    text_pad(t, start + 40 - digits); // numbers end in one column
    text_add_uint(t, value);
    text_add(t, "  ");
    text_add(t, rest);
    text_add(t, "\n");
}

EXPORT void ikyo_stats_print(int fd)
{
    char buffer[4096];
    struct text t;
    struct ikyo_stats stats;

    stats_collect(&stats);
    text_init(&t, buffer, sizeof buffer);
#define STAT(name, kind, unit, help) add_row(&t, #name, stats.name, #kind " " #unit " " help);
#include "base/stat.def"
#undef STAT
    assert(t.length <= t.capacity);
    text_write(&t, fd);
}

EXPORT size_t ikyo_stats_json(char *buffer, size_t size)
{
    struct text t;
    struct ikyo_stats stats;

    stats_collect(&stats);
    text_init(&t, buffer, size);
    text_add(&t, "{\"version\": ");
    text_add_uint(&t, IKYO_STATS_VERSION);
#define STAT(name, kind, unit, help)                                                               \
    text_add(&t, ", \"" #name "\": ");                                                             \
    text_add_uint(&t, stats.name);
#include "base/stat.def"
#undef STAT
    text_add(&t, "}");
    text_terminate(&t);
    return t.length;
}
