// SPDX-License-Identifier: MIT
#include "os/windows_errno.h"

#include "os/compiler.h"

#include <stdbool.h>
#include <stddef.h>

static THREAD_LOCAL_IE int own_errno = 0;
static THREAD_LOCAL_IE long is_asking = false;

int *os_errno_place(void)
{
    long *asking = THREAD_PLACE(is_asking);
    int *place;

    if (*asking) {
        return THREAD_PLACE(own_errno);
    }
    *asking = true;
    place = _errno();
    *asking = false;
    return place;
}
