// SPDX-License-Identifier: MIT
#include "debug/cfi_run.h"

#include "os/frame.h"

#include <string.h>

uint64_t cfi_take(const uint8_t **p, size_t bytes)
{
    uint8_t byte;
    uint16_t half;
    uint32_t word;
    uint64_t whole;
    const uint8_t *from = *p;

    *p += bytes;
    switch (bytes) {
    case 1:
        return memcpy(&byte, from, 1), byte;
    case 2:
        return memcpy(&half, from, 2), half;
    case 4:
        return memcpy(&word, from, 4), word;
    default:
        return memcpy(&whole, from, 8), whole;
    }
}

uint64_t cfi_take_leb(const uint8_t **p, bool is_signed)
{
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte;

    do {
        byte = *(*p)++;
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80);
    if (is_signed && (byte & 0x40) && shift < 64)
        value |= ~(uint64_t)0 << shift;
    return value;
}

// By the number of an instruction; of the three that have an operand in their low six bits
// the others are 0.
enum instruction {
    NOP = 0x00,
    ADVANCE1 = 0x02,
    ADVANCE2 = 0x03,
    ADVANCE4 = 0x04,
    OFFSET_EXTENDED = 0x05,
    RESTORE_EXTENDED = 0x06,
    UNDEFINE = 0x07,
    SAME_VALUE = 0x08,
    REGISTER = 0x09,
    REMEMBER = 0x0a,
    RECALL = 0x0b,
    CFA = 0x0c,
    CFA_REGISTER = 0x0d,
    CFA_OFFSET = 0x0e,
    CFA_EXPRESSION = 0x0f,
    EXPRESSION = 0x10,
    OFFSET_EXTENDED_SIGNED = 0x11,
    CFA_SIGNED = 0x12,
    CFA_OFFSET_SIGNED = 0x13,
    VALUE_OFFSET = 0x14,
    VALUE_OFFSET_SIGNED = 0x15,
    VALUE_EXPRESSION = 0x16,
    SIGN_RETURN_ADDRESS = 0x2d, // of aarch64
    ARGUMENTS_SIZE = 0x2e,
    ADVANCE = 0x40,
    OFFSET = 0x80,
    RESTORE = 0xc0
};

// The operands: 1, 2 and 4 are bytes, u and s numbers of any length, b is a block.
static const char *operands_of(uint8_t instruction)
{
    static const char *const operands[] = {
        [NOP] = "",
        [ADVANCE1] = "1",
        [ADVANCE2] = "2",
        [ADVANCE4] = "4",
        [OFFSET_EXTENDED] = "uu",
        [RESTORE_EXTENDED] = "u",
        [UNDEFINE] = "u",
        [SAME_VALUE] = "u",
        [REGISTER] = "uu",
        [REMEMBER] = "",
        [RECALL] = "",
        [CFA] = "uu",
        [CFA_REGISTER] = "u",
        [CFA_OFFSET] = "u",
        [CFA_EXPRESSION] = "b",
        [EXPRESSION] = "ub",
        [OFFSET_EXTENDED_SIGNED] = "us",
        [CFA_SIGNED] = "us",
        [CFA_OFFSET_SIGNED] = "s",
        [VALUE_OFFSET] = "uu",
        [VALUE_OFFSET_SIGNED] = "us",
        [VALUE_EXPRESSION] = "ub",
        [SIGN_RETURN_ADDRESS] = "",
        [ARGUMENTS_SIZE] = "u",
    };

    return instruction < sizeof(operands) / sizeof(operands[0]) ? operands[instruction] : NULL;
}

static uint64_t take_operand(const uint8_t **p, char kind)
{
    uint64_t length;

    switch (kind) {
    case 'u':
        return cfi_take_leb(p, false);
    case 's':
        return cfi_take_leb(p, true);
    case 'b':
        length = cfi_take_leb(p, false);
        *p += length;
        return length;
    default:
        return cfi_take(p, (size_t)(kind - '0'));
    }
}

static struct cfi_rule *rule_of(struct cfi_row *row, uint64_t number)
{
    if (number == FRAME_FP)
        return &row->fp;
    return number == FRAME_RA ? &row->ra : NULL;
}

static void set_rule(struct cfi_machine *m, uint64_t number, enum cfi_place place, int64_t offset)
{
    struct cfi_rule *rule = rule_of(&m->row, number);

    if (rule != NULL)
        *rule = (struct cfi_rule){place, offset};
}

static void restore_rule(struct cfi_machine *m, uint64_t number)
{
    const struct cfi_rule *first = rule_of(&m->first, number);

    if (first != NULL)
        *rule_of(&m->row, number) = *first;
}

static void set_cfa(struct cfi_machine *m, uint64_t number, int64_t offset)
{
    m->row.cfa = CFI_CFA_IS_SUM;
    m->row.cfa_register = number;
    m->row.cfa_offset = offset;
}

// Of all expressions compilers write these two, in functions that align their stack: the frame
// pointer plus an offset, and the word that is there.
static bool parse_expression(const uint8_t *at, const uint8_t *end, bool word, int64_t *offset)
{
    const uint8_t fp_plus = 0x70 + FRAME_FP, word_there = 0x06;

    if (at == end || *at++ != fp_plus)
        return false;
    *offset = (int64_t)cfi_take_leb(&at, true);
    return word ? at + 1 == end && *at == word_there : at == end;
}

static void set_cfa_by_expression(struct cfi_machine *m, size_t length)
{
    m->row.cfa_register = FRAME_FP;
    m->row.cfa = parse_expression(m->at - length, m->at, true, &m->row.cfa_offset)
                     ? CFI_CFA_IS_THERE
                     : CFI_CFA_UNKNOWN;
}

static void set_rule_by_expression(struct cfi_machine *m, uint64_t number, size_t length)
{
    int64_t offset = 0;
    bool known = parse_expression(m->at - length, m->at, false, &offset);

    set_rule(m, number, known ? CFI_SAVED_BY_FP : CFI_ELSEWHERE, offset);
}

static bool remember(struct cfi_machine *m)
{
    if (m->depth == CFI_REMEMBERED_ROWS)
        return false;
    m->remembered[m->depth++] = m->row;
    return true;
}

static bool recall(struct cfi_machine *m)
{
    if (m->depth == 0)
        return false;
    m->row = m->remembered[--m->depth];
    return true;
}

static void execute_cfa(struct cfi_machine *m, uint8_t instruction, uint64_t a, uint64_t b)
{
    switch (instruction) {
    case CFA:
        set_cfa(m, a, (int64_t)b);
        break;
    case CFA_SIGNED:
        set_cfa(m, a, (int64_t)b * m->data_unit);
        break;
    case CFA_REGISTER: // on some CPUs the first that is said of a frame
        set_cfa(m, a, m->row.cfa_offset);
        break;
    case CFA_OFFSET:
        m->row.cfa_offset = (int64_t)a;
        break;
    case CFA_OFFSET_SIGNED:
        m->row.cfa_offset = (int64_t)a * m->data_unit;
        break;
    case CFA_EXPRESSION:
        set_cfa_by_expression(m, (size_t)a);
        break;
    default: // says nothing of what is looked for
        break;
    }
}

// False: more rows than are kept here.
static bool execute(struct cfi_machine *m, uint8_t instruction, uint64_t a, uint64_t b)
{
    switch (instruction) {
    case ADVANCE1:
    case ADVANCE2:
    case ADVANCE4:
    case ADVANCE:
        m->location += (uintptr_t)(a * m->code_unit);
        return true;
    case OFFSET:
    case OFFSET_EXTENDED:
    case OFFSET_EXTENDED_SIGNED:
        set_rule(m, a, CFI_SAVED, (int64_t)b * m->data_unit);
        return true;
    case RESTORE:
    case RESTORE_EXTENDED:
        restore_rule(m, a);
        return true;
    case UNDEFINE:
        set_rule(m, a, CFI_UNDEFINED, 0);
        return true;
    case SAME_VALUE:
        set_rule(m, a, CFI_SAME, 0);
        return true;
    case EXPRESSION:
        set_rule_by_expression(m, a, (size_t)b);
        return true;
    case REGISTER:
    case VALUE_OFFSET:
    case VALUE_OFFSET_SIGNED:
    case VALUE_EXPRESSION:
        set_rule(m, a, CFI_ELSEWHERE, 0);
        return true;
    case REMEMBER:
        return remember(m);
    case RECALL:
        return recall(m);
    default:
        execute_cfa(m, instruction, a, b);
        return true;
    }
}

bool cfi_run(struct cfi_machine *m)
{
    while (m->at < m->end && m->location <= m->target) {
        uint8_t instruction = *m->at++;
        uint64_t a = 0, b = 0;

        if (instruction >= ADVANCE) {
            a = instruction & 0x3f;
            instruction &= 0xc0;
            if (instruction == OFFSET)
                b = cfi_take_leb(&m->at, false);
        } else {
            const char *operands = operands_of(instruction);

            if (operands == NULL)
                return false;
            if (operands[0] != '\0') {
                a = take_operand(&m->at, operands[0]);
                if (operands[1] != '\0')
                    b = take_operand(&m->at, operands[1]);
            }
        }
        if (!execute(m, instruction, a, b))
            return false;
    }
    return true;
}
