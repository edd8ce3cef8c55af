// SPDX-License-Identifier: MIT
// Blocks that outlive their thread, or are freed by another one.
#include "api.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COUNT = 4000 };

struct parcel {
    void *blocks[COUNT];
    size_t sizes[COUNT];
    bool whole;
};

static void *pack(void *argument)
{
    struct parcel *parcel = argument;
    uint64_t random = 11;

    for (uint64_t i = 0; i < COUNT; i++) {
        parcel->sizes[i] = api_random(&random) % (i % 100 == 0 ? 500000 : 2000);
        parcel->blocks[i] = call.malloc(parcel->sizes[i]);
        if (parcel->blocks[i] != NULL)
            api_fill(parcel->blocks[i], parcel->sizes[i], i);
    }
    return NULL;
}

static void *unpack(void *argument)
{
    struct parcel *parcel = argument;

    parcel->whole = true;
    for (uint64_t i = 0; i < COUNT; i++) {
        if (parcel->blocks[i] == NULL || !api_holds(parcel->blocks[i], parcel->sizes[i], i))
            parcel->whole = false;
        call.free(parcel->blocks[i]);
    }
    return NULL;
}

static void run(void *(*work)(void *), void *argument)
{
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, work, argument), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void blocks_of_an_ended_thread_are_freed_by_main(void **state)
{
    static struct parcel parcel;

    (void)state;
    for (int round = 0; round < 20; round++) {
        run(pack, &parcel);
        unpack(&parcel);
        assert_true(parcel.whole);
    }
}

static void blocks_of_main_are_freed_by_a_thread(void **state)
{
    static struct parcel parcel;

    (void)state;
    for (int round = 0; round < 20; round++) {
        pack(&parcel);
        run(unpack, &parcel);
        assert_true(parcel.whole);
    }
}

static void blocks_of_one_ended_thread_are_freed_by_another(void **state)
{
    static struct parcel parcels[4];

    (void)state;
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 4; i++)
            run(pack, &parcels[i]);
        for (int i = 3; i >= 0; i--) {
            run(unpack, &parcels[i]);
            assert_true(parcels[i].whole);
        }
    }
}

static void *grow_in_a_thread(void *argument)
{
    return call.realloc(argument, 200000);
}

static void block_of_main_is_reallocated_by_a_thread(void **state)
{
    (void)state;
    for (size_t size = 10; size < 100000; size *= 2) {
        pthread_t thread;
        void *p = call.malloc(size);
        assert_non_null(p);
        api_fill(p, size, size);
        assert_int_equal(pthread_create(&thread, NULL, grow_in_a_thread, p), 0);
        assert_int_equal(pthread_join(thread, &p), 0);
        assert_non_null(p);
        assert_true(api_holds(p, size / 8 * 8, size));
        call.free(p);
    }
}

static pthread_t main_thread;

// Exit code 0 when the heap works after the main thread is gone, blocks of it included.
static void *outlive_main(void *argument)
{
    static struct parcel own;

    if (pthread_join(main_thread, NULL) != 0)
        _exit(2);
    unpack(argument);
    pack(&own);
    unpack(&own);
    _exit(((struct parcel *)argument)->whole && own.whole ? 0 : 3);
}

static void leave_main(void)
{
    static struct parcel parcel;
    pthread_t thread;

    main_thread = pthread_self();
    pack(&parcel);
    if (pthread_create(&thread, NULL, outlive_main, &parcel) != 0)
        _exit(4);
    pthread_exit(NULL);
}

// Started anew, as after fork some releases of musl cannot end the main thread alone.
static void heap_works_after_pthread_exit_of_main(void **state)
{
    int status = 0;

    (void)state;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "leave", (char *)NULL);
        _exit(5);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_of_an_ended_thread_are_freed_by_main),
        cmocka_unit_test(blocks_of_main_are_freed_by_a_thread),
        cmocka_unit_test(blocks_of_one_ended_thread_are_freed_by_another),
        cmocka_unit_test(block_of_main_is_reallocated_by_a_thread),
        cmocka_unit_test(heap_works_after_pthread_exit_of_main),
    };

    if (argc > 0 && strcmp(argv[0], "leave") == 0)
        leave_main();
    return cmocka_run_group_tests_name("life_threads", tests, NULL, NULL);
}
