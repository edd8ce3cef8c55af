// SPDX-License-Identifier: MIT
// A table of function starts leads to the record of a function (FDE), which refers to what it
// has in common with others (CIE). Both hold instructions that build, up to the place in
// question, a row of rules: how to find the caller's frame (CFA) and where registers are saved.
#include "debug/cfi.h"

#include "debug/cfi_rows.h"
#include "debug/cfi_run.h"
#include "os/frame.h"

#include <stddef.h>
#include <string.h>

struct entry { // of .eh_frame_hdr
    int32_t start, fde; // bytes from the table on
};

// The function that starts last before the place, as all linkers write it down. False: none.
static bool find_entry(const uint8_t *table, uintptr_t place, struct entry *found)
{
    const uint8_t version = 1, count_udata4 = 0x03, entries_sdata4_from_table = 0x3b;
    const uint8_t *at = table + 8; // behind the place of .eh_frame
    const struct entry *entries = (const struct entry *)(table + 12);
    intptr_t wanted = (intptr_t)(place - (uintptr_t)table);
    size_t low = 0, high;

    if (table[0] != version || (table[1] & 3) != 3 || table[2] != count_udata4 ||
        table[3] != entries_sdata4_from_table)
        return false;
    high = (size_t)cfi_take(&at, 4);
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (entries[middle].start <= wanted)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return false;
    *found = entries[low - 1];
    return true;
}

// How many bytes a pointer of this encoding has; 0: it is not fixed.
static size_t encoded_size(uint8_t encoding)
{
    switch (encoding & 7) {
    case 0:
        return sizeof(void *);
    case 2:
        return 2;
    case 3:
        return 4;
    case 4:
        return 8;
    default:
        return 0;
    }
}

// The letters behind the z say what is at `at`. Returns the size of addresses in the FDE; 0: it
// is not known, or the frame is one of a signal, in which no call was made.
static size_t address_size_of(const char *letters, const uint8_t *at)
{
    size_t size = sizeof(void *);

    for (; *letters != '\0'; letters++) {
        switch (*letters) {
        case 'R':
            size = encoded_size(*at++);
            break;
        case 'P': // the address of a function, after its encoding
            if (encoded_size(*at) == 0)
                return 0;
            at += 1 + encoded_size(*at);
            break;
        case 'L': // the encoding of another
            at++;
            break;
        case 'B': // return addresses are signed by the other key
            break;
        default:
            return 0;
        }
    }
    return size;
}

// Runs the instructions of a CIE. Returns the size of addresses in its FDEs; 0: not known.
static size_t run_cie(struct cfi_machine *m, const uint8_t *cie)
{
    const uint8_t *at = cie, *end;
    const char *letters;
    uint64_t length, return_address;
    size_t letters_size, address_size;
    uint8_t version;

    length = cfi_take(&at, 4);
    end = at + length;
    at += 4;
    version = *at++;
    letters = (const char *)at;
    at += strlen(letters) + 1;
    m->code_unit = cfi_take_leb(&at, false);
    m->data_unit = (int64_t)cfi_take_leb(&at, true);
    return_address = version == 1 ? cfi_take(&at, 1) : cfi_take_leb(&at, false);
    if (return_address != FRAME_RA || letters[0] != 'z')
        return 0;
    letters_size = (size_t)cfi_take_leb(&at, false);
    address_size = address_size_of(letters + 1, at);
    m->at = at + letters_size;
    m->end = end;
    return cfi_run(m) ? address_size : 0;
}

// Finds the row of the target. False: not known.
static bool run_function(struct cfi_machine *m, const uint8_t *table)
{
    const uint32_t longer_than_4_gib = 0xffffffff;
    struct entry entry;
    const uint8_t *at, *end, *cie;
    uint64_t length, skip;
    size_t address_size;

    if (!find_entry(table, m->target, &entry))
        return false;
    at = table + entry.fde;
    length = cfi_take(&at, 4);
    if (length == 0 || length == longer_than_4_gib)
        return false;
    end = at + length;
    m->location = (uintptr_t)table + (uintptr_t)(intptr_t)entry.start;
    cie = at;
    cie -= cfi_take(&at, 4);
    address_size = run_cie(m, cie);
    if (address_size == 0)
        return false;
    m->first = m->row;
    at += address_size;
    if (m->target - m->location >= cfi_take(&at, address_size))
        return false;
    skip = cfi_take_leb(&at, false);
    m->at = at + skip;
    m->end = end;
    return cfi_run(m);
}

struct reader {
    cfi_read read;
    void *context;
};

static bool find_cfa(const struct cfi_row *row, const struct registers *r, uintptr_t *cfa,
                     struct reader stack)
{
    uintptr_t sum = (row->cfa_register == FRAME_SP ? r->sp : r->fp) + (uintptr_t)row->cfa_offset;

    if (row->cfa_register != FRAME_SP && row->cfa_register != FRAME_FP)
        return false;
    *cfa = sum;
    return row->cfa == CFI_CFA_IS_SUM ||
           (row->cfa == CFI_CFA_IS_THERE && stack.read(stack.context, sum, cfa));
}

// Leaves the word as it is if the register has kept its value.
static bool read_saved(const struct cfi_rule *rule, uintptr_t cfa, uintptr_t fp, uintptr_t *word,
                       struct reader stack)
{
    switch (rule->place) {
    case CFI_SAME:
        return true;
    case CFI_SAVED:
        return stack.read(stack.context, cfa + (uintptr_t)rule->offset, word);
    case CFI_SAVED_BY_FP:
        return stack.read(stack.context, fp + (uintptr_t)rule->offset, word);
    default:
        return false;
    }
}

static bool follow_tables(const void *table, uintptr_t place, struct cfi_row *row)
{
    struct cfi_machine m = {.target = place};

    if (!run_function(&m, table))
        return false;
    *row = m.row;
    cfi_rows_put(table, place, row);
    return true;
}

enum cfi_result cfi_step(const void *table, struct registers *r, cfi_read read, void *context)
{
    struct registers caller = *r;
    struct reader stack = {read, context};
    struct cfi_row row;

    if (!cfi_rows_get(table, r->pc - 1, &row) && !follow_tables(table, r->pc - 1, &row))
        return CFI_UNKNOWN;
    if (row.ra.place == CFI_UNDEFINED)
        return CFI_OUTERMOST;
    if (row.ra.place == CFI_SAME || !find_cfa(&row, r, &caller.sp, stack) ||
        caller.sp <= r->sp || !read_saved(&row.ra, caller.sp, r->fp, &caller.pc, stack) ||
        !read_saved(&row.fp, caller.sp, r->fp, &caller.fp, stack))
        return CFI_UNKNOWN;
    caller.pc = frame_plain_code(caller.pc);
    *r = caller;
    return CFI_STEPPED;
}
