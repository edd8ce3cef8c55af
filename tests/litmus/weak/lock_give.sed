# SPDX-License-Identifier: MIT
# file: base/lock.c
# test: lock
# A lock is given back without a release.
s|0, memory_order_release|0, memory_order_relaxed|
