# SPDX-License-Identifier: MIT
# file: engine/thread_pool.c
# test: thread_pool
# An object is given back without a release.
/compare_exchange_weak/,/;/s|memory_order_release|memory_order_relaxed|
