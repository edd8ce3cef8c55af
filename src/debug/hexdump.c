// SPDX-License-Identifier: MIT
#include "debug/hexdump.h"

enum {
    ROW = 16,
    ROWS_AROUND = 2,
    ROWS_MOST = 12,
};

static const char red[] = "\033[31m";
static const char plain[] = "\033[m";

static bool contains(struct span s, uintptr_t address)
{
    return address >= s.start && address < s.end;
}

static unsigned char byte_at(uintptr_t address)
{
    return *(const volatile unsigned char *)address;
}

static void add_byte(struct text *t, unsigned char byte, bool is_red)
{
    text_add(t, is_red ? red : "");
    text_add_hex(t, byte >> 4);
    text_add_hex(t, byte & 15);
    text_add(t, is_red ? plain : "");
    text_add(t, " ");
}

static void add_row(struct text *t, uintptr_t row, struct span damage, bool color)
{
    for (uintptr_t at = row; at < row + ROW; at++) {
        add_byte(t, byte_at(at), color && contains(damage, at));
    }
    text_add(t, "|");
    for (uintptr_t at = row; at < row + ROW; at++) {
        char c = (char)byte_at(at);

        text_add_bytes(t, c >= ' ' && c <= '~' ? &c : ".", 1);
    }
    text_add(t, "|\n");
}

// The marks start in the column in which the bytes above them do.
static void add_marks(struct text *t, uintptr_t row, size_t column, struct span damage, bool color)
{
    text_add(t, color ? red : "");

    size_t first = t->length + column;

    for (uintptr_t at = row; at < row + ROW; at++) {
        if (contains(damage, at)) {
            text_pad(t, first + (at - row) * 3);
            text_add(t, "^^");
        }
    }
    text_add(t, color ? plain : "");
    text_add(t, "\n");
}

static uintptr_t row_of(uintptr_t address)
{
    return address - address % ROW;
}

static struct span choose_rows(struct span pages, struct span damage)
{
    struct span rows = {row_of(damage.start) - ROWS_AROUND * ROW,
                        row_of(damage.end + ROW - 1) + ROWS_AROUND * ROW};

    rows.start = rows.start > pages.start ? rows.start : pages.start;
    rows.end = rows.end < pages.end ? rows.end : pages.end;
    if (rows.end > rows.start + ROWS_MOST * ROW) {
        rows.end = rows.start + ROWS_MOST * ROW;
    }
    return rows;
}

void hexdump_add(struct text *t, struct span pages, struct span damage, bool color)
{
    struct span rows = choose_rows(pages, damage);

    for (uintptr_t row = rows.start; row < rows.end; row += ROW) {
        size_t start = t->length;

        text_add(t, "    0x");
        text_add_hex(t, row);
        text_add(t, ": ");

        size_t column = t->length - start;

        add_row(t, row, damage, color);
        if (damage.start < row + ROW && damage.end > row) {
            add_marks(t, row, column, damage, color);
        }
    }
    if (damage.end > rows.end) {
        text_add(t, "    and ");
        text_add_uint(t, damage.end - rows.end);
        text_add(t, " damaged bytes more\n");
    }
}
