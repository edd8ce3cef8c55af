// SPDX-License-Identifier: MIT
// Code has no frame pointers here, and tables of another kind: no stacks are taken.
#include "os/image.h"

void os_image_start(void)
{
}

bool os_image_of(uintptr_t address, struct os_image *image)
{
    (void)address;
    (void)image;
    return false;
}

bool os_image_is_program(const struct os_image *image)
{
    (void)image;
    return false;
}

bool os_image_bias(uintptr_t header, uintptr_t *bias)
{
    (void)header;
    (void)bias;
    return false;
}
