// SPDX-License-Identifier: MIT
// Blocks become groups; the words about them are in leak_text.c and leak_json.c.
#include "debug/leak.h"

#include "base/option.h"
#include "base/report.h"
#include "debug/leak_format.h"
#include "vm/vm.h"

#include <errno.h>

enum {
    TEXT_SIZE = 64 * 1024,
    TAIL_SIZE = 1024, // of the text, for what follows the groups
};

struct workspace {
    struct modules modules;
    struct trace traces[LEAK_GROUPS];
    char text[TEXT_SIZE];
};

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
    return a->state != b->state ? leak_is_lost(a) : a->size > b->size;
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

struct leak_amount leak_sum(const struct leaks *l, size_t first)
{
    struct leak_amount a = {0, 0};

    for (size_t i = first; i < l->count; i++) {
        a.blocks += l->groups[i].blocks;
        a.bytes += l->groups[i].size;
    }
    return a;
}

size_t leak_add_groups(struct text *t, const struct leaks *l,
                       void (*add)(struct text *t, const struct leaks *l, size_t group))
{
    size_t shown = 0;

    for (; shown < l->count && shown < LEAK_GROUPS; shown++) {
        size_t length = t->length;

        add(t, l, shown);
        if (t->length > t->capacity - TAIL_SIZE) {
            t->length = length;
            break;
        }
    }
    return shown;
}

// Groups are in the order in which they are shown: lost ones first.
static struct leaks describe(enum call call, const struct reach *r, size_t groups)
{
    struct leaks l = {.call = call, .groups = r->blocks};

    while (l.count < groups && leak_is_lost(&r->blocks[l.count]))
        l.count++;
    l.lost = leak_sum(&l, 0);
    l.reachable = leak_sum(&(struct leaks){.groups = r->blocks, .count = groups}, l.count);
    if (call != CALL_EXIT)
        l.count = groups;
    l.doubt = !r->is_known ? LEAK_SYSTEM : !r->is_alone ? LEAK_THREADS : LEAK_SURE;
    return l;
}

// What is found at the end of a program goes to the callback too, what it asked for does not.
static void deliver(int fd, enum call call, const struct text *t)
{
    text_write(t, fd);
    if (call == CALL_EXIT)
        report_tell(t);
}

static void write_report(int fd, struct leaks *l, struct workspace *w)
{
    struct text t;

    text_init(&t, w->text, sizeof(w->text));
    modules_read(&w->modules);
    for (size_t i = 0; i < l->count && i < LEAK_GROUPS; i++)
        trace_read(&w->traces[i], l->groups[i].stack, &w->modules);
    l->traces = w->traces;
    if (options.report_format == REPORT_JSON)
        leak_add_json(&t, l);
    else
        leak_add_text(&t, l);
    deliver(fd, l->call, &t);
}

static void write_refused(int fd, enum call call)
{
    char buffer[256];
    struct text t;

    text_init(&t, buffer, sizeof(buffer));
    if (options.report_format == REPORT_JSON)
        leak_add_json_refused(&t, call);
    else
        leak_add_text_refused(&t, call);
    deliver(fd, call, &t);
}

size_t leak_report(int fd, enum call call)
{
    size_t page = vm_page_size();
    size_t size = (sizeof(struct workspace) + page - 1) & ~(page - 1);
    int saved = errno;
    struct workspace *w = vm_map(size, page);
    struct reach r = {.count = 0}; // old pointers where it lies would be found
    size_t lost = 0;

    if (w != NULL && reach_search(&r)) {
        struct leaks l = describe(call, &r, group(r.blocks, r.count));

        lost = l.lost.blocks;
        if (lost > 0 || call != CALL_EXIT)
            write_report(fd, &l, w);
        reach_end(&r);
    } else {
        write_refused(fd, call);
    }
    if (w != NULL)
        vm_release(w, size);
    errno = saved;
    return lost;
}
