// SPDX-License-Identifier: MIT
#include "vm/directory.h"

#include "base/check.h"
#include "base/lock.h"
#include "vm/charge.h"
#include "vm/vm.h"

#define DESCS_SIZE ((size_t)UNITS_PER_SLOT << DESC_SHIFT)
#define SLOT_SIZE (DESCS_SIZE + sizeof(struct granule_map))

// Whole pages of its own.
PAGES_ALIGNED _Atomic(char *) directory[DIRECTORY_SLOTS];

void directory_init(void)
{
    // Failure only means that the table stays writable.
    vm_protect(directory, sizeof(directory), IKYO_VM_READ);
}

static _Atomic(char *) *slot_of(const void *p)
{
    return &directory[untag(p) >> SLOT_SHIFT & (DIRECTORY_SLOTS - 1)];
}

static void *page_of(void *p)
{
    return (char *)p - ((uintptr_t)p & (vm_page_size() - 1));
}

struct granule_map *granule_map_of(const void *p)
{
    return (struct granule_map *)(atomic_load_explicit(slot_of(p), memory_order_relaxed) +
                                  DESCS_SIZE);
}

bool directory_add_slot(const void *p)
{
    char *slot;

    assert(lock_held(LOCK_GROW));
    if ((uint64_t)untag(p) >> ADDRESS_BITS != 0)
        return false;
    if (atomic_load_explicit(slot_of(p), memory_order_relaxed) != NULL)
        return true;
    slot = vm_map_readonly(SLOT_SIZE, vm_page_size());
    if (slot == NULL)
        return false;
    // A table that is read at random must not pull in huge pages.
    vm_advise_huge(slot, SLOT_SIZE, false);
    if (!vm_commit(slot + DESCS_SIZE, sizeof(struct granule_map))) {
        vm_release(slot, SLOT_SIZE);
        return false;
    }
    if (!vm_protect(page_of(slot_of(p)), vm_page_size(), IKYO_VM_READ_WRITE)) {
        vm_release(slot, SLOT_SIZE);
        return false;
    }
    charge_reserved(SLOT_SIZE);
    charge_committed(sizeof(struct granule_map), CHARGE_METADATA);
    atomic_store_explicit(slot_of(p), slot, memory_order_release);
    return true;
}

bool directory_commit(const void *p, size_t size)
{
    char *first = (char *)desc_at(p);
    char *end = first + (size >> (UNIT_SHIFT - DESC_SHIFT));
    size_t page = vm_page_size();

    assert(lock_held(LOCK_GROW));
    first -= (uintptr_t)first & (page - 1);
    end += -(uintptr_t)end & (page - 1);
    if (!vm_commit(first, (size_t)(end - first)))
        return false;
    charge_committed(size >> (UNIT_SHIFT - DESC_SHIFT), CHARGE_METADATA);
    return true;
}
