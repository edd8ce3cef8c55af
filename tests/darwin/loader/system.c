// SPDX-License-Identifier: MIT
// The C library and the kernel, by name: flags and records are translated, and what macOS refuses
// is refused. Apple's 64-bit ARM passes what follows the named arguments on the stack, which a
// function with eight arguments in registers sees.
#include "loader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined(__aarch64__)
#define VARIADIC long r2, long r3, long r4, long r5, long r6, long r7, long argument
#define UNUSED_VARIADIC ((void)r2, (void)r3, (void)r4, (void)r5, (void)r6, (void)r7)
#else
#define VARIADIC long argument
#define UNUSED_VARIADIC ((void)0)
#endif

enum { MAC_FIXED = 0x10, MAC_PRIVATE = 0x2, MAC_ANON = 0x1000 };
enum { OWN_TAG = 240 }; // what ikyoalloc marks its memory with

extern char **environ;

bool system_is_old(void)
{
    return getenv("MACHO_OLD") != NULL;
}

size_t system_page_size(void)
{
    static size_t size;
    const char *told = getenv("MACHO_PAGE");

    if (size == 0)
        size = told != NULL ? strtoul(told, NULL, 0) : (size_t)getpagesize();
    return size;
}

static bool is_page(uintptr_t value)
{
    return value % system_page_size() == 0;
}

// A mapping that begins at one of the system's pages, where the host's are smaller.
static void *map_anywhere(size_t size, int protection, int flags)
{
    size_t page = system_page_size(), more = page - (size_t)getpagesize();
    char *base = mmap(NULL, size + more, protection, flags, -1, 0);
    size_t head = (size_t)(-(uintptr_t)base & (page - 1));

    if (base == MAP_FAILED)
        return base;
    if (head > 0)
        munmap(base, head);
    if (more > head)
        munmap(base + head + size, more - head);
    return base + head;
}

static void *mac_mmap(void *address, size_t size, int protection, int flags, int tag, long offset)
{
    const int known = MAC_FIXED | MAC_PRIVATE | MAC_ANON;
    int host = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

    if ((flags & ~known) != 0 || (flags & MAC_ANON) == 0 || (flags & MAC_PRIVATE) == 0 ||
        (tag & 0xffffff) != 0 || (uint32_t)tag >> 24 != OWN_TAG || offset != 0)
        loader_die("mmap is called with flags %#x and tag %#x", (unsigned)flags, (unsigned)tag);
    if (size == 0 || !is_page((uintptr_t)address)) {
        errno = EINVAL;
        return MAP_FAILED;
    }
    size = (size + system_page_size() - 1) & ~(system_page_size() - 1);
    if (size == 0) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    if ((flags & MAC_FIXED) != 0)
        return mmap(address, size, protection, host | MAP_FIXED, -1, 0);
    if (address != NULL) {
        void *there = mmap(address, size, protection, host | MAP_FIXED_NOREPLACE, -1, 0);

        if (there == address)
            return there;
        if (there != MAP_FAILED) // an emulator takes the flag for a wish
            munmap(there, size);
    }
    return map_anywhere(size, protection, host);
}

static int mac_munmap(void *address, size_t size)
{
    if (!is_page((uintptr_t)address) || !is_page(size) || size == 0) {
        errno = EINVAL;
        return -1;
    }
    return munmap(address, size);
}

static int mac_mprotect(void *address, size_t size, int protection)
{
    if (!is_page((uintptr_t)address) || !is_page(size)) {
        errno = EINVAL;
        return -1;
    }
    return mprotect(address, size, protection);
}

static int mac_getpagesize(void)
{
    return (int)system_page_size();
}

static int *mac_error(void)
{
    return &errno;
}

static char ***mac_environ(void)
{
    return &environ;
}

static uint64_t mac_clock(int clock)
{
    struct timespec now;

    (void)clock;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int mac_open(const char *path, int flags, VARIADIC)
{
    static const int pairs[][2] = {{0x8, O_APPEND},     {0x200, O_CREAT},     {0x400, O_TRUNC},
                                   {0x20000, O_NOCTTY}, {0x1000000, O_CLOEXEC}};
    int host = flags & 3;

    UNUSED_VARIADIC;
    flags &= ~3;
    for (unsigned i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        host |= (flags & pairs[i][0]) != 0 ? pairs[i][1] : 0;
        flags &= ~pairs[i][0];
    }
    if (flags != 0)
        loader_die("open is called with the flags %#x", (unsigned)flags);
    return open(path, host, (mode_t)argument);
}

static int mac_fcntl(int fd, int command, VARIADIC)
{
    int flags;

    UNUSED_VARIADIC;
    (void)argument;
    if (command != F_GETFL)
        loader_die("fcntl is called with %d", command);
    flags = fcntl(fd, F_GETFL);
    return flags < 0 ? flags : (flags & O_APPEND) != 0 ? 8 : 0;
}

static int mac_ioctl(int fd, unsigned long request, VARIADIC)
{
    UNUSED_VARIADIC;
    (void)argument;
    if (request != 0x40487413) // TIOCGETA
        loader_die("ioctl is called with %#lx", request);
    return isatty(fd) ? 0 : -1;
}

struct mac_stat {
    int32_t device;
    uint16_t mode, links;
    uint64_t number;
    uint32_t user, group;
    int32_t kind;
    char rest[144 - 28];
};

static int mac_fstat(int fd, struct mac_stat *out)
{
    struct stat s;

    if (fstat(fd, &s) != 0)
        return -1;
    *out = (struct mac_stat){.device = (int32_t)s.st_dev,
                             .mode = (uint16_t)s.st_mode,
                             .number = s.st_ino,
                             .kind = (int32_t)s.st_rdev};
    return 0;
}

static int mac_getrlimit(int resource, uint64_t limit[2])
{
    const uint64_t infinity = INT64_MAX;

    (void)resource;
    limit[0] = limit[1] = infinity;
    return 0;
}

static int mac_issetugid(void)
{
    return 0;
}

static void mac_bzero(void *p, size_t size)
{
    memset(p, 0, size);
}

static int register_exit(void (*call)(void *), void *argument, void *library)
{
    extern int __cxa_atexit(void (*)(void *), void *, void *);

    (void)library;
    return __cxa_atexit(call, argument, NULL);
}

static uintptr_t stack_chk_guard = 0x595e9fbd94fda766;

static _Noreturn void stack_chk_fail(void)
{
    loader_die("a stack was overwritten");
}

#define SAME(name) {#name, (uintptr_t)name}

const struct symbol system_symbols[] = {
    {"mmap", (uintptr_t)mac_mmap},
    {"munmap", (uintptr_t)mac_munmap},
    {"mprotect", (uintptr_t)mac_mprotect},
    {"getpagesize", (uintptr_t)mac_getpagesize},
    {"__error", (uintptr_t)mac_error},
    {"_NSGetEnviron", (uintptr_t)mac_environ},
    {"clock_gettime_nsec_np", (uintptr_t)mac_clock},
    {"open", (uintptr_t)mac_open},
    {"open$NOCANCEL", (uintptr_t)mac_open},
    {"close$NOCANCEL", (uintptr_t)close},
    {"read$NOCANCEL", (uintptr_t)read},
    {"write$NOCANCEL", (uintptr_t)write},
    {"fcntl", (uintptr_t)mac_fcntl},
    {"ioctl", (uintptr_t)mac_ioctl},
    {"fstat$INODE64", (uintptr_t)mac_fstat},
    {"fstat", (uintptr_t)mac_fstat},
    {"getrlimit", (uintptr_t)mac_getrlimit},
    {"issetugid", (uintptr_t)mac_issetugid},
    {"__bzero", (uintptr_t)mac_bzero},
    {"bzero", (uintptr_t)mac_bzero},
    {"__cxa_atexit", (uintptr_t)register_exit},
    {"__stack_chk_guard", (uintptr_t)&stack_chk_guard},
    {"__stack_chk_fail", (uintptr_t)stack_chk_fail},
    SAME(abort),  SAME(exit),    SAME(_exit),   SAME(getenv),     SAME(getentropy), SAME(getpid),
    SAME(write),  SAME(read),    SAME(close),   SAME(pipe),       SAME(waitpid),    SAME(nanosleep),
    SAME(memchr), SAME(memcmp),  SAME(memcpy),  SAME(memmove),    SAME(memset),     SAME(strcmp),
    SAME(strlen), SAME(strncmp), SAME(strnlen), SAME(strspn),     SAME(strstr),     SAME(unsetenv),
    SAME(atoi),   SAME(strchr),  SAME(strrchr), SAME(unlink),
    {NULL, 0},
};
