// SPDX-License-Identifier: MIT
// Every word of the report of leaks for a person.
#include "debug/leak_format.h"

#include "debug/source.h"

static const char begin[] = "ikyoalloc: ";
static const char headline[] = ": memory that is not freed, the largest amounts first\n";
static const char no_memory[] = ": no memory to search for leaks\n";
static const char others[] = ", from other places (";
static const char total_lost[] = "  lost: ";
static const char total_possibly[] = "  possibly lost: ";
static const char total_reachable[] = "  still reachable: ";
static const char *const because[] = {
    [LEAK_SURE] = "",
    [LEAK_THREADS] =
        "  only possibly, as other threads may hold pointers where they are not seen\n",
    [LEAK_SYSTEM] = "  only possibly, as this process may not search its own memory\n",
};

// With a comma before each three digits.
static void add_number(struct text *t, size_t number)
{
    if (number >= 1000) {
        add_number(t, number / 1000);
        text_add(t, ",");
        text_add(t, number % 1000 < 10 ? "00" : number % 1000 < 100 ? "0" : "");
    }
    text_add_uint(t, number % 1000);
}

static void add_amount(struct text *t, struct leak_amount a)
{
    add_number(t, a.bytes);
    text_add(t, a.bytes == 1 ? " byte in " : " bytes in ");
    add_number(t, a.blocks);
    text_add(t, a.blocks == 1 ? " block" : " blocks");
}

static const char *state_of(const struct leaks *l, const struct reach_block *g)
{
    if (!leak_is_lost(g))
        return ", still reachable";
    return l->doubt == LEAK_SURE ? ", lost" : ", possibly lost";
}

static void add_group(struct text *t, const struct leaks *l, size_t i)
{
    const struct reach_block *g = &l->groups[i];
    const struct trace *trace = &l->traces[i];

    text_add(t, "  ");
    add_amount(t, (struct leak_amount){g->blocks, g->size});
    text_add(t, state_of(l, g));
    if (g->source.file != NULL || trace->count > 0)
        text_add(t, ", allocated at");
    if (g->source.file != NULL) {
        text_add(t, " ");
        source_add(t, &g->source);
    }
    text_add(t, trace->count > 0 ? ":\n" : "\n");
    trace_add(t, trace);
}

static void add_others(struct text *t, const struct leaks *l, size_t shown)
{
    if (shown == l->count)
        return;
    text_add(t, "  ");
    add_amount(t, leak_sum(l, shown));
    text_add(t, others);
    add_number(t, l->count - shown);
    text_add(t, ")\n");
}

static void add_total(struct text *t, const char *words, struct leak_amount a)
{
    text_add(t, words);
    add_amount(t, a);
    text_add(t, "\n");
}

static void add_totals(struct text *t, const struct leaks *l)
{
    const struct leak_amount none = {0, 0};
    bool is_sure = l->doubt == LEAK_SURE;

    add_total(t, total_lost, is_sure ? l->lost : none);
    add_total(t, total_possibly, is_sure ? none : l->lost);
    add_total(t, total_reachable, l->reachable);
    if (l->lost.blocks > 0)
        text_add(t, because[l->doubt]);
}

// All of the commands or none, as half of one would be another.
static void add_commands(struct text *t, const struct leaks *l, size_t shown)
{
    size_t length = t->length;

    trace_add_commands(t, l->traces, shown);
    if (t->length > t->capacity)
        t->length = length;
}

static void add_headline(struct text *t, enum call call, const char *words)
{
    text_add(t, begin);
    text_add(t, call_table[call].name);
    text_add(t, words);
}

void leak_add_text(struct text *t, const struct leaks *l)
{
    size_t shown;

    add_headline(t, l->call, headline);
    shown = leak_add_groups(t, l, add_group);
    add_others(t, l, shown);
    add_totals(t, l);
    add_commands(t, l, shown);
}

void leak_add_text_refused(struct text *t, enum call call)
{
    add_headline(t, call, no_memory);
}
