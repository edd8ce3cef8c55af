// SPDX-License-Identifier: MIT
// Circular lists of slabs through their next and prev, for the slabs' owner.
#ifndef TLS_SLAB_LIST_H
#define TLS_SLAB_LIST_H

#include "vm/directory.h"

static inline void slab_list_push_back(struct desc **list, struct desc *d)
{
    struct desc *first = *list;

    if (first == NULL) {
        d->next = d->prev = d;
        *list = d;
        return;
    }
    d->next = first;
    d->prev = first->prev;
    first->prev->next = d;
    first->prev = d;
}

static inline void slab_list_push_front(struct desc **list, struct desc *d)
{
    slab_list_push_back(list, d);
    *list = d;
}

static inline void slab_list_remove(struct desc **list, struct desc *d)
{
    if (d->next == d) {
        *list = NULL;
        return;
    }
    d->next->prev = d->prev;
    d->prev->next = d->next;
    if (*list == d)
        *list = d->next;
}

#endif
