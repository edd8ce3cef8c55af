// SPDX-License-Identifier: MIT
#include "windows/operators.h"

#include "alloc.h"
#include "base/limits.h"
#include "checked.h"

void *ikyo_operator_new(size_t size)
{
    return alloc_block_for(size, CALL_NEW);
}

void *ikyo_operator_new_aligned(size_t size, size_t alignment)
{
    return alignment <= BLOCK_ALIGNMENT ? alloc_block_for(size, CALL_NEW)
                                        : alloc_aligned(alignment, size, CALL_NEW);
}

void ikyo_operator_delete(void *p)
{
    free_block_for(p, CALL_DELETE);
}

void ikyo_operator_delete_aligned(void *p, size_t alignment)
{
    if (unlikely(checked_mode()))
        checked_free_told(p, 0, alignment, CALL_DELETE);
    else
        free_block_for(p, CALL_DELETE);
}
