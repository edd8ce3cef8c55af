// SPDX-License-Identifier: MIT
// Files on macOS, for reports, options and looks at the process. None is a cancellation point,
// for which libSystem has variants of its functions; all keep errno.
#include "os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

ssize_t plain_write(int fd, const void *bytes, size_t size) __asm__("_write$NOCANCEL");
ssize_t plain_read(int fd, void *bytes, size_t size) __asm__("_read$NOCANCEL");
int plain_open(const char *path, int flags, ...) __asm__("_open$NOCANCEL");
int plain_close(int fd) __asm__("_close$NOCANCEL");

void os_write(int fd, const char *text, size_t size)
{
    int saved = errno;

    while (size > 0) {
        ssize_t written = plain_write(fd, text, size);

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
    int saved = errno;
    int fd = plain_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);

    errno = saved;
    return fd;
}

void os_close(int fd)
{
    int saved = errno;

    plain_close(fd);
    errno = saved;
}

bool os_is_terminal(int fd)
{
    int saved = errno;
    struct termios settings;
    bool answer = ioctl(fd, TIOCGETA, &settings) == 0;

    errno = saved;
    return answer;
}

// Devices have a number of their own behind that of their file, which others share.
bool os_file_of(int fd, struct os_file *file)
{
    int saved = errno;
    struct stat s;
    bool known = fstat(fd, &s) == 0;
    int flags = known ? fcntl(fd, F_GETFL) : -1;

    errno = saved;
    if (!known)
        return false;
    file->device = (uint64_t)(uint32_t)s.st_dev << 32 | (uint32_t)s.st_rdev;
    file->number = s.st_ino;
    file->appends = flags >= 0 && (flags & O_APPEND) != 0;
    return true;
}

int os_open_read(const char *path)
{
    int saved = errno;
    int fd = plain_open(path, O_RDONLY | O_CLOEXEC);

    errno = saved;
    return fd;
}

size_t os_read(int fd, char *buffer, size_t size)
{
    int saved = errno;
    ssize_t got;

    do {
        got = plain_read(fd, buffer, size);
    } while (got < 0 && errno == EINTR);
    errno = saved;
    return got > 0 ? (size_t)got : 0;
}
