// SPDX-License-Identifier: MIT
// Numbers that are no addresses at all: small, outside of what the processor can map, and odd.
#include "expect.h"

static uintptr_t number;

static void free_number(void)
{
    call.free(blame((void *)number));
}

int main(int argc, char **argv)
{
    static const uintptr_t numbers[] = {
        1, 8, 16, 4096, 0xdeadbeef, UINTPTR_MAX / 2 + 1, UINTPTR_MAX - 15, UINTPTR_MAX,
        (uintptr_t)UINT64_C(0x7ffffffffff0), (uintptr_t)UINT64_C(0x800000000010),
        (uintptr_t)UINT64_C(0xdeadbeefdeadbee0), (uintptr_t)UINT64_C(0xffff800000000010),
    };
    int failures = 0;

    (void)argc;
    expect_option(argv, "IKYO_FOREIGN_FREE", "abort");
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        number = numbers[i];
        failures += expect_abort(free_number, "free", "foreign pointer");
    }
    return failures != 0;
}
