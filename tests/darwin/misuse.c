// SPDX-License-Identifier: MIT
// One misuse of malloc, by name; CMakeLists.txt says in which mode, and what is to be reported.
#include "expect.h"

static void double_free(void)
{
    char *p = malloc(100);

    free(p);
    free(p);
}

static void invalid(void)
{
    free((char *)malloc(50000) + 16);
}

static void overflow(void)
{
    char *p = malloc(100);

    memset(p, 1, 101);
    free(p);
}

// Sampled blocks lie before a page that faults, or behind it.
static void out_of_bounds(void)
{
    for (int i = 0; i < 100; i++)
        ((volatile char *)malloc(64))[64] = 1;
}

static void use_after_free(void)
{
    char *p = malloc(200000);

    memset(p, 1, 200000);
    free(p);
    memset(p + 5000, 2, 1);
}

static void *volatile last;

static void leak(void)
{
    last = malloc(12345);
    last = NULL;
}

static void foreign(void)
{
    static char in_data[64];

    free(in_data + 16);
}

int main(int count, char **arguments)
{
    static const struct test misuses[] = {
        TEST(double_free),    TEST(invalid), TEST(overflow), TEST(out_of_bounds),
        TEST(use_after_free), TEST(leak),    TEST(foreign),
    };

    for (size_t i = 0; i < sizeof(misuses) / sizeof(misuses[0]) && count == 2; i++)
        if (strcmp(misuses[i].name, arguments[1]) == 0)
            misuses[i].run();
    return 0;
}
