// SPDX-License-Identifier: MIT
// Blocks become groups, groups become text; all words of the report are here.
#include "debug/leak.h"

#include "base/text.h"
#include "debug/reach.h"
#include "debug/trace.h"
#include "os/memory.h"
#include "vm/vm.h"

#include <errno.h>
#include <string.h>

static const char begin[] = "ikyoalloc: ";
static const char headline[] = ": memory that is not freed, the largest amounts first";
static const char no_memory[] = ": no memory to search for leaks\n";
static const char others[] = ", from other places (";
static const char total_lost[] = "  lost: ";
static const char total_possibly[] = "  possibly lost: ";
static const char total_reachable[] = "  still reachable: ";
static const char because_of_threads[] =
    "  only possibly, as other threads may hold pointers where they are not seen\n";
static const char because_of_system[] =
    "  only possibly, as this process may not search its own memory\n";
static const char gone[] = "(unloaded)";

enum {
    GROUPS_SHOWN = 20,
    TEXT_SIZE = 64 * 1024,
    TAIL_SIZE = 1024, // of the text, for what follows the groups
    NAME_SIZE = 128,  // of a name in the program
};

struct workspace {
    struct modules modules;
    struct trace trace;
    char text[TEXT_SIZE];
};

// What is told apart, and how much there is of it.
struct amount {
    size_t blocks, bytes;
};

struct totals {
    struct amount lost, reachable;
};

static bool is_lost(const struct reach_block *b)
{
    return b->state == REACH_LOST;
}

static int order(uintptr_t a, uintptr_t b)
{
    return (a > b) - (a < b);
}

// By what makes a group: 0 if both are of the same.
static int compare(const struct reach_block *a, const struct reach_block *b)
{
    if (a->state != b->state)
        return order(a->state, b->state);
    if (a->stack != b->stack)
        return order(a->stack, b->stack);
    if (a->source.file != b->source.file)
        return order((uintptr_t)a->source.file, (uintptr_t)b->source.file);
    return order((uintptr_t)a->source.line, (uintptr_t)b->source.line);
}

static bool in_group_before(const struct reach_block *a, const struct reach_block *b)
{
    return compare(a, b) < 0;
}

static bool shown_before(const struct reach_block *a, const struct reach_block *b)
{
    return a->state != b->state ? is_lost(a) : a->size > b->size;
}

// One block stands for each group then, with the bytes of all. Returns how many groups there
// are.
static size_t group(struct reach_block *blocks, size_t count)
{
    size_t groups = 0;

    reach_sort(blocks, count, in_group_before);
    for (size_t i = 0; i < count; i++) {
        if (groups > 0 && compare(&blocks[groups - 1], &blocks[i]) == 0) {
            blocks[groups - 1].size += blocks[i].size;
            blocks[groups - 1].blocks++;
        } else {
            blocks[groups++] = blocks[i];
        }
    }
    reach_sort(blocks, groups, shown_before);
    return groups;
}

static struct totals sum(const struct reach_block *groups, size_t count)
{
    struct totals t = {{0, 0}, {0, 0}};

    for (size_t i = 0; i < count; i++) {
        struct amount *a = is_lost(&groups[i]) ? &t.lost : &t.reachable;

        a->blocks += groups[i].blocks;
        a->bytes += groups[i].size;
    }
    return t;
}

// With a comma before each three digits.
static void add_number(struct text *t, size_t number)
{
    if (number >= 1000) {
        add_number(t, number / 1000);
        text_add(t, ",");
        text_add(t, number % 1000 < 10 ? "00" : number % 1000 < 100 ? "0" : "");
    }
    text_add_uint(t, number % 1000);
}

static void add_amount(struct text *t, struct amount a)
{
    add_number(t, a.bytes);
    text_add(t, a.bytes == 1 ? " byte in " : " bytes in ");
    add_number(t, a.blocks);
    text_add(t, a.blocks == 1 ? " block" : " blocks");
}

// The program's own text, which is gone if the library that it was in is.
static void add_name(struct text *t, const char *name)
{
    char copy[NAME_SIZE];
    size_t got = os_memory_copy(copy, (uintptr_t)name, sizeof(copy));

    if (got == 0)
        text_add(t, gone);
    text_add_bytes(t, copy, strnlen(copy, got));
}

static void add_source(struct text *t, const struct source *source)
{
    text_add(t, " ");
    add_name(t, source->file);
    text_add(t, ":");
    text_add_uint(t, (uint64_t)source->line);
    if (source->function != NULL) {
        text_add(t, " (");
        add_name(t, source->function);
        text_add(t, ")");
    }
}

static const char *state_of(const struct reach_block *b, const struct reach *r)
{
    if (!is_lost(b))
        return "still reachable";
    return r->is_known && r->is_alone ? "lost" : "possibly lost";
}

static void add_group(struct text *t, const struct reach_block *g, const struct reach *r,
                      struct workspace *w)
{
    trace_read(&w->trace, g->stack, &w->modules);
    text_add(t, "  ");
    add_amount(t, (struct amount){g->blocks, g->size});
    text_add(t, ", ");
    text_add(t, state_of(g, r));
    if (g->source.file != NULL || w->trace.count > 0)
        text_add(t, ", allocated at");
    if (g->source.file != NULL)
        add_source(t, &g->source);
    text_add(t, w->trace.count > 0 ? ":\n" : "\n");
    trace_add(t, &w->trace);
}

// Adds as many of the groups as are shown and fit, and the sum of the others.
static void add_groups(struct text *t, const struct reach_block *groups, size_t count,
                       const struct reach *r, struct workspace *w)
{
    struct amount left = {0, 0};
    size_t shown = 0;

    for (; shown < count && shown < GROUPS_SHOWN; shown++) {
        size_t length = t->length;

        add_group(t, &groups[shown], r, w);
        if (t->length > t->capacity - TAIL_SIZE) {
            t->length = length;
            break;
        }
    }
    for (size_t i = shown; i < count; i++) {
        left.blocks += groups[i].blocks;
        left.bytes += groups[i].size;
    }
    if (left.blocks > 0) {
        text_add(t, "  ");
        add_amount(t, left);
        text_add(t, others);
        add_number(t, count - shown);
        text_add(t, ")\n");
    }
}

static void add_total(struct text *t, const char *words, struct amount a)
{
    text_add(t, words);
    add_amount(t, a);
    text_add(t, "\n");
}

static void add_totals(struct text *t, struct totals totals, const struct reach *r)
{
    const struct amount none = {0, 0};
    bool is_sure = r->is_known && r->is_alone;

    add_total(t, total_lost, is_sure ? totals.lost : none);
    add_total(t, total_possibly, is_sure ? none : totals.lost);
    add_total(t, total_reachable, totals.reachable);
    if (!is_sure && totals.lost.blocks > 0)
        text_add(t, r->is_known ? because_of_threads : because_of_system);
}

static void add_headline(struct text *t, enum call call, const char *words)
{
    text_add(t, begin);
    text_add(t, call_table[call].name);
    text_add(t, words);
}

// Groups are in the order in which they are shown.
static void write_report(int fd, enum call call, const struct reach *r, size_t groups,
                         struct totals totals, struct workspace *w)
{
    struct text t;
    size_t shown = 0;

    while (shown < groups && (call != CALL_EXIT || is_lost(&r->blocks[shown])))
        shown++;
    text_init(&t, w->text, sizeof(w->text));
    modules_read(&w->modules);
    add_headline(&t, call, headline);
    text_add(&t, "\n");
    add_groups(&t, r->blocks, shown, r, w);
    add_totals(&t, totals, r);
    text_write(&t, fd);
}

static void write_no_memory(int fd, enum call call)
{
    char buffer[128];
    struct text t;

    text_init(&t, buffer, sizeof(buffer));
    add_headline(&t, call, no_memory);
    text_write(&t, fd);
}

size_t leak_report(int fd, enum call call)
{
    size_t page = vm_page_size();
    size_t size = (sizeof(struct workspace) + page - 1) & ~(page - 1);
    int saved = errno;
    struct workspace *w = vm_map(size, page);
    struct totals totals = {{0, 0}, {0, 0}};
    struct reach r = {.count = 0}; // old pointers where it lies would be found

    if (w != NULL && reach_search(&r)) {
        size_t groups = group(r.blocks, r.count);

        totals = sum(r.blocks, groups);
        if (totals.lost.blocks > 0 || call != CALL_EXIT)
            write_report(fd, call, &r, groups, totals, w);
        reach_end(&r);
    } else {
        write_no_memory(fd, call);
    }
    if (w != NULL)
        vm_release(w, size);
    errno = saved;
    return totals.lost.blocks;
}
