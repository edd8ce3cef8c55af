// SPDX-License-Identifier: MIT
// dyld: loads what DYLD_INSERT_LIBRARIES names and the program, interposes, runs initialisers and
// then main. Usage: [DYLD_INSERT_LIBRARIES=FILE:...] macho_run PROGRAM [ARGUMENT...]
//
// In the environment: MACHO_OLD, a system before macOS 14.4; MACHO_PAGE, its page size;
// MACHO_NO_SLOTS, one on whose threads' values gs does not point (x86-64 only).
#include "loader.h"
#include "macho.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

struct image images[IMAGES];
unsigned image_count;

void loader_die(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    fputs("macho_run: ", stderr);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
    _Exit(125);
}

static uintptr_t find_in(const struct symbol *list, const char *name)
{
    for (; list->name != NULL; list++)
        if (strcmp(list->name, name) == 0)
            return list->address;
    return 0;
}

uintptr_t system_find(const char *name)
{
    const struct symbol *tables[] = {system_symbols, thread_symbols, zone_symbols, fault_symbols,
                                     dyld_symbols, mach_symbols};
    uintptr_t address = 0;

    for (unsigned i = 0; i < sizeof(tables) / sizeof(tables[0]) && address == 0; i++)
        address = find_in(tables[i], name);
    if (system_is_old() && strncmp(name, "os_sync_", strlen("os_sync_")) == 0)
        return 0;
    return address;
}

uintptr_t interposed(uintptr_t address)
{
    for (unsigned i = 0; i < image_count; i++)
        for (size_t j = 0; j < images[i].interposed_count; j++)
            if (images[i].interposed[j].system == address)
                return images[i].interposed[j].ours;
    return address;
}

static uintptr_t export_of_any(const char *symbol)
{
    uintptr_t address = 0;

    for (unsigned i = 0; i < image_count && address == 0; i++)
        address = image_export(&images[i], symbol);
    return address;
}

static const struct image *image_named(const char *install_name)
{
    for (unsigned i = 0; i < image_count; i++)
        if (images[i].install_name != NULL && strcmp(images[i].install_name, install_name) == 0)
            return &images[i];
    return NULL;
}

uintptr_t image_resolve(const struct image *user, const char *symbol, int library, bool weak)
{
    const char *name = symbol[0] == '_' ? symbol + 1 : symbol;
    const struct image *named = NULL;
    uintptr_t address = 0;

    if (library > (int)user->library_count)
        loader_die("%s has no library %d", user->path, library);
    if (library > 0)
        named = image_named(user->libraries[library - 1]);
    if (named != NULL)
        address = image_export(named, symbol);
    else if (library <= 0)
        address = export_of_any(symbol);
    if (address == 0 && named == NULL) {
        address = system_find(name);
        if (user->interposed_count == 0)
            address = interposed(address);
    }
    if (address == 0 && !weak)
        loader_die("%s wants %s, which is not known here", user->path, name);
    return address;
}

typedef void image_callback(const void *header, intptr_t slide);

static void register_add_image(image_callback *call)
{
    for (unsigned i = 0; i < image_count; i++)
        call(images[i].base, (intptr_t)images[i].slide);
}

static void register_remove_image(image_callback *call)
{
    (void)call; // nothing is unloaded
}

static uint32_t dyld_image_count(void)
{
    return image_count;
}

static const char *dyld_image_name(uint32_t index)
{
    return index < image_count ? images[index].path : NULL;
}

static const void *dyld_image_header(uint32_t index)
{
    return index < image_count ? images[index].base : NULL;
}

static intptr_t dyld_image_slide(uint32_t index)
{
    return index < image_count ? (intptr_t)images[index].slide : 0;
}

static int executable_path(char *path, uint32_t *size)
{
    size_t length = strlen(images[0].path) + 1;
    bool fits = length <= *size;

    if (fits)
        memcpy(path, images[0].path, length);
    *size = (uint32_t)length;
    return fits ? 0 : -1;
}

static void *no_library(const char *path, int mode)
{
    (void)path;
    (void)mode;
    return NULL;
}

static void *find_symbol(void *handle, const char *name)
{
    void *const everywhere = (void *)-2; // RTLD_DEFAULT
    char symbol[128];
    uintptr_t address = 0;

    snprintf(symbol, sizeof(symbol), "_%s", name);
    if (handle == everywhere)
        address = export_of_any(symbol);
    if (address == 0)
        address = handle == everywhere ? interposed(system_find(name)) : system_find(name);
    return (void *)address;
}

static void bind_lazily(void)
{
    loader_die("something was not bound");
}

const struct symbol dyld_symbols[] = {
    {"_dyld_register_func_for_add_image", (uintptr_t)register_add_image},
    {"_dyld_register_func_for_remove_image", (uintptr_t)register_remove_image},
    {"_dyld_image_count", (uintptr_t)dyld_image_count},
    {"_dyld_get_image_name", (uintptr_t)dyld_image_name},
    {"_dyld_get_image_header", (uintptr_t)dyld_image_header},
    {"_dyld_get_image_vmaddr_slide", (uintptr_t)dyld_image_slide},
    {"_NSGetExecutablePath", (uintptr_t)executable_path},
    {"dlopen", (uintptr_t)no_library},
    {"dlsym", (uintptr_t)find_symbol},
    {"dyld_stub_binder", (uintptr_t)bind_lazily},
    {NULL, 0},
};

static void map_one(const char *path)
{
    if (image_count == IMAGES)
        loader_die("too many images");
    image_map(&images[image_count], path);
    thread_adapt(&images[image_count]);
    image_count++;
}

static void map_inserted(void)
{
    const char *list = getenv("DYLD_INSERT_LIBRARIES");
    char *copy = strdup(list != NULL ? list : "");

    for (char *path = strtok(copy, ":"); path != NULL; path = strtok(NULL, ":"))
        map_one(path);
}

// The program is the first image, and its libraries are ready before it.
int main(int count, char **arguments)
{
    if (count < 2)
        loader_die("usage: macho_run PROGRAM [ARGUMENT...]");
    map_one(arguments[1]);
    map_inserted();
    if (images[0].entry == NULL)
        loader_die("%s has no entry point", arguments[1]);
    for (unsigned i = image_count; i > 0; i--) // what is interposed is known before it is bound
        image_bind(&images[i - 1]);
    thread_start();
    for (unsigned i = image_count; i > 0; i--)
        image_initialise(&images[i - 1], count - 1, arguments + 1);
    exit((int)images[0].entry(count - 1, arguments + 1, environ, NULL));
}
