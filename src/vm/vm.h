// SPDX-License-Identifier: MIT
// The page contract: what the allocator asks of an operating system's virtual
// memory. One file per system implements it, with no policy and no accounts.
//
// For every call: addr is page-aligned and not NULL; size > 0 and a multiple
// of the page size; the range lies inside one earlier reserve or map; alignment
// is a power of two. Parts of different reservations may be worked on by any
// threads at once. `true` means done; after `false` the range is as before
// unless the call says otherwise. Every call may clobber errno.
#ifndef VM_VM_H
#define VM_VM_H

#include "ikyoalloc/vm.h"

#include <stdbool.h>
#include <stddef.h>

// Fixes the page size, a power of two. Called once, before there are threads.
void vm_init(size_t page_size);

// The page size: 4096 to 65536. Right also before vm_init, only slower.
size_t vm_page_size(void);

// The unit of address space: what reservations are aligned to at least.
size_t vm_granularity(void);

// Address space without access and without memory, or NULL.
void *vm_reserve(size_t size, size_t alignment);

// Zero pages to read and write, or NULL.
void *vm_map(size_t size, size_t alignment);

// Zero pages that may only be read, or NULL; to be committed piece by piece.
void *vm_map_readonly(size_t size, size_t alignment);

// Makes the range readable and writable. Zero where it was never committed or
// was decommitted since, unchanged elsewhere.
bool vm_commit(void *addr, size_t size);

// Gives the memory back and makes every access fault until the next commit.
// No trace of earlier protections or advice is left.
bool vm_decommit(void *addr, size_t size);

// Gives the memory of committed pages back; they stay accessible and read zero.
// False when the system refused, as for locked pages on old kernels.
bool vm_purge(void *addr, size_t size);

// Changes the access to committed pages; contents stay.
bool vm_protect(void *addr, size_t size, enum ikyo_vm_protection protection);

// Gives back memory and address space. Where vm_can_release_parts() is false
// the range must be one whole reserve or map, else the answer is false.
bool vm_release(void *addr, size_t size);
bool vm_can_release_parts(void);

// Gives committed pages their memory now. False when not done or not known:
// the pages then get it one by one at first use, as ever.
bool vm_populate(void *addr, size_t size);

// Hints: prefer or avoid huge pages; leave out of or put into core dumps.
void vm_advise_huge(void *addr, size_t size, bool enable);
void vm_exclude_from_core(void *addr, size_t size, bool exclude);

// Makes single pages fault without splitting the mapping; contents are lost.
// After vm_guard_remove they are zero pages with the access they had before.
// False where the system has no such guards, and for locked pages.
bool vm_guard_install(void *addr, size_t size);
bool vm_guard_remove(void *addr, size_t size);

// Extends a whole mapping to new_size > old_size where it lies. Returns addr,
// or NULL when that is not possible. The new pages are zero.
void *vm_grow(void *addr, size_t old_size, size_t new_size);

// Moves pages, contents and access onto an existing range `to` of the same
// size, which must not overlap and whose own pages are lost. The source is
// unmapped. After false the source is as before, but `to` may be unmapped.
bool vm_move(void *from, void *to, size_t size);

// As vm_move, but the source stays mapped, as pages that read zero.
bool vm_move_keep(void *from, void *to, size_t size);

// True when the system pins the memory of these committed pages, so that it
// never comes back by itself. Their contents may be lost by asking.
bool vm_is_locked(void *addr, size_t size);

#endif
