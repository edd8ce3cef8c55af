// SPDX-License-Identifier: MIT
#include "vm/charge.h"

#include <stdatomic.h>

static _Atomic(size_t) committed[CHARGE_COUNT];
static _Atomic(size_t) committed_total;
static _Atomic(size_t) reserved_total;
static _Atomic(size_t) peak;
static _Atomic(uint64_t) commits;
static _Atomic(uint64_t) decommits;
static _Atomic(uint64_t) committed_bytes;
static _Atomic(uint64_t) decommitted_bytes;

static void add(_Atomic(size_t) *total, size_t size)
{
    atomic_fetch_add_explicit(total, size, memory_order_relaxed);
}

static void subtract(_Atomic(size_t) *total, size_t size)
{
    atomic_fetch_sub_explicit(total, size, memory_order_relaxed);
}

void charge_reserved(size_t size)
{
    add(&reserved_total, size);
}

void uncharge_reserved(size_t size)
{
    subtract(&reserved_total, size);
}

void charge_committed(size_t size, enum charge_reason reason)
{
    size_t now, before;

    add(&committed[reason], size);
    now = atomic_fetch_add_explicit(&committed_total, size, memory_order_relaxed) + size;
    atomic_fetch_add_explicit(&commits, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&committed_bytes, size, memory_order_relaxed);
    before = atomic_load_explicit(&peak, memory_order_relaxed);
    while (now > before && !atomic_compare_exchange_weak_explicit(
                               &peak, &before, now, memory_order_relaxed, memory_order_relaxed))
        ;
}

void uncharge_committed(size_t size, enum charge_reason reason)
{
    subtract(&committed[reason], size);
    subtract(&committed_total, size);
    atomic_fetch_add_explicit(&decommits, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&decommitted_bytes, size, memory_order_relaxed);
}

void charge_note_purge(size_t size)
{
    atomic_fetch_add_explicit(&decommits, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&decommitted_bytes, size, memory_order_relaxed);
}

void charge_totals_get(struct charge_totals *out)
{
    for (int i = 0; i < CHARGE_COUNT; i++)
        out->committed[i] = atomic_load_explicit(&committed[i], memory_order_relaxed);
    out->reserved = atomic_load_explicit(&reserved_total, memory_order_relaxed);
    out->peak_committed = atomic_load_explicit(&peak, memory_order_relaxed);
    out->commits = atomic_load_explicit(&commits, memory_order_relaxed);
    out->decommits = atomic_load_explicit(&decommits, memory_order_relaxed);
    out->committed_bytes = atomic_load_explicit(&committed_bytes, memory_order_relaxed);
    out->decommitted_bytes = atomic_load_explicit(&decommitted_bytes, memory_order_relaxed);
}
