// SPDX-License-Identifier: MIT
// Where a thread's new slabs come from and where its empty ones go: a few units
// of its own, then the pages everybody shares.
//
// Layer: tls. Above: magazine. Below: slab, vm/pages.
#ifndef TLS_SLAB_SOURCE_H
#define TLS_SLAB_SOURCE_H

#include "tls/thread_cache.h"

// A new slab of this bin, owned by t; the `first` one that t needs may be smaller.
// In the checked modes some have a guard behind them, where the system has guards that split
// no mapping: who writes on and on comes to one. NULL: no memory. With t == NULL it is
// owned by none yet, in pages of all.
struct desc *slab_source_take(struct thread_cache *t, unsigned bin, bool first);

// Destroys a slab of t that no block is out of and that is not listed. With t == NULL it
// may have blocks out, and the pages are all's.
void slab_source_give(struct thread_cache *t, struct desc *d);

// Gives the units that t keeps back to the shared pages. Any thread, any cache.
void slab_source_release(struct thread_cache *t);

#endif
