// SPDX-License-Identifier: MIT
#include "debug/access.h"

#include "debug/stack.h"
#include "os/os.h"

static enum call call_of(enum os_access access)
{
    switch (access) {
    case OS_ACCESS_READ:
        return CALL_READ;
    case OS_ACCESS_WRITE:
        return CALL_WRITE;
    default:
        return CALL_ACCESS;
    }
}

struct finding access_finding(const struct os_fault *fault)
{
    struct registers at = {.pc = fault->code, .sp = fault->stack, .fp = fault->frame};

    return (struct finding){
        .call = call_of(fault->access),
        .pointer = fault->address,
        .now = {.stack = stack_capture_interrupted(&at), .thread = os_thread_id()},
    };
}
