# SPDX-License-Identifier: MIT
# file: large/registry.c
# test: registry
# A record is entered without a release.
s|record, memory_order_release|record, memory_order_relaxed|
