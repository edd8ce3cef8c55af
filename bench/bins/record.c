// SPDX-License-Identifier: MIT
// A library to preload that writes each call of malloc and its kin to the file RECORD_TO/PID.
//
// The calls themselves are served by the C library's malloc. A lock is held over each, so that the
// order of the records is that of the calls. A child that is forked and does not start another
// program is not recorded.
#define _GNU_SOURCE 1
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// The C library's own.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *p);

// The file is written through a mapping of its end: whatever way the process ends, nothing is
// lost, and no descriptor stays open that the program could come across.
enum {
    WINDOW_EVENTS = 1 << 16,
    WINDOW_BYTES = WINDOW_EVENTS * sizeof(struct event), // whole pages
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pid_t recorded; // the process; 0 before its first call
static struct event *window;
static size_t used = WINDOW_EVENTS;
static off_t length;

static void fail(const char *what)
{
    perror(what);
    _exit(127);
}

static void open_window(void)
{
    const char *directory = getenv("RECORD_TO");
    char path[4096];
    int file;

    if (directory == NULL)
        fail("record: RECORD_TO is not set");
    snprintf(path, sizeof(path), "%s/%ld", directory, (long)recorded);
    file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | (length == 0 ? O_TRUNC : 0), 0666);
    if (file < 0 || ftruncate(file, length + WINDOW_BYTES) != 0)
        fail(path);
    if (window != NULL)
        munmap(window, WINDOW_BYTES);
    window = mmap(NULL, WINDOW_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, length);
    if (window == MAP_FAILED)
        fail(path);
    close(file);
    length += WINDOW_BYTES;
    used = 0;
}

// True when calls of this process are recorded; the lock is held then. A child of fork may find it
// held by a thread that it does not have, so who it is comes first.
static int begin(void)
{
    pid_t self = getpid();

    if (recorded != 0 && recorded != self)
        return 0;
    pthread_mutex_lock(&lock);
    recorded = self;
    return 1;
}

static void end(int recording, const void *before, const void *after, size_t size, size_t alignment)
{
    if (!recording)
        return;
    if (before != NULL || after != NULL) {
        if (used == WINDOW_EVENTS)
            open_window();
        window[used++] = (struct event){(uintptr_t)before, (uintptr_t)after, size,
                                        alignment == 0 ? 0 : (unsigned)__builtin_ctzl(alignment)};
    }
    pthread_mutex_unlock(&lock);
}

void *malloc(size_t size)
{
    int recording = begin();
    void *p = __libc_malloc(size);

    end(recording, NULL, p, size, 0);
    return p;
}

void *calloc(size_t count, size_t size)
{
    int recording = begin();
    void *p = __libc_calloc(count, size);

    end(recording, NULL, p, count * size, 0);
    return p;
}

void *realloc(void *before, size_t size)
{
    int recording = begin();
    void *p = __libc_realloc(before, size);
    int failed = p == NULL && size != 0;

    end(recording, failed ? NULL : before, p, size, 0);
    return p;
}

void free(void *p)
{
    int recording = begin();

    __libc_free(p);
    end(recording, p, NULL, 0, 0);
}

void *memalign(size_t alignment, size_t size)
{
    int recording = begin();
    void *p = __libc_memalign(alignment, size);

    end(recording, NULL, p, size, alignment);
    return p;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size)
{
    void *p;

    if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0)
        return EINVAL;
    p = memalign(alignment, size);
    if (p == NULL)
        return ENOMEM;
    *result = p;
    return 0;
}
