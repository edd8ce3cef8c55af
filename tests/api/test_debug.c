// SPDX-License-Identifier: MIT
// The calls of ikyoalloc/debug.h, each in a program of its own for every mode: this one, started
// anew with the mode in its environment.
#include "api.h"

#include "ikyoalloc/debug.h"
#include "ikyoalloc/ikyoalloc.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 100, MANY = 1000, FAILED = 9 };

// What a program wrote to standard error, and how it ended.
struct outcome {
    char text[8192];
    int signal;
    int status;
};

static void require(bool fact, int line)
{
    if (fact)
        return;
    dprintf(STDERR_FILENO, "line %d\n", line);
    _exit(FAILED);
}
#define REQUIRE(fact) require((fact), __LINE__)

static const char *mode(void)
{
    return getenv("IKYO_CHECK");
}

static bool is_checked(void)
{
    return strcmp(mode(), "fast") != 0;
}

static bool is_full(void)
{
    return strcmp(mode(), "full") == 0;
}

static void heap_without_bugs(void)
{
    char *p = call.malloc(SIZE);

    call.free(call.malloc(2 * SIZE));
    errno = 77;
    REQUIRE(ikyo_check_heap() == 0);
    REQUIRE(errno == 77);
    call.free(p);
    REQUIRE(ikyo_check_heap() == 0);
}

static void heap_with_an_overflow(void)
{
    char *p = call.malloc(SIZE);

    p[SIZE] ^= 2;
    errno = 77;
    REQUIRE(ikyo_check_heap() == (is_checked() ? 1 : 0));
    REQUIRE(errno == 77);
    REQUIRE(ikyo_check_heap() == 0);
}

// A pointer to one or the other may be left in a register or on the stack.
static void leaks_of_many_blocks(void)
{
    size_t before = ikyo_dump_leaks(STDERR_FILENO), after;

    for (int i = 0; i < MANY; i++)
        call.malloc(SIZE);
    errno = 77;
    after = ikyo_dump_leaks(STDERR_FILENO);
    REQUIRE(errno == 77);
    if (is_full())
        REQUIRE(after >= before + MANY - 10 && after <= before + MANY);
    else
        REQUIRE(before == 0 && after == 0);
}

static void counters_of_many_blocks(void)
{
    struct ikyo_debug_figures before, after;
    void *block[MANY];

    call.free(call.malloc(1)); // the start may allocate, as the C library's pthread_atfork does
    ikyo_flush_thread();
    ikyo_debug_counters(&before);
    for (int i = 0; i < MANY; i++)
        block[i] = call.malloc(2000);
    ikyo_debug_counters(&after);
    REQUIRE(after.allocations == before.allocations + MANY);
    REQUIRE(after.frees == before.frees);
    REQUIRE(after.commits > before.commits);
    for (int i = 0; i < MANY; i++)
        call.free(block[i]);
    ikyo_flush_thread(); // what is held back counts as freed when it is let go
    before = after;
    ikyo_debug_counters(&after);
    REQUIRE(after.allocations == before.allocations);
    REQUIRE(after.frees == before.frees + MANY);
}

static char told[8192];
static size_t told_length;
static int told_calls;

static void note(const char *text, size_t length, void *context)
{
    REQUIRE(context == told);
    memcpy(told, text, length);
    told_length = length;
    told_calls++;
}

static void callback_of_a_double_free(void)
{
    void *p = call.malloc(SIZE);

    ikyo_set_error_callback(note, told);
    call.free(p);
    call.free(p);
    REQUIRE(told_calls == 1);
    REQUIRE(strstr(told, "double free") != NULL && told[told_length - 1] == '\n');
    ikyo_set_error_callback(NULL, NULL);
    call.free(p);
    REQUIRE(told_calls == 1);
}

static void say(const char *text, size_t length, void *context)
{
    (void)text;
    dprintf(STDERR_FILENO, "%s%s\n", (const char *)context, length > 0 ? "something" : "nothing");
}

static void callback_before_the_end(void)
{
    static char context[] = "told ";
    void *p = call.malloc(SIZE);

    ikyo_set_error_callback(say, context);
    call.free(p);
    call.free(p);
}

static void places(void)
{
    char *p = ikyo_malloc_at(SIZE, "one.c", 11, "first");

    p = ikyo_realloc_at(p, 3 * SIZE, "two.c", 22, "second");
    call.free(p);
    call.free(p);
    p = ikyo_calloc_at(3, SIZE, "three.c", 33, "third");
    call.free(p);
    call.free(p);
    p = ikyo_aligned_alloc_at(4096, SIZE, "four.c", 44, "fourth");
    call.free(p);
    call.free(p);
}

static void calls_with_places_are_the_plain_calls(void)
{
    char *p = ikyo_malloc_at(SIZE, "a.c", 1, "f");

    memset(p, 'a', SIZE);
    p = ikyo_realloc_at(p, 10 * SIZE, "a.c", 1, "f");
    REQUIRE(p[0] == 'a' && p[SIZE - 1] == 'a');
    REQUIRE(ikyo_realloc_at(p, 0, "a.c", 1, "f") == NULL);
    p = ikyo_realloc_at(NULL, SIZE, "a.c", 1, "f");
    REQUIRE(p != NULL && malloc_usable_size(p) >= SIZE);
    call.free(p);
    p = ikyo_calloc_at(3, SIZE, "a.c", 1, "f");
    REQUIRE(api_is_zero(p, 3 * SIZE));
    call.free(p);
    p = ikyo_aligned_alloc_at(4096, SIZE, "a.c", 1, "f");
    REQUIRE(api_is_aligned(p, 4096));
    call.free(p);
    p = ikyo_aligned_alloc_at(1, SIZE, "a.c", 1, "f");
    REQUIRE(p != NULL && api_is_aligned(p, 16));
    call.free(p);
    errno = 0;
    REQUIRE(ikyo_calloc_at(SIZE_MAX, 2, "a.c", 1, "f") == NULL && errno == ENOMEM);
    errno = 0;
    REQUIRE(ikyo_malloc_at(SIZE_MAX, "a.c", 1, "f") == NULL && errno == ENOMEM);
    errno = 0;
    REQUIRE(ikyo_aligned_alloc_at(48, SIZE, "a.c", 1, "f") == NULL && errno == EINVAL);
    errno = 0;
    REQUIRE(ikyo_aligned_alloc_at(0, SIZE, "a.c", 1, "f") == NULL && errno == EINVAL);
}

static void damage_that_no_call_meets(void)
{
    char *p = call.malloc(SIZE);

    p[SIZE] ^= 2;
}

static const struct probe {
    const char *name;
    void (*run)(void);
} probes[] = {
#define PROBE(name) {#name, name}
    PROBE(heap_without_bugs),
    PROBE(heap_with_an_overflow),
    PROBE(leaks_of_many_blocks),
    PROBE(counters_of_many_blocks),
    PROBE(callback_of_a_double_free),
    PROBE(callback_before_the_end),
    PROBE(places),
    PROBE(calls_with_places_are_the_plain_calls),
    PROBE(damage_that_no_call_meets),
#undef PROBE
};

static int probe(const char *name)
{
    for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++)
        if (strcmp(name, probes[i].name) == 0) {
            probes[i].run();
            return 0;
        }
    return 8;
}

// Runs a probe in a mode; `more` is another variable of its environment.
static void run(struct outcome *o, const char *name, const char *check, const char *more)
{
    const struct rlimit no_core = {0, 0};
    char variable[40];
    char *const arguments[] = {(char *)"probe", (char *)name, NULL};
    char *const environment[] = {variable, (char *)"IKYO_LEAKS=off", (char *)more, NULL};
    size_t length = 0;
    ssize_t got;
    int ends[2], status;

    snprintf(variable, sizeof(variable), "IKYO_CHECK=%s", check);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &no_core);
        dup2(ends[1], STDERR_FILENO);
        execve("/proc/self/exe", arguments, environment);
        _exit(7);
    }
    close(ends[1]);
    while ((got = read(ends[0], o->text + length, sizeof(o->text) - 1 - length)) > 0)
        length += (size_t)got;
    o->text[length] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    o->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    o->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void require_fine(struct outcome *o, const char *name, const char *check)
{
    run(o, name, check, "IKYO_ON_ERROR=warn");
    if (o->signal != 0 || o->status != 0)
        print_error("%s in %s: %s\n", name, check, o->text);
    assert_int_equal(o->signal, 0);
    assert_int_equal(o->status, 0);
}

static const char *const modes[] = {"fast", "hardened", "full"};

static void sound_program_is_silent_in_every_mode(void **state)
{
    static const char *const names[] = {"heap_without_bugs", "counters_of_many_blocks",
                                        "calls_with_places_are_the_plain_calls"};
    struct outcome o;

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        for (int m = 0; m < 3; m++) {
            require_fine(&o, names[i], modes[m]);
            assert_string_equal(o.text, "");
        }
}

static void check_heap_finds_and_counts_what_was_overwritten(void **state)
{
    struct outcome o;

    (void)state;
    require_fine(&o, "heap_with_an_overflow", "fast");
    assert_string_equal(o.text, "");
    for (int m = 1; m < 3; m++) {
        require_fine(&o, "heap_with_an_overflow", modes[m]);
        assert_ptr_equal(strstr(o.text, "ikyoalloc: ikyo_check_heap(0x"), o.text);
        assert_non_null(strstr(o.text, "): overflow: bytes behind the block were overwritten\n"));
        assert_non_null(strstr(o.text, " of 100 bytes (malloc), pointer at its start\n"));
        assert_non_null(strstr(o.text, "damaged: 1 byte at "));
    }
}

static void check_heap_aborts_by_default(void **state)
{
    struct outcome o;

    (void)state;
    for (int m = 1; m < 3; m++) {
        run(&o, "heap_with_an_overflow", modes[m], NULL);
        assert_int_equal(o.signal, SIGABRT);
        assert_non_null(strstr(o.text, "ikyo_check_heap("));
    }
}

static void exit_finds_what_no_call_has_met(void **state)
{
    struct outcome o;

    (void)state;
    require_fine(&o, "damage_that_no_call_meets", "fast");
    assert_string_equal(o.text, "");
    for (int m = 1; m < 3; m++) {
        require_fine(&o, "damage_that_no_call_meets", modes[m]);
        assert_ptr_equal(strstr(o.text, "ikyoalloc: exit(0x"), o.text);
        assert_non_null(strstr(o.text, "): overflow: "));
    }
}

static void leaks_are_dumped_in_full_alone(void **state)
{
    struct outcome o;

    (void)state;
    for (int m = 0; m < 2; m++) {
        require_fine(&o, "leaks_of_many_blocks", modes[m]);
        assert_string_equal(o.text, "");
    }
    require_fine(&o, "leaks_of_many_blocks", "full");
    assert_non_null(strstr(o.text, "memory that is not freed"));
    assert_non_null(strstr(o.text, " blocks, lost, allocated at:\n"));
}

static void callback_gets_each_report_until_it_is_taken_away(void **state)
{
    struct outcome o;

    (void)state;
    for (int m = 0; m < 3; m++) {
        require_fine(&o, "callback_of_a_double_free", modes[m]);
        assert_non_null(strstr(o.text, "double free"));
    }
}

static void callback_comes_after_the_report_and_before_the_end(void **state)
{
    struct outcome o;

    (void)state;
    for (int m = 0; m < 3; m++) {
        run(&o, "callback_before_the_end", modes[m], NULL);
        assert_int_equal(o.signal, SIGABRT);
        assert_ptr_equal(strstr(o.text, "ikyoalloc: free(0x"), o.text);
        assert_string_equal(o.text + strlen(o.text) - strlen("told something\n"),
                            "told something\n");
    }
}

static void reports_of_full_name_the_place_of_the_allocation(void **state)
{
    struct outcome o;

    (void)state;
    require_fine(&o, "places", "full");
    assert_null(strstr(o.text, "one.c"));
    assert_non_null(strstr(o.text, " at two.c:22 (second)"));
    assert_non_null(strstr(o.text, " at three.c:33 (third)"));
    assert_non_null(strstr(o.text, " at four.c:44 (fourth)"));
    require_fine(&o, "places", "hardened");
    assert_null(strstr(o.text, "two.c"));
    assert_non_null(strstr(o.text, "double free"));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_program_is_silent_in_every_mode),
        cmocka_unit_test(check_heap_finds_and_counts_what_was_overwritten),
        cmocka_unit_test(check_heap_aborts_by_default),
        cmocka_unit_test(exit_finds_what_no_call_has_met),
        cmocka_unit_test(leaks_are_dumped_in_full_alone),
        cmocka_unit_test(callback_gets_each_report_until_it_is_taken_away),
        cmocka_unit_test(callback_comes_after_the_report_and_before_the_end),
        cmocka_unit_test(reports_of_full_name_the_place_of_the_allocation),
    };

    if (argc > 1 && strcmp(argv[0], "probe") == 0)
        return probe(argv[1]);
    return cmocka_run_group_tests_name("debug", tests, NULL, NULL);
}
