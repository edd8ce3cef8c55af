// SPDX-License-Identifier: MIT
// The allocation calls of Windows' C libraries, msvcrt.dll and ucrtbase.dll, as these have
// them. Which of them a program sees is in names.def.
//
// Blocks have room for at least what was asked, and _msize tells all of it, where the
// system's own tells what was asked. calloc and _recalloc therefore clear all of it: what
// _recalloc adds later then reads zero, as it should.
#include "alloc.h"

#include "base/limits.h"
#include "oom.h"
#include "os/compiler.h"
#include "windows/crt.h"

#include <errno.h>
#include <string.h>

static void *no_memory(void)
{
    errno = ENOMEM;
    return NULL;
}

void *malloc(size_t size)
{
    return alloc_block(size);
}

void free(void *p)
{
    free_block(p);
}

void *realloc(void *p, size_t size)
{
    return alloc_resize(p, size);
}

// p has `size` bytes that read zero, or is NULL.
static void *clear_rest(void *p, size_t size)
{
    size_t usable = alloc_usable_size(p);

    if (p != NULL && usable > size) {
        memset((char *)p + size, 0, usable - size);
    }
    return p;
}

void *calloc(size_t count, size_t size)
{
    size_t total;

    if (unlikely(__builtin_mul_overflow(count, size, &total))) {
        return no_memory();
    }
    return clear_rest(alloc_zeroed(total), total);
}

void *_recalloc(void *p, size_t count, size_t size)
{
    size_t total, old = alloc_usable_size(p);
    char *grown;

    if (__builtin_mul_overflow(count, size, &total)) {
        return no_memory();
    }
    if (p == NULL) {
        return calloc(1, total);
    }
    grown = alloc_resize(p, total);
    return clear_rest(grown, old < total ? old : total);
}

// In place or not at all, and blocks have little room to grow.
void *_expand(void *p, size_t size)
{
    return p != NULL && size <= alloc_usable_size(p) ? p : no_memory();
}

size_t _msize(void *p)
{
    if (p == NULL) {
        errno = EINVAL;
        return (size_t)-1;
    }
    return alloc_usable_size(p);
}

int _heapmin(void)
{
    alloc_trim(0);
    return 0;
}

static void *copy_of(const void *text, size_t size)
{
    void *copy = text != NULL ? alloc_block(size) : NULL;

    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

char *_strdup(const char *text)
{
    return copy_of(text, text != NULL ? strlen(text) + 1 : 0);
}

unsigned char *_mbsdup(const unsigned char *text)
{
    return (unsigned char *)_strdup((const char *)text);
}

wchar_t *_wcsdup(const wchar_t *text)
{
    return copy_of(text, text != NULL ? (wcslen(text) + 1) * sizeof(wchar_t) : 0);
}

char *strdup(const char *text) ALIAS(_strdup);
wchar_t *wcsdup(const wchar_t *text) ALIAS(_wcsdup);
void *_malloc_base(size_t size) ALIAS(malloc);
void _free_base(void *p) ALIAS(free);
void *_calloc_base(size_t count, size_t size) ALIAS(calloc);
void *_realloc_base(void *p, size_t size) ALIAS(realloc);
void *_recalloc_base(void *p, size_t count, size_t size) ALIAS(_recalloc);
void *_expand_base(void *p, size_t size) ALIAS(_expand);
size_t _msize_base(void *p) ALIAS(_msize);

// In this object, so that who takes malloc from an archive has them as well, and not another
// archive's, which would bring another malloc.
#include <imp_pointers.h>
