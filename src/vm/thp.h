// SPDX-License-Identifier: MIT
// Huge pages as the option thp wants them: `never` keeps every mapping free of them,
// `always` asks for them, `auto` keeps small programs free of them, asks for them where
// much memory is sure to be written, and leaves the rest to the system.
#ifndef VM_THP_H
#define VM_THP_H

#include "base/option.h"
#include "vm/vm.h"

enum thp_use {
    THP_SMALL,  // the process has little memory
    THP_SPARSE, // who knows how much of it will be written
    THP_DENSE,  // nearly all of it will be
};

// For a new mapping.
static inline void thp_advise(void *addr, size_t size, enum thp_use use)
{
    if (options.thp == THP_ALWAYS || (options.thp == THP_AUTO && use == THP_DENSE))
        vm_advise_huge(addr, size, true);
    else if (options.thp == THP_NEVER || use == THP_SMALL)
        vm_advise_huge(addr, size, false);
}

#endif
