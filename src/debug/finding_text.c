// SPDX-License-Identifier: MIT
// Every word of a report, but for those of finding.def and the names of calls and families.
#include "debug/finding_format.h"

#include "debug/hexdump.h"
#include "debug/source.h"
#include "vm/vm.h"

#include <string.h>

static const char bold_red[] = "\033[1;31m";
static const char plain[] = "\033[m";

static void add_bytes(struct text *t, size_t count)
{
    text_add_uint(t, count);
    text_add(t, count == 1 ? " byte" : " bytes");
}

// The name of a finding as words.
static void add_name(struct text *t, const char *name)
{
    for (; *name != '\0'; name++) {
        text_add_bytes(t, *name == '-' ? " " : name, 1);
    }
}

static void add_headline(struct text *t, const struct finding *f, bool color)
{
    text_add(t, color ? bold_red : "");
    text_add(t, "ikyoalloc: ");
    text_add(t, call_table[f->call].name);
    text_add(t, "(");
    text_add_pointer(t, f->pointer);
    text_add(t, "): ");
    add_name(t, findings[f->kind].name);
    text_add(t, ": ");
    text_add(t, findings[f->kind].words);
    text_add(t, color ? plain : "");
    text_add(t, "\n");
}

// Where p is, seen from the block.
static void add_place(struct text *t, const struct block_facts *block, const void *p)
{
    uintptr_t start = (uintptr_t)block->start;
    uintptr_t end = start + block->size;
    uintptr_t at = (uintptr_t)p;

    if (at == start) {
        text_add(t, "at its start");
    } else if (at < start) {
        add_bytes(t, start - at);
        text_add(t, " in front of it");
    } else if (at < end) {
        add_bytes(t, at - start);
        text_add(t, " into it");
    } else if (at == end) {
        text_add(t, "at its end");
    } else {
        add_bytes(t, at - end);
        text_add(t, " behind its end");
    }
}

// As far as it is known and worth a word: ` (malloc, freed)`.
static void add_kind(struct text *t, const struct block_facts *block)
{
    bool named = block->family != FAMILY_UNKNOWN;

    if (!named && !block->freed) {
        return;
    }
    text_add(t, " (");
    text_add(t, named ? family_names[block->family] : "");
    text_add(t, named && block->freed ? ", " : "");
    text_add(t, block->freed ? "freed)" : ")");
}

static void add_block(struct text *t, const struct finding *f)
{
    const struct block_facts *block = &f->block;

    if (block->start == NULL) {
        return;
    }
    text_add(t, "  block ");
    text_add_pointer(t, block->start);
    text_add(t, block->size_is_known ? " of " : " with room for ");
    add_bytes(t, block->size);
    add_kind(t, block);
    text_add(t, ", pointer ");
    add_place(t, block, f->pointer);
    text_add(t, "\n");
}

static void add_told(struct text *t, const struct finding *f)
{
    if (f->kind == FOUND_SIZE_MISMATCH) {
        text_add(t, "  size given: ");
        add_bytes(t, f->told_size);
        text_add(t, "\n");
    } else if (f->kind == FOUND_ALIGNMENT_MISMATCH) {
        text_add(t, "  alignment given: ");
        add_bytes(t, f->told_alignment);
        text_add(t, "\n");
    }
}

// Nothing for an event of which nothing is known.
static void add_event(struct text *t, const char *verb, const struct event *event,
                      const struct source *source, const struct trace *trace)
{
    bool has_source = source != NULL && source->file != NULL;

    if (event->thread == 0 && event->sequence == 0 && !has_source && trace->count == 0) {
        return;
    }
    text_add(t, "  ");
    text_add(t, verb);
    if (event->thread != 0) {
        text_add(t, " by thread ");
        text_add_uint(t, event->thread);
    }
    if (event->sequence != 0) {
        text_add(t, " as number ");
        text_add_uint(t, event->sequence);
    }
    if (has_source) {
        text_add(t, " at ");
        source_add(t, source);
    }
    text_add(t, trace->count > 0 ? ":\n" : "\n");
    trace_add(t, trace);
}

// The pages of the block and the damage: those can be read.
static struct span choose_pages(const struct block_facts *block, struct span damage)
{
    uintptr_t page = vm_page_size();
    struct span s = damage;

    if (block->start != NULL) {
        uintptr_t start = (uintptr_t)block->start;
        uintptr_t end = start + block->size;

        s.start = s.start < start ? s.start : start;
        s.end = s.end > end ? s.end : end;
    }
    return (struct span){s.start & ~(page - 1), (s.end + page - 1) & ~(page - 1)};
}

static void add_damage(struct text *t, const struct finding *f, bool color)
{
    struct span damage = {(uintptr_t)f->damage, (uintptr_t)f->damage + f->damage_size};

    if (f->damage == NULL) {
        return;
    }
    text_add(t, "  damaged: ");
    add_bytes(t, f->damage_size);
    text_add(t, " at ");
    text_add_pointer(t, f->damage);
    if (f->block.start != NULL) {
        text_add(t, ", ");
        add_place(t, &f->block, f->damage);
    }
    text_add(t, "\n");
    hexdump_add(t, choose_pages(&f->block, damage), damage, color);
}

void finding_add_text(struct text *t, const struct finding *f, const struct trace traces[TRACES],
                      bool color)
{
    const struct block_facts *block = &f->block;

    add_headline(t, f, color);
    add_block(t, f);
    add_told(t, f);
    add_damage(t, f, color);
    add_event(t, "noticed", &f->now, NULL, &traces[TRACE_NOW]);
    add_event(t, "allocated", &block->allocated, block->source, &traces[TRACE_ALLOCATED]);
    add_event(t, "freed", &block->released, NULL, &traces[TRACE_RELEASED]);
    trace_add_commands(t, traces, TRACES);
}
