// SPDX-License-Identifier: MIT
// Programs and libraries as they are loaded: which of them an address lies in. One file per
// system implements it; none allocates memory except where a line says so.
#ifndef OS_IMAGE_H
#define OS_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

// A program or library where it is loaded, or the segment of it that was asked for; and its
// unwind table (.eh_frame_hdr) or NULL.
struct os_image {
    uintptr_t start, end;
    const void *unwind_table;
};

// Makes ready for os_image_of. Takes locks of the loader, and may call malloc.
void os_image_start(void);

// The image in which an address lies. Takes no lock. False: none that is known, or before
// os_image_start.
bool os_image_of(uintptr_t address, struct os_image *image);

// True for the program itself, false for a library.
bool os_image_is_program(const struct os_image *image);

// What is to be taken from addresses of the image whose file is mapped at `header`, to get
// those of the file. False: it is no image.
bool os_image_bias(uintptr_t header, uintptr_t *bias);

#endif
