# SPDX-License-Identifier: MIT
# file: tls/remote.c
# test: inbox
# The inbox is taken without an acquire.
s|NULL, memory_order_seq_cst|NULL, memory_order_relaxed|
