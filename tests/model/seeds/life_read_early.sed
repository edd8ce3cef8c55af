# SPDX-License-Identifier: MIT
# file: tls/remote.c
# scenario: exit
# The sender reads the owner's `life` before it pushes.
s|atomic_load_explicit(&owner->life, memory_order_seq_cst)|life|
s|^        post(owner, m);|        uint32_t life = atomic_load_explicit(\&owner->life, memory_order_seq_cst);\n&|
