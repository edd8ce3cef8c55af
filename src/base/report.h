// SPDX-License-Identifier: MIT
// Every message the allocator can write, one function each.
//
// A misuse is one line, written by one call: `ikyoalloc: free(0x7f12): double free`.
// `call` is the public function the application used. What happens then is
// options.on_error: abort (the default), warn (the line only) or ignore. So a
// report of a misuse may return, and the caller must go on without touching
// what was found broken. All of these keep errno. Where they go: base/sink.h.
//
// Layer: base. Below: os.
#ifndef BASE_REPORT_H
#define BASE_REPORT_H

#include "base/sink.h"
#include "base/text.h"
#include "os/compiler.h"

#include <stddef.h>

// A program's own function, for a crash reporter: gets the text of a misuse or of a failure
// of ours, which is not terminated, after it was written and before what on_error says. It
// may allocate and may stay away. One call runs at a time: what is found within it, or in
// another thread meanwhile, is only written; and so is what a thread finds while it holds a
// lock of ours, which the function might wait for: in its last steps, after its exit hook.
typedef void report_callback(const char *text, size_t size, void *context);

// NULL: none. Not to be called while another thread may report.
void report_set_callback(report_callback *call, void *context);

// Hands the callback what was written without a function of this file.
COLD void report_tell(const struct text *text);

// In the child of a fork: a thread that ran the callback does not exist there.
void report_fork_child(void);

// Ends the report of a misuse that takes more than a line: writes the text, hands it to the
// callback, and aborts if `action`, a value of on_error, says so.
COLD void report_conclude(struct sink sink, const struct text *text, size_t action);

// The block at p is free already.
COLD void report_double_free(const char *call, const void *p);
// p is in our memory, but it is not the start of a block.
COLD void report_invalid_pointer(const char *call, const void *p);
// p is in none of our memory, and there is no other allocator to hand it to.
COLD void report_foreign_pointer(const char *call, const void *p);
// A link between free blocks was overwritten; p is where it was found.
COLD void report_corrupted_list(const char *call, const void *p);

// p is not a block of the space that it is given back to.
COLD void report_other_space(const char *call, const void *p);
// The space at p was destroyed before.
COLD void report_ended_space(const char *call, const void *p);

// The system gave no memory for a request of this size. Silent below verbose=1.
COLD void report_out_of_memory(size_t size);
// A setting with a name that is no option, or with a value it cannot take.
// Silent below verbose=1. The texts need not be terminated.
COLD void report_option_unknown(const char *name, size_t name_size);
COLD void report_option_value(const char *name, size_t name_size, const char *value,
                              size_t value_size);

// operator new has no memory and no C++ run-time to throw std::bad_alloc with.
COLD _Noreturn void report_cannot_throw(size_t size);
// An assertion of ours is false.
COLD _Noreturn void report_bug(const char *file, int line, const char *expression);

#endif
