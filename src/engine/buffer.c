// SPDX-License-Identifier: MIT
#include "ikyoalloc/buffer.h"

#include "os/compiler.h"

#include <stdint.h>

EXPORT bool ikyo_buffer_create(struct ikyo_buffer *buffer, size_t count, size_t element_size,
                               size_t alignment, const struct ikyo_allocator *allocator)
{
    void *data;

    if (allocator == NULL)
        allocator = ikyo_global_allocator();
    *buffer = (struct ikyo_buffer){.element_size = element_size, .allocator = *allocator};
    if (element_size == 0 || alignment == 0 || (alignment & (alignment - 1)) != 0)
        return false;
    if (count == 0)
        return true;
    if (count > SIZE_MAX / element_size)
        return false;
    data = ikyo_allocate(allocator, count * element_size, alignment);
    if (data == NULL)
        return false;
    buffer->data = data;
    buffer->count = count;
    return true;
}

EXPORT void ikyo_buffer_destroy(struct ikyo_buffer *buffer)
{
    if (buffer == NULL || buffer->data == NULL)
        return;
    ikyo_deallocate(&buffer->allocator, buffer->data, buffer->count * buffer->element_size);
    buffer->data = NULL;
    buffer->count = 0;
}

EXPORT struct ikyo_buffer ikyo_buffer_move(struct ikyo_buffer *buffer)
{
    struct ikyo_buffer owner = *buffer;

    buffer->data = NULL;
    buffer->count = 0;
    return owner;
}
