# SPDX-License-Identifier: MIT
# file: binned/depot.c
# scenario: release
# delays
# The popper may read `owner` before others see that the slab is not listed.
s|&d->listed, 0, memory_order_seq_cst|\&d->listed, 0, memory_order_release|
