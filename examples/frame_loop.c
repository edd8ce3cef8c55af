// SPDX-License-Identifier: MIT
// The loop of a game: an arena for the level, one for what a frame needs, which costs nothing to
// end, and a buffer that knows its size.
#include <ikyoalloc/ikyoalloc.h>

#include <stdio.h>

struct particle {
    float x, y, speed;
};

IKYO_BUFFER(particles, struct particle);

// What is drawn is collected in the frame's memory; nobody frees it.
static size_t draw(struct ikyo_frame_arena *frame, const struct particles *all)
{
    size_t count = 0;
    const struct particle **visible = ikyo_arena_alloc_array(
        &frame->arena, particles_count(all), sizeof(*visible), _Alignof(struct particle *));

    if (visible == NULL)
        return 0;
    for (size_t i = 0; i < particles_count(all); i++) {
        if (particles_at(all, i)->y < 100)
            visible[count++] = particles_at(all, i);
    }
    return count;
}

int main(void)
{
    struct ikyo_arena *level = ikyo_arena_create((size_t)1 << 30);
    struct ikyo_frame_arena *frame = ikyo_frame_arena_create((size_t)64 << 20);
    struct ikyo_allocator in_level = ikyo_arena_allocator(level);
    struct particles all;
    size_t drawn = 0;

    if (level == NULL || frame == NULL || !particles_create(&all, 1000, &in_level))
        return 1;
    for (size_t i = 0; i < particles_count(&all); i++)
        *particles_at(&all, i) = (struct particle){.speed = (float)i};
    for (int turn = 0; turn < 600; turn++) {
        for (size_t i = 0; i < particles_count(&all); i++)
            particles_at(&all, i)->y += particles_at(&all, i)->speed / 60;
        drawn += draw(frame, &all);
        ikyo_frame_arena_end(frame);
    }
    printf("600 frames drew %zu particles in %zu KiB\n", drawn,
           ikyo_arena_stats(&frame->arena).committed >> 10);
    ikyo_frame_arena_destroy(frame);
    ikyo_arena_destroy(level);
    return drawn == 0;
}
