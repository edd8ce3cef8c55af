# SPDX-License-Identifier: MIT
# file: vm/directory.h
# scenario: release
# The link of the depots is that of the owner's lists.
s|^    struct desc \*next, \*prev; .*|    union { struct desc *next; _Atomic(uintptr_t) depot_next; }; struct desc *prev; void *unused;|
/^    _Atomic(uintptr_t) depot_next; /d
