// SPDX-License-Identifier: MIT
// The reports of the checks, word for word: each finding, each part that may be missing, both
// formats, and what becomes of them.
#include "debug/finding.h"

#include "base/option.h"
#include "base/report.h"
#include "debug/record.h"

#include "child.h"
#include "stack_stand_in.h"
#include "syscall_stand_in.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>

#include <cmocka.h>

static const uintptr_t now[] = {0x1235, 0x5ac1};
static const uintptr_t allocation[] = {0x1101, 0x1201};
static const uintptr_t release[] = {0x1301, 0x9001};
static const struct source source = {"src/main.c", "run", 12};

static struct finding f;
static const char *block; // 100 bytes "A" in the first of two pages between two without access
static size_t page;

static _Atomic(int) writes, maps;
static _Atomic(int) kernel_locks;
static size_t longest_write = SIZE_MAX;
static bool refuse_memory;

// Stands in for libc's function, through which the allocator asks the kernel.
long syscall(long number, ...)
{
    long a[6];
    va_list list;

    va_start(list, number);
    syscall_arguments(number, list, a);
    va_end(list);
    if (number == SYSCALL_MAP && refuse_memory) {
        errno = ENOMEM;
        return -1;
    }
    maps += (number == SYSCALL_MAP) - (number == SYS_munmap);
    if (number == SYS_write) {
        writes++;
        a[2] = (size_t)a[2] < longest_write ? a[2] : (long)longest_write;
    }

    // A thread may get the pages that another gave back. That the one is after the other, a
    // thread sanitizer cannot see in the kernel, but here.
    kernel_locks++;
    long result = syscall_real(number, a);

    kernel_locks++;
    return result;
}

static int map_block(void **state)
{
    const uintptr_t base = 0x20020000;
    char *p;

    (void)state;
    syscall(SYS_gettid); // finds the true function while there is one thread
    page = (size_t)sysconf(_SC_PAGESIZE);
    p = mmap((void *)(base - page), 4 * page, PROT_NONE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (p != (char *)(base - page) || mprotect(p + page, 2 * page, PROT_READ | PROT_WRITE) != 0) {
        return 1;
    }
    block = p + page + 0x40;
    SET_STACK(1, now);
    SET_STACK(2, allocation);
    SET_STACK(3, release);
    return 0;
}

// A double free of which all is known, to be changed by the tests.
static int set_up(void **state)
{
    (void)state;
    memset((char *)(uintptr_t)block, 'A', 100);
    f = (struct finding){
        .kind = FOUND_DOUBLE_FREE,
        .call = CALL_FREE,
        .pointer = block,
        .now = {1, 1234, 0},
        .block = {.start = block,
                  .size = 100,
                  .size_is_known = true,
                  .freed = true,
                  .family = FAMILY_MALLOC,
                  .allocated = {2, 1234, 77},
                  .released = {3, 1235, 90},
                  .source = &source},
    };
    options.on_error = ON_ERROR_WARN;
    options.report_format = REPORT_TEXT;
    options.color = COLOR_AUTO;
    options.report_fd = STDERR_FILENO;
    return 0;
}

static void report(void)
{
    finding_report(&f);
}

static void assert_report(const char *expected)
{
    struct child child = child_run(report);

    assert_string_equal(child.text, expected);
    assert_int_equal(child.status, 0);
}

// A finding of which only the headline is known.
static void know_little(void)
{
    f.now = (struct event){0, 0, 0};
    f.block = (struct block_facts){.start = NULL};
}

static void report_of_everything_is_in_this_order(void **state)
{
    (void)state;
    f.kind = FOUND_WRITE_AFTER_FREE;
    f.damage = block + 4;
    f.damage_size = 2;
    assert_report(
        "ikyoalloc: free(0x20020040): write after free: the block was written to after it was "
        "freed\n"
        "  block 0x20020040 of 100 bytes (malloc, freed), pointer at its start\n"
        "  damaged: 2 bytes at 0x20020044, 4 bytes into it\n"
        "    0x20020020: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 |................|\n"
        "    0x20020030: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 |................|\n"
        "    0x20020040: 41 41 41 41 41 41 41 41 41 41 41 41 41 41 41 41 |AAAAAAAAAAAAAAAA|\n"
        "                            ^^ ^^\n"
        "    0x20020050: 41 41 41 41 41 41 41 41 41 41 41 41 41 41 41 41 |AAAAAAAAAAAAAAAA|\n"
        "    0x20020060: 41 41 41 41 41 41 41 41 41 41 41 41 41 41 41 41 |AAAAAAAAAAAAAAAA|\n"
        "  noticed by thread 1234:\n"
        "    #0 /usr/bin/prog+0x234\n"
        "    #1 /lib/libc.so.6+0xac0\n"
        "  allocated by thread 1234 as number 77 at src/main.c:12 (run):\n"
        "    #0 /usr/bin/prog+0x100\n"
        "    #1 /usr/bin/prog+0x200\n"
        "  freed by thread 1235 as number 90:\n"
        "    #0 /usr/bin/prog+0x300\n"
        "    #1 0x9000\n"
        "  lines: addr2line -Cfpie /usr/bin/prog 0x234 0x100 0x200 0x300\n"
        "  lines: addr2line -Cfpie /lib/libc.so.6 0xac0\n");
}

static void each_finding_has_its_words(void **state)
{
    static const struct {
        enum finding_kind kind;
        const char *words;
    } rows[] = {
        {FOUND_DOUBLE_FREE, "double free: the block is free already"},
        {FOUND_INVALID_POINTER, "invalid pointer: no block starts here"},
        {FOUND_OVERFLOW, "overflow: bytes behind the block were overwritten"},
        {FOUND_UNDERFLOW, "underflow: bytes in front of the block were overwritten"},
        {FOUND_WRITE_AFTER_FREE, "write after free: the block was written to after it was freed"},
        {FOUND_USE_AFTER_FREE, "use after free: the block was used after it was freed"},
        {FOUND_FAMILY_MISMATCH,
         "family mismatch: the block was not allocated by a call that goes with this one"},
        {FOUND_OUT_OF_BOUNDS, "out of bounds: an access went beyond the block"},
    };
    char line[200];

    (void)state;
    know_little();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        f.kind = rows[i].kind;
        snprintf(line, sizeof line, "ikyoalloc: free(0x20020040): %s\n", rows[i].words);
        assert_report(line);
    }
    f.kind = FOUND_SIZE_MISMATCH;
    f.told_size = 64;
    assert_report("ikyoalloc: free(0x20020040): size mismatch: the size given is not that of the "
                  "block\n  size given: 64 bytes\n");
    f.kind = FOUND_ALIGNMENT_MISMATCH;
    f.told_alignment = 1;
    assert_report("ikyoalloc: free(0x20020040): alignment mismatch: the alignment given is not "
                  "that of the block\n  alignment given: 1 byte\n");
    assert_int_equal(FINDING_COUNT, sizeof rows / sizeof rows[0] + 2);
}

static void headline_names_the_call(void **state)
{
    (void)state;
    know_little();
    f.call = CALL_DELETE_ARRAY;
    f.pointer = (void *)16;
    assert_report("ikyoalloc: operator delete[](0x10): double free: the block is free already\n");
}

static void place_of_the_pointer_is_told_from_the_block(void **state)
{
    static const struct {
        int offset;
        const char *words;
    } rows[] = {
        {0, "at its start"}, {1, "1 byte into it"},          {99, "99 bytes into it"},
        {100, "at its end"}, {101, "1 byte behind its end"}, {-8, "8 bytes in front of it"},
    };
    char text[300];

    (void)state;
    know_little();
    f.block = (struct block_facts){.start = block, .size = 100, .family = FAMILY_NEW_ARRAY};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        f.pointer = block + rows[i].offset;
        snprintf(text, sizeof text,
                 "ikyoalloc: free(%p): double free: the block is free already\n"
                 "  block 0x20020040 with room for 100 bytes (operator new[]), pointer %s\n",
                 f.pointer, rows[i].words);
        assert_report(text);
    }
    f.pointer = block;
    f.block.size = 0;
    assert_report("ikyoalloc: free(0x20020040): double free: the block is free already\n"
                  "  block 0x20020040 with room for 0 bytes (operator new[]), pointer at its "
                  "start\n");
    f.block.size = 1;
    f.block.size_is_known = true;
    f.block.family = FAMILY_NEW;
    assert_report("ikyoalloc: free(0x20020040): double free: the block is free already\n"
                  "  block 0x20020040 of 1 byte (operator new), pointer at its start\n");
}

static void event_tells_what_is_known_of_it(void **state)
{
    static const struct source file_only = {.file = "a.c", .line = 3};
    static const struct source nothing;

    (void)state;
    know_little();
    f.block.source = &nothing;
    f.now.stack = 1;
    f.block.allocated.sequence = 5;
    f.block.released.thread = 6;
    assert_report("ikyoalloc: free(0x20020040): double free: the block is free already\n"
                  "  noticed:\n"
                  "    #0 /usr/bin/prog+0x234\n"
                  "    #1 /lib/libc.so.6+0xac0\n"
                  "  allocated as number 5\n"
                  "  freed by thread 6\n"
                  "  lines: addr2line -Cfpie /usr/bin/prog 0x234\n"
                  "  lines: addr2line -Cfpie /lib/libc.so.6 0xac0\n");
    know_little();
    f.block.source = &file_only;
    assert_report("ikyoalloc: free(0x20020040): double free: the block is free already\n"
                  "  allocated at a.c:3\n");
}

// The damage is the end of a page, behind which nothing can be read.
static void damage_at_the_end_of_a_page_shows_that_page_only(void **state)
{
    char *end = (char *)((uintptr_t)block - 0x40 + 2 * page);
    char expected[1000];
    int length;

    (void)state;
    know_little();
    f.kind = FOUND_OVERFLOW;
    f.block.start = end - 16;
    f.block.size = 15;
    f.block.size_is_known = true;
    f.damage = end - 1;
    f.damage_size = 1;
    end[-1] = 'B';
    length = snprintf(expected, sizeof expected,
                      "ikyoalloc: free(0x20020040): overflow: bytes behind the block were "
                      "overwritten\n"
                      "  block %p of 15 bytes (malloc), pointer %zu bytes in front of it\n"
                      "  damaged: 1 byte at %p, at its end\n",
                      (void *)(end - 16), (size_t)(end - 16 - block), (void *)(end - 1));
    for (int i = 3; i > 0; i--) {
        length += snprintf(expected + length, sizeof expected - (size_t)length,
                           "    %p: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 %s\n",
                           (void *)(end - 16 * i),
                           i > 1 ? "00 |................|" : "42 |...............B|");
    }
    snprintf(expected + length, sizeof expected - (size_t)length, "%63s\n", "^^");
    assert_report(expected);
    end[-1] = 0;
}

static void damage_in_another_page_of_the_block_shows_both(void **state)
{
    char row[32];

    (void)state;
    know_little();
    f.block.start = block;
    f.block.size = page;
    f.damage = block - 0x40 + page;
    f.damage_size = 1;
    snprintf(row, sizeof row, "    %p: ", (const void *)(block - 0x60 + page));
    assert_non_null(strstr(child_run(report).text, row));
    f.damage = block;
    f.block.start = block - 0x40 + page;
    assert_non_null(strstr(child_run(report).text, "    0x20020060: "));
}

static void damage_of_an_unknown_block_is_shown(void **state)
{
    (void)state;
    know_little();
    f.damage = block - 0x40;
    f.damage_size = 1;
    assert_report(
        "ikyoalloc: free(0x20020040): double free: the block is free already\n"
        "  damaged: 1 byte at 0x20020000\n"
        "    0x20020000: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 |................|\n"
        "                ^^\n"
        "    0x20020010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 |................|\n"
        "    0x20020020: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 |................|\n");
}

static void color_is_on_the_headline_and_the_damage(void **state)
{
    (void)state;
    know_little();
    options.color = COLOR_ALWAYS;
    assert_report("\033[1;31mikyoalloc: free(0x20020040): double free: the block is free "
                  "already\033[m\n");
    f.damage = block - 0x30;
    f.damage_size = 1;
    assert_non_null(strstr(child_run(report).text, ": \033[31m00\033[m 00"));
    options.report_format = REPORT_JSON;
    assert_null(strchr(child_run(report).text, '\033'));
}

// What the report is as JSON, with the number of the process replaced by 1.
static const char *report_json(void)
{
    static char text[8192];
    static const char key[] = "\"process\":";
    struct child child;
    char *number, *rest;

    options.report_format = REPORT_JSON;
    child = child_run(report);
    assert_int_equal(child.status, 0);
    number = strstr(child.text, key);
    assert_non_null(number);
    number += strlen(key);
    assert_true(strtol(number, &rest, 10) > 1);
    snprintf(text, sizeof text, "%.*s1%s", (int)(number - child.text), child.text, rest);
    return text;
}

static void assert_is_json(const char *text)
{
    FILE *reader = popen("python3 -m json.tool >/dev/null", "w");

    assert_non_null(reader);
    fputs(text, reader);
    assert_int_equal(pclose(reader), 0);
}

static void json_of_everything_is_one_line(void **state)
{
    const char *text;

    (void)state;
    f.kind = FOUND_WRITE_AFTER_FREE;
    f.damage = block + 98;
    f.damage_size = 4;
    text = report_json();
    assert_string_equal(
        text, "{\"tool\":\"ikyoalloc\",\"finding\":\"write-after-free\",\"words\":\"the block was "
              "written to after it was freed\",\"call\":\"free\",\"pointer\":\"0x20020040\","
              "\"process\":1,\"thread\":1234,\"block\":{\"start\":\"0x20020040\",\"size\":100,"
              "\"family\":\"malloc\",\"is_freed\":true,\"allocated\":{\"thread\":1234,"
              "\"number\":77},\"freed\":{\"thread\":1235,\"number\":90},\"source\":{\"file\":"
              "\"src/main.c\",\"line\":12,\"function\":\"run\"}},\"stacks\":{\"now\":["
              "\"/usr/bin/prog+0x234\",\"/lib/libc.so.6+0xac0\"],\"allocated\":["
              "\"/usr/bin/prog+0x100\",\"/usr/bin/prog+0x200\"],\"freed\":["
              "\"/usr/bin/prog+0x300\",\"0x9000\"]},\"damage\":{\"at\":\"0x200200a2\",\"size\":4,"
              "\"bytes\":\"41410000\"}}\n");
    assert_is_json(text);
}

static void json_leaves_out_what_is_not_known(void **state)
{
    const char *text;

    (void)state;
    know_little();
    f.kind = FOUND_SIZE_MISMATCH;
    f.told_size = 7;
    text = report_json();
    assert_string_equal(
        text, "{\"tool\":\"ikyoalloc\",\"finding\":\"size-mismatch\",\"words\":\"the size given is "
              "not that of the block\",\"call\":\"free\",\"pointer\":\"0x20020040\",\"process\":1,"
              "\"thread\":0,\"size_given\":7,\"stacks\":{\"now\":[],\"allocated\":[],\"freed\":[]}"
              "}\n");
    assert_is_json(text);
    f.kind = FOUND_ALIGNMENT_MISMATCH;
    f.told_alignment = 32;
    f.block = (struct block_facts){.start = block, .size = 8, .family = FAMILY_NEW_ARRAY};
    text = report_json();
    assert_non_null(strstr(text, "\"block\":{\"start\":\"0x20020040\",\"room\":8,\"family\":"
                                 "\"operator new[]\",\"is_freed\":false},\"alignment_given\":32,"));
    assert_is_json(text);
}

static void family_that_is_not_known_is_left_out(void **state)
{
    (void)state;
    know_little();
    f.block = (struct block_facts){.start = block, .size = 8, .family = FAMILY_UNKNOWN};
    assert_report("ikyoalloc: free(0x20020040): double free: the block is free already\n"
                  "  block 0x20020040 with room for 8 bytes, pointer at its start\n");
    assert_null(strstr(report_json(), "family"));
    options.report_format = REPORT_TEXT;
    f.block.freed = true;
    assert_report("ikyoalloc: free(0x20020040): double free: the block is free already\n"
                  "  block 0x20020040 with room for 8 bytes (freed), pointer at its start\n");
}

static void names_that_were_unloaded_are_not_read(void **state)
{
    char *names = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)state;
    assert_ptr_not_equal(names, MAP_FAILED);
    memset(names, 'n', 2 * page);
    names[page - 1] = '\0';
    f.block.source = &(struct source){names + page - 4, names + page, 5};
    assert_int_equal(munmap(names + page, page), 0);
    assert_non_null(strstr(child_run(report).text, " at nnn:5 ((unloaded)):\n"));
    assert_non_null(strstr(report_json(), "\"source\":{\"file\":\"nnn\",\"line\":5,"
                                          "\"function\":\"(unloaded)\"}"));
    munmap(names, page);
}

static void json_escapes_what_strings_cannot_hold(void **state)
{
    static const struct {
        const char *file, *json;
    } rows[] = {
        {"a\"b\\c/\n\x10\x1f\x7f", "a\\\"b\\\\c/\\u000a\\u0010\\u001f\x7f"},
        {"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80", "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"\x80 \xc1\xbf \xff \xf5\x80\x80\x80",
         "\\ufffd \\ufffd\\ufffd \\ufffd \\ufffd\\ufffd\\ufffd\\ufffd"},
        {"\xe0\x9f\xbf", "\\ufffd\\ufffd\\ufffd"},
        {"\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd"},
        {"\xf0\x8f\xbf\xbf", "\\ufffd\\ufffd\\ufffd\\ufffd"},
        {"\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd"},
        {"\xe2\x82", "\\ufffd\\ufffd"},
        {"\xe2(\xac", "\\ufffd(\\ufffd"},
    };
    char expected[400];
    char cut[98];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct source here = {.file = rows[i].file, .line = 1};
        const char *text;

        f.block.source = &here;
        text = report_json();
        snprintf(expected, sizeof expected, "\"source\":{\"file\":\"%s\",\"line\":1}",
                 rows[i].json);
        assert_non_null(strstr(text, expected));
        assert_is_json(text);
    }
    memset(cut, 'a', 95);
    strcpy(cut + 95, "\xc3\xa4"); // the last byte of 96 is half a character
    f.block.source = &(struct source){.file = cut, .line = 1};
    snprintf(expected, sizeof expected, "%.95s\\ufffd\",\"line\"", cut);
    assert_non_null(strstr(report_json(), expected));
}

static void ignored_finding_is_silent(void **state)
{
    (void)state;
    options.on_error = ON_ERROR_IGNORE;
    assert_report("");
}

static void finding_by_default_aborts_after_the_report(void **state)
{
    struct child child;

    (void)state;
    know_little();
    options.on_error = ON_ERROR_ABORT;
    child = child_run(report);
    assert_string_equal(child.text,
                        "ikyoalloc: free(0x20020040): double free: the block is free already\n");
    assert_int_equal(child.signal, SIGABRT);
}

static void told(const char *text, size_t size, void *context)
{
    dprintf(STDERR_FILENO, "<%.*s%s>", (int)size, text, (const char *)context);
    finding_report(&f);
    errno = 78;
}

static void report_with_callback(void)
{
    static char context[] = "context";

    report_set_callback(told, context);
    errno = 77;
    report();
    _exit(errno);
}

static void callback_gets_the_report_once_and_errno_stays(void **state)
{
    static const char line[] = "ikyoalloc: free(0x20020040): double free: the block is free "
                               "already\n";
    struct child child;
    char expected[400];

    (void)state;
    know_little();
    child = child_run(report_with_callback);
    snprintf(expected, sizeof expected, "%s<%scontext>%s", line, line, line);
    assert_string_equal(child.text, expected);
    assert_int_equal(child.status, 77);
}

static void report_and_count_writes(void)
{
    report();
    _exit(maps == 0 ? writes : 0);
}

static void report_is_one_write_and_leaves_no_pages(void **state)
{
    (void)state;
    assert_int_equal(child_run(report_and_count_writes).status, 1);
}

static void report_is_whole_if_writes_are_short(void **state)
{
    struct child whole = child_run(report);
    struct child pieces;

    (void)state;
    longest_write = 7;
    pieces = child_run(report_and_count_writes);
    longest_write = SIZE_MAX;
    assert_string_equal(pieces.text, whole.text);
    assert_in_range(pieces.status, 2, 255);
}

static void report_without_memory(void)
{
    refuse_memory = true;
    errno = 77;
    report();
    _exit(errno);
}

static void report_without_memory_leaves_out_the_stacks(void **state)
{
    struct child child = child_run(report_without_memory);

    (void)state;
    assert_string_equal(child.text,
                        "ikyoalloc: free(0x20020040): double free: the block is free already\n"
                        "  block 0x20020040 of 100 bytes (malloc, freed), pointer at its start\n"
                        "  noticed by thread 1234\n"
                        "  allocated by thread 1234 as number 77 at src/main.c:12 (run)\n"
                        "  freed by thread 1235 as number 90\n");
    assert_int_equal(child.status, 77);
}

static void text_that_does_not_fit_ends_with_a_line_that_says_so(void **state)
{
    static const char note[] = "\n  the rest of this report did not fit\n";
    struct child child;
    size_t length;

    (void)state;
    f.damage = block;
    f.damage_size = 160;
    options.color = COLOR_ALWAYS;
    child = child_run(report_without_memory);
    length = strlen(child.text);
    assert_in_range(length, 1900, 2048);
    assert_string_equal(child.text + length - strlen(note), note);
}

static void json_without_memory_fits_whatever_it_holds(void **state)
{
    static char endless[2000];
    static struct source here = {.file = endless, .function = endless, .line = INT32_MAX};
    struct child child;

    (void)state;
    memset(endless, '\x80', sizeof endless - 1);
    f.kind = FOUND_FAMILY_MISMATCH;
    f.call = CALL_DELETE_ARRAY;
    f.block.source = &here;
    f.block.size = SIZE_MAX;
    f.block.family = FAMILY_NEW_ARRAY;
    f.block.allocated = f.block.released = f.now = (struct event){0, UINT32_MAX, UINT64_MAX};
    f.damage = block;
    f.damage_size = 160;
    options.report_format = REPORT_JSON;
    child = child_run(report_without_memory);
    assert_in_range(strlen(child.text), 1000, 1999);
    assert_is_json(child.text);
}

static void json_that_does_not_fit_loses_its_stacks(void **state)
{
    static char endless[6000] = "/";
    struct child child;

    (void)state;
    memset(endless, 'a', sizeof endless - 1);
    stand_in_program = endless;
    options.report_format = REPORT_JSON;
    child = child_run(report);
    stand_in_program = "/usr/bin/prog";
    assert_non_null(strstr(child.text, "{\"now\":[],\"allocated\":[],\"freed\":[]}"));
    assert_is_json(child.text);
}

enum { THREADS = 2, ROUNDS = 50 };

static void *report_often(void *unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        report();
    }
    return NULL;
}

static void reports_of_threads_do_not_mix(void **state)
{
    struct child one = child_run(report);
    size_t length = strlen(one.text);
    char name[] = "/tmp/ikyo-test-finding-XXXXXX";
    pthread_t threads[THREADS];
    char text[sizeof one.text];
    int fd = mkstemp(name);

    (void)state;
    assert_true(fd >= 0 && unlink(name) == 0 && fcntl(fd, F_SETFL, O_APPEND) == 0);
    options.report_fd = (size_t)fd;
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, report_often, NULL), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    for (int i = 0; i < THREADS * ROUNDS; i++) {
        assert_int_equal(pread(fd, text, length, (off_t)(length * (size_t)i)), length);
        assert_memory_equal(text, one.text, length);
    }
    assert_int_equal(pread(fd, text, 1, (off_t)(length * THREADS * ROUNDS)), 0);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(report_of_everything_is_in_this_order, set_up),
        cmocka_unit_test_setup(each_finding_has_its_words, set_up),
        cmocka_unit_test_setup(headline_names_the_call, set_up),
        cmocka_unit_test_setup(place_of_the_pointer_is_told_from_the_block, set_up),
        cmocka_unit_test_setup(event_tells_what_is_known_of_it, set_up),
        cmocka_unit_test_setup(damage_at_the_end_of_a_page_shows_that_page_only, set_up),
        cmocka_unit_test_setup(damage_in_another_page_of_the_block_shows_both, set_up),
        cmocka_unit_test_setup(damage_of_an_unknown_block_is_shown, set_up),
        cmocka_unit_test_setup(color_is_on_the_headline_and_the_damage, set_up),
        cmocka_unit_test_setup(json_of_everything_is_one_line, set_up),
        cmocka_unit_test_setup(json_leaves_out_what_is_not_known, set_up),
        cmocka_unit_test_setup(family_that_is_not_known_is_left_out, set_up),
        cmocka_unit_test_setup(names_that_were_unloaded_are_not_read, set_up),
        cmocka_unit_test_setup(json_escapes_what_strings_cannot_hold, set_up),
        cmocka_unit_test_setup(ignored_finding_is_silent, set_up),
        cmocka_unit_test_setup(finding_by_default_aborts_after_the_report, set_up),
        cmocka_unit_test_setup(callback_gets_the_report_once_and_errno_stays, set_up),
        cmocka_unit_test_setup(report_is_one_write_and_leaves_no_pages, set_up),
        cmocka_unit_test_setup(report_is_whole_if_writes_are_short, set_up),
        cmocka_unit_test_setup(report_without_memory_leaves_out_the_stacks, set_up),
        cmocka_unit_test_setup(text_that_does_not_fit_ends_with_a_line_that_says_so, set_up),
        cmocka_unit_test_setup(json_without_memory_fits_whatever_it_holds, set_up),
        cmocka_unit_test_setup(json_that_does_not_fit_loses_its_stacks, set_up),
        cmocka_unit_test_setup(reports_of_threads_do_not_mix, set_up),
    };

    return cmocka_run_group_tests_name("finding", tests, map_block, NULL);
}
