// SPDX-License-Identifier: MIT
// The way of a report: names for its stacks, one of the formats, and out.
#include "debug/finding.h"

#include "base/option.h"
#include "base/report.h"
#include "debug/finding_format.h"
#include "vm/vm.h"

#include <errno.h>
#include <string.h>

enum {
    TEXT_SIZE = 16 * 1024,
    BRIEF_SIZE = 2048, // on the stack
};

const struct finding_facts findings[FINDING_COUNT] = {
#define FINDING(constant, name, words) {name, words},
#include "debug/finding.def"
#undef FINDING
};

const char family_names[][16] = {
    [FAMILY_MALLOC] = "malloc",
    [FAMILY_NEW] = "operator new",
    [FAMILY_NEW_ARRAY] = "operator new[]",
};

struct workspace {
    struct modules modules;
    struct trace traces[TRACES];
    char text[TEXT_SIZE];
};

static const struct trace no_traces[TRACES];

// Makes the last line that fits the last one, and says so.
static void cut(struct text *t)
{
    static const char note[] = "  the rest of this report did not fit\n";
    size_t end = t->capacity - strlen(note);

    while (end > 0 && t->buffer[end - 1] != '\n') {
        end--;
    }
    t->length = end;
    text_add(t, note);
}

static void format(struct text *t, const struct finding *f, const struct trace traces[TRACES],
                   struct sink sink)
{
    if (options.report_format == REPORT_TEXT) {
        finding_add_text(t, f, traces, sink_has_color(sink));
        if (t->length > t->capacity) {
            cut(t);
        }
        return;
    }
    finding_add_json(t, f, traces);
    if (t->length > t->capacity) { // half of it would be no JSON
        text_init(t, t->buffer, t->capacity);
        finding_add_json(t, f, no_traces);
    }
}

static void report_in(char *buffer, size_t size, const struct finding *f,
                      const struct trace traces[TRACES], size_t action)
{
    struct sink sink = sink_open();
    struct text text;

    text_init(&text, buffer, size);
    format(&text, f, traces, sink);
    report_conclude(sink, &text, action);
}

static void report_in_workspace(struct workspace *w, const struct finding *f, size_t action)
{
    modules_read(&w->modules);
    trace_read(&w->traces[TRACE_NOW], f->now.stack, &w->modules);
    trace_read(&w->traces[TRACE_ALLOCATED], f->block.allocated.stack, &w->modules);
    trace_read(&w->traces[TRACE_RELEASED], f->block.released.stack, &w->modules);
    report_in(w->text, sizeof w->text, f, w->traces, action);
}

// Where there is no memory any more: without the stacks.
static COLD void report_on_stack(const struct finding *f, size_t action)
{
    char buffer[BRIEF_SIZE];

    report_in(buffer, sizeof buffer, f, no_traces, action);
}

void finding_report(const struct finding *f)
{
    size_t page = vm_page_size();
    size_t size = (sizeof(struct workspace) + page - 1) & ~(page - 1);
    size_t action = options.on_error;
    int saved = errno;

    if (action == ON_ERROR_IGNORE) {
        return;
    }
    struct workspace *w = vm_map(size, page);

    if (w != NULL) {
        report_in_workspace(w, f, action);
        vm_release(w, size);
    } else {
        report_on_stack(f, action);
    }
    errno = saved;
}
