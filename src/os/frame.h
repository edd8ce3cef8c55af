// SPDX-License-Identifier: MIT
// How the CPU's calling convention lays out a stack, as far as walking it needs to know.
//
// A frame record is the caller's frame pointer and the return address, in this order; the
// frame pointer points to it, or FRAME_RECORD bytes behind it. The numbers of registers
// are those that unwind tables use.
#ifndef OS_FRAME_H
#define OS_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__x86_64__)
enum { FRAME_KNOWN = true, FRAME_FP = 6, FRAME_SP = 7, FRAME_RA = 16, FRAME_RECORD = 0 };
#elif defined(__i386__)
enum { FRAME_KNOWN = true, FRAME_FP = 5, FRAME_SP = 4, FRAME_RA = 8, FRAME_RECORD = 0 };
#elif defined(__aarch64__)
enum { FRAME_KNOWN = true, FRAME_FP = 29, FRAME_SP = 31, FRAME_RA = 30, FRAME_RECORD = 0 };
#elif defined(__riscv)
enum {
    FRAME_KNOWN = true,
    FRAME_FP = 8,
    FRAME_SP = 2,
    FRAME_RA = 1,
    FRAME_RECORD = -2 * __SIZEOF_POINTER__
};
#else
enum { FRAME_KNOWN = false, FRAME_FP = 0, FRAME_SP = 1, FRAME_RA = 2, FRAME_RECORD = 0 };
#endif

// The stack pointer of the caller, when its frame record is at `fp` and that of the function
// it called ended at `end`.
static inline uintptr_t frame_caller_sp(uintptr_t end, uintptr_t fp)
{
#if defined(__aarch64__)
    return fp > end ? fp : end; // the record is the lowest part of a frame
#else
    (void)fp;
    return end; // the record is the highest part of a frame
#endif
}

// A return address without its signature.
static inline uintptr_t frame_plain_code(uintptr_t address)
{
#if defined(__aarch64__)
    register uintptr_t x30 __asm__("x30") = address;

    __asm__("hint #7" : "+r"(x30)); // xpaclri, which older CPUs take for a nop
    return x30;
#else
    return address;
#endif
}

#endif
