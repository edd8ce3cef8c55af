// SPDX-License-Identifier: MIT
// One block grows from 1 MiB to 1 GiB in steps of 1 MiB. Nothing may be copied: the pages that
// the program writes are faulted in once, and there are never two copies of them.
#include "stress.h"

// One mark a page, written when the page is new.
static void touch(unsigned char *block, size_t from, size_t to)
{
    for (size_t at = from; at < to; at += STRESS_PAGE) {
        block[at] = (unsigned char)(at / STRESS_PAGE);
    }
}

int main(void)
{
    size_t amount = stress_amount();
    unsigned char *block = NULL;
    size_t start = 0;
    long faults = 0;
    double began = 0;

    stress_start("realloc_growth");
    start = stress_rss();
    began = stress_now();
    faults = stress_minor_faults();
    for (size_t size = STRESS_MIB; size <= amount; size += STRESS_MIB) {
        block = realloc(block, size);
        stress_expect(block != NULL, "realloc");
        touch(block, size - STRESS_MIB, size);
    }
    faults = stress_minor_faults() - faults;
    printf("%.0f MiB in %.2f s, %ld minor faults\n", stress_mib(amount), stress_now() - began,
           faults);
    for (size_t at = 0; at < amount; at += STRESS_PAGE) {
        stress_expect(block[at] == (unsigned char)(at / STRESS_PAGE), "a page kept its mark");
    }
    stress_bound("minor faults over pages written", (double)faults / (double)(amount / STRESS_PAGE),
                 1.05, "times");
    stress_bound("peak over the size", (double)(stress_peak_rss() - start) / (double)amount, 1.05,
                 "times");
    free(block);
    return 0;
}
