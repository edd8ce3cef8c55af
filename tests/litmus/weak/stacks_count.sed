# SPDX-License-Identifier: MIT
# file: debug/stack.c
# test: stacks
# A stack is counted without a release.
s|memory_order_release|memory_order_relaxed|
