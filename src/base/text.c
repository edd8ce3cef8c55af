// SPDX-License-Identifier: MIT
// The text buffer: digits are produced back to front and added as bytes.
#include "base/text.h"

#include "os/os.h"

#include <string.h>

void text_init(struct text *t, char *buffer, size_t capacity)
{
    t->buffer = buffer;
    t->capacity = capacity;
    t->length = 0;
}

void text_add_bytes(struct text *t, const char *bytes, size_t count)
{
    if (t->length < t->capacity) {
        size_t room = t->capacity - t->length;

        memcpy(t->buffer + t->length, bytes, count < room ? count : room);
    }
    t->length += count;
}

void text_add(struct text *t, const char *string)
{
    text_add_bytes(t, string, strlen(string));
}

static void add_digits(struct text *t, uint64_t value, unsigned base)
{
    char digits[20]; // UINT64_MAX has 20 decimal digits
    size_t first = sizeof digits;

    do {
        digits[--first] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    text_add_bytes(t, digits + first, sizeof digits - first);
}

void text_add_uint(struct text *t, uint64_t value)
{
    add_digits(t, value, 10);
}

void text_add_hex(struct text *t, uint64_t value)
{
    add_digits(t, value, 16);
}

void text_add_pointer(struct text *t, const void *p)
{
    text_add(t, "0x");
    text_add_hex(t, (uintptr_t)p);
}

void text_add_size(struct text *t, size_t size)
{
    static const char suffix[] = "kmg";
    size_t step = 0;

    while (size != 0 && size % 1024 == 0 && suffix[step] != '\0') {
        size /= 1024;
        step++;
    }
    text_add_uint(t, size);
    if (step > 0) {
        text_add_bytes(t, &suffix[step - 1], 1);
    }
}

void text_pad(struct text *t, size_t length)
{
    while (t->length < length) {
        text_add_bytes(t, " ", 1);
    }
}

void text_terminate(struct text *t)
{
    if (t->capacity > 0) {
        t->buffer[t->length < t->capacity ? t->length : t->capacity - 1] = '\0';
    }
}

size_t text_size(const struct text *t)
{
    return t->length < t->capacity ? t->length : t->capacity;
}

void text_write(const struct text *t, int fd)
{
    os_write(fd, t->buffer, text_size(t));
}
