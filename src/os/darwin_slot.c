// SPDX-License-Identifier: MIT
// The keys behind a thread's two pointers, and all but the fast way to read them.
#include "os/cache_slot.h"

static pthread_key_t current_key, mine_key; // 0: not made; the system's own come first
uintptr_t cache_direct_key;

// The end of a thread clears its values one by one, and calls those with a destructor for as
// long as there are some. A thread without this one would look new, and get a cache again.
static void keep_mine(void *mine)
{
    pthread_setspecific(mine_key, mine);
}

// Whether what is set by the call is found where it is read.
static bool reads_directly(pthread_key_t key)
{
    bool same;

    if (pthread_setspecific(key, &current_key) != 0)
        return false;
    same = cache_read_key(key) == &current_key;
    pthread_setspecific(key, NULL);
    return same && cache_read_key(key) == NULL;
}

bool cache_keys_make(void)
{
    pthread_key_t key;

    if (pthread_key_create(&key, NULL) != 0)
        return false;
    if (pthread_key_create(&mine_key, keep_mine) != 0) {
        pthread_key_delete(key);
        return false;
    }
    current_key = key;
    if (reads_directly(key))
        cache_direct_key = key;
    return true;
}

struct thread_cache *cache_current_by_call(void)
{
    return current_key != 0 ? pthread_getspecific(current_key) : NULL;
}

void cache_set_current(struct thread_cache *t)
{
    if (cache_current() != t)
        pthread_setspecific(current_key, t);
}

struct thread_cache *cache_mine(void)
{
    return mine_key != 0 ? pthread_getspecific(mine_key) : NULL;
}

void cache_set_mine(struct thread_cache *t)
{
    pthread_setspecific(mine_key, t);
}
