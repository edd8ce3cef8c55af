// SPDX-License-Identifier: MIT
#ifndef STATS_H
#define STATS_H

#include "ikyoalloc/stats.h"

// All figures, see ikyoalloc/stats.h. Allocates nothing, stops nobody, waits for
// the locks of caches, huge blocks and extents in turn. O(units + threads).
void stats_collect(struct ikyo_stats *out);

#endif
