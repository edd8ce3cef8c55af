// SPDX-License-Identifier: MIT
// Parsing of the options. The rows become straight code, not a table of
// pointers: such a table would have to be relocated, and so touched, in every
// process that starts.
#include "base/option.h"

#include "base/option_path.h"
#include "base/report.h"

#include <stdint.h>
#include <string.h>

struct options options = {
#define OPTION(name, type, value, when, promise, help) .name = (value),
#define CHOICE(name, word, constant)
#include "base/option.def"
#undef CHOICE
#undef OPTION
};

// A piece of a variable; what follows it is not ours to cut off.
struct piece {
    const char *at;
    size_t size;
};

enum option_type { OPTION_SIZE, OPTION_MSEC, OPTION_COUNT, OPTION_CHOICE, OPTION_PATH };

static struct piece piece_of(const char *string)
{
    return (struct piece){string, strlen(string)};
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

// Whether the piece is this word in any case. No locale has a say in it.
static NOINLINE bool is_word(struct piece p, const char *word)
{
    size_t i = 0;

    while (i < p.size && word[i] != '\0' && lower(p.at[i]) == word[i]) {
        i++;
    }
    return i == p.size && word[i] == '\0';
}

// Takes the digits off the front of the piece. False if there is none, or too
// many for a size_t.
static bool take_number(struct piece *p, size_t *number)
{
    size_t value = 0;
    size_t i = 0;

    for (; i < p->size && p->at[i] >= '0' && p->at[i] <= '9'; i++) {
        size_t digit = (size_t)(p->at[i] - '0');

        if (value > (SIZE_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    p->at += i;
    p->size -= i;
    *number = value;
    return i > 0;
}

static bool scale(size_t *value, size_t factor)
{
    if (*value > SIZE_MAX / factor) {
        return false;
    }
    *value *= factor;
    return true;
}

static bool parse_size(struct piece text, size_t *value)
{
    if (!take_number(&text, value)) {
        return false;
    }
    if (is_word(text, "k")) {
        return scale(value, (size_t)1 << 10);
    }
    if (is_word(text, "m")) {
        return scale(value, (size_t)1 << 20);
    }
    if (is_word(text, "g")) {
        return scale(value, (size_t)1 << 30);
    }
    return text.size == 0;
}

static bool parse_milliseconds(struct piece text, size_t *value)
{
    if (!take_number(&text, value)) {
        return false;
    }
    if (is_word(text, "s")) {
        return scale(value, 1000);
    }
    return text.size == 0 || is_word(text, "ms");
}

static bool parse_choice(struct piece option, struct piece text, size_t *value)
{
#define OPTION(name, type, default_value, when, promise, help)
#define CHOICE(name, word, constant)                                                               \
    if (is_word(option, #name) && is_word(text, #word)) {                                          \
        *value = constant;                                                                         \
        return true;                                                                               \
    }
#include "base/option.def"
#undef CHOICE
#undef OPTION
    return false;
}

static NOINLINE bool parse(enum option_type type, struct piece option, struct piece text,
                           size_t *value)
{
    switch (type) {
    case OPTION_SIZE:
        return parse_size(text, value);
    case OPTION_MSEC:
        return parse_milliseconds(text, value);
    case OPTION_COUNT:
        return take_number(&text, value) && text.size == 0;
    case OPTION_CHOICE:
        return parse_choice(option, text, value);
    case OPTION_PATH:
        return option_path_add(text.at, text.size, value);
    }
    return false;
}

enum outcome { SET, UNKNOWN_NAME, BAD_VALUE };

// `at_start` is the time when FIXED options can still be set.
static enum outcome set(struct piece option, struct piece text, bool at_start)
{
    enum { FIXED, LIVE };
    size_t parsed = 0;

#define OPTION(name, type, value, when, promise, help)                                             \
    if ((at_start || when == LIVE) && is_word(option, #name)) {                                    \
        if (!parse(OPTION_##type, option, text, &parsed)) {                                        \
            return BAD_VALUE;                                                                      \
        }                                                                                          \
        options.name = parsed;                                                                     \
        return SET;                                                                                \
    }
#define CHOICE(name, word, constant)
#include "base/option.def"
#undef CHOICE
#undef OPTION
    return UNKNOWN_NAME;
}

bool option_set(const char *name, const char *value)
{
    return set(piece_of(name), piece_of(value), false) == SET;
}

void option_set_alias(enum option_alias alias, size_t value)
{
    static const size_t arena_share = (size_t)64 << 20;

    switch (alias) {
    case OPTION_ARENA_MAX:
        options.cache_limit = scale(&value, arena_share) ? value : SIZE_MAX;
        break;
    case OPTION_TRIM_THRESHOLD:
        options.trim_threshold = value != 0 ? value : 1; // glibc's 0 keeps nothing
        break;
    case OPTION_MMAP_THRESHOLD:
        options.mmap_threshold = value;
        break;
    case OPTION_PERTURB:
        options.perturb = value;
        break;
    case OPTION_CHECK:
        options.on_error = (value & 2) != 0   ? ON_ERROR_ABORT
                           : (value & 1) != 0 ? ON_ERROR_WARN
                                              : ON_ERROR_IGNORE;
        break;
    }
}

// The passes over the environment, in the order in which later ones win.
enum pass { PASS_ALIASES, PASS_STRING, PASS_SINGLE, PASS_COUNT };

// Applies one name=value and tells whether it was understood; names it if not
// and `loud`.
static bool apply(struct piece option, struct piece text, bool loud)
{
    enum outcome outcome = set(option, text, true);

    if (loud && outcome == UNKNOWN_NAME) {
        report_option_unknown(option.at, option.size);
    }
    if (loud && outcome == BAD_VALUE) {
        report_option_value(option.at, option.size, text.at, text.size);
    }
    return outcome == SET;
}

// Cuts the piece at the first `mark`; without one, all of it is before the mark.
static struct piece cut(struct piece *rest, char mark)
{
    const char *end = memchr(rest->at, mark, rest->size);
    struct piece before = {rest->at, end != NULL ? (size_t)(end - rest->at) : rest->size};
    size_t skip = before.size + (end != NULL ? 1 : 0);

    rest->at += skip;
    rest->size -= skip;
    return before;
}

static bool apply_string(struct piece rest, bool loud)
{
    bool understood = true;

    while (rest.size > 0) {
        struct piece text = cut(&rest, ',');
        struct piece option = cut(&text, '=');

        if (option.size > 0 || text.size > 0) {
            understood &= apply(option, text, loud);
        }
    }
    return understood;
}

static bool find_alias(struct piece name, enum option_alias *alias)
{
    static const struct {
        char name[16];
        enum option_alias alias;
    } rows[] = {
        {"arena_max", OPTION_ARENA_MAX},
        {"trim_threshold_", OPTION_TRIM_THRESHOLD},
        {"mmap_threshold_", OPTION_MMAP_THRESHOLD},
        {"perturb_", OPTION_PERTURB},
        {"check_", OPTION_CHECK},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (is_word(name, rows[i].name)) {
            *alias = rows[i].alias;
            return true;
        }
    }
    return false;
}

// A MALLOC_ variable that we have no use for is glibc's business, not an error.
static bool apply_alias(struct piece name, struct piece text)
{
    enum option_alias alias;
    size_t value = 0;

    if (!find_alias(name, &alias)) {
        return true;
    }
    if (is_word(text, "-1")) { // programs say "the largest" like this
        value = SIZE_MAX;
    } else if (!parse_size(text, &value)) {
        return false;
    }
    option_set_alias(alias, value);
    return true;
}

// Applies one variable if this is its pass. False if it was not understood.
static bool apply_variable(const char *variable, enum pass pass, bool loud)
{
    bool ours = variable[0] == 'I';
    struct piece text = piece_of(variable + (ours ? strlen("IKYO_") : strlen("MALLOC_")));
    struct piece name = cut(&text, '=');

    if (!ours) {
        bool understood = pass != PASS_ALIASES || apply_alias(name, text);

        if (!understood && loud) { // by the whole name, as it is not one of ours
            report_option_value(variable, strlen("MALLOC_") + name.size, text.at, text.size);
        }
        return understood;
    }
    if (is_word(name, "options")) {
        return pass == PASS_STRING ? apply_string(text, loud) : true;
    }
    return pass == PASS_SINGLE ? apply(name, text, loud) : true;
}

static ON_START bool is_candidate(const char *variable)
{
    static READ_BY_ALL const char ours[] = "IKYO_", glibc[] = "MALLOC_";

    return (variable[0] == 'I' && strncmp(variable, ours, sizeof(ours) - 1) == 0) ||
           (variable[0] == 'M' && strncmp(variable, glibc, sizeof(glibc) - 1) == 0);
}

static bool apply_all(const char *const *environment, bool loud)
{
    bool understood = true;

    for (int pass = 0; pass < PASS_COUNT; pass++) {
        for (size_t i = 0; environment[i] != NULL; i++) {
            if (is_candidate(environment[i])) {
                understood &= apply_variable(environment[i], (enum pass)pass, loud);
            }
        }
    }
    return understood;
}

ON_START void option_init(const char *const *environment, bool secure)
{
    if (environment == NULL || secure) {
        return;
    }
    while (*environment != NULL && !is_candidate(*environment)) {
        environment++;
    }
    if (*environment == NULL) {
        return; // what nearly every program does, after one look at each variable
    }
    // Whether errors are to be named is an option itself, so known only after
    // all were read: then the same passes run again, with the same result.
    if (!apply_all(environment, false) && options.verbose > 0) {
        apply_all(environment, true);
    }
}

static void print_default(struct text *t, enum option_type type, struct piece option, size_t value)
{
    switch (type) {
    case OPTION_SIZE:
        text_add_size(t, value);
        break;
    case OPTION_MSEC:
        text_add_uint(t, value);
        text_add(t, "ms");
        break;
    case OPTION_COUNT:
        text_add_uint(t, value);
        break;
    case OPTION_PATH:
        text_add(t, option_path(value));
        break;
    case OPTION_CHOICE:
#define OPTION(name, type, default_value, when, promise, help)
#define CHOICE(name, word, constant)                                                               \
    if (is_word(option, #name) && value == constant) {                                             \
        text_add(t, #word);                                                                        \
    }
#include "base/option.def"
#undef CHOICE
#undef OPTION
        break;
    }
}

void option_print(struct text *t)
{
    text_add(t, "| option | default | type | changes | promise | what it does |\n"
                "|---|---|---|---|---|---|\n");
#define OPTION(name, type, value, when, promise, help)                                             \
    text_add(t, "| `" #name "` | ");                                                               \
    print_default(t, OPTION_##type, piece_of(#name), (size_t)(value));                             \
    text_add(t, " | " #type " | " #when " | " #promise " | " help " |\n");
#define CHOICE(name, word, constant)
#include "base/option.def"
#undef CHOICE
#undef OPTION
}
