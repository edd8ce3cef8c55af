# SPDX-License-Identifier: MIT
# file: binned/depot.h
# scenario: empty
# An empty slab is destroyed although it is listed.
s|return atomic_load_explicit(&d->listed, memory_order_seq_cst) == 0;|return d != NULL;|
