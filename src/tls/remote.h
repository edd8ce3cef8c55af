// SPDX-License-Identifier: MIT
// Blocks on their way to the thread that owns their slab.
//
// A block of a slab that another cache owns goes into a ring of the freeing thread,
// one slab a ring, without an atomic operation. A ring that is full or evicted is
// sent as one message: its first block, pushed on the owner's inbox by one CAS.
//
//   message: | next message | next block, last block (offsets in the slab), count |
//
// The owner takes the whole inbox by one exchange and splices each message in O(1).
// A message for a slab that changed hands meanwhile is forwarded: the slab is
// claimed if it is nobody's, else the message goes on to its new owner.
//
//   push   inbox CAS, seq_cst; then reads `life`     pairs with
//   exit   writes life = POOLED; then reads the inbox, all seq_cst
//
// so a message that comes too late for its owner is seen by its sender, which then empties the inbox
// itself, under LOCK_CACHES, or by the owner, which stays. What a message's blocks hold was written
// before the push (release) and is read after the take (acquire).
#ifndef TLS_REMOTE_H
#define TLS_REMOTE_H

#include "tls/thread_cache.h"

// Frees p, a block of slab d that neither t nor nobody owned a moment ago.
void remote_free(struct thread_cache *t, struct desc *d, struct block *p);

// As remote_free, if blocks of this slab wait already and not too many. False: nothing
// was done.
bool remote_add(struct thread_cache *t, struct desc *d, struct block *p);

// Sends what all rings hold.
void remote_flush(struct thread_cache *t);

// Takes what others sent.
void remote_drain(struct thread_cache *t);

// The messages in the inbox, taken at once; for remote_forward.
struct block *remote_take(struct thread_cache *t);

// Brings messages that were meant for another cache where they belong.
void remote_forward(struct thread_cache *t, struct block *messages);

// Calls visit for each message that waits in the inbox: a slab and how many of its
// blocks. What the owner takes meanwhile may be missed.
void remote_visit(struct thread_cache *t,
                  void (*visit)(const struct desc *d, size_t count, void *context),
                  void *context);

#endif
