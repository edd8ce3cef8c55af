# SPDX-License-Identifier: MIT
# file: tls/thread.c
# scenario: exit
# A thread that ends empties its inbox for the last time before it says so.
/^    atomic_store_explicit(&t->life, CACHE_POOLED, memory_order_seq_cst);/d
s|^    messages = remote_take(t);|&\n    atomic_store_explicit(\&t->life, CACHE_POOLED, memory_order_seq_cst);|
