// SPDX-License-Identifier: MIT
// The messages, and what follows a misuse.
#include "base/report.h"

#include "base/lock.h"
#include "base/option.h"
#include "base/text.h"
#include "os/os.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

enum {
    LINE_SIZE = 512,
    QUOTE_LIMIT = 100, // of a text from outside: the end of the line must fit as well
};

static _Atomic(report_callback *) callback;
static _Atomic(void *) callback_context;
static _Atomic(uintptr_t) callback_runs_in; // the mark of a thread, or 0

void report_set_callback(report_callback *call, void *context)
{
    // Pairs with report_tell: who sees the function sees its context.
    atomic_store_explicit(&callback_context, context, memory_order_relaxed);
    atomic_store_explicit(&callback, call, memory_order_release);
}

void report_tell(const struct text *text)
{
    report_callback *call = atomic_load_explicit(&callback, memory_order_acquire);
    uintptr_t none = 0;
    int saved = errno;

    if (call == NULL || lock_any_held() ||
        !atomic_compare_exchange_strong(&callback_runs_in, &none, os_thread_mark())) {
        return;
    }
    call(text->buffer, text_size(text), atomic_load(&callback_context));
    atomic_store(&callback_runs_in, 0);
    errno = saved;
}

void report_fork_child(void)
{
    uintptr_t other = atomic_load(&callback_runs_in);

    if (other != os_thread_mark()) {
        atomic_store(&callback_runs_in, 0);
    }
}

static void deliver(struct sink sink, const struct text *text)
{
    text_write(text, sink.fd);
    sink_close(sink);
    report_tell(text);
}

void report_conclude(struct sink sink, const struct text *text, size_t action)
{
    deliver(sink, text);
    if (action == ON_ERROR_ABORT) {
        os_abort();
    }
}

static void line_begin(struct text *line, char *buffer)
{
    text_init(line, buffer, LINE_SIZE);
    text_add(line, "ikyoalloc: ");
}

// Of a notice: nothing is wrong with the program.
static void line_end(struct text *line)
{
    struct sink sink = sink_open();

    text_add(line, "\n");
    text_write(line, sink.fd);
    sink_close(sink);
}

static _Noreturn void line_abort(struct text *line)
{
    text_add(line, "\n");
    deliver(sink_open(), line);
    os_abort();
}

static void add_quote(struct text *line, const char *bytes, size_t count)
{
    text_add(line, "'");
    text_add_bytes(line, bytes, count < QUOTE_LIMIT ? count : QUOTE_LIMIT);
    text_add(line, "'");
}

static void report_misuse(const char *call, const void *p, const char *reason)
{
    char buffer[LINE_SIZE];
    struct text line;
    size_t action = options.on_error;

    if (action == ON_ERROR_IGNORE) {
        return;
    }
    line_begin(&line, buffer);
    text_add(&line, call);
    text_add(&line, "(");
    text_add_pointer(&line, p);
    text_add(&line, "): ");
    text_add(&line, reason);
    text_add(&line, "\n");
    report_conclude(sink_open(), &line, action);
}

void report_double_free(const char *call, const void *p)
{
    report_misuse(call, p, "double free");
}

void report_invalid_pointer(const char *call, const void *p)
{
    report_misuse(call, p, "invalid pointer");
}

void report_foreign_pointer(const char *call, const void *p)
{
    report_misuse(call, p, "foreign pointer");
}

void report_corrupted_list(const char *call, const void *p)
{
    report_misuse(call, p, "corrupted free list");
}

void report_other_space(const char *call, const void *p)
{
    report_misuse(call, p, "not a block of this space");
}

void report_ended_space(const char *call, const void *p)
{
    report_misuse(call, p, "the space was destroyed");
}

void report_out_of_memory(size_t size)
{
    char buffer[LINE_SIZE];
    struct text line;

    if (options.verbose == 0) {
        return;
    }
    line_begin(&line, buffer);
    text_add(&line, "out of memory: ");
    text_add_uint(&line, size);
    text_add(&line, " bytes");
    line_end(&line);
}

void report_option_unknown(const char *name, size_t name_size)
{
    char buffer[LINE_SIZE];
    struct text line;

    if (options.verbose == 0) {
        return;
    }
    line_begin(&line, buffer);
    text_add(&line, "unknown option ");
    add_quote(&line, name, name_size);
    line_end(&line);
}

void report_option_value(const char *name, size_t name_size, const char *value, size_t value_size)
{
    char buffer[LINE_SIZE];
    struct text line;

    if (options.verbose == 0) {
        return;
    }
    line_begin(&line, buffer);
    text_add(&line, "option ");
    add_quote(&line, name, name_size);
    text_add(&line, " cannot be ");
    add_quote(&line, value, value_size);
    line_end(&line);
}

_Noreturn void report_cannot_throw(size_t size)
{
    char buffer[LINE_SIZE];
    struct text line;

    line_begin(&line, buffer);
    text_add(&line, "operator new(");
    text_add_uint(&line, size);
    text_add(&line, "): out of memory, and no C++ run-time to throw std::bad_alloc");
    line_abort(&line);
}

_Noreturn void report_bug(const char *file, int line_number, const char *expression)
{
    char buffer[LINE_SIZE];
    struct text line;

    line_begin(&line, buffer);
    text_add(&line, "bug at ");
    text_add(&line, file);
    text_add(&line, ":");
    text_add_uint(&line, (uint64_t)line_number);
    text_add(&line, ": ");
    text_add_bytes(&line, expression, strnlen(expression, QUOTE_LIMIT));
    line_abort(&line);
}
