// SPDX-License-Identifier: MIT
// Included before everything in the modelled sources: each atomic operation first
// lets the search decide who goes on, and is then an ordinary access, because all
// threads of the model are fibers of one. A weak exchange never fails by itself.
//
// A store that is not seq_cst may stay with its thread for a while, if the search wants it so:
// later loads of that thread then come before it. All other operations wait for it, as on
// processors that reorder nothing else.
//
// A thread's own variables are plain ones here, which the search sets at each switch.
#ifndef MODEL_YIELDS_H
#define MODEL_YIELDS_H

#include "os/compiler.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#undef THREAD_LOCAL_IE
#define THREAD_LOCAL_IE

// The calling fiber is about to access p; `what` and `where` say how and in which
// function. Returns when it is its turn.
void search_yield(const volatile void *p, bool writes, const char *what, const char *where);

// The calling fiber's store of `size` bytes at p is kept back. False: do it now.
bool search_delay(volatile void *p, const void *value, size_t size);

// The calling fiber has loaded `value` from p: its own store counts, if it is kept back.
void search_forward(const volatile void *p, void *value);

#undef atomic_load_explicit
#undef atomic_store_explicit
#undef atomic_exchange_explicit
#undef atomic_compare_exchange_strong_explicit
#undef atomic_compare_exchange_weak_explicit
#undef atomic_fetch_add_explicit
#undef atomic_fetch_sub_explicit

// The value and not the atomic object, whose type some compilers would keep.
#define MODEL_VALUE(at) ((void)0, *(at))

#define atomic_load_explicit(p, order)                                                             \
    __extension__({                                                                                \
        __auto_type at_ = (p);                                                                     \
        search_yield(at_, false, "load " #p, __func__);                                            \
        __auto_type loaded_ = MODEL_VALUE(at_);                                                    \
        search_forward(at_, &loaded_);                                                             \
        loaded_;                                                                                   \
    })

#define atomic_store_explicit(p, value, order)                                                     \
    __extension__({                                                                                \
        __auto_type at_ = (p);                                                                     \
        __typeof__(MODEL_VALUE(at_)) new_ = (value);                                               \
        search_yield(at_, true, "store " #p " = " #value, __func__);                               \
        if ((order) == memory_order_seq_cst || !search_delay(at_, &new_, sizeof(new_)))            \
            *at_ = new_;                                                                           \
    })

#define MODEL_READ_MODIFY_WRITE(p, value, what, combined)                                          \
    __extension__({                                                                                \
        __auto_type at_ = (p);                                                                     \
        __auto_type new_ = (value);                                                                \
        search_yield(at_, true, what, __func__);                                                   \
        __auto_type old_ = MODEL_VALUE(at_);                                                       \
        *at_ = combined;                                                                           \
        old_;                                                                                      \
    })

#define atomic_exchange_explicit(p, value, order)                                                  \
    MODEL_READ_MODIFY_WRITE(p, value, "exchange " #p " = " #value, new_)
#define atomic_fetch_add_explicit(p, value, order)                                                 \
    MODEL_READ_MODIFY_WRITE(p, value, "add " #p " += " #value, old_ + new_)
#define atomic_fetch_sub_explicit(p, value, order)                                                 \
    MODEL_READ_MODIFY_WRITE(p, value, "sub " #p " -= " #value, old_ - new_)

#define atomic_compare_exchange_strong_explicit(p, expected, value, order, otherwise)              \
    __extension__({                                                                                \
        __auto_type at_ = (p);                                                                     \
        __auto_type expected_ = (expected);                                                        \
        __auto_type new_ = (value);                                                                \
        search_yield(at_, true, "CAS " #p " = " #value, __func__);                                 \
        bool same_ = MODEL_VALUE(at_) == *expected_;                                               \
        if (same_)                                                                                 \
            *at_ = new_;                                                                           \
        else                                                                                       \
            *expected_ = MODEL_VALUE(at_);                                                         \
        same_;                                                                                     \
    })
#define atomic_compare_exchange_weak_explicit atomic_compare_exchange_strong_explicit

#endif
