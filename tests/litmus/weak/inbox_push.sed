# SPDX-License-Identifier: MIT
# file: tls/remote.c
# test: inbox
# A message is pushed without a release.
s|^\( *\)memory_order_seq_cst, memory_order_relaxed|\1memory_order_relaxed, memory_order_relaxed|
