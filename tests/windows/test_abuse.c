// SPDX-License-Identifier: MIT
// What a broken program does with the calls that it knows: each is told in one line that names
// the call, and ends the process.
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include <cmocka.h>

static char static_data[64];

static void free_small_twice(void)
{
    void *volatile p = malloc(50);

    free(p);
    free(p);
}

static void free_large_twice(void)
{
    void *volatile p = malloc(500000);

    free(p);
    free(p);
}

static void free_huge_twice(void)
{
    void *volatile p = malloc(100 << 20);

    free(p);
    free(p);
}

static void free_stack(void)
{
    char local[64];
    void *volatile p = &local[16];

    free(malloc(10));
    free(p);
}

static void free_static(void)
{
    void *volatile p = &static_data[16];

    free(malloc(10));
    free(p);
}

static void free_mapped(void)
{
    void *volatile p = VirtualAlloc(NULL, 65536, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);

    free(malloc(10));
    free(p);
}

static void free_wild(void)
{
    void *volatile p = (void *)(uintptr_t)0x123456789000;

    free(malloc(10));
    free(p);
}

static void free_interior(void)
{
    char *volatile p = malloc(500000);

    free(p + 4096);
}

static void resize_static(void)
{
    void *volatile p = static_data;

    free(malloc(10));
    p = realloc(p, 100);
}

static void free_twice_in_full(void)
{
    void *volatile p;

    p = malloc(50);
    free(p);
    free(malloc(50));
    free(p);
}

static void overflow_in_full(void)
{
    char *volatile p = malloc(50);

    p[50] = 1;
    free(p);
}

static void use_after_free_of_large_in_full(void)
{
    char *volatile p = malloc(500000);

    free(p);
    p[100] = 1;
}

static void expect(void (*body)(void), const char *call, const char *finding)
{
    struct child child = child_run(body);

    if (strstr(child.text, call) == NULL || strstr(child.text, finding) == NULL)
        print_error("%s", child.text);
    assert_int_equal(child.signal, SIGABRT);
    assert_non_null(strstr(child.text, call));
    assert_non_null(strstr(child.text, finding));
}

static void bad_pointers_are_told(void **state)
{
    (void)state;
    expect(free_small_twice, "ikyoalloc: free(", "double free");
    expect(free_large_twice, "ikyoalloc: free(", "double free");
    expect(free_huge_twice, "ikyoalloc: free(", "double free");
    expect(free_stack, "ikyoalloc: free(", "foreign pointer");
    expect(free_static, "ikyoalloc: free(", "foreign pointer");
    expect(free_mapped, "ikyoalloc: free(", "foreign pointer");
    expect(free_wild, "ikyoalloc: free(", "foreign pointer");
    expect(free_interior, "ikyoalloc: free(", "invalid pointer");
    expect(resize_static, "ikyoalloc: realloc(", "foreign pointer");
}

static void full_mode_tells_more(void **state)
{
    (void)state;
    _putenv_s("IKYO_CHECK", "full");
    expect(free_twice_in_full, "free", "double free");
    expect(overflow_in_full, "free", "overflow");
    expect(use_after_free_of_large_in_full, "write", "after free");
    _putenv_s("IKYO_CHECK", "");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_pointers_are_told),
        cmocka_unit_test(full_mode_tells_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
