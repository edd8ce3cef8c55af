// SPDX-License-Identifier: MIT
// A bounded text buffer: what the allocator writes with instead of stdio.
//
// It never allocates, never looks at the locale, and never fails: what does not
// fit is dropped, but still counted in `length`, so that a caller can ask for
// the size it would have needed.
//
// Layer: base. Below: os (the write).
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct text {
    char *buffer;    // fixed    the caller's memory
    size_t capacity; // fixed    bytes in buffer
    size_t length;   // owner    bytes added so far, also those that did not fit
};

// Starts an empty text in the caller's buffer; NULL is fine when capacity is 0.
void text_init(struct text *t, char *buffer, size_t capacity);

void text_add(struct text *t, const char *string);
void text_add_bytes(struct text *t, const char *bytes, size_t count);
void text_add_uint(struct text *t, uint64_t value);
// Lower-case digits without a prefix.
void text_add_hex(struct text *t, uint64_t value);
// 0x and hexadecimal digits, as printf("%p") prints a pointer; NULL is 0x0.
void text_add_pointer(struct text *t, const void *p);
// The shortest form that option values accept: 512k, 32m, 1g, or plain bytes.
void text_add_size(struct text *t, size_t size);
// Adds spaces until `length` is at least the given one: the columns of a table.
void text_pad(struct text *t, size_t length);

// How many bytes of it there are: `length`, or as many as fitted.
size_t text_size(const struct text *t);

// Puts a zero byte behind the text, over its last byte when the buffer is full.
void text_terminate(struct text *t);
// Writes what fitted, in one call, so that the lines of threads do not mix.
void text_write(const struct text *t, int fd);

#endif
