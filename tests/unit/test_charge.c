// SPDX-License-Identifier: MIT
// The totals of what came from the system and went back.
#include "vm/charge.h"

#include "core.h"

enum { THREADS = 4, ROUNDS = 5000 };

static struct charge_totals totals(void)
{
    struct charge_totals now;

    charge_totals_get(&now);
    return now;
}

static void committed_memory_is_counted_by_its_reason(void)
{
    charge_committed(100, CHARGE_CHUNK);
    charge_committed(20, CHARGE_HUGE);
    charge_committed(3, CHARGE_METADATA);
    charge_committed(4, CHARGE_HUGE);
    uncharge_committed(20, CHARGE_HUGE);
    require_equal(totals().committed[CHARGE_CHUNK], 100);
    require_equal(totals().committed[CHARGE_HUGE], 4);
    require_equal(totals().committed[CHARGE_METADATA], 3);
    require_equal(totals().reserved, 0);
}

static void calls_and_bytes_are_counted_both_ways(void)
{
    charge_committed(100, CHARGE_CHUNK);
    charge_committed(20, CHARGE_HUGE);
    uncharge_committed(20, CHARGE_HUGE);
    charge_note_purge(60);
    require_equal(totals().commits, 2);
    require_equal(totals().committed_bytes, 120);
    require_equal(totals().decommits, 2);
    require_equal(totals().decommitted_bytes, 80);
}

static void purged_memory_stays_committed(void)
{
    charge_committed(100, CHARGE_CHUNK);
    charge_note_purge(100);
    require_equal(totals().committed[CHARGE_CHUNK], 100);
}

static void peak_is_of_all_reasons_together_and_never_falls(void)
{
    charge_committed(100, CHARGE_CHUNK);
    charge_committed(50, CHARGE_HUGE);
    uncharge_committed(50, CHARGE_HUGE);
    require_equal(totals().peak_committed, 150);
    charge_committed(49, CHARGE_METADATA);
    require_equal(totals().peak_committed, 150);
    charge_committed(2, CHARGE_METADATA);
    require_equal(totals().peak_committed, 151);
}

static void address_space_is_counted_apart(void)
{
    charge_reserved(1000);
    charge_reserved(1);
    uncharge_reserved(1000);
    require_equal(totals().reserved, 1);
    require_equal(totals().commits, 0);
    require_equal(totals().peak_committed, 0);
}

static void *charge_and_uncharge(void *arg)
{
    enum charge_reason reason = (enum charge_reason)((uintptr_t)arg % CHARGE_COUNT);

    for (int i = 0; i < ROUNDS; i++) {
        charge_reserved(32);
        charge_committed(16, reason);
        uncharge_committed(16, reason);
        uncharge_reserved(32);
    }
    charge_committed(1, reason);
    return NULL;
}

static void threads_lose_no_charge(void)
{
    pthread_t threads[THREADS];

    core_start_threads(threads, THREADS, charge_and_uncharge);
    core_join_threads(threads, THREADS);
    require_equal(totals().committed[0] + totals().committed[1] + totals().committed[2], THREADS);
    require_equal(totals().reserved, 0);
    require_equal(totals().commits, THREADS * (ROUNDS + 1));
    require_equal(totals().decommits, THREADS * ROUNDS);
    require(totals().peak_committed >= 17 && totals().peak_committed <= 17 * THREADS);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(committed_memory_is_counted_by_its_reason),
        alone(calls_and_bytes_are_counted_both_ways),
        alone(purged_memory_stays_committed),
        alone(peak_is_of_all_reasons_together_and_never_falls),
        alone(address_space_is_counted_apart),
        alone(threads_lose_no_charge),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
