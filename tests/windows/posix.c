// SPDX-License-Identifier: MIT
#include "posix.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int setenv(const char *name, const char *value, int overwrite)
{
    return overwrite || getenv(name) == NULL ? _putenv_s(name, value) : 0;
}

int unsetenv(const char *name)
{
    return _putenv_s(name, "");
}

int pipe(int ends[2])
{
    return _pipe(ends, 1 << 16, _O_BINARY);
}

int dprintf(int fd, const char *format, ...)
{
    char text[1024];
    va_list list;
    int length;

    va_start(list, format);
    length = vsnprintf(text, sizeof text, format, list);
    va_end(list);
    return length > 0 ? _write(fd, text, (unsigned)length) : length;
}

unsigned alarm(unsigned seconds)
{
    (void)seconds;
    return 0;
}

int posix_memalign(void **result, size_t alignment, size_t size)
{
    *result = _aligned_malloc(size, alignment);
    return *result != NULL ? 0 : ENOMEM;
}
