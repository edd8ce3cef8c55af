// SPDX-License-Identifier: MIT
// Rows of unwind tables that threads remember for each other without a lock: one that is read is
// the one that was written for that place.
#include "litmus.h"

#include "debug/cfi_rows.h"
#include "os/frame.h"

static uint64_t hits[3];

static void put_and_get(unsigned self)
{
    uint64_t random = self + 1;

    while (litmus_goes_on()) {
        for (int i = 0; i < 1000; i++) {
            struct cfi_row row;
            uintptr_t place;

            random = random * 6364136223846793005u + 1442695040888963407u;
            place = (uintptr_t)(random >> 33) % 200000;
            if (cfi_rows_get(&hits, place, &row)) {
                hits[self]++;
                require_equal(row.cfa_offset, (int)(place % 1000) * 8);
                continue;
            }
            row = (struct cfi_row){.cfa = CFI_CFA_IS_SUM,
                                   .cfa_register = FRAME_SP,
                                   .cfa_offset = (int)(place % 1000) * 8,
                                   .ra.place = CFI_SAVED};
            cfi_rows_put(&hits, place, &row);
        }
    }
}

int main(void)
{
    litmus_run(3, put_and_get);
    require(hits[0] + hits[1] + hits[2] > 0);
    return 0;
}
