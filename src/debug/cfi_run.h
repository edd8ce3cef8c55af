// SPDX-License-Identifier: MIT
// The instructions of call frame information: rows of rules, one for each piece of a function.
//
// Layer: debug. Above: cfi. Below: os.
#ifndef DEBUG_CFI_RUN_H
#define DEBUG_CFI_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CFI_REMEMBERED_ROWS = 4 };

// Where the caller's value of a register is.
struct cfi_rule {
    enum cfi_place {
        CFI_SAME,
        CFI_SAVED,       // at `offset` from the frame's address (CFA)
        CFI_SAVED_BY_FP, // at `offset` from the frame pointer
        CFI_UNDEFINED,
        CFI_ELSEWHERE
    } place;
    int64_t offset;
};

// How to find the CFA, and two registers.
struct cfi_row {
    enum {
        CFI_CFA_UNKNOWN,
        CFI_CFA_IS_SUM,  // of cfa_register and cfa_offset
        CFI_CFA_IS_THERE // in the word at that sum
    } cfa;
    uint64_t cfa_register;
    int64_t cfa_offset;
    struct cfi_rule fp, ra;
};

// Instructions under way: `row` holds from `location` on.
struct cfi_machine {
    const uint8_t *at, *end;
    uintptr_t location, target;
    uint64_t code_unit;
    int64_t data_unit;
    struct cfi_row row, first, remembered[CFI_REMEMBERED_ROWS];
    size_t depth;
};

// Follows the instructions as far as they concern the target. False: one is not known.
bool cfi_run(struct cfi_machine *m);

// The tables' numbers: of 1, 2, 4 or 8 bytes, and of any length. `p` moves behind them.
uint64_t cfi_take(const uint8_t **p, size_t bytes);
uint64_t cfi_take_leb(const uint8_t **p, bool is_signed);

#endif
