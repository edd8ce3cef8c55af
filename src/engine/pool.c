// SPDX-License-Identifier: MIT
#include "engine/pool.h"

#include "base/bitmap.h"
#include "os/compiler.h"

#include <stdint.h>
#include <string.h>

enum {
    FIRST_PIECE = 4096,      // bytes, if one object fits
    LARGEST_PIECE = 1 << 20, // the same
    SHOWN_AT_ONCE = 4096     // bytes of fresh objects that the inline calls see
};

// More than this no block can have.
static const size_t MOST_BYTES = SIZE_MAX / 2;

static struct pool *pool_of(struct ikyo_pool *pool)
{
    return (struct pool *)pool;
}

static size_t at_least_one(size_t count)
{
    return count != 0 ? count : 1;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t bytes_of_bits(const struct pool *pool, size_t count)
{
    return pool->head.checked ? (count + 63) / 64 * sizeof(uint64_t) : 0;
}

// As many as fit into a piece of so many bytes.
static size_t objects_in(const struct pool *pool, size_t bytes)
{
    return at_least_one((bytes - sizeof(struct piece)) / pool->head.stride);
}

static size_t piece_bytes(const struct pool *pool, size_t count)
{
    return count * pool->head.stride + sizeof(struct piece) + bytes_of_bits(pool, count);
}

// A newest piece without objects in use: all are fresh.
static void start_piece(struct pool *pool, struct piece *piece)
{
    memset(piece->taken, 0, bytes_of_bits(pool, piece->count));
    pool->fresh = piece->start;
    pool->fresh_count = piece->count;
}

static bool add_piece(struct pool *pool)
{
    size_t count = pool->next_count;
    struct piece *piece;
    char *start;

    // A word instead of a bit for each object, so that the sum cannot overflow.
    if (count == 0 ||
        count > (MOST_BYTES - sizeof(struct piece)) / (pool->head.stride + sizeof(uint64_t)))
        return false;
    start = ikyo_allocate(&pool->from, piece_bytes(pool, count), pool->alignment);
    if (start == NULL)
        return false;
    piece = (struct piece *)(start + count * pool->head.stride);
    *piece = (struct piece){.next = pool->pieces, .start = start, .count = count};
    pool->pieces = piece;
    pool->next_count = smaller(2 * count, objects_in(pool, LARGEST_PIECE));
    start_piece(pool, piece);
    return true;
}

static void give_back(struct pool *pool, struct piece *piece)
{
    while (piece != NULL) {
        struct piece *next = piece->next;

        ikyo_deallocate(&pool->from, piece->start, piece_bytes(pool, piece->count));
        piece = next;
    }
}

bool pool_init(struct pool *pool, size_t object_size, size_t alignment, size_t capacity,
               const struct ikyo_allocator *from)
{
    if (object_size == 0 || alignment == 0 || (alignment & (alignment - 1)) != 0 ||
        alignment > MOST_BYTES / 2 || object_size > MOST_BYTES / 2)
        return false;
    if (alignment < _Alignof(struct piece))
        alignment = _Alignof(struct piece);
    pool->from = from != NULL ? *from : *ikyo_global_allocator();
    pool->object_size = object_size;
    pool->alignment = alignment;
    pool->head.stride = pool->hidden.stride = (object_size + alignment - 1) & ~(alignment - 1);
    if (capacity == 0) {
        pool->next_count = objects_in(pool, FIRST_PIECE);
        return true;
    }
    pool->next_count = capacity;
    if (!add_piece(pool))
        return false;
    pool->next_count = 0;
    return true;
}

void pool_end(struct pool *pool)
{
    give_back(pool, pool->pieces);
}

static struct ikyo_pool *create(size_t object_size, size_t alignment, size_t capacity,
                                const struct ikyo_allocator *from, bool checked)
{
    struct pool *pool = ikyo_allocate(from, sizeof(*pool), _Alignof(struct pool));

    if (pool == NULL)
        return NULL;
    *pool = (struct pool){.head = {.checked = checked}};
    if (pool_init(pool, object_size, alignment, capacity, from))
        return &pool->head;
    ikyo_deallocate(from, pool, sizeof(*pool));
    return NULL;
}

EXPORT struct ikyo_pool *ikyo_pool_create(size_t object_size, size_t alignment, size_t capacity,
                                          const struct ikyo_allocator *from)
{
    return create(object_size, alignment, capacity, from, false);
}

EXPORT struct ikyo_pool *ikyo_pool_create_checked(size_t object_size, size_t alignment,
                                                  size_t capacity,
                                                  const struct ikyo_allocator *from)
{
    return create(object_size, alignment, capacity, from, true);
}

EXPORT void ikyo_pool_destroy(struct ikyo_pool *pool)
{
    if (pool == NULL)
        return;
    struct ikyo_allocator from = pool_of(pool)->from;

    pool_end(pool_of(pool));
    ikyo_deallocate(&from, pool, sizeof(struct pool));
}

// Where the objects are that can be taken.
static struct ikyo_pool *ready_of(struct pool *pool)
{
    return pool->head.checked ? &pool->hidden : &pool->head;
}

// Makes fresh objects ready; none are.
static bool show(struct pool *pool)
{
    struct ikyo_pool *ready = ready_of(pool);
    size_t count;

    if (pool->fresh_count == 0 && !add_piece(pool))
        return false;
    count = smaller(pool->fresh_count, at_least_one(SHOWN_AT_ONCE / pool->head.stride));
    ready->fresh = pool->fresh;
    ready->end = pool->fresh = ready->fresh + count * pool->head.stride;
    pool->fresh_count -= count;
    return true;
}

// The piece that an address lies in, or NULL.
static struct piece *piece_around(const struct pool *pool, const void *p)
{
    struct piece *piece = pool->pieces;

    while (piece != NULL &&
           (uintptr_t)p - (uintptr_t)piece->start >= piece->count * pool->head.stride)
        piece = piece->next;
    return piece;
}

static size_t index_of(const struct pool *pool, const struct piece *piece, const void *object)
{
    return (size_t)((const char *)object - piece->start) / pool->head.stride;
}

EXPORT void *ikyo_pool_take_slow(struct ikyo_pool *head)
{
    struct pool *pool = pool_of(head);
    void *object = ikyo_pool_pop(ready_of(pool));

    if (object == NULL && show(pool))
        object = ikyo_pool_pop(ready_of(pool));
    if (object != NULL && head->checked) {
        struct piece *piece = piece_around(pool, object);

        bitmap_set(piece->taken, index_of(pool, piece, object), 1);
        head->live++;
    }
    return object;
}

EXPORT enum ikyo_pool_result ikyo_pool_give_checked(struct ikyo_pool *head, void *object)
{
    struct pool *pool = pool_of(head);
    struct piece *piece = piece_around(pool, object);
    struct ikyo_pool_object *given = object;
    size_t index;

    if (piece == NULL || (size_t)((char *)object - piece->start) % pool->head.stride != 0)
        return IKYO_POOL_FOREIGN;
    index = index_of(pool, piece, object);
    if (!bitmap_test(piece->taken, index))
        return IKYO_POOL_NOT_TAKEN;
    bitmap_clear(piece->taken, index, 1);
    given->next = pool->hidden.free;
    pool->hidden.free = given;
    head->live--;
    return IKYO_POOL_OK;
}

EXPORT void ikyo_pool_reset(struct ikyo_pool *head)
{
    struct pool *pool = pool_of(head);
    struct ikyo_pool *ready = ready_of(pool);
    struct piece *kept = pool->pieces;

    ready->free = NULL;
    ready->fresh = ready->end = NULL;
    head->live = 0;
    if (kept == NULL)
        return;
    give_back(pool, kept->next);
    kept->next = NULL;
    start_piece(pool, kept);
}

EXPORT struct ikyo_pool_figures ikyo_pool_stats(const struct ikyo_pool *head)
{
    const struct pool *pool = (const struct pool *)head;
    struct ikyo_pool_figures stats = {0};

    if (head == NULL)
        return stats;
    stats.live = head->live;
    stats.stride = pool->head.stride;
    for (const struct piece *piece = pool->pieces; piece != NULL; piece = piece->next) {
        stats.capacity += piece->count;
        stats.bytes += piece_bytes(pool, piece->count);
        stats.pieces++;
    }
    return stats;
}

static void *allocate(void *context, size_t size, size_t alignment)
{
    struct pool *pool = context;

    if (!pool_serves(pool, size))
        return ikyo_allocate(&pool->from, size, alignment);
    return pool_aligns(pool, alignment) ? ikyo_pool_take(&pool->head) : NULL;
}

static void deallocate(void *context, void *block, size_t size)
{
    struct pool *pool = context;

    if (pool_serves(pool, size))
        ikyo_pool_give(&pool->head, block);
    else
        ikyo_deallocate(&pool->from, block, size);
}

EXPORT struct ikyo_allocator ikyo_pool_allocator(struct ikyo_pool *pool)
{
    return (struct ikyo_allocator){allocate, deallocate, pool};
}
