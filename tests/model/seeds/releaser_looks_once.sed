# SPDX-License-Identifier: MIT
# file: binned/depot.c
# scenario: release
# The releaser does not look at `listed` again.
s|while (atomic_load_explicit(&d->listed, memory_order_seq_cst) == 0 && slab_claim(d, me));|while (me == NULL);|
