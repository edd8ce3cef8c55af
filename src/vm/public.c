// SPDX-License-Identifier: MIT
// The public page calls: every parameter is checked here, and what remains is
// the page contract of vm.h.
#include "ikyoalloc/vm.h"
#include "vm/vm.h"

#include <stdint.h>

static bool is_power_of_two(size_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

const char *ikyo_vm_error_text(enum ikyo_vm_error error)
{
    switch (error) {
    case IKYO_VM_OK:
        return "no error";
    case IKYO_VM_RESERVE_FAILED:
        return "address space could not be reserved";
    case IKYO_VM_COMMIT_FAILED:
        return "memory could not be committed or decommitted";
    case IKYO_VM_PROTECT_FAILED:
        return "protection could not be changed";
    case IKYO_VM_RELEASE_FAILED:
        return "address space could not be released";
    case IKYO_VM_INVALID_PARAMETERS:
        return "invalid parameters";
    }
    return "unknown error";
}

size_t ikyo_vm_page_size(void)
{
    return vm_page_size();
}

size_t ikyo_vm_allocation_granularity(void)
{
    return vm_granularity();
}

size_t ikyo_align_up(size_t value, size_t alignment)
{
    if (!is_power_of_two(alignment) || value > SIZE_MAX - (alignment - 1)) {
        return 0;
    }
    return (value + alignment - 1) & ~(alignment - 1);
}

size_t ikyo_align_down(size_t value, size_t alignment)
{
    return is_power_of_two(alignment) ? value & ~(alignment - 1) : 0;
}

enum ikyo_vm_error ikyo_vm_reserve(size_t size, size_t alignment, struct ikyo_vm_region *out)
{
    size_t page = vm_page_size();
    size_t rounded = ikyo_align_up(size, page);

    if (out == NULL) {
        return IKYO_VM_INVALID_PARAMETERS;
    }
    *out = (struct ikyo_vm_region){0};
    // Rounding gives 0 for a size of zero as for one that overflows.
    if (rounded == 0 || !is_power_of_two(alignment)) {
        return IKYO_VM_INVALID_PARAMETERS;
    }
    void *base = vm_reserve(rounded, alignment < page ? page : alignment);

    if (base == NULL) {
        return IKYO_VM_RESERVE_FAILED;
    }
    *out = (struct ikyo_vm_region){
        .base = base, .size = rounded, .page_size = page, .reserved = true};
    return IKYO_VM_OK;
}

static bool is_live(const struct ikyo_vm_region *region)
{
    return region != NULL && region->reserved && region->base != NULL && region->size != 0;
}

// The start of a valid part of a region, else NULL.
static void *part(const struct ikyo_vm_region *region, size_t offset, size_t size)
{
    size_t page = vm_page_size();

    if (!is_live(region) || size == 0 || offset % page != 0 || size % page != 0) {
        return NULL;
    }
    if (offset > region->size || size > region->size - offset) {
        return NULL;
    }
    return (char *)region->base + offset;
}

enum ikyo_vm_error ikyo_vm_commit(const struct ikyo_vm_region *region, size_t offset, size_t size)
{
    void *addr = part(region, offset, size);

    if (addr == NULL) {
        return IKYO_VM_INVALID_PARAMETERS;
    }
    return vm_commit(addr, size) ? IKYO_VM_OK : IKYO_VM_COMMIT_FAILED;
}

enum ikyo_vm_error ikyo_vm_decommit(const struct ikyo_vm_region *region, size_t offset,
                                    size_t size)
{
    void *addr = part(region, offset, size);

    if (addr == NULL) {
        return IKYO_VM_INVALID_PARAMETERS;
    }
    return vm_decommit(addr, size) ? IKYO_VM_OK : IKYO_VM_COMMIT_FAILED;
}

enum ikyo_vm_error ikyo_vm_protect(const struct ikyo_vm_region *region, size_t offset, size_t size,
                                   enum ikyo_vm_protection protection)
{
    void *addr = part(region, offset, size);

    // Through unsigned, since a caller may pass any number and an enumeration
    // may be a signed type.
    if (addr == NULL || (unsigned)protection > (unsigned)IKYO_VM_READ_WRITE) {
        return IKYO_VM_INVALID_PARAMETERS;
    }
    return vm_protect(addr, size, protection) ? IKYO_VM_OK : IKYO_VM_PROTECT_FAILED;
}

enum ikyo_vm_error ikyo_vm_release(struct ikyo_vm_region *region)
{
    if (!is_live(region)) {
        return IKYO_VM_INVALID_PARAMETERS;
    }
    if (!vm_release(region->base, region->size)) {
        return IKYO_VM_RELEASE_FAILED;
    }
    *region = (struct ikyo_vm_region){0};
    return IKYO_VM_OK;
}

enum ikyo_vm_error ikyo_vm_advise_huge(const struct ikyo_vm_region *region, size_t offset,
                                       size_t size, bool enable)
{
    void *addr = part(region, offset, size);

    if (addr == NULL) {
        return IKYO_VM_INVALID_PARAMETERS;
    }
    vm_advise_huge(addr, size, enable);
    return IKYO_VM_OK;
}
