// SPDX-License-Identifier: MIT
#include "engine/arena.h"

#include "alloc.h"
#include "base/limits.h"

// A page that was given back costs the next frame a page fault, thirty times what writing the page
// costs (bench/engine/frame_end.c), so what frames use of late is kept. HOT_MAX bounds what an
// arena keeps beside the rest of a program; below COLD_MAX nothing is worth a system call.
#define HOT_MAX (64 * MIB)
#define COLD_MAX (64 * KIB)

EXPORT struct ikyo_frame_arena *ikyo_frame_arena_create(size_t reserve)
{
    struct ikyo_frame_arena *frame = alloc_block(sizeof *frame);

    if (frame != NULL && !arena_reserve(&frame->arena, reserve)) {
        free_block(frame);
        return NULL;
    }
    if (frame != NULL)
        frame->hot = 0;
    return frame;
}

EXPORT void ikyo_frame_arena_destroy(struct ikyo_frame_arena *frame)
{
    if (frame == NULL)
        return;
    arena_release(&frame->arena);
    free_block(frame);
}

// Fading by 1/64 halves `hot` in 44 frames, so that a large frame now and then finds its memory,
// and giving back at twice as much only makes a system call rare while it fades.
EXPORT void ikyo_frame_arena_end(struct ikyo_frame_arena *frame)
{
    struct ikyo_arena *arena = &frame->arena;
    size_t used = arena_used(arena), committed = arena_committed(arena);
    size_t faded = frame->hot - (frame->hot + 63) / 64;
    size_t hot = used > faded ? used : faded;

    frame->hot = hot;
    ikyo_arena_rewind(arena, 0);
    if (committed > COLD_MAX && (committed / 2 > hot || committed > HOT_MAX))
        arena_decommit(arena, hot < HOT_MAX ? hot : HOT_MAX);
}

EXPORT bool ikyo_with_frame_arena(size_t reserve,
                                  void (*run)(struct ikyo_frame_arena *frame, void *context),
                                  void *context)
{
    struct ikyo_frame_arena *frame = ikyo_frame_arena_create(reserve != 0 ? reserve : 64 * MIB);

    if (frame == NULL)
        return false;
    run(frame, context);
    ikyo_frame_arena_destroy(frame);
    return true;
}
