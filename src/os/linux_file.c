// SPDX-License-Identifier: MIT
// Files on Linux, for reports, options and looks at the process: rarely run, so not beside
// the services that every program uses. None is a cancellation point, all keep errno.
#include "os/os.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// What the statx call writes, which not every C library's headers know.
enum { ASK_TYPE = 1, ASK_NUMBER = 0x100 };

struct file_state {
    uint64_t before[4];
    uint64_t number;
    uint64_t between[11];
    uint32_t own_major, own_minor;
    uint32_t device_major, device_minor;
    uint64_t behind[14];
};
static_assert(sizeof(struct file_state) == 256, "as the kernel has it");

void os_write(int fd, const char *text, size_t size)
{
    int saved = errno;

    while (size > 0) {
        long written = syscall(SYS_write, (long)fd, text, size);

        if (written > 0) {
            text += written;
            size -= (size_t)written;
        } else if (written == 0 || errno != EINTR) {
            break;
        }
    }
    errno = saved;
}

int os_open_append(const char *path)
{
    const long flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY;
    int saved = errno;
    long fd = syscall(SYS_openat, (long)AT_FDCWD, path, flags, 0600L);

    errno = saved;
    return (int)fd;
}

void os_close(int fd)
{
    int saved = errno;

    syscall(SYS_close, (long)fd);
    errno = saved;
}

bool os_is_terminal(int fd)
{
    int saved = errno;
    struct winsize size;
    long answer = syscall(SYS_ioctl, (long)fd, (long)TIOCGWINSZ, &size);

    errno = saved;
    return answer == 0;
}

// Devices have a number of their own behind that of their file, which others share.
bool os_file_of(int fd, struct os_file *file)
{
    const long mask = ASK_TYPE | ASK_NUMBER;
    int saved = errno;
    struct file_state s;
    bool known = syscall(SYS_statx, (long)fd, "", (long)AT_EMPTY_PATH, mask, &s) == 0;
    long flags = syscall(SYS_fcntl, (long)fd, (long)F_GETFL, 0L);

    errno = saved;
    if (!known)
        return false;
    file->device = ((uint64_t)s.device_major << 32 | s.device_minor) ^
                   ((uint64_t)s.own_major << 48 | (uint64_t)s.own_minor << 16);
    file->number = s.number;
    file->appends = flags >= 0 && (flags & O_APPEND) != 0;
    return true;
}

int os_open_read(const char *path)
{
    int saved = errno;
    long fd = syscall(SYS_openat, (long)AT_FDCWD, path, (long)(O_RDONLY | O_CLOEXEC), 0L);

    errno = saved;
    return (int)fd;
}

size_t os_read(int fd, char *buffer, size_t size)
{
    int saved = errno;
    long got;

    do {
        got = syscall(SYS_read, (long)fd, buffer, size);
    } while (got < 0 && errno == EINTR);
    errno = saved;
    return got > 0 ? (size_t)got : 0;
}
