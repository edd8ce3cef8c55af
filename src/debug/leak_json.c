// SPDX-License-Identifier: MIT
// The report of leaks as one object of JSON. What is not known is left out.
#include "debug/leak_format.h"

#include "debug/json.h"
#include "debug/source.h"
#include "os/os.h"

static void add_head(struct text *t, enum call call)
{
    text_add(t, "{\"tool\":\"ikyoalloc\",\"finding\":\"leak\"");
    json_add_string(t, ",\"call\":", call_table[call].name);
    json_add_number(t, ",\"process\":", os_process_id());
}

static void add_amount(struct text *t, const char *key, struct leak_amount a)
{
    text_add(t, key);
    json_add_number(t, "{\"bytes\":", a.bytes);
    json_add_number(t, ",\"blocks\":", a.blocks);
    text_add(t, "}");
}

static const char *state_of(const struct leaks *l, const struct reach_block *g)
{
    if (!leak_is_lost(g))
        return "still-reachable";
    return l->doubt == LEAK_SURE ? "lost" : "possibly-lost";
}

static void add_group(struct text *t, const struct leaks *l, size_t i)
{
    const struct reach_block *g = &l->groups[i];

    json_add_string(t, i > 0 ? ",{\"state\":" : "{\"state\":", state_of(l, g));
    json_add_number(t, ",\"bytes\":", g->size);
    json_add_number(t, ",\"blocks\":", g->blocks);
    if (g->source.file != NULL) {
        text_add(t, ",\"source\":");
        source_add_json(t, &g->source);
    }
    json_add_trace(t, ",\"stack\":", &l->traces[i]);
    text_add(t, "}");
}

void leak_add_json(struct text *t, const struct leaks *l)
{
    const struct leak_amount none = {0, 0};
    bool is_sure = l->doubt == LEAK_SURE;
    size_t shown;

    add_head(t, l->call);
    text_add(t, ",\"groups\":[");
    shown = leak_add_groups(t, l, add_group);
    json_add_number(t, "],\"groups_left_out\":", l->count - shown);
    add_amount(t, ",\"left_out\":", leak_sum(l, shown));
    add_amount(t, ",\"lost\":", is_sure ? l->lost : none);
    add_amount(t, ",\"possibly_lost\":", is_sure ? none : l->lost);
    add_amount(t, ",\"still_reachable\":", l->reachable);
    if (!is_sure)
        json_add_string(t, ",\"doubt\":", l->doubt == LEAK_THREADS ? "threads" : "system");
    text_add(t, "}\n");
}

void leak_add_json_refused(struct text *t, enum call call)
{
    add_head(t, call);
    text_add(t, ",\"error\":\"no memory to search for leaks\"}\n");
}
