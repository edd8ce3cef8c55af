// SPDX-License-Identifier: MIT
#include "debug/trace.h"

#include <stdbool.h>
#include <string.h>

void trace_read(struct trace *trace, uint32_t stack, const struct modules *m)
{
    const uintptr_t *addresses;
    size_t count = stack_frames(stack, &addresses);

    trace->count = count < STACK_FRAMES ? count : STACK_FRAMES;
    for (size_t i = 0; i < trace->count; i++) {
        struct frame *f = &trace->frames[i];

        f->address = addresses[i] - 1;
        if (!modules_find(m, f->address, &f->place)) {
            f->place = (struct module_address){NULL, 0};
        }
    }
}

static void add_offset(struct text *t, uintptr_t offset)
{
    text_add(t, "0x");
    text_add_hex(t, offset);
}

void trace_add(struct text *t, const struct trace *trace)
{
    for (size_t i = 0; i < trace->count; i++) {
        const struct frame *f = &trace->frames[i];

        text_add(t, "    #");
        text_add_uint(t, i);
        text_add(t, " ");
        if (f->place.path != NULL) {
            text_add(t, f->place.path);
            text_add(t, "+");
            add_offset(t, f->place.offset);
        } else {
            add_offset(t, f->address);
        }
        text_add(t, "\n");
    }
}

// The frames of several traces, counted through.
struct frames {
    const struct trace *traces;
    size_t count;
};

static const struct frame *frame_at(struct frames all, size_t i)
{
    const struct trace *trace = all.traces;

    while (i >= trace->count) {
        i -= trace->count;
        trace++;
    }
    return &trace->frames[i];
}

static bool is_same_module(const struct frame *f, const struct frame *g)
{
    return f->place.path != NULL && g->place.path != NULL &&
           strcmp(f->place.path, g->place.path) == 0;
}

static bool module_was_before(struct frames all, size_t i)
{
    size_t j = 0;

    while (j < i && !is_same_module(frame_at(all, j), frame_at(all, i))) {
        j++;
    }
    return j < i;
}

static bool place_was_before(struct frames all, size_t i)
{
    const struct frame *f = frame_at(all, i);
    size_t j = 0;

    while (j < i && !(is_same_module(frame_at(all, j), f) &&
                      frame_at(all, j)->place.offset == f->place.offset)) {
        j++;
    }
    return j < i;
}

// As one word of a shell, whatever it holds.
static void add_shell_word(struct text *t, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "/._-+,:@%";

    if (word[strspn(word, plain)] == '\0') {
        text_add(t, word);
        return;
    }
    text_add(t, "'");
    for (; *word != '\0'; word++) {
        if (*word == '\'') {
            text_add(t, "'\\''");
        } else {
            text_add_bytes(t, word, 1);
        }
    }
    text_add(t, "'");
}

void trace_add_commands(struct text *t, const struct trace *traces, size_t count)
{
    struct frames all = {traces, 0};

    for (size_t i = 0; i < count; i++) {
        all.count += traces[i].count;
    }
    for (size_t i = 0; i < all.count; i++) {
        const struct frame *f = frame_at(all, i);

        if (f->place.path == NULL || module_was_before(all, i)) {
            continue;
        }
        text_add(t, "  lines: addr2line -Cfpie ");
        add_shell_word(t, f->place.path);
        for (size_t j = i; j < all.count; j++) {
            const struct frame *g = frame_at(all, j);

            if (is_same_module(f, g) && !place_was_before(all, j)) {
                text_add(t, " ");
                add_offset(t, g->place.offset);
            }
        }
        text_add(t, "\n");
    }
}
