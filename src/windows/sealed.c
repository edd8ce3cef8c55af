// SPDX-License-Identifier: MIT
// Nothing is sealed on Windows: under wine a thread that set an option while others did the same met
// pages that could not be written to, and nobody has seen what Windows does.
#include "sealed.h"

void sealed_start(void)
{
}

bool sealed_open(void)
{
    return true;
}

void sealed_close(void)
{
}
