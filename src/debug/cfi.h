// SPDX-License-Identifier: MIT
// One step up a call stack by the unwind tables of an image (.eh_frame, DWARF call frame
// information). It works for code without frame pointers, which exceptions need as well.
//
// Only what compilers write for ordinary code is understood, three registers of it, and
// memory is read through the caller's eyes: nothing here can fault but the table itself.
//
// Layer: debug. Above: walk. Below: os.
#ifndef DEBUG_CFI_H
#define DEBUG_CFI_H

#include <stdbool.h>
#include <stdint.h>

// A function that waits for a call to return: where it goes on, its stack and frame pointer.
struct registers {
    uintptr_t pc, sp, fp;
};

enum cfi_result {
    CFI_STEPPED,   // the registers are those of the caller
    CFI_OUTERMOST, // there is no caller
    CFI_UNKNOWN    // the tables do not tell; nothing was changed
};

// Reads a word of the stack. False: it cannot be one.
typedef bool (*cfi_read)(void *context, uintptr_t address, uintptr_t *word);

// `table` is the .eh_frame_hdr of the image in which r->pc lies.
enum cfi_result cfi_step(const void *table, struct registers *r, cfi_read read, void *context);

#endif
