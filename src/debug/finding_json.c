// SPDX-License-Identifier: MIT
// A report as one object of JSON. Addresses are strings, as not every reader has integers of
// 64 bits. What is not known is left out.
#include "debug/finding_format.h"

#include "debug/record.h"
#include "os/os.h"

#include <string.h>

enum {
    SOURCE_LIMIT = 96, // bytes of a name in the program
    DAMAGE_LIMIT = 32, // bytes of the damage
};

// How many bytes the character at p takes; 0 if it is none of UTF-8.
static size_t character_length(const unsigned char *p, size_t room)
{
    size_t length = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    bool is_first = p[0] < 0x80 || (p[0] >= 0xc2 && p[0] < 0xf5);

    if (!is_first || length > room) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    // Forms that are longer than they need be, halves of pairs, and what is beyond Unicode.
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] >= 0xa0) ||
        (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] >= 0x90)) {
        return 0;
    }
    return length;
}

// The inside of a string.
static void add_escaped(struct text *t, const char *string, size_t limit)
{
    const unsigned char *p = (const unsigned char *)string;
    const unsigned char *end = p + strnlen(string, limit);

    while (p < end) {
        size_t length = character_length(p, (size_t)(end - p));

        if (length == 0) {
            text_add(t, "\\ufffd");
            length = 1;
        } else if (*p < ' ') {
            text_add(t, *p < 16 ? "\\u000" : "\\u00");
            text_add_hex(t, *p);
        } else {
            text_add(t, *p == '"' || *p == '\\' ? "\\" : "");
            text_add_bytes(t, (const char *)p, length);
        }
        p += length;
    }
}

static void add_string(struct text *t, const char *key, const char *string)
{
    text_add(t, key);
    text_add(t, "\"");
    add_escaped(t, string, SOURCE_LIMIT);
    text_add(t, "\"");
}

static void add_address(struct text *t, const char *key, const void *p)
{
    text_add(t, key);
    text_add(t, "\"");
    text_add_pointer(t, p);
    text_add(t, "\"");
}

static void add_number(struct text *t, const char *key, uint64_t number)
{
    text_add(t, key);
    text_add_uint(t, number);
}

static void add_event(struct text *t, const char *key, const struct event *event)
{
    if (event->thread != 0 || event->sequence != 0) {
        text_add(t, key);
        add_number(t, "{\"thread\":", event->thread);
        add_number(t, ",\"number\":", event->sequence);
        text_add(t, "}");
    }
}

static void add_block(struct text *t, const struct block_facts *block)
{
    const struct source *source = block->source;

    if (block->start == NULL) {
        return;
    }
    add_address(t, ",\"block\":{\"start\":", block->start);
    add_number(t, block->size_is_known ? ",\"size\":" : ",\"room\":", block->size);
    add_string(t, ",\"family\":", family_names[block->family]);
    text_add(t, block->freed ? ",\"is_freed\":true" : ",\"is_freed\":false");
    add_event(t, ",\"allocated\":", &block->allocated);
    add_event(t, ",\"freed\":", &block->released);
    if (source != NULL && source->file != NULL) {
        add_string(t, ",\"source\":{\"file\":", source->file);
        add_number(t, ",\"line\":", (uint64_t)source->line);
        if (source->function != NULL) {
            add_string(t, ",\"function\":", source->function);
        }
        text_add(t, "}");
    }
    text_add(t, "}");
}

static void add_told(struct text *t, const struct finding *f)
{
    if (f->kind == FOUND_SIZE_MISMATCH) {
        add_number(t, ",\"size_given\":", f->told_size);
    } else if (f->kind == FOUND_ALIGNMENT_MISMATCH) {
        add_number(t, ",\"alignment_given\":", f->told_alignment);
    }
}

static void add_trace(struct text *t, const char *key, const struct trace *trace)
{
    text_add(t, key);
    text_add(t, "[");
    for (size_t i = 0; i < trace->count; i++) {
        const struct frame *f = &trace->frames[i];

        text_add(t, i > 0 ? ",\"" : "\"");
        if (f->place.path != NULL) {
            add_escaped(t, f->place.path, SIZE_MAX);
            text_add(t, "+");
        }
        text_add(t, "0x");
        text_add_hex(t, f->place.path != NULL ? f->place.offset : f->address);
        text_add(t, "\"");
    }
    text_add(t, "]");
}

static void add_damage(struct text *t, const struct finding *f)
{
    const unsigned char *bytes = f->damage;

    if (bytes == NULL) {
        return;
    }
    add_address(t, ",\"damage\":{\"at\":", f->damage);
    add_number(t, ",\"size\":", f->damage_size);
    text_add(t, ",\"bytes\":\"");
    for (size_t i = 0; i < f->damage_size && i < DAMAGE_LIMIT; i++) {
        text_add_hex(t, bytes[i] >> 4);
        text_add_hex(t, bytes[i] & 15);
    }
    text_add(t, "\"}");
}

void finding_add_json(struct text *t, const struct finding *f, const struct trace traces[TRACES])
{
    text_add(t, "{\"tool\":\"ikyoalloc\"");
    add_string(t, ",\"finding\":", findings[f->kind].name);
    add_string(t, ",\"words\":", findings[f->kind].words);
    add_string(t, ",\"call\":", call_table[f->call].name);
    add_address(t, ",\"pointer\":", f->pointer);
    add_number(t, ",\"process\":", os_process_id());
    add_number(t, ",\"thread\":", f->now.thread);
    add_block(t, &f->block);
    add_told(t, f);
    add_trace(t, ",\"stacks\":{\"now\":", &traces[TRACE_NOW]);
    add_trace(t, ",\"allocated\":", &traces[TRACE_ALLOCATED]);
    add_trace(t, ",\"freed\":", &traces[TRACE_RELEASED]);
    text_add(t, "}");
    add_damage(t, f);
    text_add(t, "}\n");
}
