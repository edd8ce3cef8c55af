// SPDX-License-Identifier: MIT
// Files on Linux, for reports, options and looks at the process: rarely run, so not beside
// the services that every program uses. None is a cancellation point, all keep errno.
#include "os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

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
    const long mask = STATX_TYPE | STATX_INO;
    int saved = errno;
    struct statx s;
    bool known = syscall(SYS_statx, (long)fd, "", (long)AT_EMPTY_PATH, mask, &s) == 0;
    long flags = syscall(SYS_fcntl, (long)fd, (long)F_GETFL, 0L);

    errno = saved;
    if (!known)
        return false;
    file->device = ((uint64_t)s.stx_dev_major << 32 | s.stx_dev_minor) ^
                   ((uint64_t)s.stx_rdev_major << 48 | (uint64_t)s.stx_rdev_minor << 16);
    file->number = s.stx_ino;
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
