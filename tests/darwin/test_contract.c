// SPDX-License-Identifier: MIT
// The files for macOS against their contracts: the pages of vm/vm.h, by the checks that all systems
// share, and the services of os/. This one is linked with the core itself.
#include "expect.h"

#include "../unit/vm_contract.h"
#include "os/cache_slot.h"
#include "os/image.h"
#include "os/memory.h"
#include "os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>

static int ends[2]; // of a pipe, for the kernel to read or write through

static bool can_read(volatile char *address)
{
    char byte;

    return write(ends[1], (const void *)(uintptr_t)address, 1) == 1 && read(ends[0], &byte, 1) == 1;
}

static bool can_write(volatile char *address)
{
    const char one = 1;
    char byte;

    EXPECT(write(ends[1], &one, 1) == 1);
    if (read(ends[0], (void *)(uintptr_t)address, 1) == 1)
        return true;
    EXPECT(read(ends[0], &byte, 1) == 1);
    return false;
}

static void the_page_contract_holds(void)
{
    static const struct vm_system system = {can_read, can_write, .moves = false};

    EXPECT(pipe(ends) == 0);
    vm_init(os_page_size());
    for (size_t i = 0; i < VM_CHECK_COUNT; i++) {
        const char *sentence = vm_checks[i].run(&system);

        if (sentence != NULL) {
            say(vm_checks[i].name);
            say(": false: ");
            say(sentence);
            say("\n");
            _exit(1);
        }
    }
}

static void services_answer(void)
{
    uint64_t start = os_clock_ms();

    EXPECT(os_page_size() == (size_t)getpagesize());
    EXPECT(os_random_seed() != os_random_seed());
    EXPECT(os_environ() != NULL && os_environ()[0] != NULL);
    EXPECT(os_thread_id() != 0 && os_process_id() == (uint32_t)getpid());
    EXPECT(!os_is_secure() && os_address_space_limit() == SIZE_MAX);
    os_sleep_us(60000);
    EXPECT(os_clock_ms() - start >= 40 && os_clock_ms() - start < 60000);
    EXPECT(os_can_read(&start) && !os_can_read((const void *)16));
    EXPECT(os_next_symbol("malloc") != NULL && os_next_symbol("ikyo_no_such_symbol") == NULL);
    EXPECT(os_thread_count() == 1);
}

static void files_are_appended_to_and_read(void)
{
    static const char path[] = "ikyo-test-contract.txt";
    struct os_file file;
    char text[16] = "";
    int fd;

    unlink(path);
    EXPECT(os_open_read(path) == -1);
    for (int i = 0; i < 2; i++) {
        errno = 77;
        fd = os_open_append(path);
        EXPECT(fd >= 0 && !os_is_terminal(fd));
        EXPECT(os_file_of(fd, &file) && file.appends && file.number != 0);
        os_write(fd, "word ", 5);
        os_close(fd);
        EXPECT(errno == 77 && !os_file_of(fd, &file));
    }
    fd = os_open_read(path);
    EXPECT(os_file_of(fd, &file) && !file.appends);
    EXPECT(os_read(fd, text, sizeof(text)) == 10 && memcmp(text, "word word ", 10) == 0);
    os_close(fd);
    unlink(path);
}

static _Atomic(uint32_t) word;
static _Atomic(uintptr_t) ended;

static void on_exit_of_a_thread(void *value)
{
    atomic_fetch_add(&ended, (uintptr_t)value);
}

static void *wait_then_end(void *value)
{
    while (atomic_load(&word) == 0)
        os_wait(&word, 0);
    if (value != NULL)
        EXPECT(os_thread_exit_arm(value));
    return NULL;
}

static void threads_wake_and_run_their_exit_hook(void)
{
    pthread_t threads[3];

    EXPECT(!os_thread_exit_arm(&threads));
    EXPECT(os_thread_exit_hook(on_exit_of_a_thread));
    for (uintptr_t i = 0; i < 3; i++)
        EXPECT(pthread_create(&threads[i], NULL, wait_then_end, (void *)(i * 10)) == 0);
    os_sleep_us(20000);
    EXPECT(atomic_load(&ended) == 0 && os_thread_count() == 4);
    os_wait(&word, 1); // another value: returns at once
    atomic_store(&word, 1);
    os_wake(&word, 3);
    for (int i = 0; i < 3; i++)
        EXPECT(pthread_join(threads[i], NULL) == 0);
    EXPECT(atomic_load(&ended) == 30);
}

static struct thread_cache *const some = (struct thread_cache *)&word;

static void *see_what_is_new(void *argument)
{
    EXPECT(cache_current() == cache_none && cache_mine() == NULL);
    cache_set_current(some);
    cache_set_mine(some);
    EXPECT(cache_current() == some && cache_current_by_call() == some && cache_mine() == some);
    *(uintptr_t *)argument = cache_thread_mark();
    return NULL;
}

static void each_thread_has_its_own_slots(void)
{
    pthread_t thread;
    uintptr_t mark = 0;

    EXPECT(pthread_create(&thread, NULL, see_what_is_new, &mark) == 0);
    EXPECT(pthread_join(thread, NULL) == 0);
    EXPECT(mark != 0 && mark != cache_thread_mark());
    EXPECT(cache_current() == cache_none && cache_mine() == NULL);
}

static char visited_page[1 << 16];

static bool visit(uintptr_t start, uintptr_t end, void *context)
{
    bool *found = context;

    *found |= (uintptr_t)visited_page >= start && (uintptr_t)visited_page < end;
    return true;
}

static void memory_is_visited_and_copied(void)
{
    size_t page = os_page_size();
    char *pages = vm_reserve(2 * page, page);
    static char copy[2 << 16];
    bool found = false;

    visited_page[5] = 1;
    EXPECT(os_memory_visit(visit, &found) && found);
    EXPECT(pages != NULL && vm_commit(pages, page));
    memset(pages, 7, page);
    EXPECT(os_memory_may_copy());
    EXPECT(os_memory_copy(copy, (uintptr_t)pages, page) == page && copy[page - 1] == 7);
    EXPECT(os_memory_copy(copy, (uintptr_t)pages + 10, 2 * page - 10) == page - 10);
    EXPECT(vm_release(pages, 2 * page));
}

static void code_lies_in_the_image_of_the_program(void)
{
    struct os_image image;
    uintptr_t bias;

    EXPECT(!os_image_of((uintptr_t)code_lies_in_the_image_of_the_program, &image));
    os_image_start();
    os_image_start();
    EXPECT(os_image_of((uintptr_t)code_lies_in_the_image_of_the_program, &image));
    EXPECT(os_image_is_program(&image) && os_image_bias(image.start, &bias));
    EXPECT(bias < image.start && !os_image_bias(image.start + 1, &bias));
    EXPECT(!os_image_of((uintptr_t)&image, &image));
}

int main(void)
{
    static const struct test tests[] = {
        TEST(the_page_contract_holds),
        TEST(services_answer),
        TEST(files_are_appended_to_and_read),
        TEST(threads_wake_and_run_their_exit_hook),
        TEST(each_thread_has_its_own_slots),
        TEST(memory_is_visited_and_copied),
        TEST(code_lies_in_the_image_of_the_program),
    };

    return RUN_TESTS(tests);
}
