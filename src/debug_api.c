// SPDX-License-Identifier: MIT
// The calls of ikyoalloc/debug.h.
#include "ikyoalloc/debug.h"

#include "alloc.h"
#include "base/report.h"
#include "checked.h"
#include "debug/leak.h"
#include "debug/record.h"
#include "ikyoalloc/stats.h"
#include "init.h"
#include "route.h"

#include <errno.h>
#include <stdint.h>

EXPORT size_t ikyo_check_heap(void)
{
    int saved = errno;
    size_t findings;

    init_ensure();
    findings = checked_look_at_all(CALL_CHECK_HEAP);
    errno = saved;
    return findings;
}

EXPORT size_t ikyo_dump_leaks(int fd)
{
    int saved = errno;
    size_t lost = 0;

    init_ensure();
    if (options.check == CHECK_FULL)
        lost = leak_report(fd, CALL_DUMP_LEAKS);
    errno = saved;
    return lost;
}

EXPORT void ikyo_debug_counters(struct ikyo_debug_figures *figures)
{
    struct ikyo_stats stats;

    ikyo_stats_get(&stats, sizeof(stats));
    *figures = (struct ikyo_debug_figures){
        .allocations = stats.allocations,
        .frees = stats.frees,
        .commits = stats.commits,
        .decommits = stats.decommits,
    };
}

EXPORT void ikyo_set_error_callback(void (*call)(const char *text, size_t length, void *context),
                                    void *context)
{
    report_set_callback(call, context);
}

// The place is all that these add, so without records they are the plain calls.
static bool keeps_places(void)
{
    init_ensure();
    return options.check == CHECK_FULL;
}

EXPORT void *ikyo_malloc_at(size_t size, const char *file, int line, const char *function)
{
    if (!keeps_places())
        return alloc_block(size);
    return checked_alloc_at(size, BLOCK_ALIGNMENT, false, CALL_MALLOC,
                            &(struct source){file, function, line});
}

EXPORT void *ikyo_calloc_at(size_t count, size_t size, const char *file, int line,
                            const char *function)
{
    size_t total;

    if (unlikely(__builtin_mul_overflow(count, size, &total))) {
        errno = ENOMEM;
        return NULL;
    }
    if (!keeps_places())
        return alloc_zeroed(total);
    return checked_alloc_at(total, BLOCK_ALIGNMENT, true, CALL_CALLOC,
                            &(struct source){file, function, line});
}

EXPORT void *ikyo_realloc_at(void *block, size_t size, const char *file, int line,
                             const char *function)
{
    if (!keeps_places())
        return alloc_resize(block, size);
    return checked_resize_at(block, size, &(struct source){file, function, line});
}

EXPORT void *ikyo_aligned_alloc_at(size_t alignment, size_t size, const char *file, int line,
                                   const char *function)
{
    if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
        errno = EINVAL;
        return NULL;
    }
    if (alignment < BLOCK_ALIGNMENT)
        alignment = BLOCK_ALIGNMENT;
    if (!keeps_places())
        return alloc_aligned(alignment, size, CALL_ALIGNED);
    return checked_alloc_at(size, alignment, false, CALL_ALIGNED,
                            &(struct source){file, function, line});
}
