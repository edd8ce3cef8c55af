# SPDX-License-Identifier: MIT
# file: tls/slab_source.c
# test: units
# A unit is kept without a release.
s|d, memory_order_release|d, memory_order_relaxed|
