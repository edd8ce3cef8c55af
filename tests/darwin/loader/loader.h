// SPDX-License-Identifier: MIT
// Runs a macOS program, and libraries that it inserts, on Linux: what dyld and libSystem do for
// one that allocates, as far as the tests of ikyoalloc need it.
//
//   image.c   a file as it is mapped, rebased and bound       main.c    what dyld does with them
//   system.c  the C library and the kernel, by name           zone.c    malloc zones
//   thread.c  pthread with Apple's keys, and fork             fault.c   signals
//   mach.c    what Mach tells of a process's memory
//
// It shows that the code for macOS runs and does what it should against these stand-ins. It
// cannot show that they are like the real ones.
#ifndef LOADER_H
#define LOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Ends the run: the loader itself, or what it was given, is not as expected.
_Noreturn void loader_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

struct symbol {
    const char *name; // as C has it, without the underscore of the file
    uintptr_t address;
};

// Of the stand-in for libSystem; 0: there is none.
uintptr_t system_find(const char *name);
extern const struct symbol system_symbols[], thread_symbols[], zone_symbols[], fault_symbols[],
    dyld_symbols[], mach_symbols[];

struct interpose {
    uintptr_t ours, system;
};

enum { IMAGES = 8, LIBRARIES = 8 };

struct image {
    const char *path, *install_name;
    char *base;                       // of the mapping; the header is there
    uintptr_t slide;                  // what is added to the file's addresses
    const char *libraries[LIBRARIES]; // those it is linked with, as they are numbered
    unsigned library_count;
    const struct interpose *interposed;
    size_t interposed_count;
    uintptr_t (*entry)(int, char **, char **, char **);
};

extern struct image images[IMAGES];
extern unsigned image_count;

// Maps a file, and its part for this CPU if there are several.
void image_map(struct image *image, const char *path);

// Binds what it imports, by image_resolve, and gives its segments their protection.
void image_bind(struct image *image);

// The address of a symbol that an image shows; 0: none.
uintptr_t image_export(const struct image *image, const char *name);

// What `user` gets for a name from its library of this number. Dies when there is nothing and
// it must be there.
uintptr_t image_resolve(const struct image *user, const char *name, int library, bool weak);

// Runs its initialisers.
void image_initialise(const struct image *image, int count, char **arguments);

// The address of a function of libSystem as everyone but the interposing library sees it.
uintptr_t interposed(uintptr_t address);

// Before an image is bound: its code finds the values of a thread where they are here.
void thread_adapt(const struct image *image);

// The first thread is one of pthread's as well.
void thread_start(void);

// The locks of all zones, as fork takes them.
void zones_lock(void);
void zones_unlock(void);
void zones_reinit(void);

size_t system_page_size(void);
bool system_is_old(void); // without the calls of macOS 14.4

#endif
