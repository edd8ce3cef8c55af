// SPDX-License-Identifier: MIT
#include "scenarios.h"

#include "calls.h"
#include "fiber.h"
#include "world.h"

// All three threads have a cache.
static void all_enter(void)
{
    for (int i = 0; i < FIBERS; i++) {
        fiber_act_as(i);
        app_enter();
    }
    fiber_act_as(0);
}

// Blocks 0 to 3 are those of a slab without owner; block 4 is one of A's.
static void prepare_full(void)
{
    all_enter();
    app_take_all(0, 4, 64);
}

// Of A's current slab blocks 0 to 2 are out.
static void prepare_current(void)
{
    all_enter();
    app_take_all(0, 2, 64);
}

// A slab with blocks 0 and 1 out and room for two is in the depot.
static void prepare_listed(void)
{
    all_enter();
    app_take_all(0, 1, 64);
    call_flush_thread();
}

// Claim: all three free blocks of a slab without owner. One gets it, the others send
// theirs, which may come too late or too early.
static void claim_a(void)
{
    app_free(0);
    app_take(10, 64);
}

static void claim_b(void)
{
    app_free_all(1, 2);
}

static void claim_c(void)
{
    app_free(3);
    app_exit();
}

// Listed: a slab is listed by its owner's exit while others want it.
static void listed_a(void)
{
    app_exit();
}

static void listed_b(void)
{
    app_take(10, 64);
}

static void listed_c(void)
{
    app_free(2);
    app_take(11, 64);
}

// Release: a slab in the depot is claimed by a free and released again, while it is
// popped and while a third thread does the same.
static void release_a(void)
{
    app_free(0);
    app_exit();
}

static void release_b(void)
{
    app_take(10, 64);
}

static void release_c(void)
{
    app_free(1);
    app_exit();
}

// Forward: blocks are sent to an owner that lets go, to somebody else.
static void forward_a(void)
{
    call_flush_thread();
    app_take(10, 64);
}

static void forward_b(void)
{
    app_free_all(0, 1);
}

static void forward_c(void)
{
    app_free(2);
    app_exit();
}

// Exit: blocks reach the cache of a thread that ends, and that a third one takes over.
static void prepare_exit(void)
{
    fiber_act_as(1);
    app_enter();
    fiber_act_as(0);
    app_take_all(0, 2, 64);
}

static void exit_a(void)
{
    app_exit();
}

static void exit_b(void)
{
    app_free_all(0, 1);
}

static void exit_c(void)
{
    app_take(10, 64);
    app_free(2);
}

// Empty: all blocks of a listed slab come back, and its unit is wanted for another bin.
static void empty_a(void)
{
    app_free_all(0, 1);
    call_flush_thread();
    app_take(10, 128);
}

static void empty_b(void)
{
    app_take(11, 64);
    app_free(11);
    app_exit();
}

static void empty_c(void)
{
    app_take(12, 64);
}

// Depot: two slabs are in it, and three threads pop and list them.
static void prepare_depot(void)
{
    all_enter();
    app_take_all(0, 4, 64);
    call_flush_thread();
    app_free(0);
    call_flush_thread();
}

static void depot_a(void)
{
    app_take(10, 64);
    app_exit();
}

static void depot_b(void)
{
    app_take(11, 64);
}

static void depot_c(void)
{
    app_free(1);
    app_exit();
}

// Members: blocks 2 to 5 are those of a slab of two units.
static void prepare_members(void)
{
    all_enter();
    app_take_all(0, 6, 128);
}

static void members_a(void)
{
    app_free(2);
    app_exit();
}

static void members_b(void)
{
    app_free_all(3, 4);
}

static void members_c(void)
{
    app_free(5);
    app_take(10, 128);
}

// Late: a thread frees after its end, by the shared cache, which others send to.
static void late_a(void)
{
    app_exit();
    app_free(0);
}

static void late_b(void)
{
    app_free_all(1, 2);
}

static void late_c(void)
{
    app_exit();
    app_take(10, 64);
}

// Flush: everybody is asked to give back everything, in the middle of it.
static void flush_a(void)
{
    app_take_all(10, 11, 64);
    app_free(0);
}

static void flush_b(void)
{
    app_free_all(1, 2);
    app_take(12, 64);
}

static void flush_c(void)
{
    call_flush_all();
}

// Trim: one takes the depots apart and other caches' units away.
static void trim_a(void)
{
    app_free_all(0, 1);
}

static void trim_b(void)
{
    app_take(10, 64);
}

static void trim_c(void)
{
    call_trim();
}

// Waiting: a slab of 16 small blocks is of use again when two are free.
static void prepare_waiting(void)
{
    all_enter();
    app_take_all(0, 16, 16);
}

static void waiting_a(void)
{
    app_free(0);
    app_exit();
}

static void waiting_b(void)
{
    app_free_all(1, 2);
}

static void waiting_c(void)
{
    app_free(3);
    app_take(20, 16);
}

// Crossing: A and B free each other's blocks and end; C goes on with what they had.
static void prepare_crossing(void)
{
    all_enter();
    app_take_all(0, 1, 64);
    fiber_act_as(1);
    app_take_all(2, 3, 64);
    fiber_act_as(0);
}

static void crossing_a(void)
{
    app_free(2);
    app_exit();
}

static void crossing_b(void)
{
    app_free(0);
    app_exit();
}

static void crossing_c(void)
{
    app_free(1);
    app_take(10, 64);
}

// Fork: A forks while the others free, list and end, and goes on in the child.
static void fork_a(void)
{
    app_fork();
    app_free(0);
    app_take_all(10, 12, 64);
    app_free(10);
    app_exit();
}

static void fork_b(void)
{
    app_free_all(1, 2);
}

static void fork_c(void)
{
    app_free(3);
    app_exit();
}

const struct scenario scenarios[] = {
    {"claim", prepare_full, {claim_a, claim_b, claim_c}, 4},
    {"listed", prepare_current, {listed_a, listed_b, listed_c}, NO_BOUND},
    {"release", prepare_listed, {release_a, release_b, release_c}, 4},
    {"forward", prepare_current, {forward_a, forward_b, forward_c}, 4},
    {"exit", prepare_exit, {exit_a, exit_b, exit_c}, 4},
    {"empty", prepare_listed, {empty_a, empty_b, empty_c}, 4},
    {"depot", prepare_depot, {depot_a, depot_b, depot_c}, 4},
    {"members", prepare_members, {members_a, members_b, members_c}, 4},
    {"late", prepare_current, {late_a, late_b, late_c}, 4},
    {"flush", prepare_current, {flush_a, flush_b, flush_c}, 4},
    {"trim", prepare_listed, {trim_a, trim_b, trim_c}, 4},
    {"waiting", prepare_waiting, {waiting_a, waiting_b, waiting_c}, 4},
    {"crossing", prepare_crossing, {crossing_a, crossing_b, crossing_c}, 3},
    {"fork", prepare_full, {fork_a, fork_b, fork_c}, 4},
    {NULL, NULL, {NULL}, 0},
};
