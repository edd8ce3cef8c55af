// SPDX-License-Identifier: MIT
#include "debug/walk.h"

#include "debug/cfi.h"
#include "os/frame.h"
#include "os/image.h"
#include "os/os.h"
#include "vm/vm.h"

#include <stdatomic.h>

enum { FRAME_MAX = 1 << 20 }; // bytes; what seems to be larger is no frame

struct walk {
    struct registers at;
    uintptr_t readable_end; // of the pages from the first frame on
    struct os_image image;  // in which at.pc lies
};

// Our own code: a library, whose frames say nothing to the program, or part of the program.
static struct os_image own;
static bool own_is_library;
static _Atomic(bool) started;

void walk_start(void)
{
    os_image_start();
    if (!FRAME_KNOWN || !os_image_of((uintptr_t)walk_start, &own))
        return;
    own_is_library = !os_image_is_program(&own);
    // Pairs with walk_stack.
    atomic_store_explicit(&started, true, memory_order_release);
}

// Pages are asked for one by one, so that what is read lies in one piece with the stack.
static bool extend(struct walk *w, uintptr_t end)
{
    while (w->readable_end < end) {
        if (!os_can_read((const void *)w->readable_end))
            return false;
        w->readable_end += vm_page_size();
    }
    return true;
}

static bool read_stack(void *context, uintptr_t address, uintptr_t *word)
{
    struct walk *w = context;

    if (address < w->at.sp || address % sizeof(*word) != 0 ||
        (address > w->readable_end && address - w->readable_end > FRAME_MAX) ||
        !extend(w, address + sizeof(*word)))
        return false;
    *word = *(const uintptr_t *)address;
    return true;
}

static bool step_by_record(struct walk *w)
{
    uintptr_t record = w->at.fp + (uintptr_t)FRAME_RECORD, fp, pc;

    if (!read_stack(w, record, &fp) || !read_stack(w, record + sizeof(fp), &pc))
        return false;
    w->at.sp = frame_caller_sp(record + 2 * sizeof(fp), fp);
    w->at.fp = fp;
    w->at.pc = frame_plain_code(pc);
    return true;
}

static bool step_by_table(struct walk *w)
{
    if (w->image.unwind_table == NULL)
        return step_by_record(w);
    switch (cfi_step(w->image.unwind_table, &w->at, read_stack, w)) {
    case CFI_STEPPED:
        return true;
    case CFI_OUTERMOST:
        return false;
    default:
        return step_by_record(w);
    }
}

static bool holds(const struct os_image *image, uintptr_t address)
{
    return address >= image->start && address < image->end;
}

// The last image is as a rule the next one.
static bool find_image(struct walk *w)
{
    return holds(&w->image, w->at.pc - 1) || os_image_of(w->at.pc - 1, &w->image);
}

static size_t walk_on(struct walk *w, bool by_tables, uintptr_t *frames, size_t room)
{
    size_t count = 0;
    bool step = true;

    while (step && count < room && find_image(w)) {
        bool is_own = holds(&own, w->at.pc - 1);

        if (!is_own || !own_is_library || count > 0)
            frames[count++] = w->at.pc;
        step = is_own || by_tables ? step_by_table(w) : step_by_record(w);
    }
    return count;
}

size_t walk_stack(const void *frame, bool by_tables, uintptr_t *frames, size_t room)
{
    uintptr_t start = (uintptr_t)frame, page_mask = vm_page_size() - 1;
    struct walk w = {.at = {.sp = start + (uintptr_t)FRAME_RECORD, .fp = start},
                     .readable_end = (start | page_mask) + 1};

    if (!atomic_load_explicit(&started, memory_order_acquire) || !step_by_record(&w))
        return 0;
    return walk_on(&w, by_tables, frames, room);
}

size_t walk_interrupted(const struct registers *r, bool by_tables, uintptr_t *frames, size_t room)
{
    // Return addresses lie behind the start of a call, and so does this one.
    struct walk w = {.at = {.pc = r->pc + 1, .sp = r->sp, .fp = r->fp},
                     .readable_end = r->sp & ~(vm_page_size() - 1)};

    if (!atomic_load_explicit(&started, memory_order_acquire) || room == 0 || r->pc == 0)
        return 0;
    frames[0] = w.at.pc;
    if (!find_image(&w) || !step_by_table(&w))
        return 1;
    return 1 + walk_on(&w, by_tables, frames + 1, room - 1);
}
