// SPDX-License-Identifier: MIT
#include "search.h"

#include "fiber.h"
#include "state.h"
#include "yields.h"

#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    DEPTH = 2000,       // steps of one schedule
    WORDS = 1 << 12,    // places for words that are accessed atomically
    PLAIN_MAX = 100000, // atomic operations of a fiber between two steps
    TIME_LIMIT_S = 100, // of a search with a bound
    SIGNAL_STACK = 64 << 10,
};

// A word that was accessed atomically, and by whom; shared: it is worth a step.
struct word {
    const volatile void *address;
    unsigned readers, writers;
    bool shared;
};

struct step {
    int thread;
    const char *what, *where;
};

// What the search knows, outside of the state: `search` is the only variable.
struct search {
    const char *name;
    bool fault_expected, delays;
    int bound;
    void (*check_step)(void);
    void (*check_end)(void);
    struct word words[WORDS];
    size_t shared_words;
    bool again; // a word proved to be shared: what was explored lacks its steps
    struct step path[DEPTH];
    struct snapshot states[DEPTH];
    size_t depth, deepest, ends;
    unsigned long plain;
};

static struct search *search;

_Noreturn void search_fail(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    printf("%s: fault found: ", search->name);
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
    for (size_t i = 0; i < search->depth; i++)
        printf("%4zu %c %s: %s\n", i + 1, 'A' + search->path[i].thread, search->path[i].where,
               search->path[i].what);
    fflush(stdout);
    _exit(search->fault_expected ? 0 : 1);
}

static void on_signal(int signal)
{
    search_fail(signal == SIGALRM ? "the search takes too long" : "invalid access to memory");
}

void search_init(const char *name, bool fault_expected, bool delays)
{
    stack_t stack = {.ss_sp = malloc(SIGNAL_STACK), .ss_size = SIGNAL_STACK};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};

    search = calloc(1, sizeof(*search));
    if (search == NULL || stack.ss_sp == NULL)
        abort();
    search->name = name;
    search->fault_expected = fault_expected;
    search->delays = delays;
    sigaltstack(&stack, NULL);
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    sigaction(SIGALRM, &action, NULL);
}

static struct word *find_word(const volatile void *address)
{
    size_t i = ((uintptr_t)address >> 2) * 2654435761u % WORDS;

    for (size_t tries = 0; tries < WORDS; tries++, i = (i + 1) % WORDS)
        if (search->words[i].address == NULL || search->words[i].address == address) {
            search->words[i].address = address;
            return &search->words[i];
        }
    search_fail("too many words");
}

// A word that one thread writes and another uses is shared from then on.
static void note_access(struct word *w, bool writes)
{
    unsigned me = 1u << fiber_current;

    w->readers |= me;
    w->writers |= writes ? me : 0;
    if (w->writers == 0 || (w->readers & (w->readers - 1)) == 0)
        return;
    w->shared = true;
    search->shared_words++;
    search->again = true;
}

static void make_visible(struct fiber *f)
{
    if (f->delayed != NULL)
        memcpy((void *)(uintptr_t)f->delayed, &f->value, f->size);
    f->delayed = NULL;
    f->value = f->size = 0;
}

void search_yield(const volatile void *p, bool writes, const char *what, const char *where)
{
    struct word *w;

    if (fiber_current == FIBERS)
        return;
    if (++search->plain > PLAIN_MAX)
        search_fail("a thread goes round and round in %s", where);
    w = find_word(p);
    if (!w->shared) {
        note_access(w, writes);
        return;
    }
    fibers[fiber_current].what = what;
    fibers[fiber_current].where = where;
    fiber_leave();
    if (writes)
        make_visible(&fibers[fiber_current]);
}

bool search_delay(volatile void *p, const void *value, size_t size)
{
    struct fiber *f = &fibers[fiber_current];

    if (!search->delays || fiber_current == FIBERS || !find_word(p)->shared)
        return false;
    f->delayed = p;
    f->size = size;
    memcpy(&f->value, value, size);
    return true;
}

void search_forward(const volatile void *p, void *value)
{
    const struct fiber *f = &fibers[fiber_current];

    if (fiber_current < FIBERS && f->delayed == p)
        memcpy(value, &f->value, f->size);
}

void search_wait(void *const *word, const char *what)
{
    struct fiber *f = &fibers[fiber_current];

    if (fiber_current == FIBERS)
        return;
    f->waits_for = word;
    f->what = what;
    f->where = "lock";
    fiber_leave();
    make_visible(f);
    f->waits_for = NULL;
}

// A step of its own: until then others do not see the store.
void search_settle(void)
{
    struct fiber *f = &fibers[fiber_current];

    if (fiber_current == FIBERS || f->delayed == NULL)
        return;
    f->what = "waits until its store is seen";
    f->where = "settle";
    fiber_leave();
    make_visible(f);
}

void search_fork(void)
{
    search_settle();
    for (int i = 0; i < FIBERS; i++)
        if (i != fiber_current && fibers[i].status == FIBER_ALIVE)
            fibers[i].status = FIBER_GONE;
}

static bool can_go_on(int i)
{
    return fibers[i].status == FIBER_ALIVE &&
           (fibers[i].waits_for == NULL || *fibers[i].waits_for == NULL);
}

static void check_quiet(void)
{
    for (int i = 0; i < FIBERS; i++)
        if (fibers[i].status == FIBER_ALIVE)
            search_fail("thread %c waits for ever", 'A' + i);
    search->check_end();
    search->ends++;
}

// Schedules within a bound differ also in who ran last and in what is left of it.
static uint64_t key(uint64_t hash, int previous, int preemptions)
{
    if (search->bound != NO_BOUND)
        hash ^= (uint64_t)(preemptions * (FIBERS + 1) + previous + 1) * 0x9e3779b97f4a7c15u;
    return hash;
}

// Some thread has a store that others do not see yet.
static bool any_delayed(void)
{
    for (int i = 0; i < FIBERS; i++)
        if (fibers[i].delayed != NULL)
            return true;
    return false;
}

static void explore(int previous, int preemptions);

// From the state of this depth: fiber i goes on, if it can; or, for i from FIBERS on, its store
// becomes visible.
static void follow(size_t depth, bool *moved, int i, int previous, int preemptions)
{
    struct fiber *f = &fibers[i % FIBERS];
    bool shows = i >= FIBERS;

    if (*moved)
        state_restore(&search->states[depth]);
    *moved = false;
    if (!shows)
        preemptions += previous != i && previous < FIBERS && can_go_on(previous);
    if (shows ? f->delayed == NULL : !can_go_on(i) || preemptions > search->bound)
        return;
    search->path[depth] = (struct step){i % FIBERS, shows ? "store is seen" : f->what, f->where};
    search->depth = depth + 1;
    search->plain = 0;
    *moved = true;
    if (shows)
        make_visible(f);
    else
        fiber_resume(i);
    explore(shows ? previous : i, preemptions);
    search->depth = depth;
}

static void explore(int previous, int preemptions)
{
    size_t depth = search->depth;
    bool moved = false, any = any_delayed();
    uint64_t hash;

    if (depth == DEPTH)
        search_fail("the schedule does not end");
    if (!any)
        search->check_step();
    hash = state_save(&search->states[depth]);
    for (int i = 0; i < FIBERS; i++)
        any |= can_go_on(i);
    if (!any)
        check_quiet();
    if (!any || !state_is_new(key(hash, previous, preemptions)))
        return;
    if (depth > search->deepest)
        search->deepest = depth;
    for (int i = 0; i < 2 * FIBERS && !search->again; i++)
        follow(depth, &moved, i, previous, preemptions);
}

void search_run(void (*const bodies[FIBERS])(void), int bound, void (*check_step)(void),
                void (*check_end)(void))
{
    struct snapshot start = {0};

    if (fibers[0].stack == NULL) {
        for (int i = 0; i < FIBERS; i++)
            fiber_start(i, bodies[i]);
        state_begin();
    }
    state_save(&start);
    search->check_step = check_step;
    search->check_end = check_end;
    search->bound = bound;
    alarm(bound == NO_BOUND ? 0 : TIME_LIMIT_S);
    do {
        state_restore(&start);
        state_forget_all();
        search->again = false;
        search->ends = search->depth = search->deepest = 0;
        explore(FIBERS, 0);
    } while (search->again);
    state_restore(&start);
    printf("%s: %zu states, %zu ends, %zu steps, %zu shared words\n", search->name, state_count(),
           search->ends, search->deepest, search->shared_words);
    fflush(stdout);
}
