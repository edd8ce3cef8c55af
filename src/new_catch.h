// SPDX-License-Identifier: MIT
// Catching a C++ exception in C: `try { return call(...); } catch (...) { return NULL; }`.
//
// C has no catch, but GNU C has cleanups: code that runs while an exception
// passes. Which frames an exception passes, and which one stops it, is decided
// by their personality routine, and for C the compiler names one that never
// stops any. This file gives the routine of that name itself, for this library
// only, as it is hidden: it stops what passes catch_guarded, destroys it, and
// lets the cleanup leave by longjmp.
//
// Included by new.c alone, which must be compiled with -fexceptions.
#ifndef NEW_CATCH_H
#define NEW_CATCH_H

#include "os/compiler.h"
#include "os/os.h"
#include "os/personality.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef void *(*catch_call)(size_t size, size_t alignment);

// Of the C++ run-time, which is there when something throws.
extern void *__cxa_begin_catch(void *exception) __attribute__((weak));
extern void __cxa_end_catch(void) __attribute__((weak));

static inline bool catch_is_possible(void)
{
    return __cxa_begin_catch != NULL && __cxa_end_catch != NULL;
}

struct catch_frame {
    jmp_buf landing;
    bool returned;
};

// The cleanup of catch_guarded; it runs on the way out of every kind.
static inline void catch_leave(struct catch_frame **frame)
{
    if (!(*frame)->returned) {
        longjmp((*frame)->landing, 1);
    }
}

static NOINLINE void *catch_guarded(struct catch_frame *frame, catch_call call, size_t size,
                                    size_t alignment)
{
    struct catch_frame *guard __attribute__((cleanup(catch_leave))) = frame;
    void *p = call(size, alignment);

    guard->returned = true;
    return p;
}

// call(size, alignment), or NULL if that throws anything.
static NOINLINE void *catch_all(catch_call call, size_t size, size_t alignment)
{
    struct catch_frame frame;

    frame.returned = false;
    if (setjmp(frame.landing) != 0) {
        return NULL;
    }
    return catch_guarded(&frame, call, size, alignment);
}

// A reader of the compiler's table of calls and landing pads.
static inline uintptr_t catch_read_leb128(const unsigned char **at)
{
    uintptr_t value = 0;
    unsigned shift = 0;
    unsigned char byte;

    do {
        byte = *(*at)++;
        value |= (uintptr_t)(byte & 0x7f) << shift;
        shift += 7;
    } while ((byte & 0x80) != 0);
    return value;
}

// In the two forms compilers use for offsets within one function.
static inline uintptr_t catch_read(const unsigned char **at, unsigned char encoding)
{
    enum { ULEB128 = 0x01, UDATA4 = 0x03 };
    uint32_t word;

    if (encoding == ULEB128) {
        return catch_read_leb128(at);
    }
    if (encoding != UDATA4) {
        os_abort();
    }
    memcpy(&word, *at, sizeof word);
    *at += sizeof word;
    return word;
}

// Where the cleanup starts for the call that this frame is in; 0 if it has none.
static inline uintptr_t personality_landing(const unsigned char *table, uintptr_t start,
                                            uintptr_t call)
{
    enum { OMITTED = 0xff };
    const unsigned char *at = table;
    uintptr_t offset = call - start;
    unsigned char encoding;
    const unsigned char *end;

    if (!catch_is_possible() || at == NULL || *at++ != OMITTED) {
        return 0; // pads that are counted from another place are not ours
    }
    if (*at++ != OMITTED) {
        catch_read_leb128(&at);
    }
    encoding = *at++;
    end = at + catch_read_leb128(&at);
    while (at < end) {
        uintptr_t first = catch_read(&at, encoding);
        uintptr_t size = catch_read(&at, encoding);
        uintptr_t pad = catch_read(&at, encoding);

        catch_read_leb128(&at);
        if (offset - first < size) {
            return pad != 0 ? start + pad : 0;
        }
    }
    return 0;
}

static inline void personality_end(void *exception)
{
    __cxa_begin_catch(exception);
    __cxa_end_catch();
}

// Where the compiler goes on after a cleanup. None of ours returns to it.
_Noreturn void catch_resume(void *exception) __asm__("_Unwind_Resume");
__attribute__((visibility("hidden"))) _Noreturn void catch_resume(void *exception)
{
    (void)exception;
    os_abort();
}

#endif
