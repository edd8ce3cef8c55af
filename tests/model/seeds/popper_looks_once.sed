# SPDX-License-Identifier: MIT
# file: binned/depot.c
# scenario: release
# Who popped a slab and found it owned does not look at the owner again.
s|if (atomic_load_explicit(&d->owner, memory_order_seq_cst) == nobody() .*|if (false)|
