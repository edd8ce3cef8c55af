// SPDX-License-Identifier: MIT
// Asks the library that allocated before everything else how its blocks are. Prints "right".
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    int (*check)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "early_check");

    if (check == NULL || !check())
        return 1;
    for (int n = 0; n < 10000; n++)
        free(malloc(1 + n * 13u % 4000));
    puts("right");
    return 0;
}
