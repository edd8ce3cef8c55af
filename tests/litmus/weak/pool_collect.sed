# SPDX-License-Identifier: MIT
# file: engine/thread_pool.c
# test: thread_pool
# Objects are taken over without an acquire.
s|NULL, memory_order_acquire|NULL, memory_order_relaxed|
