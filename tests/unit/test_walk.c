// SPDX-License-Identifier: MIT
// Walks of the stack: agreement with the compiler's unwinder, frames that are ours, and stacks
// that are none. The image of our own code is a section of this program, for the tests.
// Needs: _Unwind_Backtrace unwind.h
// Needs: _Unwind_FindEnclosingFunction unwind.h
#include "debug/walk.h"

#include "os/frame.h"
#include "os/image.h"

#include "core.h"

#include <alloca.h>
#include <link.h>
#include <sys/mman.h>
#include <unwind.h>

#include <cmocka.h>

#define OWN __attribute__((noinline, noclone, section("own_code")))
#define CALLED __attribute__((noinline, noclone))

enum { ROOM = 60 };

extern const char __start_own_code[], __stop_own_code[];

static bool own_is_program;

static int add_image(struct dl_phdr_info *info, size_t size, void *context)
{
    struct os_image *wanted = context, here = {.start = UINTPTR_MAX};

    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *h = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + h->p_vaddr;

        if (h->p_type == PT_GNU_EH_FRAME)
            here.unwind_table = (const void *)start;
        if (h->p_type == PT_LOAD && start < here.start)
            here.start = start;
        if (h->p_type == PT_LOAD && start + h->p_memsz > here.end)
            here.end = start + h->p_memsz;
    }
    if (wanted->start < here.start || wanted->start >= here.end)
        return 0;
    *wanted = here;
    return 1;
}

// These stand in for those of the library.
bool os_image_of(uintptr_t address, struct os_image *image)
{
    uintptr_t start = (uintptr_t)__start_own_code, end = (uintptr_t)__stop_own_code;
    bool is_own = address == (uintptr_t)walk_start || (address >= start && address < end);

    image->start = address;
    if (dl_iterate_phdr(add_image, image) == 0)
        return false;
    if (is_own) {
        image->start = start;
        image->end = end;
    }
    return true;
}

bool os_image_is_program(const struct os_image *image)
{
    return own_is_program && image->start == (uintptr_t)__start_own_code;
}

void os_image_start(void)
{
}

// ---- against the compiler's unwinder ----

static uintptr_t walked[ROOM];
static uintptr_t unwound[ROOM];
static size_t walked_count;
static size_t unwound_count;
static bool by_tables;
static volatile unsigned sink;

static _Unwind_Reason_Code note_frame(struct _Unwind_Context *context, void *unused)
{
    (void)unused;
    if (unwound_count < ROOM && _Unwind_GetIP(context) != 0)
        unwound[unwound_count++] = _Unwind_GetIP(context);
    return _URC_NO_REASON;
}

// The compiler's unwinder names this function as well, at another place.
CALLED static void walk_and_unwind(void)
{
    walk_start();
    walked_count = walk_stack(__builtin_frame_address(0), by_tables, walked, ROOM);
    unwound_count = 0;
    _Unwind_Backtrace(note_frame, NULL);
    sink++;
}

// Code without tables ends the unwinder, but not the walk, which then goes on by frame records.
static void require_agreement(void)
{
    require(unwound_count > 4);
    if (_Unwind_FindEnclosingFunction((void *)unwound[unwound_count - 1]) != NULL)
        require_equal(walked_count, unwound_count - 1);
    require(walked_count >= unwound_count - 1);
    for (size_t i = 0; i < unwound_count - 1; i++)
        require_equal(walked[i], unwound[i + 1]);
}

CALLED static void with_room_of_any_size(size_t size)
{
    char *room = alloca(size);

    memset(room, 1, size);
    walk_and_unwind();
    sink += (unsigned)room[size - 1];
}

// Such a function with arguments on its stack finds them by a third register.
CALLED static int with_aligned_room(int a, int b, int c, int d, int e, int f, int g, int h)
{
    char room[256] __attribute__((aligned(128))), *more = alloca((size_t)a);

    memset(room, 1, sizeof(room));
    memset(more, 1, (size_t)a);
    with_room_of_any_size((size_t)a);
    sink += room[a] + more[0];
    return b + c + d + e + f + g + h;
}

CALLED static void with_many_values(int a, int b, int c, int d, int e, int f, int g, int h)
{
    unsigned i = sink, j = sink + 1, k = sink + 2;

    with_room_of_any_size((size_t)(a + b));
    sink = (unsigned)(a * b * c * d + e * f * g * h) + i * j * k;
}

CALLED static void with_depth(int depth)
{
    if (depth == 0)
        with_many_values(100, 2, 3, 4, 5, 6, 7, 8);
    else
        with_depth(depth - 1);
    sink++;
}

CALLED static void with_large_frame(void)
{
    volatile char room[300000];

    room[0] = 1;
    with_depth(2);
    sink += room[0];
}

static int compare(const void *a, const void *b)
{
    with_depth(1);
    return *(const int *)a - *(const int *)b;
}

static void walk_by_tables_agrees_with_the_unwinder(void)
{
    int two[2] = {2, 1};

    by_tables = true;
    with_depth(20);
    require_agreement();
    with_large_frame();
    require_agreement();
    qsort(two, 2, sizeof(two[0]), compare);
    require_agreement();
}

static void *walk_in_thread(void *arg)
{
    with_depth(3);
    require_agreement();
    return arg;
}

static void walk_by_tables_passes_aligned_frames(void)
{
    by_tables = true;
    for (int i = 1; i < 200; i += 16) {
        sink += (unsigned)with_aligned_room(i, 1, 2, 3, 4, 5, 6, 7);
        require_agreement();
    }
}

static void walk_of_a_thread_ends_where_it_began(void)
{
    pthread_t thread;

    by_tables = true;
    core_start_threads(&thread, 1, walk_in_thread);
    core_join_threads(&thread, 1);
}

static void frames_that_have_no_room_are_left_out(void)
{
    uintptr_t few[3] = {0};

    walk_start();
    by_tables = true;
    walk_and_unwind();
    require_equal(walk_stack(__builtin_frame_address(0), true, few, 2), 2);
    require(few[0] != 0 && few[1] != 0);
    require_equal(few[2], 0);
}

// ---- own frames ----

CALLED static void application_below_us(void)
{
    walk_and_unwind();
    sink++;
}

OWN static void own_caller_of_a_handler(void (*handler)(void))
{
    handler();
    sink++;
}

static bool lies_in(uintptr_t address, void (*function)(void))
{
    return address > (uintptr_t)function && address < (uintptr_t)function + 100;
}

// Without frame pointers from here to the application, and with values in many registers.
OWN static void own_walk(void)
{
    walked_count = walk_stack(__builtin_frame_address(0), by_tables, walked, ROOM);
    sink++;
}

OWN static void own_walk_outer(int a, int b, int c)
{
    unsigned d = sink, e = sink + 1, f = sink + 2;

    own_walk();
    sink = (unsigned)(a * b * c) + d * e * f;
}

CALLED static void application_calls_own_code(void)
{
    own_walk_outer(1, 2, 3);
    sink++;
}

static void own_frames_are_left_out_and_their_caller_is_not(void)
{
    walk_start();
    for (int i = 0; i < 2; i++) {
        by_tables = i;
        application_calls_own_code();
        require(walked_count > 0);
        require(lies_in(walked[0], application_calls_own_code));
    }
    require(walked_count > 3);
}

static void own_frames_that_the_application_called_from_stay(void)
{
    by_tables = true;
    own_caller_of_a_handler(application_below_us);
    require_agreement();
}

static void own_frames_of_a_static_program_stay(void)
{
    own_is_program = true;
    walk_start();
    application_calls_own_code();
    require(walked[0] > (uintptr_t)__start_own_code && walked[0] < (uintptr_t)__stop_own_code);
    require(lies_in(walked[1], application_calls_own_code));
}

// ---- stacks that are none ----

CALLED static uintptr_t a_return_address(void)
{
    return (uintptr_t)__builtin_return_address(0);
}

// The frame pointer that leads to a record.
static uintptr_t pointer_to(const uintptr_t *record)
{
    return (uintptr_t)record - (uintptr_t)FRAME_RECORD;
}

static size_t walk_records(const uintptr_t *record)
{
    return walk_stack((const void *)pointer_to(record), false, walked, ROOM);
}

static size_t walk_from(uintptr_t next, uintptr_t code)
{
    uintptr_t record[2] = {next, code};

    return walk_records(record);
}

static void bad_frame_pointers_end_the_walk(void)
{
    size_t page = os_page_size();
    uintptr_t here = (uintptr_t)__builtin_frame_address(0), code = a_return_address();
    const uintptr_t bad[] = {
        0, 1, here + 1, here + 2, here - 4096, here + (64 << 20), UINTPTR_MAX, UINTPTR_MAX - 7,
        UINTPTR_MAX - 15, UINTPTR_MAX - page + 1, 4096, ~(UINTPTR_MAX >> 1), (uintptr_t)&sink,
    };

    walk_start();
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        require_equal(walk_from(bad[i], code), 1);
        require_equal(walked[0], code);
    }
}

static void bad_return_addresses_end_the_walk(void)
{
    const uintptr_t bad[] = {0, 1, (uintptr_t)&by_tables & 0xfff, UINTPTR_MAX, (uintptr_t)bad};

    walk_start();
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        require_equal(walk_from((uintptr_t)__builtin_frame_address(0), bad[i]), 0);
}

static void cycles_end(void)
{
    uintptr_t code = a_return_address();
    uintptr_t ring[4] = {pointer_to(&ring[2]), code, pointer_to(ring), code};
    uintptr_t self[2] = {pointer_to(self), code};

    walk_start();
    require_equal(walk_records(ring), 2);
    require_equal(walk_records(self), 1);
}

static void pages_that_cannot_be_read_end_the_walk(void)
{
    size_t page = os_page_size(), words = page / sizeof(uintptr_t);
    uintptr_t code = a_return_address();
    uintptr_t *stack = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                            -1, 0);

    walk_start();
    require(stack != MAP_FAILED);
    stack[words - 4] = pointer_to(&stack[words]);
    stack[words - 3] = code;
    stack[words] = pointer_to(&stack[2 * words - 1]);
    stack[words + 1] = code;
    stack[2 * words - 1] = pointer_to(&stack[2 * words + 8]);
    stack[2 * words] = code;
    stack[2 * words + 9] = code;
    require_equal(walk_records(&stack[words - 4]), 4);
    require_equal(mprotect(&stack[2 * words], page, PROT_NONE), 0);
    require_equal(walk_records(&stack[words - 4]), 2);
    require_equal(mprotect(&stack[words], page, PROT_NONE), 0);
    require_equal(walk_records(&stack[words - 4]), 1);
    require_equal(mprotect(&stack[2 * words], page, PROT_READ), 0);
    stack[words - 4] = pointer_to(&stack[2 * words + 8]);
    require_equal(walk_records(&stack[words - 4]), 1);
    require_equal(munmap(&stack[words], page), 0);
    require_equal(walk_records(&stack[words - 4]), 1);
}

// Words that look like those of a stack, in no order, and the end of the readable near.
static void random_stacks_are_walked_without_a_fault(void)
{
    struct core_random r = core_random_start();
    size_t page = os_page_size(), words = 2 * page / sizeof(uintptr_t);
    uintptr_t code = a_return_address();
    uintptr_t *stack = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                            -1, 0);

    walk_start();
    require(stack != MAP_FAILED && mprotect(&stack[words], page, PROT_NONE) == 0);
    for (int round = 0; round < 20000; round++) {
        size_t start = core_random_below(&r, words - 1);

        for (size_t i = start; i < words; i++) {
            uint64_t kind = core_random_below(&r, 8);

            stack[i] = kind == 0   ? core_random_next(&r) << 16
                       : kind == 1 ? core_random_next(&r) >> 16
                       : kind < 5  ? (uintptr_t)&stack[core_random_below(&r, words + 20)]
                                   : code - 200 + core_random_below(&r, 400);
        }
        sink += (unsigned)walk_stack(&stack[start], round % 2, walked, ROOM);
    }
}

static void errno_is_kept(void)
{
    errno = 77;
    bad_frame_pointers_end_the_walk();
    require_equal(errno, 77);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(walk_by_tables_agrees_with_the_unwinder),
        alone(walk_by_tables_passes_aligned_frames),
        alone(walk_of_a_thread_ends_where_it_began),
        alone(frames_that_have_no_room_are_left_out),
        alone(own_frames_are_left_out_and_their_caller_is_not),
        alone(own_frames_that_the_application_called_from_stay),
        alone(own_frames_of_a_static_program_stay),
        alone(bad_frame_pointers_end_the_walk),
        alone(bad_return_addresses_end_the_walk),
        alone(cycles_end),
        alone(pages_that_cannot_be_read_end_the_walk),
        alone(random_stacks_are_walked_without_a_fault),
        alone(errno_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
