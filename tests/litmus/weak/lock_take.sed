# SPDX-License-Identifier: MIT
# file: base/lock.c
# test: lock
# A lock is taken without an acquire.
s|memory_order_acquire|memory_order_relaxed|
