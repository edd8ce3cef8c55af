// SPDX-License-Identifier: MIT
// Pages of virtual memory, straight from the operating system.
//
// A region is address space first: it is reserved without memory, its parts
// are committed (readable, writable, zero) and decommitted, and it is released
// as a whole. All sizes and offsets are bytes. Nothing here allocates, takes a
// lock or keeps a record: calls on different regions, or on parts of one
// region that do not overlap, may run in any threads at once; ikyo_vm_release
// must be the last call on its region. `errno` is unspecified afterwards.
#ifndef IKYOALLOC_VM_H
#define IKYOALLOC_VM_H

#include "ikyoalloc/base.h"

#include <stdbool.h>
#include <stddef.h>

IKYO_BEGIN_DECLS

enum ikyo_vm_error {
    IKYO_VM_OK,
    IKYO_VM_RESERVE_FAILED,
    IKYO_VM_COMMIT_FAILED,
    IKYO_VM_PROTECT_FAILED,
    IKYO_VM_RELEASE_FAILED,
    IKYO_VM_INVALID_PARAMETERS
};

enum ikyo_vm_protection {
    IKYO_VM_NO_ACCESS,
    IKYO_VM_READ,
    IKYO_VM_READ_WRITE
};

// Filled in by ikyo_vm_reserve and owned by the caller, who may copy it but
// must not change it. `size` is a multiple of `page_size`.
struct ikyo_vm_region {
    void *base;
    size_t size;
    size_t page_size;
    bool reserved;
};

// A short English sentence without a full stop; never NULL, also for values
// that are no ikyo_vm_error. The text is static.
IKYO_API const char *ikyo_vm_error_text(enum ikyo_vm_error error);

// The unit of commit, decommit and protect: a power of two found at run time.
IKYO_API size_t ikyo_vm_page_size(void);

// The unit in which address space is reserved: a power of two, at least a page.
IKYO_API size_t ikyo_vm_allocation_granularity(void);

// `value` rounded up or down to a multiple of `alignment`. Both return 0 when
// `alignment` is no power of two; rounding up also when the result overflows.
IKYO_API size_t ikyo_align_up(size_t value, size_t alignment);
IKYO_API size_t ikyo_align_down(size_t value, size_t alignment);

// Reserves at least `size` bytes, rounded up to whole pages, at a multiple of
// `alignment`, a power of two of any size. No memory is used and every access
// faults. INVALID_PARAMETERS for a zero or overflowing size, another alignment
// or NULL; RESERVE_FAILED when the system has no such range. On failure *out
// is cleared, so that no later call accepts it.
IKYO_API enum ikyo_vm_error ikyo_vm_reserve(size_t size, size_t alignment,
                                            struct ikyo_vm_region *out);

// The calls on a part of a region answer INVALID_PARAMETERS, and do nothing,
// for a NULL or released region, a zero size, an offset or size that is not a
// multiple of the page size, and a range that leaves the region.

// Makes the range readable and writable. Pages that were not committed before,
// or were decommitted since, are zero; the others keep their contents.
// COMMIT_FAILED when the system is out of memory.
IKYO_API enum ikyo_vm_error ikyo_vm_commit(const struct ikyo_vm_region *region, size_t offset,
                                           size_t size);

// Gives the memory of the range back. Its contents are lost and an access
// faults, where the system can make it fault, until the next commit.
// COMMIT_FAILED when the system refused: the range then is as before.
IKYO_API enum ikyo_vm_error ikyo_vm_decommit(const struct ikyo_vm_region *region, size_t offset,
                                             size_t size);

// Sets what a committed range may be used for; contents stay. On pages that
// are not committed the result depends on the system. PROTECT_FAILED when the
// system refused, INVALID_PARAMETERS also for an unknown protection.
IKYO_API enum ikyo_vm_error ikyo_vm_protect(const struct ikyo_vm_region *region, size_t offset,
                                            size_t size, enum ikyo_vm_protection protection);

// Gives memory and address space of the whole region back and clears *region;
// copies of it must not be used any more. RELEASE_FAILED when the system
// refused: the region then is as before.
IKYO_API enum ikyo_vm_error ikyo_vm_release(struct ikyo_vm_region *region);

// Asks for huge pages in the range, or for none. A hint: a system without
// huge pages answers IKYO_VM_OK as well.
IKYO_API enum ikyo_vm_error ikyo_vm_advise_huge(const struct ikyo_vm_region *region, size_t offset,
                                                size_t size, bool enable);

IKYO_END_DECLS

#endif
