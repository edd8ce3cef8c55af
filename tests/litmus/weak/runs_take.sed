# SPDX-License-Identifier: MIT
# file: large/run.c
# test: runs
# A run is taken from its owner without an acquire.
s|NULL, memory_order_acquire|NULL, memory_order_relaxed|
