// SPDX-License-Identifier: MIT
#include "ikyoalloc/scope.h"

#include "os/compiler.h"

enum {
    FIRST_PIECE = 4 * 1024,
    SMALLEST_PIECE = 256,
    KEPT_PIECE = 64 * 1024,     // the most that a release keeps, unless the first piece is larger
    LARGEST_PIECE = 1024 * 1024 // the same, of a piece that is not for one block
};

// The start of a block of `from`.
struct piece {
    struct piece *next; // the one before
    size_t size;        // with this
    char memory[];
};

struct scope {
    struct ikyo_scope head;     // what the public calls see; must be first
    struct ikyo_allocator from; // fixed
    size_t first;               // fixed
    size_t next_size;           // of the next piece
    size_t used;                // in all pieces but the newest
    struct piece *pieces;       // newest first
    struct piece *single;       // pieces for one block each
};

static struct scope *scope_of(struct ikyo_scope *scope)
{
    return (struct scope *)scope;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static struct piece *add_piece(const struct scope *scope, struct piece **list, size_t size)
{
    struct piece *piece = ikyo_allocate(&scope->from, size, _Alignof(max_align_t));

    if (piece == NULL)
        return NULL;
    *piece = (struct piece){.next = *list, .size = size};
    *list = piece;
    return piece;
}

static void give_back(const struct scope *scope, struct piece *piece)
{
    while (piece != NULL) {
        struct piece *next = piece->next;

        ikyo_deallocate(&scope->from, piece, piece->size);
        piece = next;
    }
}

// Blocks are cut from this piece now, or from none.
static void start_piece(struct scope *scope, struct piece *piece)
{
    size_t most = larger(LARGEST_PIECE, scope->first);

    scope->head = (struct ikyo_scope){0, 0};
    scope->next_size = scope->first;
    if (piece == NULL)
        return;
    scope->head = (struct ikyo_scope){.last = (uintptr_t)piece->memory - 1,
                                      .limit = (uintptr_t)piece + piece->size - 1};
    scope->next_size = piece->size < most / 2 ? 2 * piece->size : most;
}

EXPORT struct ikyo_scope *ikyo_scope_create(size_t first, const struct ikyo_allocator *from)
{
    struct scope *scope;

    if (first > SIZE_MAX / 2)
        return NULL;
    scope = ikyo_allocate(from, sizeof(*scope), _Alignof(struct scope));
    if (scope == NULL)
        return NULL;
    *scope = (struct scope){
        .from = from != NULL ? *from : *ikyo_global_allocator(),
        .first = first != 0 ? larger(first, SMALLEST_PIECE) : FIRST_PIECE,
    };
    start_piece(scope, NULL);
    return &scope->head;
}

EXPORT void ikyo_scope_destroy(struct ikyo_scope *head)
{
    struct scope *scope = scope_of(head);
    struct ikyo_allocator from;

    if (scope == NULL)
        return;
    from = scope->from;
    give_back(scope, scope->pieces);
    give_back(scope, scope->single);
    ikyo_deallocate(&from, scope, sizeof(*scope));
}

static size_t used_of_newest(const struct scope *scope)
{
    return scope->pieces != NULL ? scope->head.last + 1 - (uintptr_t)scope->pieces->memory : 0;
}

// Bytes of a piece with room for the block wherever it lies, or 0 if there are too many.
static size_t bytes_around(size_t size, size_t alignment)
{
    size_t most = SIZE_MAX / 2 - sizeof(struct piece);

    return alignment <= most && size <= most - alignment ? sizeof(struct piece) + size + alignment
                                                         : 0;
}

static char *aligned(char *p, size_t alignment)
{
    return p + ((0 - (uintptr_t)p) & (alignment - 1));
}

EXPORT void *ikyo_scope_alloc_slow(struct ikyo_scope *head, uintptr_t last, size_t alignment)
{
    struct scope *scope = scope_of(head);
    size_t size = last - (head->last | (alignment - 1)), used = used_of_newest(scope), bytes;
    struct piece *piece;

    if (alignment == 0 || (alignment & (alignment - 1)) != 0)
        return NULL;
    if (size == 0)
        return ikyo_scope_alloc(head, 1, alignment);
    bytes = bytes_around(size, alignment);
    if (bytes == 0)
        return NULL;
    if (bytes > scope->next_size) {
        piece = add_piece(scope, &scope->single, bytes);
        if (piece == NULL)
            return NULL;
        scope->used += size;
        return aligned(piece->memory, alignment);
    }
    piece = add_piece(scope, &scope->pieces, scope->next_size);
    if (piece == NULL)
        return NULL;
    scope->used += used;
    start_piece(scope, piece);
    return ikyo_scope_alloc(head, size, alignment);
}

EXPORT void ikyo_scope_release_all(struct ikyo_scope *head)
{
    struct scope *scope = scope_of(head);
    size_t most = larger(KEPT_PIECE, scope->first);
    struct piece *piece = scope->pieces, *kept = NULL;

    while (piece != NULL) {
        struct piece *next = piece->next;

        piece->next = NULL;
        if (kept == NULL && piece->size <= most)
            kept = piece;
        else
            give_back(scope, piece);
        piece = next;
    }
    give_back(scope, scope->single);
    scope->single = NULL;
    scope->pieces = kept;
    scope->used = 0;
    start_piece(scope, kept);
}

static void count(struct ikyo_scope_figures *stats, const struct piece *piece)
{
    for (; piece != NULL; piece = piece->next) {
        stats->bytes += piece->size;
        stats->pieces++;
    }
}

EXPORT struct ikyo_scope_figures ikyo_scope_stats(const struct ikyo_scope *head)
{
    const struct scope *scope = (const struct scope *)head;
    struct ikyo_scope_figures stats = {0};

    if (head == NULL)
        return stats;
    stats.used = scope->used + used_of_newest(scope);
    count(&stats, scope->pieces);
    count(&stats, scope->single);
    return stats;
}

static void *allocate(void *context, size_t size, size_t alignment)
{
    return ikyo_scope_alloc(context, size, alignment);
}

static void deallocate(void *context, void *block, size_t size)
{
    (void)context;
    (void)block;
    (void)size;
}

EXPORT struct ikyo_allocator ikyo_scope_allocator(struct ikyo_scope *scope)
{
    return (struct ikyo_allocator){allocate, deallocate, scope};
}
