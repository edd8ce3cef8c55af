# SPDX-License-Identifier: MIT
# file: tls/slab_source.c
# test: units
# A unit is taken from its owner without an acquire.
s|NULL, memory_order_acquire|NULL, memory_order_relaxed|
