// SPDX-License-Identifier: MIT
// Images on Linux, as the dynamic loader knows them, and from their own headers.
#include "os/image.h"

#include "os/os.h"

#include <dlfcn.h>
#include <link.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>

// Weak, so that a static program links without the dynamic loader.
#pragma weak dlsym

// What glibc's _dl_find_object writes, from 2.35 on; the spare words are for its later ideas.
struct found_object {
    unsigned long long flags;
    void *start, *end, *link_map, *unwind_table;
    unsigned long long spare[12];
};

typedef int (*object_finder)(void *address, struct found_object *object);

static _Atomic(object_finder) find_object;

// Without that function: what was loaded at the start, as far as there is room. It is never
// unloaded, unlike what comes later.
enum { STARTED_IMAGES = 128 };
static struct os_image started[STARTED_IMAGES];
static _Atomic(size_t) started_count;

static int note_started(struct dl_phdr_info *info, size_t size, void *context)
{
    size_t *count = context;
    struct os_image image = {.start = UINTPTR_MAX};

    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *h = &info->dlpi_phdr[i];
        uintptr_t at = info->dlpi_addr + h->p_vaddr;

        if (h->p_type == PT_GNU_EH_FRAME) {
            image.unwind_table = (const void *)at;
        }
        if (h->p_type == PT_LOAD) {
            image.start = at < image.start ? at : image.start;
            image.end = at + h->p_memsz > image.end ? at + h->p_memsz : image.end;
        }
    }
    started[(*count)++] = image;
    return *count == STARTED_IMAGES;
}

void os_image_start(void)
{
    object_finder finder = NULL;
    size_t count = 0;

    if (dlsym != NULL) {
        *(void **)&finder = dlsym(RTLD_DEFAULT, "_dl_find_object");
    }
    if (finder == NULL) {
        dl_iterate_phdr(note_started, &count);
    }
    // Both pair with os_image_of.
    atomic_store_explicit(&started_count, count, memory_order_release);
    atomic_store_explicit(&find_object, finder, memory_order_release);
}

bool os_image_of(uintptr_t address, struct os_image *image)
{
    object_finder finder = atomic_load_explicit(&find_object, memory_order_acquire);
    size_t count = atomic_load_explicit(&started_count, memory_order_acquire);
    struct found_object object;

    if (finder != NULL) {
        if (finder((void *)address, &object) != 0) {
            return false;
        }
        *image = (struct os_image){.start = (uintptr_t)object.start,
                                   .end = (uintptr_t)object.end,
                                   .unwind_table = object.unwind_table};
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        if (address >= started[i].start && address < started[i].end) {
            *image = started[i];
            return true;
        }
    }
    return false;
}

// What glibc finds is one segment where there are gaps between them, so it is known by its table.
bool os_image_is_program(const struct os_image *image)
{
    struct os_image program;

    return os_image_of(getauxval(AT_PHDR), &program) &&
           program.unwind_table == image->unwind_table;
}

bool os_image_bias(uintptr_t header, uintptr_t *bias)
{
    const ElfW(Ehdr) *e = (const ElfW(Ehdr) *)header;

    if (!os_can_read(e) || memcmp(e->e_ident, ELFMAG, SELFMAG) != 0 ||
        e->e_phoff + e->e_phnum * sizeof(ElfW(Phdr)) > os_page_size()) {
        return false;
    }
    const ElfW(Phdr) *h = (const ElfW(Phdr) *)(header + e->e_phoff);

    for (int i = 0; i < e->e_phnum; i++) {
        if (h[i].p_type == PT_LOAD) {
            *bias = header - (h[i].p_vaddr & ~(uintptr_t)(os_page_size() - 1));
            return true;
        }
    }
    return false;
}
