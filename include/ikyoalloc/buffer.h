// SPDX-License-Identifier: MIT
// Buffers: so many elements of one type, which know their number and own their memory.
//
// C++ has ikyo::buffer (ikyoalloc.hpp). A buffer belongs to one thread at a time; its memory comes
// and goes by one call of its allocator, and all else is O(1). A buffer of zeroes is empty.
#ifndef IKYOALLOC_BUFFER_H
#define IKYOALLOC_BUFFER_H

#include "ikyoalloc/allocator.h"
#include "ikyoalloc/base.h"

#include <stdbool.h>
#include <stddef.h>

IKYO_BEGIN_DECLS

// Elements whose size is known at run time only; else see IKYO_BUFFER. One copy of it owns the
// memory: pass a pointer, or hand it on with ikyo_buffer_move.
struct ikyo_buffer {
    void *data;                      // NULL when the buffer is empty
    size_t count;                    // elements
    size_t element_size;             // bytes, from one element to the next
    struct ikyo_allocator allocator; // where the memory goes back to
};

// Makes *buffer, whatever it was before, `count` elements of `element_size` bytes each, their
// contents undefined, at a multiple of `alignment`, a power of two. The memory comes from
// `allocator`, which is copied, or from the global one if that is NULL. A count of 0 is an empty
// buffer, and true. False, and an empty buffer, if there is no memory, the size is 0, the alignment
// is no power of two, or the product is more than there can be.
IKYO_API bool ikyo_buffer_create(struct ikyo_buffer *buffer, size_t count, size_t element_size,
                                 size_t alignment, const struct ikyo_allocator *allocator);

// Frees the memory and leaves the buffer empty. An empty buffer and NULL are ignored.
IKYO_API void ikyo_buffer_destroy(struct ikyo_buffer *buffer);

// Returns what *buffer was, the new owner of the memory, and leaves *buffer empty.
IKYO_API struct ikyo_buffer ikyo_buffer_move(struct ikyo_buffer *buffer);

// The element at `index`, or NULL beyond the last one.
static inline void *ikyo_buffer_at(const struct ikyo_buffer *buffer, size_t index)
{
    return index < buffer->count ? (char *)buffer->data + index * buffer->element_size : NULL;
}

IKYO_END_DECLS

// IKYO_BUFFER(name, type) declares `struct name`, a buffer whose elements have that type, and
//
//     bool name_create(struct name *, size_t count, const struct ikyo_allocator *);
//     void name_destroy(struct name *);
//     struct name name_move(struct name *);
//     type *name_data(const struct name *);             the first element
//     size_t name_count(const struct name *);
//     type *name_at(const struct name *, size_t index); NULL beyond the last one
//
// with the meaning of the calls above; elements are aligned as their type is. In C only,
// where C99 will do.
#define IKYO_BUFFER(name, type)                                                                    \
    struct name {                                                                                  \
        struct ikyo_buffer untyped;                                                                \
    };                                                                                             \
    IKYO_UNUSED static inline bool name##_create(struct name *buffer, size_t count,                \
                                                 const struct ikyo_allocator *allocator)           \
    {                                                                                              \
        struct aligned {                                                                           \
            char before;                                                                           \
            type element;                                                                          \
        };                                                                                         \
                                                                                                   \
        return ikyo_buffer_create(&buffer->untyped, count, sizeof(type),                           \
                                  offsetof(struct aligned, element), allocator);                   \
    }                                                                                              \
    IKYO_UNUSED static inline void name##_destroy(struct name *buffer)                             \
    {                                                                                              \
        ikyo_buffer_destroy(&buffer->untyped);                                                     \
    }                                                                                              \
    IKYO_UNUSED static inline struct name name##_move(struct name *buffer)                         \
    {                                                                                              \
        return (struct name){ikyo_buffer_move(&buffer->untyped)};                                  \
    }                                                                                              \
    IKYO_UNUSED static inline type *name##_data(const struct name *buffer)                         \
    {                                                                                              \
        return (type *)buffer->untyped.data;                                                       \
    }                                                                                              \
    IKYO_UNUSED static inline size_t name##_count(const struct name *buffer)                       \
    {                                                                                              \
        return buffer->untyped.count;                                                              \
    }                                                                                              \
    IKYO_UNUSED static inline type *name##_at(const struct name *buffer, size_t index)             \
    {                                                                                              \
        return index < buffer->untyped.count ? name##_data(buffer) + index : NULL;                 \
    }                                                                                              \
    struct name

#endif
