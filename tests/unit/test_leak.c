// SPDX-License-Identifier: MIT
// What is found to be lost, and the report of it, word for word.
#include "debug/leak.h"

#include "base/option.h"
#include "base/report.h"
#include "debug/modules.h"
#include "debug/reach.h"
#include "debug/record.h"
#include "debug/stack.h"
#include "vm/charge.h"
#include "vm/meta.h"
#include "vm/pages.h"

#include "core.h"
#include "core_syscall.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>

enum { BLOCK_STEP = 4096, ARENA = 2048 * BLOCK_STEP };

// Stand-ins: stack n has n frames, one in a program and the others nowhere.
static char program[4000] = "/usr/bin/prog";

size_t stack_frames(uint32_t stack, const uintptr_t **frames)
{
    static uintptr_t addresses[STACK_FRAMES];

    for (size_t i = 0; i < stack && i < STACK_FRAMES; i++)
        addresses[i] = i == 0 ? 0x1235 : 0x501 + i;
    *frames = addresses;
    return stack;
}

void modules_read(struct modules *m)
{
    m->count = 1;
}

bool modules_find(const struct modules *m, uintptr_t address, struct module_address *a)
{
    *a = (struct module_address){program, address - 0x1000};
    return m->count == 1 && address == 0x1234;
}

// The blocks lie in memory of the test's own. Every address of one is a pointer that counts,
// so nothing but its complement is kept.
static uintptr_t hidden_arena;

static NOINLINE char *block(size_t index)
{
    return (char *)~hidden_arena + index * BLOCK_STEP;
}

static NOINLINE void start(void)
{
    void *arena;

    core_start_pages(os_page_size());
    arena = mmap(NULL, ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    require(arena != MAP_FAILED);
    hidden_arena = ~(uintptr_t)arena;
}

static NOINLINE void add_full(size_t index, size_t size, uint32_t stack, struct source source,
                              bool freed)
{
    struct record r = {
        .start = (uintptr_t)block(index),
        .size = size,
        .allocated = {.stack = stack, .sequence = index + 1},
        .source = source,
        .freed = freed,
    };

    require(record_put(&r));
}

static void add(size_t index, size_t size)
{
    add_full(index, size, 0, (struct source){NULL, NULL, 0}, false);
}

// Writes a pointer to (or into) a block somewhere.
static NOINLINE void point(void *place, size_t index, ptrdiff_t offset)
{
    *(volatile uintptr_t *)place = (uintptr_t)(block(index) + offset);
}

static NOINLINE void link_blocks(size_t from, ptrdiff_t at, size_t to, ptrdiff_t offset)
{
    point(block(from) + at, to, offset);
}

static size_t lost;
static char text[100000];

static NOINLINE void write_and_read(enum call call)
{
    int file = memfd_create("report", 0);
    ssize_t length;

    require(file >= 0);
    errno = 77;
    lost = leak_report(file, call);
    require_equal(errno, 77);
    length = pread(file, text, sizeof(text) - 1, 0);
    require(length >= 0);
    text[length] = '\0';
    close(file);
}

// Overwrites what functions that have returned left on the stack.
static NOINLINE void wipe(void)
{
    volatile char old[8192];

    for (size_t i = 0; i < sizeof(old); i++)
        old[i] = 0;
}

static NOINLINE const char *report(enum call call)
{
    wipe();
    write_and_read(call);
    return text;
}

static void require_same(const char *file, int line, const char *is, const char *expected)
{
    if (strcmp(is, expected) == 0)
        return;
    dprintf(STDERR_FILENO, "is:\n%sexpected:\n%s", is, expected);
    core_fail(file, line, "the report is another one");
}
#define require_report(call, expected) require_same(__FILE__, __LINE__, report(call), expected)

#define HEAD "ikyoalloc: exit: memory that is not freed, the largest amounts first\n"
#define HEAD_CHECK                                                                                 \
    "ikyoalloc: ikyo_check_heap: memory that is not freed, the largest amounts first\n"
#define NONE "0 bytes in 0 blocks\n"
#define BECAUSE_OF_THREADS                                                                         \
    "  only possibly, as other threads may hold pointers where they are not seen\n"

// The thread sanitizer has a thread of its own in each process.
#if defined(__has_feature)
#define HAS_FEATURE(x) __has_feature(x)
#else
#define HAS_FEATURE(x) 0
#endif
#define NOTHING_LOST "  lost: " NONE "  possibly lost: " NONE "  still reachable: "
#if defined(__SANITIZE_THREAD__) || HAS_FEATURE(thread_sanitizer)
#define LOST ", possibly lost"
#define TOTALS(lost, reachable)                                                                    \
    "  lost: " NONE "  possibly lost: " lost "  still reachable: " reachable BECAUSE_OF_THREADS
#else
#define LOST ", lost"
#define TOTALS(lost, reachable)                                                                    \
    "  lost: " lost "  possibly lost: " NONE "  still reachable: " reachable
#endif

static void exit_with_nothing_lost_is_silent(void)
{
    start();
    require_report(CALL_EXIT, "");
    require_equal(lost, 0);
    require_report(CALL_CHECK_HEAP, HEAD_CHECK NOTHING_LOST NONE);
    require_equal(lost, 0);
}

static void lost_block_is_reported_once(void)
{
    start();
    add(1, 100);
    require_report(CALL_EXIT,
                   HEAD "  100 bytes in 1 block" LOST "\n" TOTALS("100 bytes in 1 block\n", NONE));
    require_equal(lost, 1);
}

static uintptr_t global;

static void block_that_a_global_points_to_is_reachable(void)
{
    start();
    add(1, 100);
    point(&global, 1, 0);
    require_report(CALL_EXIT, "");
    require_report(CALL_CHECK_HEAP,
                   HEAD_CHECK "  100 bytes in 1 block, still reachable\n" NOTHING_LOST
                              "100 bytes in 1 block\n");
    require_equal(lost, 0);
}

static size_t lost_with_pointer_at(ptrdiff_t offset)
{
    point(&global, 1, offset);
    report(CALL_EXIT);
    return lost;
}

static void pointers_into_a_block_count_and_others_do_not(void)
{
    start();
    add(1, 100);
    require_equal(lost_with_pointer_at(0), 0);
    require_equal(lost_with_pointer_at(1), 0);
    require_equal(lost_with_pointer_at(99), 0);
    require_equal(lost_with_pointer_at(100), 1);
    require_equal(lost_with_pointer_at(-1), 1);
}

static void block_of_no_bytes_is_reached_by_its_start(void)
{
    start();
    add(1, 0);
    require_equal(lost_with_pointer_at(0), 0);
    require_equal(lost_with_pointer_at(1), 1);
    require_report(CALL_EXIT,
                   HEAD "  0 bytes in 1 block" LOST "\n" TOTALS("0 bytes in 1 block\n", NONE));
}

static void blocks_behind_reachable_blocks_are_reachable(void)
{
    start();
    for (size_t i = 1; i < 6; i++)
        add(i, 64);
    point(&global, 3, 8);
    link_blocks(3, 56, 1, 63);
    link_blocks(1, 0, 5, 0);
    link_blocks(5, 8, 3, 0);
    report(CALL_EXIT);
    require_equal(lost, 2);
}

static void blocks_that_point_to_each_other_only_are_lost(void)
{
    start();
    add(1, 64);
    add(2, 64);
    add(3, 64);
    link_blocks(1, 0, 2, 0);
    link_blocks(2, 0, 1, 0);
    link_blocks(3, 0, 3, 0);
    report(CALL_EXIT);
    require_equal(lost, 3);
}

// A word that is not wholly in the block is none of its own.
static void last_bytes_of_a_block_are_no_pointer(void)
{
    start();
    add(1, 2 * sizeof(void *) - 1);
    add(2, 64);
    link_blocks(1, sizeof(void *), 2, 0);
    point(&global, 1, 0);
    report(CALL_EXIT);
    require_equal(lost, 1);
}

static void freed_blocks_neither_count_nor_lead_anywhere(void)
{
    start();
    add_full(1, 64, 0, (struct source){NULL, NULL, 0}, true);
    add(2, 64);
    link_blocks(1, 0, 2, 0);
    point(&global, 1, 0);
    report(CALL_EXIT);
    require_equal(lost, 1);
}

static void memory_of_the_program_leads_to_blocks(void)
{
    start();
    add(2, 64);
    link_blocks(1, 0, 2, 0);
    report(CALL_EXIT);
    require_equal(lost, 0);
    link_blocks(1, 0, 1, 0);
    link_blocks(2, 64, 2, 0);
    report(CALL_EXIT);
    require_equal(lost, 0);
    link_blocks(2, 64, 1, 0);
    report(CALL_EXIT);
    require_equal(lost, 1);
}

static void block_that_a_local_points_to_is_reachable(void)
{
    volatile uintptr_t local;

    start();
    add(1, 64);
    point((void *)(uintptr_t)&local, 1, 0);
    report(CALL_EXIT);
    require_equal(lost, 0);
    local = 0;
    report(CALL_EXIT);
    require_equal(lost, 1);
}

// A block in a region, with pointers to it in its descriptor, in memory of the region that is no
// block, and in memory for records. It is not the first unit: that is known to the region, a static
// variable.
static NOINLINE void add_in_region(void)
{
    size_t size = vm_page_size() > UNIT ? vm_page_size() : UNIT;
    struct record r = {.size = 64};
    uintptr_t *small = meta_take(sizeof(*small)), *large = meta_take(MIB), *first;
    bool zero;

    first = (uintptr_t *)pages_take(size, size, &zero);
    r.start = (uintptr_t)pages_take(size, size, &zero);
    require(small != NULL && large != NULL && first != NULL && r.start != 0 && record_put(&r));
    desc_at((void *)r.start)->base = (char *)r.start;
    *first = *small = *large = r.start;
}

static void what_the_allocator_knows_does_not_lead_to_blocks(void)
{
    start();
    add_in_region();
    report(CALL_EXIT);
    require_equal(lost, 1);
}

static void unreadable_pages_in_a_block_are_passed_over(void)
{
    size_t page = os_page_size();

    start();
    add(1, 2 * page + 64);
    add(20, 64);
    add(21, 64);
    link_blocks(1, 0, 20, 0);
    link_blocks(1, (ptrdiff_t)(2 * page + 56), 21, 0);
    require(mprotect(block(1) + page, page, PROT_NONE) == 0);
    point(&global, 1, 0);
    report(CALL_EXIT);
    require_equal(lost, 0);
}

static void amounts_are_by_place_and_the_largest_come_first(void)
{
    static const char file[] = "file.c", other[] = "other.c", function[] = "function";

    start();
    for (size_t i = 1; i < 17; i++)
        add_full(i, 64, 2, (struct source){NULL, NULL, 0}, false);
    add_full(20, 1200, 0, (struct source){file, function, 12}, false);
    add_full(21, 30, 0, (struct source){file, function, 13}, false);
    add_full(1000, 1000007, 1, (struct source){other, NULL, 13}, false);
    add_full(23, 1, 0, (struct source){NULL, NULL, 0}, false);
    add_full(500, 500000, 1, (struct source){NULL, NULL, 0}, false);
    point(&global, 500, 0);
    require_report(CALL_EXIT, HEAD
                   "  1,000,007 bytes in 1 block" LOST ", allocated at other.c:13:\n"
                   "    #0 /usr/bin/prog+0x234\n"
                   "  1,200 bytes in 1 block" LOST ", allocated at file.c:12 (function)\n"
                   "  1,024 bytes in 16 blocks" LOST ", allocated at:\n"
                   "    #0 /usr/bin/prog+0x234\n"
                   "    #1 0x501\n"
                   "  30 bytes in 1 block" LOST ", allocated at file.c:13 (function)\n"
                   "  1 byte in 1 block" LOST
                   "\n" TOTALS("1,002,262 bytes in 20 blocks\n", "500,000 bytes in 1 block\n")
                   "  lines: addr2line -Cfpie /usr/bin/prog 0x234\n");
    require_equal(lost, 20);
}

static void lost_amounts_come_before_reachable_ones(void)
{
    start();
    add(1, 500);
    add(2, 10);
    point(&global, 1, 0);
    require_report(CALL_CHECK_HEAP, HEAD_CHECK
                   "  10 bytes in 1 block" LOST "\n"
                   "  500 bytes in 1 block, still reachable\n" TOTALS("10 bytes in 1 block\n",
                                                                      "500 bytes in 1 block\n"));
}

static void assert_is_json(const char *json)
{
    FILE *reader = popen("python3 -m json.tool >/dev/null", "w");

    require(reader != NULL);
    fputs(json, reader);
    require_equal(pclose(reader), 0);
}

#if defined(__SANITIZE_THREAD__) || HAS_FEATURE(thread_sanitizer)
#define LOST_JSON "possibly-lost"
#define TOTALS_JSON(lost, reachable)                                                               \
    "\"lost\":{\"bytes\":0,\"blocks\":0},\"possibly_lost\":" lost ",\"still_reachable\":"          \
    reachable ",\"doubt\":\"threads\"}\n"
#else
#define LOST_JSON "lost"
#define TOTALS_JSON(lost, reachable)                                                               \
    "\"lost\":" lost ",\"possibly_lost\":{\"bytes\":0,\"blocks\":0},\"still_reachable\":"          \
    reachable "}\n"
#endif

static void json_is_one_line(void)
{
    static const char file[] = "file.c", function[] = "function";
    char expected[1000];

    start();
    options.report_format = REPORT_JSON;
    add_full(1, 100, 2, (struct source){file, function, 12}, false);
    add_full(2, 10, 0, (struct source){NULL, NULL, 0}, false);
    add_full(3, 1000, 1, (struct source){NULL, NULL, 0}, false);
    point(&global, 3, 0);
    snprintf(expected, sizeof(expected),
             "{\"tool\":\"ikyoalloc\",\"finding\":\"leak\",\"call\":\"ikyo_check_heap\","
             "\"process\":%d,\"groups\":[{\"state\":\"" LOST_JSON "\",\"bytes\":100,\"blocks\":1,"
             "\"source\":{\"file\":\"file.c\",\"line\":12,\"function\":\"function\"},"
             "\"stack\":[\"/usr/bin/prog+0x234\",\"0x501\"]},"
             "{\"state\":\"" LOST_JSON "\",\"bytes\":10,\"blocks\":1,\"stack\":[]},"
             "{\"state\":\"still-reachable\",\"bytes\":1000,\"blocks\":1,"
             "\"stack\":[\"/usr/bin/prog+0x234\"]}],"
             "\"groups_left_out\":0,\"left_out\":{\"bytes\":0,\"blocks\":0}," TOTALS_JSON(
                 "{\"bytes\":110,\"blocks\":2}", "{\"bytes\":1000,\"blocks\":1}"),
             (int)getpid());
    require_report(CALL_CHECK_HEAP, expected);
    assert_is_json(text);
    report(CALL_EXIT);
    require(strstr(text, "still-reachable") == NULL);
    assert_is_json(text);
}

static void json_that_does_not_fit_is_summed_up(void)
{
    memset(program, 'x', sizeof(program) - 1);
    start();
    options.report_format = REPORT_JSON;
    for (int i = 1; i < 19; i++)
        add_full((size_t)i, 1, 1, (struct source){"b", NULL, i}, false);
    report(CALL_EXIT);
    require(strstr(text, "],\"groups_left_out\":3,\"left_out\":{\"bytes\":3,\"blocks\":3},") != NULL);
    assert_is_json(text);
}

static char told[1000];

static void keep_what_is_told(const char *what, size_t size, void *context)
{
    require(size < sizeof(told));
    memcpy(told, what, size);
    told[size] = '\0';
    require_equal((uintptr_t)context, (uintptr_t)told);
}

static void callback_gets_the_report_of_the_exit(void)
{
    start();
    add(1, 100);
    report_set_callback(keep_what_is_told, told);
    report(CALL_CHECK_HEAP);
    require_equal(told[0], '\0');
    report(CALL_EXIT);
    require_same(__FILE__, __LINE__, told, text);
    require(strlen(told) > 100);
}

static void small_amounts_are_summed_up(void)
{
    char expected[4000] = HEAD;
    size_t length = strlen(expected);

    start();
    for (int i = 1; i <= 23; i++)
        add_full((size_t)i, (size_t)i, 0, (struct source){"", NULL, i}, false);
    for (int i = 23; i > 3; i--)
        length += (size_t)snprintf(expected + length, sizeof(expected) - length,
                                   "  %d bytes in 1 block" LOST ", allocated at :%d\n", i, i);
    snprintf(
        expected + length, sizeof(expected) - length,
        "  6 bytes in 3 blocks, from other places (3)\n" TOTALS("276 bytes in 23 blocks\n", NONE));
    require_report(CALL_EXIT, expected);
}

static void amounts_that_do_not_fit_are_summed_up(void)
{
    static const char first[] = HEAD "  10 bytes in 1 block" LOST ", allocated at a:1:\n    #0 xxx";

    memset(program, 'x', sizeof(program) - 1);
    start();
    add_full(1, 10, 1, (struct source){"a", NULL, 1}, false);
    for (int i = 2; i < 19; i++)
        add_full((size_t)i, 1, 1, (struct source){"b", NULL, i}, false);
    report(CALL_EXIT);
    require(strncmp(text, first, strlen(first)) == 0);
    require(strstr(text, "\n  3 bytes in 3 blocks, from other places (3)\n" TOTALS(
                             "27 bytes in 18 blocks\n", NONE)) != NULL);
}

static void names_that_were_unloaded_are_not_read(void)
{
    size_t page = os_page_size();
    char *names = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    start();
    require(names != MAP_FAILED);
    memset(names, 'n', 2 * page);
    names[page - 1] = '\0';
    add_full(1, 10, 0, (struct source){names + page - 4, names + page, 5}, false);
    require(munmap(names + page, page) == 0);
    report(CALL_EXIT);
    require(strstr(text, "allocated at nnn:5 ((unloaded))\n") != NULL);
}

static _Atomic(bool) waiting, leave;

static void *wait_to_leave(void *unused)
{
    atomic_store(&waiting, true);
    while (!atomic_load(&leave))
        os_sleep_us(100);
    return unused;
}

static void with_other_threads_blocks_are_possibly_lost(void)
{
    pthread_t thread;

    start();
    add(1, 100);
    core_start_threads(&thread, 1, wait_to_leave);
    while (!atomic_load(&waiting))
        os_sleep_us(100);
    require_report(CALL_EXIT, HEAD "  100 bytes in 1 block, possibly lost\n"
                                   "  lost: " NONE "  possibly lost: 100 bytes in 1 block\n"
                                   "  still reachable: " NONE BECAUSE_OF_THREADS);
    require_equal(lost, 1);
    atomic_store(&leave, true);
    core_join_threads(&thread, 1);
}

static void require_all_possibly_lost(long refused)
{
    start();
    add(1, 100);
    point(&global, 1, 0);
    atomic_store(&core_failing.number, refused);
    atomic_store(&core_failing.all, true);
    require_report(CALL_EXIT,
                   HEAD "  100 bytes in 1 block, possibly lost\n"
                        "  lost: " NONE "  possibly lost: 100 bytes in 1 block\n"
                        "  still reachable: " NONE
                        "  only possibly, as this process may not search its own memory\n");
    require(atomic_load(&core_failed) > 0);
}

static void without_proc_all_are_possibly_lost(void)
{
    require_all_possibly_lost(SYS_openat);
}

static void without_the_right_to_read_all_are_possibly_lost(void)
{
    require_all_possibly_lost(SYS_process_vm_readv);
}

// As a sandbox has it: whoever makes the call is ended.
static void forbid(unsigned number)
{
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof(steps) / sizeof(steps[0]), steps};

    require(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    require(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

static void filtered_process_does_not_search_and_names_are_read(void)
{
    start();
    add_full(1, 100, 0, (struct source){"file.c", NULL, 5}, false);
    forbid(SYS_process_vm_readv);
    require_report(CALL_EXIT,
                   HEAD "  100 bytes in 1 block, possibly lost, allocated at file.c:5\n"
                        "  lost: " NONE "  possibly lost: 100 bytes in 1 block\n"
                        "  still reachable: " NONE
                        "  only possibly, as this process may not search its own memory\n");
}

static void refused_memory_is_said(void)
{
    start();
    add(1, 100);
    for (int refused = 1; refused <= 2; refused++) {
        atomic_store(&core_failing.countdown, refused);
        require_report(CALL_EXIT, "ikyoalloc: exit: no memory to search for leaks\n");
        options.report_format = REPORT_JSON;
        atomic_store(&core_failing.countdown, refused);
        report(CALL_EXIT);
        options.report_format = REPORT_TEXT;
        require(strstr(text, ",\"error\":\"no memory to search for leaks\"}\n") != NULL);
        assert_is_json(text);
        require_equal(lost, 0);
        require_equal(atomic_load(&core_failed), 2 * refused);
    }
    report(CALL_EXIT);
    require_equal(lost, 1);
}

static void report_gives_its_memory_back(void)
{
    struct charge_totals before, after;

    start();
    add(1, 100);
    charge_totals_get(&before);
    report(CALL_EXIT);
    charge_totals_get(&after);
    require(after.commits > before.commits);
    require_equal(after.committed[CHARGE_METADATA], before.committed[CHARGE_METADATA]);
    require_equal(after.reserved, before.reserved);
}

enum { MANY = 100000 };

// Longer than any stack would bear.
static void long_list_is_reachable_to_its_end(void)
{
    char *memory =
        mmap(NULL, MANY * 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    start();
    require(memory != MAP_FAILED);
    for (size_t i = 0; i < MANY; i++) {
        struct record r = {.start = (uintptr_t)memory + i * 16, .size = 16};

        require(record_put(&r));
        *(uintptr_t *)(memory + i * 16) = i == 0 ? 0 : (uintptr_t)memory + i * 16 - 16;
    }
    global = (uintptr_t)memory + (MANY - 1) * 16;
    memory = NULL;
    report(CALL_CHECK_HEAP);
    require_equal(lost, 0);
    require(strstr(text, "still reachable: 1,600,000 bytes in 100,000 blocks\n") != NULL);
}

static bool is_smaller(const struct reach_block *a, const struct reach_block *b)
{
    return a->size < b->size;
}

static void sort_orders_any_number_of_blocks(void)
{
    struct core_random r = core_random_start();
    static struct reach_block blocks[300];

    for (size_t count = 0; count < 300; count++) {
        size_t sum = 0, sorted = 0;

        for (size_t i = 0; i < count; i++)
            sum += blocks[i].size = core_random_below(&r, 200);
        reach_sort(blocks, count, is_smaller);
        for (size_t i = 0; i < count; i++) {
            require(i == 0 || blocks[i - 1].size <= blocks[i].size);
            sorted += blocks[i].size;
        }
        require_equal(sorted, sum);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(exit_with_nothing_lost_is_silent),
        alone(lost_block_is_reported_once),
        alone(block_that_a_global_points_to_is_reachable),
        alone(pointers_into_a_block_count_and_others_do_not),
        alone(block_of_no_bytes_is_reached_by_its_start),
        alone(blocks_behind_reachable_blocks_are_reachable),
        alone(blocks_that_point_to_each_other_only_are_lost),
        alone(last_bytes_of_a_block_are_no_pointer),
        alone(freed_blocks_neither_count_nor_lead_anywhere),
        alone(memory_of_the_program_leads_to_blocks),
        alone(block_that_a_local_points_to_is_reachable),
        alone(what_the_allocator_knows_does_not_lead_to_blocks),
        alone(unreadable_pages_in_a_block_are_passed_over),
        alone(amounts_are_by_place_and_the_largest_come_first),
        alone(lost_amounts_come_before_reachable_ones),
        alone(json_is_one_line),
        alone(json_that_does_not_fit_is_summed_up),
        alone(callback_gets_the_report_of_the_exit),
        alone(small_amounts_are_summed_up),
        alone(amounts_that_do_not_fit_are_summed_up),
        alone(names_that_were_unloaded_are_not_read),
        alone(with_other_threads_blocks_are_possibly_lost),
        alone(without_proc_all_are_possibly_lost),
        alone(without_the_right_to_read_all_are_possibly_lost),
        alone(filtered_process_does_not_search_and_names_are_read),
        alone(refused_memory_is_said),
        alone(report_gives_its_memory_back),
        alone(long_list_is_reachable_to_its_end),
        alone(sort_orders_any_number_of_blocks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
