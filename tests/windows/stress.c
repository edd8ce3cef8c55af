// SPDX-License-Identifier: MIT
// Threads that allocate, resize, hand blocks to each other and end, for all that a C library's
// malloc can do. Knows nothing of the library. Every block carries a pattern that is looked at.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

enum { THREADS = 4, GENERATIONS = 8, STEPS = 30000, SLOTS = 256, SHARED = 1024 };

struct block {
    size_t size;
    unsigned char fill;
};

static void *volatile shared[SHARED];
static volatile LONG failures;

static uint64_t next(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return *x;
}

static size_t some_size(uint64_t *x)
{
    uint64_t r = next(x);

    if (r % 1000 == 0)
        return 1 << 20 | r % 50000000;
    return r % 20 == 0 ? r % 200000 : r % 600;
}

static struct block *make(uint64_t *x)
{
    size_t size = sizeof(struct block) + some_size(x);
    struct block *b = next(x) % 4 == 0 ? calloc(1, size) : malloc(size);

    if (b == NULL)
        return NULL;
    *b = (struct block){size, (unsigned char)next(x)};
    memset(b + 1, b->fill, size - sizeof *b < 4096 ? size - sizeof *b : 4096);
    return b;
}

static void look(const struct block *b)
{
    const unsigned char *p = (const unsigned char *)(b + 1);
    size_t n = b->size - sizeof *b < 4096 ? b->size - sizeof *b : 4096;

    for (size_t i = 0; i < n; i++) {
        if (p[i] != b->fill) {
            InterlockedIncrement(&failures);
            return;
        }
    }
}

static void end(struct block *b)
{
    if (b != NULL) {
        look(b);
        free(b);
    }
}

static struct block *resize(struct block *b, uint64_t *x)
{
    size_t size = sizeof *b + some_size(x);
    struct block *moved = realloc(b, size);

    if (moved == NULL)
        return b;
    if (size < moved->size)
        moved->size = size;
    look(moved);
    moved->size = size;
    memset(moved + 1, moved->fill, size - sizeof *b < 4096 ? size - sizeof *b : 4096);
    return moved;
}

static DWORD WINAPI work(void *seed)
{
    uint64_t x = (uintptr_t)seed * 0x9e3779b97f4a7c15u | 1;
    struct block *own[SLOTS] = {NULL};

    for (int step = 0; step < STEPS; step++) {
        struct block **slot = &own[next(&x) % SLOTS];

        switch (next(&x) % 4) {
        case 0:
            end(InterlockedExchangePointer(&shared[next(&x) % SHARED], *slot));
            *slot = make(&x);
            break;
        case 1:
            if (*slot != NULL)
                *slot = resize(*slot, &x);
            break;
        default:
            end(*slot);
            *slot = make(&x);
        }
    }
    for (int i = 0; i < SLOTS; i++)
        end(own[i]);
    return 0;
}

int main(void)
{
    HANDLE threads[THREADS];

    for (uintptr_t g = 0; g < GENERATIONS; g++) {
        for (uintptr_t i = 0; i < THREADS; i++)
            threads[i] = CreateThread(NULL, 0, work, (void *)(g * THREADS + i + 1), 0, NULL);
        WaitForMultipleObjects(THREADS, threads, TRUE, INFINITE);
        for (int i = 0; i < THREADS; i++)
            CloseHandle(threads[i]);
    }
    for (int i = 0; i < SHARED; i++)
        end(shared[i]);
    printf("%ld blocks were not as they were left\n", failures);
    return failures != 0;
}
