// SPDX-License-Identifier: MIT
// pthread as Apple lays it out: a thread's values by key lie in an array at which a register of
// the thread points. And what waits for threads: words, and fork.
//
// On x86-64 the register is the base of gs, which nobody else uses on Linux. On ARM only the kernel
// can set it, so reads of it are made reads of the register that glibc uses, and keys number
// the words of a variable from there.
#include "loader.h"
#include "macho.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { KEYS = 512, FIRST_KEY = 256, ROUNDS = 4, MAC_EAGAIN = 35 };

struct thread {
    void **slots; // by key
    pthread_t host;
    void *(*start)(void *);
    void *argument, *result;
};

typedef void destructor(void *value);

static struct {
    _Atomic(bool) used;
    destructor *destroy;
} keys[KEYS];

static unsigned long first_key = FIRST_KEY;
static _Thread_local struct thread *self;
static _Thread_local void *values[FIRST_KEY + KEYS];
static _Atomic(int) thread_count = 1;
static pthread_mutex_t keys_lock = PTHREAD_MUTEX_INITIALIZER;

#if defined(__x86_64__)
#include <asm/prctl.h>

static void become(struct thread *t)
{
    static void *nothing[FIRST_KEY + KEYS];

    self = t;
    t->slots = values;
    if (syscall(SYS_arch_prctl, ARCH_SET_GS, getenv("MACHO_NO_SLOTS") ? nothing : values) != 0)
        loader_die("the base of gs cannot be set");
}

void thread_adapt(const struct image *image)
{
    (void)image;
}
#else
static void become(struct thread *t)
{
    self = t;
    t->slots = __builtin_thread_pointer();
    first_key = (unsigned long)(values - t->slots);
}

void thread_adapt(const struct image *image)
{
    const uint32_t register_bits = 0x1f, reads_apples = 0xd53bd060, reads_glibcs = 0xd53bd040;
    const struct command *c = (const struct command *)(image->base + sizeof(struct header));
    uint32_t *code = (uint32_t *)image->base;

    while (c->kind != LC_SEGMENT_64 || strcmp(((const struct segment *)c)->name, "__TEXT") != 0)
        c = (const struct command *)((const char *)c + c->size);
    for (size_t i = 0; i < ((const struct segment *)c)->size / sizeof(*code); i++)
        if ((code[i] & ~register_bits) == reads_apples)
            code[i] = reads_glibcs | (code[i] & register_bits);
}
#endif

static struct thread *new_thread(void)
{
    struct thread *t = calloc(1, sizeof(*t));

    if (t == NULL)
        loader_die("no memory for a thread");
    return t;
}

void thread_start(void)
{
    become(new_thread());
    self->host = pthread_self();
}

// As Apple's: every value goes, in the order of keys, also of a key without a destructor, and
// again while there are any, but not for ever.
static void destroy_values(struct thread *t)
{
    for (int round = 0, left = 1; round < ROUNDS && left; round++) {
        left = 0;
        for (int i = 0; i < KEYS; i++) {
            void **place = &t->slots[first_key + (unsigned long)i], *value = *place;

            if (value == NULL || !keys[i].used)
                continue;
            *place = NULL;
            left = 1;
            if (keys[i].destroy != NULL)
                keys[i].destroy(value);
        }
    }
}

static void *run_thread(void *argument)
{
    struct thread *t = argument;

    become(t);
    t->result = t->start(t->argument);
    destroy_values(t);
    atomic_fetch_sub(&thread_count, 1);
    return NULL;
}

static int mac_pthread_create(struct thread **out, void *attributes, void *(*start)(void *),
                              void *argument)
{
    struct thread *t = new_thread();
    int error;

    if (attributes != NULL)
        loader_die("threads have no attributes here");
    t->start = start;
    t->argument = argument;
    *out = t;
    atomic_fetch_add(&thread_count, 1);
    error = pthread_create(&t->host, NULL, run_thread, t);
    return error == EAGAIN ? MAC_EAGAIN : error;
}

static int mac_pthread_join(struct thread *t, void **result)
{
    int error = pthread_join(t->host, NULL);

    if (result != NULL)
        *result = t->result;
    free(t);
    return error;
}

static struct thread *mac_pthread_self(void)
{
    return self;
}

static int mac_key_create(unsigned long *key, destructor *destroy)
{
    int error = MAC_EAGAIN;

    pthread_mutex_lock(&keys_lock);
    for (int i = 0; i < KEYS && error != 0; i++)
        if (!keys[i].used) {
            keys[i].destroy = destroy;
            keys[i].used = true;
            *key = first_key + (unsigned long)i;
            error = 0;
        }
    pthread_mutex_unlock(&keys_lock);
    return error;
}

static int mac_key_delete(unsigned long key)
{
    keys[key - first_key].used = false;
    return 0;
}

static bool is_key(unsigned long key)
{
    return key >= first_key && key - first_key < KEYS && keys[key - first_key].used;
}

static void *mac_getspecific(unsigned long key)
{
    return is_key(key) ? self->slots[key] : NULL;
}

static int mac_setspecific(unsigned long key, void *value)
{
    if (!is_key(key))
        return EINVAL;
    self->slots[key] = value;
    return 0;
}

static int mac_threadid(struct thread *t, uint64_t *id)
{
    (void)t;
    *id = (uint64_t)syscall(SYS_gettid);
    return 0;
}

static int mac_setcancelstate(int state, int *before)
{
    static _Thread_local int now; // PTHREAD_CANCEL_ENABLE is 1 there; all start so
    int was = now == 0 ? 1 : now - 1;

    now = state + 1;
    if (before != NULL)
        *before = was;
    return 0;
}

static int mac_pthread_kill(struct thread *t, int number)
{
    return pthread_kill(t->host, number);
}

static int futex(void *word, int operation, uint32_t value, const struct timespec *timeout)
{
    return (int)syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, timeout);
}

static int sync_wait(void *word, uint64_t expected, size_t size, uint32_t flags)
{
    if (size != sizeof(uint32_t) || flags != 0)
        loader_die("os_sync_wait_on_address: %zu bytes, flags %u", size, flags);
    return futex(word, FUTEX_WAIT, (uint32_t)expected, NULL);
}

static int sync_wake_any(void *word, size_t size, uint32_t flags)
{
    (void)size;
    (void)flags;
    return futex(word, FUTEX_WAKE, 1, NULL);
}

static int sync_wake_all(void *word, size_t size, uint32_t flags)
{
    (void)size;
    (void)flags;
    return futex(word, FUTEX_WAKE, INT32_MAX, NULL);
}

enum { ULOCK_KNOWN = 1 | 0x100 | 0x1000000, ULOCK_ALL = 0x100 };

static int ulock_wait(uint32_t operation, void *word, uint64_t expected, uint32_t timeout_us)
{
    const struct timespec timeout = {timeout_us / 1000000, timeout_us % 1000000 * 1000};

    if ((operation & ~(uint32_t)ULOCK_KNOWN) != 0 || (operation & 1) == 0)
        loader_die("__ulock_wait: operation %#x", operation);
    return futex(word, FUTEX_WAIT, (uint32_t)expected, timeout_us != 0 ? &timeout : NULL) == 0
               ? 0
               : -errno;
}

static int ulock_wake(uint32_t operation, void *word, uint64_t unused)
{
    (void)unused;
    return futex(word, FUTEX_WAKE, (operation & ULOCK_ALL) != 0 ? INT32_MAX : 1, NULL);
}

static int mac_fork(void)
{
    pid_t child;

    zones_lock();
    child = fork();
    if (child != 0) {
        zones_unlock();
        return child;
    }
    atomic_store(&thread_count, 1);
    zones_reinit();
    return 0;
}

// The record of PROC_PIDTASKINFO, in which the number of threads is the 22nd word.
static int mac_proc_pidinfo(int process, int flavour, uint64_t argument, void *out, int size)
{
    enum { TASK_INFO = 4, BYTES = 96, THREADS_AT = 84 };
    int32_t count = atomic_load(&thread_count);

    if (process != getpid() || flavour != TASK_INFO || argument != 0 || size != BYTES)
        loader_die("proc_pidinfo is called otherwise than is known");
    memset(out, 0, BYTES);
    memcpy((char *)out + THREADS_AT, &count, sizeof(count));
    return BYTES;
}

const struct symbol thread_symbols[] = {
    {"pthread_create", (uintptr_t)mac_pthread_create},
    {"pthread_join", (uintptr_t)mac_pthread_join},
    {"pthread_self", (uintptr_t)mac_pthread_self},
    {"pthread_key_create", (uintptr_t)mac_key_create},
    {"pthread_key_delete", (uintptr_t)mac_key_delete},
    {"pthread_getspecific", (uintptr_t)mac_getspecific},
    {"pthread_setspecific", (uintptr_t)mac_setspecific},
    {"pthread_threadid_np", (uintptr_t)mac_threadid},
    {"pthread_setcancelstate", (uintptr_t)mac_setcancelstate},
    {"pthread_kill", (uintptr_t)mac_pthread_kill},
    {"os_sync_wait_on_address", (uintptr_t)sync_wait},
    {"os_sync_wake_by_address_any", (uintptr_t)sync_wake_any},
    {"os_sync_wake_by_address_all", (uintptr_t)sync_wake_all},
    {"__ulock_wait", (uintptr_t)ulock_wait},
    {"__ulock_wake", (uintptr_t)ulock_wake},
    {"fork", (uintptr_t)mac_fork},
    {"proc_pidinfo", (uintptr_t)mac_proc_pidinfo},
    {NULL, 0},
};
