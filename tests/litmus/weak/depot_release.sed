# SPDX-License-Identifier: MIT
# file: binned/depot.c
# test: depot
# A slab is let go of without a release.
s|nobody(), memory_order_seq_cst|nobody(), memory_order_relaxed|
