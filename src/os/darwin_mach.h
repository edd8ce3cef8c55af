// SPDX-License-Identifier: MIT
// The calls of Mach that look at this process's memory, also where the headers at hand leave
// them out. Not for files that include vm/vm.h: Mach has calls of the same names.
#ifndef OS_DARWIN_MACH_H
#define OS_DARWIN_MACH_H

#include <mach/mach_init.h>
#include <mach/mach_types.h>

#if __has_include(<mach/mach_vm.h>)
#include <mach/mach_vm.h>
#else
extern kern_return_t mach_vm_read_overwrite(vm_map_read_t task, mach_vm_address_t from,
                                            mach_vm_size_t size, mach_vm_address_t to,
                                            mach_vm_size_t *copied);
extern kern_return_t mach_vm_region_recurse(vm_map_read_t task, mach_vm_address_t *start,
                                            mach_vm_size_t *size, natural_t *depth,
                                            vm_region_recurse_info_t info,
                                            mach_msg_type_number_t *words);
#endif

#endif
