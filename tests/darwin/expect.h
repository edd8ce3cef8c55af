// SPDX-License-Identifier: MIT
// Tests of the library as macOS has it: ordinary programs, into which it is inserted. They need
// no more of the system than the loader has (loader/loader.h), so not printf either.
#ifndef EXPECT_H
#define EXPECT_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline void say(const char *text)
{
    if (write(2, text, strlen(text)) < 0)
        _exit(2);
}

_Noreturn static inline void expect_failed(const char *text, int line)
{
    char number[] = ":     : ";

    for (int i = 5; line > 0; i--, line /= 10)
        number[i] = (char)('0' + line % 10);
    say("false in line");
    say(number);
    say(text);
    say("\n");
    _exit(1);
}

#define EXPECT(condition) ((condition) ? (void)0 : expect_failed(#condition, __LINE__))

struct test {
    const char *name;
    void (*run)(void);
};

#define TEST(function) {#function, function}

static inline int run_tests(const struct test *tests, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        tests[i].run();
        say("[       OK ] ");
        say(tests[i].name);
        say("\n");
    }
    return 0;
}

#define RUN_TESTS(list) run_tests(list, sizeof(list) / sizeof((list)[0]))

#endif
