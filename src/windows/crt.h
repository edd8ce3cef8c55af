// SPDX-License-Identifier: MIT
// The calls of crt.c and crt_aligned.c, declared here and not by the system's headers: those
// name them as calls of a library, and no C library's headers have them all.
//
// Layer: windows. Below: alloc.
#ifndef WINDOWS_CRT_H
#define WINDOWS_CRT_H

#include <stddef.h>

void *malloc(size_t size);
void free(void *p);
void *calloc(size_t count, size_t size);
void *realloc(void *p, size_t size);
void *_recalloc(void *p, size_t count, size_t size);
void *_expand(void *p, size_t size);
size_t _msize(void *p);
int _heapmin(void);

char *_strdup(const char *text);
wchar_t *_wcsdup(const wchar_t *text);
unsigned char *_mbsdup(const unsigned char *text);

// alignment is a power of two, else NULL and EINVAL. Where there is an offset, the byte at
// this place of the block is the aligned one.
void *_aligned_malloc(size_t size, size_t alignment);
void _aligned_free(void *p);
void *_aligned_realloc(void *p, size_t size, size_t alignment);
void *_aligned_recalloc(void *p, size_t count, size_t size, size_t alignment);
size_t _aligned_msize(void *p, size_t alignment, size_t offset);
void *_aligned_offset_malloc(size_t size, size_t alignment, size_t offset);
void *_aligned_offset_realloc(void *p, size_t size, size_t alignment, size_t offset);
void *_aligned_offset_recalloc(void *p, size_t count, size_t size, size_t alignment,
                               size_t offset);

#endif
