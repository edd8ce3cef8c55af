// SPDX-License-Identifier: MIT
// What is due now and then, done in slow paths: there is no thread of our own.
//
// Layer: tls. Above: alloc. Below: magazine, remote, and the policies of the layers
// below that age.
#ifndef TLS_UPKEEP_H
#define TLS_UPKEEP_H

#include "tls/thread_cache.h"

// One slow path of t, the calling thread's cache. Rings that wait are sent, flushes
// that were asked for are answered, and what came of age goes back.
void upkeep_tick(struct thread_cache *t);

// Asks every thread to give back everything at its next slow path.
void upkeep_ask_all_to_flush(void);

#endif
