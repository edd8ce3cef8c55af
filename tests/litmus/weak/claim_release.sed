# SPDX-License-Identifier: MIT
# file: binned/depot.h
# test: claim
# A slab whose blocks are all out is let go of without a release.
s|nobody(), memory_order_release|nobody(), memory_order_relaxed|
