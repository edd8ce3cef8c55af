# SPDX-License-Identifier: MIT
# file: binned/depot.h
# scenario: claim
# A claim looks first and stores then.
s|return atomic_compare_exchange_strong_explicit(&d->owner, &expected, me, memory_order_acquire,|if (atomic_load_explicit(\&d->owner, memory_order_relaxed) != expected) return false;\n    atomic_store_explicit(\&d->owner, me, memory_order_relaxed); return true;|
/^ *memory_order_relaxed);$/d
