# SPDX-License-Identifier: MIT
# file: engine/thread_pool.c
# test: thread_pool
# A pool is left without a release.
s|0, memory_order_release|0, memory_order_relaxed|
