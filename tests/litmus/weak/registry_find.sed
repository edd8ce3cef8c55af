# SPDX-License-Identifier: MIT
# file: large/registry.c
# test: registry
# A record is found without an acquire.
s|memory_order_acquire|memory_order_relaxed|
