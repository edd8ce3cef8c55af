// SPDX-License-Identifier: MIT
// All images that are known, for who writes where code comes from.
#ifndef OS_DARWIN_IMAGE_H
#define OS_DARWIN_IMAGE_H

#include "os/image.h"

#include <stddef.h>

// The code of image `index`, which begins with its header. False behind the last; the end is 0
// where an image was unloaded. Takes no lock.
bool darwin_image_at(size_t index, struct os_image *image);

// The name of an image, of which a program has none in its file: NULL.
const char *darwin_image_name(const struct os_image *image);

#endif
