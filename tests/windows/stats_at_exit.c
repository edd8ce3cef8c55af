// SPDX-License-Identifier: MIT
// Linked to a program that knows nothing of the library: its figures, at the end.
#include <ikyoalloc/stats.h>

__attribute__((destructor)) static void tell(void)
{
    ikyo_stats_print(2);
}
