# SPDX-License-Identifier: MIT
# file: binned/depot.h
# test: claim
# A claim reads what it did not acquire.
s|me, memory_order_acquire,|me, memory_order_relaxed,|
