// SPDX-License-Identifier: MIT
// What Mach tells a process of its own memory: out of /proc, and by one call of Linux.
#include "loader.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum { KERN_INVALID_ADDRESS = 1, SHARE_PRIVATE = 2, SHARE_SHARED = 4 };

static uint32_t mach_task_self = 0x103;

// The kernel says which bytes it cannot read, when it is to write them somewhere.
static bool copy_by_pipe(char *to, const char *from, size_t size)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    enum { PART = 4096 }; // a pipe has room for it
    bool done = true;
    int ends[2];

    pthread_mutex_lock(&lock);
    if (pipe(ends) != 0)
        loader_die("there are no pipes");
    for (size_t at = 0; at < size && done; at += PART) {
        size_t part = size - at < PART ? size - at : PART;

        done = write(ends[1], from + at, part) == (ssize_t)part &&
               read(ends[0], to + at, part) == (ssize_t)part;
    }
    close(ends[0]);
    close(ends[1]);
    pthread_mutex_unlock(&lock);
    return done;
}

// Copies all or nothing. An emulator may not have the call of Linux that does so.
static int mach_read(uint32_t task, uint64_t from, uint64_t size, uint64_t to, uint64_t *copied)
{
    struct iovec here = {(void *)(uintptr_t)to, size}, there = {(void *)(uintptr_t)from, size};
    bool done = process_vm_readv(getpid(), &here, 1, &there, 1, 0) == (ssize_t)size;

    (void)task;
    if (!done && errno == ENOSYS)
        done = copy_by_pipe((char *)(uintptr_t)to, (const char *)(uintptr_t)from, size);
    *copied = size;
    return done ? 0 : KERN_INVALID_ADDRESS;
}

// vm_region_submap_info_64, which is packed to words.
#pragma pack(push, 4)
struct region_info {
    int32_t protection, most, inheritance;
    uint64_t offset;
    uint32_t tag, resident, private_now, swapped, dirtied, references;
    uint16_t depth;
    uint8_t external, share_mode;
    int32_t is_submap, behaviour;
    uint32_t object;
    uint16_t wired;
    uint32_t reusable;
    uint64_t full_object;
};
#pragma pack(pop)

static int protection_of(const char *letters)
{
    return (letters[0] == 'r' ? 1 : 0) | (letters[1] == 'w' ? 2 : 0) | (letters[2] == 'x' ? 4 : 0);
}

// The first range that ends above *start.
static int mach_region(uint32_t task, uint64_t *start, uint64_t *size, uint32_t *depth,
                       struct region_info *info, uint32_t *words)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512], letters[5];
    unsigned long low, high;
    bool found = false;

    (void)task;
    (void)depth;
    if (maps == NULL || *words * 4 > sizeof(*info))
        loader_die("mach_vm_region_recurse wants %u words", *words);
    while (!found && fgets(line, sizeof(line), maps) != NULL)
        found = sscanf(line, "%lx-%lx %4s", &low, &high, letters) == 3 && high > *start;
    fclose(maps);
    if (!found)
        return KERN_INVALID_ADDRESS;
    *info = (struct region_info){.protection = protection_of(letters),
                                 .share_mode = letters[3] == 's' ? SHARE_SHARED : SHARE_PRIVATE};
    *start = low;
    *size = high - low;
    return 0;
}

const struct symbol mach_symbols[] = {
    {"mach_task_self_", (uintptr_t)&mach_task_self},
    {"mach_vm_read_overwrite", (uintptr_t)mach_read},
    {"mach_vm_region_recurse", (uintptr_t)mach_region},
    {NULL, 0},
};
