// SPDX-License-Identifier: MIT
// A write after free lands on the link to the next free block. In the default mode malloc follows
// it unseen, but the library itself never writes where it leads: calloc clears nothing outside the
// slab, and giving cached blocks back puts no link there. Both say "corrupted free list".
#include "expect.h"

#include <dlfcn.h>

enum { SIZE = 64, FREED = 200, AFTER = 2000, TARGET = 4096 };

static char *target; // shared with the child, so that its memory can be looked at after its end

static void corrupt_links(void)
{
    static char *freed[FREED];

    for (size_t i = 0; i < FREED; i++)
        freed[i] = call.malloc(SIZE);
    for (size_t i = 0; i < FREED; i++)
        call.free(freed[i]);
    for (size_t i = FREED / 2; i < FREED; i++) {
        char *to = target + TARGET / 2;

        memcpy(freed[i], &to, sizeof(to));
    }
}

static void clear_blocks(void)
{
    void *(*volatile clear)(size_t, size_t) = calloc;

    corrupt_links();
    for (size_t i = 0; i < AFTER; i++)
        clear(1, SIZE);
}

static void give_back(void)
{
    void (*flush)(void) = (void (*)(void))(uintptr_t)dlsym(RTLD_DEFAULT, "ikyo_flush_thread");

    corrupt_links();
    // One block taken makes the list that came back the one to be taken from.
    for (size_t i = 0; i < FREED; i++)
        call.malloc(SIZE / 2);
    call.malloc(SIZE);
    call.malloc(SIZE);
    flush();
}

static int expect_named_and_untouched(void (*misuse)(void))
{
    static const char reason[] = "): corrupted free list\n";
    struct outcome outcome;
    size_t length;
    bool named;

    memset(target, 1, TARGET);
    outcome = expect_run(misuse);
    length = strlen(outcome.text);
    named = strncmp(outcome.text, "ikyoalloc: ", 11) == 0 && length > sizeof(reason) &&
            strcmp(outcome.text + length - (sizeof(reason) - 1), reason) == 0;
    for (size_t i = 0; i < TARGET; i++)
        named = named && target[i] == 1;
    return expect_verdict(expect_aborted(&outcome) && named, &outcome,
                          "corrupted free list, and nothing written where the link leads");
}

int main(void)
{
    target = mmap(NULL, TARGET, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (target == MAP_FAILED)
        return 1;
    return expect_named_and_untouched(clear_blocks) | expect_named_and_untouched(give_back);
}
