// SPDX-License-Identifier: MIT
// Objects of a pool that other threads give back, and a pool that goes from owner to owner.
#include "litmus.h"

#include "ikyoalloc/pool.h"

enum { OBJECTS = 4 };

// The pool uses the first words of what was given back.
struct object {
    void *link;
    struct litmus_contents contents;
};

static struct ikyo_thread_pool *pool;
static _Atomic(struct object *) handed;
static uint64_t given, adopted[2];
static struct litmus_contents state;

static void take_and_hand_over(void)
{
    while (litmus_goes_on()) {
        struct object *object = ikyo_thread_pool_take(pool);

        for (unsigned spins = 1; object == NULL && litmus_goes_on(); spins++) {
            litmus_wait(spins);
            object = ikyo_thread_pool_take(pool);
        }
        if (object == NULL)
            return;
        litmus_write(&object->contents, litmus_read(&object->contents) + 1);
        while (atomic_load_explicit(&handed, memory_order_relaxed) != NULL && litmus_goes_on())
            os_cpu_relax();
        atomic_store_explicit(&handed, object, memory_order_release);
    }
}

static void give_back(void)
{
    unsigned spins = 0;

    while (litmus_goes_on()) {
        struct object *object =
            atomic_exchange_explicit(&handed, NULL, memory_order_acquire);

        if (object == NULL) {
            litmus_wait(++spins);
            continue;
        }
        litmus_write(&object->contents, litmus_read(&object->contents) + 1);
        given++;
        ikyo_thread_pool_give(pool, object);
    }
}

static void own_or_give(unsigned self)
{
    if (self == 0)
        require(ikyo_thread_pool_adopt(pool));
    if (self == 0)
        take_and_hand_over();
    else
        give_back();
    if (self == 0)
        require(ikyo_thread_pool_leave(pool));
}

static void adopt_and_leave(unsigned self)
{
    while (litmus_goes_on()) {
        for (int i = 0; i < 100; i++) {
            if (!ikyo_thread_pool_adopt(pool))
                continue;
            litmus_write(&state, litmus_read(&state) + 1);
            adopted[self]++;
            ikyo_thread_pool_give(pool, ikyo_thread_pool_take(pool));
            require(ikyo_thread_pool_leave(pool));
        }
    }
}

static void start_pool(void)
{
    pool = ikyo_thread_pool_create(sizeof(struct object), alignof(struct object), OBJECTS, NULL);
    require(pool != NULL && ikyo_thread_pool_leave(pool));
}

int main(void)
{
    start_pool();
    litmus_run(2, own_or_give);
    require(given > 0);
    ikyo_thread_pool_destroy(pool);
    start_pool();
    litmus_run(2, adopt_and_leave);
    require_equal(state.words[0], adopted[0] + adopted[1]);
    ikyo_thread_pool_destroy(pool);
    return 0;
}
