// SPDX-License-Identifier: MIT
// A report as one object of JSON. What is not known is left out.
#include "debug/finding_format.h"

#include "debug/json.h"
#include "debug/source.h"
#include "os/os.h"

enum { DAMAGE_LIMIT = 32 }; // bytes of the damage

static void add_event(struct text *t, const char *key, const struct event *event)
{
    if (event->thread != 0 || event->sequence != 0) {
        text_add(t, key);
        json_add_number(t, "{\"thread\":", event->thread);
        json_add_number(t, ",\"number\":", event->sequence);
        text_add(t, "}");
    }
}

static void add_block(struct text *t, const struct block_facts *block)
{
    const struct source *source = block->source;

    if (block->start == NULL) {
        return;
    }
    json_add_address(t, ",\"block\":{\"start\":", block->start);
    json_add_number(t, block->size_is_known ? ",\"size\":" : ",\"room\":", block->size);
    if (block->family != FAMILY_UNKNOWN) {
        json_add_string(t, ",\"family\":", family_names[block->family]);
    }
    text_add(t, block->freed ? ",\"is_freed\":true" : ",\"is_freed\":false");
    add_event(t, ",\"allocated\":", &block->allocated);
    add_event(t, ",\"freed\":", &block->released);
    if (source != NULL && source->file != NULL) {
        text_add(t, ",\"source\":");
        source_add_json(t, source);
    }
    text_add(t, "}");
}

static void add_told(struct text *t, const struct finding *f)
{
    if (f->kind == FOUND_SIZE_MISMATCH) {
        json_add_number(t, ",\"size_given\":", f->told_size);
    } else if (f->kind == FOUND_ALIGNMENT_MISMATCH) {
        json_add_number(t, ",\"alignment_given\":", f->told_alignment);
    }
}

static void add_damage(struct text *t, const struct finding *f)
{
    const unsigned char *bytes = f->damage;

    if (bytes == NULL) {
        return;
    }
    json_add_address(t, ",\"damage\":{\"at\":", f->damage);
    json_add_number(t, ",\"size\":", f->damage_size);
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
    json_add_string(t, ",\"finding\":", findings[f->kind].name);
    json_add_string(t, ",\"words\":", findings[f->kind].words);
    json_add_string(t, ",\"call\":", call_table[f->call].name);
    json_add_address(t, ",\"pointer\":", f->pointer);
    json_add_number(t, ",\"process\":", os_process_id());
    json_add_number(t, ",\"thread\":", f->now.thread);
    add_block(t, &f->block);
    add_told(t, f);
    json_add_trace(t, ",\"stacks\":{\"now\":", &traces[TRACE_NOW]);
    json_add_trace(t, ",\"allocated\":", &traces[TRACE_ALLOCATED]);
    json_add_trace(t, ",\"freed\":", &traces[TRACE_RELEASED]);
    text_add(t, "}");
    add_damage(t, f);
    text_add(t, "}\n");
}
