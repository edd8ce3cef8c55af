// SPDX-License-Identifier: MIT
#include "debug/json.h"

#include <string.h>

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
static void add_escaped(struct text *t, const char *string)
{
    const unsigned char *p = (const unsigned char *)string;
    const unsigned char *end = p + strlen(string);

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

void json_add_string(struct text *t, const char *key, const char *string)
{
    text_add(t, key);
    text_add(t, "\"");
    add_escaped(t, string);
    text_add(t, "\"");
}

void json_add_number(struct text *t, const char *key, uint64_t number)
{
    text_add(t, key);
    text_add_uint(t, number);
}

void json_add_address(struct text *t, const char *key, const void *p)
{
    text_add(t, key);
    text_add(t, "\"");
    text_add_pointer(t, p);
    text_add(t, "\"");
}

void json_add_trace(struct text *t, const char *key, const struct trace *trace)
{
    text_add(t, key);
    text_add(t, "[");
    for (size_t i = 0; i < trace->count; i++) {
        const struct frame *f = &trace->frames[i];

        text_add(t, i > 0 ? ",\"" : "\"");
        if (f->place.path != NULL) {
            add_escaped(t, f->place.path);
            text_add(t, "+");
        }
        text_add(t, "0x");
        text_add_hex(t, f->place.path != NULL ? f->place.offset : f->address);
        text_add(t, "\"");
    }
    text_add(t, "]");
}
