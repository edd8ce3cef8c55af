// SPDX-License-Identifier: MIT
// Include this last, after <stdlib.h>, in sources whose blocks reports and leaks are to name
// by file and line: four calls of malloc's family become calls of debug.h. The others, and free,
// stay as they are. In C++ the calls must be written without std::, and operator new has no place.
#ifndef IKYOALLOC_TAGGED_H
#define IKYOALLOC_TAGGED_H

#include "ikyoalloc/debug.h"

#define malloc(size) ikyo_malloc_at((size), __FILE__, __LINE__, __func__)
#define calloc(count, size) ikyo_calloc_at((count), (size), __FILE__, __LINE__, __func__)
#define realloc(block, size) ikyo_realloc_at((block), (size), __FILE__, __LINE__, __func__)
#define aligned_alloc(alignment, size)                                                            \
    ikyo_aligned_alloc_at((alignment), (size), __FILE__, __LINE__, __func__)

#endif
