// SPDX-License-Identifier: MIT
// Images on macOS, as dyld tells of them when they come and go.
//
// An image is known by its code: in the cache of the system's libraries the segments of one lie
// far apart. Unwind tables are of another form there; but all code has frame pointers.
#include "os/darwin_image.h"

#include <mach-o/dyld.h>
#include <mach-o/loader.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

enum { IMAGES = 2048 }; // what comes later is not known

struct image {
    uintptr_t start;        // its header, fixed
    _Atomic(uintptr_t) end; // of its code; 0: unloaded
};

static struct image images[IMAGES];
static _Atomic(size_t) image_count; // dyld's lock; raised when the entry is written

// The first load command of a kind, and of segments the one that holds the code.
static const void *find_command(const struct mach_header_64 *header, uint32_t kind)
{
    const struct load_command *c = (const struct load_command *)(header + 1);

    for (uint32_t i = 0; i < header->ncmds; i++) {
        const char *segment = ((const struct segment_command_64 *)c)->segname;

        if (c->cmd == kind && (kind != LC_SEGMENT_64 || strcmp(segment, SEG_TEXT) == 0))
            return c;
        c = (const struct load_command *)((const char *)c + c->cmdsize);
    }
    return NULL;
}

static const struct segment_command_64 *text_of(const void *header)
{
    return find_command(header, LC_SEGMENT_64);
}

static void note_image(const struct mach_header *header, intptr_t slide)
{
    const struct segment_command_64 *text = text_of(header);
    size_t count = atomic_load_explicit(&image_count, memory_order_relaxed);

    (void)slide;
    if (text == NULL || count == IMAGES)
        return;
    images[count].start = (uintptr_t)header;
    atomic_store_explicit(&images[count].end, (uintptr_t)header + text->vmsize,
                          memory_order_relaxed);
    atomic_store_explicit(&image_count, count + 1, memory_order_release); // os_image_of
}

static void forget_image(const struct mach_header *header, intptr_t slide)
{
    (void)slide;
    for (size_t i = 0; i < atomic_load_explicit(&image_count, memory_order_relaxed); i++)
        if (images[i].start == (uintptr_t)header)
            atomic_store_explicit(&images[i].end, 0, memory_order_relaxed);
}

void os_image_start(void)
{
    static _Atomic(bool) started;

    if (atomic_exchange_explicit(&started, true, memory_order_relaxed))
        return;
    _dyld_register_func_for_remove_image(forget_image);
    _dyld_register_func_for_add_image(note_image); // at once for those that are there
}

bool darwin_image_at(size_t index, struct os_image *image)
{
    if (index >= atomic_load_explicit(&image_count, memory_order_acquire))
        return false;
    *image = (struct os_image){
        .start = images[index].start,
        .end = atomic_load_explicit(&images[index].end, memory_order_relaxed),
    };
    return true;
}

const char *darwin_image_name(const struct os_image *image)
{
    const struct dylib_command *id = find_command((const void *)image->start, LC_ID_DYLIB);

    return id != NULL ? (const char *)id + id->dylib.name.offset : NULL;
}

bool os_image_of(uintptr_t address, struct os_image *image)
{
    for (size_t i = 0; darwin_image_at(i, image); i++)
        if (address >= image->start && address < image->end)
            return true;
    return false;
}

bool os_image_is_program(const struct os_image *image)
{
    return ((const struct mach_header_64 *)image->start)->filetype == MH_EXECUTE;
}

bool os_image_bias(uintptr_t header, uintptr_t *bias)
{
    const struct segment_command_64 *text;
    struct os_image image;

    if (!os_image_of(header, &image) || image.start != header)
        return false;
    text = text_of((const void *)header);
    *bias = header - text->vmaddr;
    return true;
}
