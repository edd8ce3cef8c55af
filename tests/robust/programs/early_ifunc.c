// SPDX-License-Identifier: MIT
// A library that allocates while it is being relocated, from an IFUNC resolver, and again from a
// constructor that runs before all ordinary ones. early_check says whether both blocks are whole.
#include <stdlib.h>
#include <string.h>

enum { SIZE = 300 };

int early_value(void);
int early_check(void);

static char *of_resolver;
static char *of_constructor;

static int chosen(void)
{
    return 42;
}

// The resolver runs before the library's own data are relocated, so it uses nothing but the stack.
static char *block(char mark)
{
    char *p = malloc(SIZE);

    free(malloc(50));
    if (p != NULL)
        memset(p, mark, SIZE);
    return p;
}

static int (*resolve(void))(void)
{
    of_resolver = block('r');
    return chosen;
}

int early_value(void) __attribute__((ifunc("resolve")));

__attribute__((constructor(101))) static void construct(void)
{
    of_constructor = block('c');
}

static int whole(char *p, char mark)
{
    if (p == NULL)
        return 0;
    for (int n = 0; n < SIZE; n++) {
        if (p[n] != mark)
            return 0;
    }
    free(p);
    return 1;
}

int early_check(void)
{
    return early_value() == 42 && whole(of_resolver, 'r') && whole(of_constructor, 'c');
}
