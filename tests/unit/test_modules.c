// SPDX-License-Identifier: MIT
// Addresses as file and offset: as the loader has it, and as addr2line needs it.
#include "debug/modules.h"

#include "core.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <cmocka.h>

static struct modules modules;

// An exported function, so that dladdr knows its name.
__attribute__((visibility("default"))) void landmark(void);
void landmark(void)
{
}

static void addresses_agree_with_the_loader(void)
{
    const void *places[] = {(void *)(uintptr_t)landmark, (void *)(uintptr_t)strtoull,
                            (void *)(uintptr_t)modules_find};
    struct module_address found;
    Dl_info info;

    modules_read(&modules);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        char known[4096], real[4096];

        require(dladdr(places[i], &info) != 0);
        require(modules_find(&modules, (uintptr_t)places[i], &found));
        require_equal(found.offset, (uintptr_t)places[i] - (uintptr_t)info.dli_fbase);
        require(realpath(info.dli_fname, known) != NULL && realpath(found.path, real) != NULL);
        require(strcmp(known, real) == 0);
    }
}

static void addr2line_names_a_function_of_this_program(void)
{
    char command[5000], line[500] = "";
    struct module_address found;
    FILE *pipe;

    modules_read(&modules);
    require(modules_find(&modules, (uintptr_t)landmark, &found));
    snprintf(command, sizeof(command), "addr2line -Cfpe '%s' 0x%zx", found.path,
             (size_t)found.offset);
    pipe = popen(command, "r");
    require(pipe != NULL && fgets(line, sizeof(line), pipe) != NULL);
    require_equal(pclose(pipe), 0);
    require(strncmp(line, "landmark at ", 12) == 0);
    require(strstr(line, "test_modules.c:") != NULL);
}

// A file with code that says it belongs so many bytes behind where it is mapped.
static char *map_image(size_t shift)
{
    struct {
        ElfW(Ehdr) header;
        ElfW(Phdr) segment;
    } image = {{.e_ident = ELFMAG, .e_phoff = sizeof(ElfW(Ehdr)), .e_phnum = 1},
               {.p_type = PT_LOAD}};
    size_t page = os_page_size();
    char name[] = "/tmp/ikyo-image-XXXXXX";
    int fd = mkstemp(name);
    char *p;

    require(fd >= 0 && ftruncate(fd, (off_t)page) == 0);
    unlink(name);
    p = mmap(NULL, page, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
    require(p != MAP_FAILED);
    image.segment.p_vaddr = (uintptr_t)p + shift;
    require(write(fd, &image, sizeof(image)) == sizeof(image));
    return p;
}

static void program_at_a_fixed_address_keeps_its_addresses(void)
{
    const size_t shift = 64 * 1024 * 16;
    struct module_address found;
    uintptr_t fixed = (uintptr_t)map_image(0), moved = (uintptr_t)map_image(shift);

    modules_read(&modules);
    require(modules_find(&modules, fixed + 0x123, &found));
    require_equal(found.offset, fixed + 0x123);
    require(modules_find(&modules, moved + 0x123, &found));
    require_equal(found.offset, moved + shift + 0x123);
}

static void addresses_of_no_file_are_not_found(void)
{
    struct module_address found;
    int local;
    char *anonymous = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    modules_read(&modules);
    require(!modules_find(&modules, 0, &found));
    require(!modules_find(&modules, UINTPTR_MAX, &found));
    require(!modules_find(&modules, (uintptr_t)&local, &found));
    require(!modules_find(&modules, (uintptr_t)anonymous, &found));
}

// The name has a space, and what the system adds to those of files that are gone.
static void files_without_code_are_left_out(void)
{
    char name[] = "/tmp/ikyo modules (deleted) XXXXXX";
    struct module_address found;
    size_t before;
    char *p;
    int fd = mkstemp(name);

    modules_read(&modules);
    before = modules.count;
    require(before >= 2);
    require(fd >= 0 && ftruncate(fd, 4096) == 0);
    p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
    require(p != MAP_FAILED);
    unlink(name);
    modules_read(&modules);
    require_equal(modules.count, before);
    require(!modules_find(&modules, (uintptr_t)p, &found));
    require(mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0);
    modules_read(&modules);
    require_equal(modules.count, before + 1);
    require(modules_find(&modules, (uintptr_t)p + 5, &found));
    require(strncmp(found.path, "/tmp/ikyo modules (deleted) ", 28) == 0);
    require_equal(found.offset, 5);
}

// More mapped files than there is room for: the first of them are known all the same.
static void too_many_modules_are_cut_off(void)
{
    struct module_address found;

    for (int i = 0; i < MODULES + 50; i++) {
        char name[] = "/tmp/ikyo-many-modules-with-a-rather-long-name-XXXXXX";
        int fd = mkstemp(name);

        require(fd >= 0 && ftruncate(fd, 4096) == 0);
        unlink(name);
        require(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) != MAP_FAILED);
        close(fd);
    }
    modules_read(&modules);
    require(modules.count > 100 && modules.count <= MODULES);
    require(modules.path_bytes <= MODULE_PATHS);
    require(modules_find(&modules, (uintptr_t)landmark, &found));
}

static void without_descriptors_there_are_no_modules(void)
{
    struct module_address found;
    struct rlimit none = {0, 0};

    modules.count = 3;
    require_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    errno = 77;
    modules_read(&modules);
    require_equal(errno, 77);
    require_equal(modules.count, 0);
    require(!modules_find(&modules, (uintptr_t)landmark, &found));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(addresses_agree_with_the_loader),
        alone(addr2line_names_a_function_of_this_program),
        alone(program_at_a_fixed_address_keeps_its_addresses),
        alone(addresses_of_no_file_are_not_found),
        alone(files_without_code_are_left_out),
        alone(too_many_modules_are_cut_off),
        alone(without_descriptors_there_are_no_modules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
