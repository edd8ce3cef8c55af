# SPDX-License-Identifier: MIT
# file: binned/depot.c
# scenario: release
# delays
# The releaser may read `listed` before others see that the slab is nobody's.
s|nobody(), memory_order_seq_cst|nobody(), memory_order_release|
