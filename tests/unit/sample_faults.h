// SPDX-License-Identifier: MIT
// Stands in for the report of a finding and for call stacks: findings are kept, and if reports are
// to abort, told on standard error in a line. The number of a stack is made of its frame's address.
#ifndef TESTS_UNIT_SAMPLE_FAULTS_H
#define TESTS_UNIT_SAMPLE_FAULTS_H

#include "base/option.h"
#include "debug/finding.h"
#include "debug/stack.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct finding found[8];
static int found_count;

static inline const char *found_name(enum finding_kind kind)
{
    static const char *const names[] = {
#define FINDING(constant, name, words) name,
#include "debug/finding.def"
#undef FINDING
    };

    return names[kind];
}

void finding_report(const struct finding *f)
{
    if (found_count < 8)
        found[found_count] = *f;
    found_count++;
    if (options.on_error == ON_ERROR_ABORT) {
        dprintf(STDERR_FILENO, "%s %s %ld\n", found_name(f->kind), call_table[f->call].name,
                (long)((const char *)f->pointer - (const char *)f->block.start));
        abort();
    }
}

uint32_t stack_capture(const void *frame)
{
    return (uint32_t)(uintptr_t)frame;
}

static void (*before_fault_is_handled)(void); // once: what other threads do meanwhile

uint32_t stack_capture_interrupted(const struct registers *r)
{
    void (*meanwhile)(void) = before_fault_is_handled;

    before_fault_is_handled = NULL;
    if (meanwhile != NULL)
        meanwhile();
    return (uint32_t)r->pc;
}

#endif
