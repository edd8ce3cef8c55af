// SPDX-License-Identifier: MIT
// Where code comes from, on macOS: by the images that dyld has told of, without its locks. A
// library is named as it is linked with, the program as it was started. In the place of
// debug/modules.c.
#include "debug/modules.h"

#include "os/darwin_image.h"

#include <mach-o/dyld.h>
#include <string.h>

// Puts the name of an image where the next one goes. NULL: no room, or it has none.
static const char *add_name(struct modules *m, const struct os_image *image)
{
    char *place = m->paths + m->path_bytes;
    size_t room = MODULE_PATHS - m->path_bytes, length;
    uint32_t size = (uint32_t)room;

    if (os_image_is_program(image)) {
        if (_NSGetExecutablePath(place, &size) != 0)
            return NULL;
        length = strlen(place);
    } else {
        const char *name = darwin_image_name(image);

        length = name != NULL ? strlen(name) : room;
        if (length >= room)
            return NULL;
        memcpy(place, name, length + 1);
    }
    m->path_bytes += length + 1;
    return place;
}

static void add(struct modules *m, const struct os_image *image)
{
    struct module *e = &m->entries[m->count];

    *e = (struct module){.start = image->start, .end = image->end, .has_code = true};
    if (!os_image_bias(image->start, &e->bias))
        return;
    e->path = add_name(m, image);
    m->count += e->path != NULL;
}

void modules_read(struct modules *m)
{
    struct os_image image;

    m->count = 0;
    m->path_bytes = 0;
    for (size_t i = 0; m->count < MODULES && darwin_image_at(i, &image); i++)
        if (image.end != 0)
            add(m, &image);
}

bool modules_find(const struct modules *m, uintptr_t address, struct module_address *a)
{
    for (size_t i = 0; i < m->count; i++) {
        const struct module *e = &m->entries[i];

        if (address >= e->start && address < e->end) {
            *a = (struct module_address){e->path, address - e->bias};
            return true;
        }
    }
    return false;
}
