// SPDX-License-Identifier: MIT
// The 20 C++ operators new and delete, in C: a C program does not get a C++
// run-time from us. What they need of it is bound weakly, and is there when a
// C++ program asks.
//
// As the C++ standard has it, the array, nothrow, sized and aligned forms call
// the plain ones by their public names, so a program that replaces only those
// gets all forms replaced. The catching of the nothrow forms is in new_catch.h.
#include "alloc.h"
#include "checked.h"
#include "new_catch.h"

#include "base/limits.h"
#include "base/report.h"
#include "os/compiler.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef void (*new_handler)(void);

// std::get_new_handler, and what `throw std::bad_alloc()` compiles to.
extern new_handler _ZSt15get_new_handlerv(void) __attribute__((weak));
extern void *__cxa_allocate_exception(size_t size) __attribute__((weak));
extern void __cxa_throw(void *exception, void *type, void (*destroy)(void *)) __attribute__((weak));
extern void *_ZTISt9bad_alloc[] __attribute__((weak));
extern void *_ZTVSt9bad_alloc[] __attribute__((weak));
extern void _ZNSt9bad_allocD1Ev(void *exception) __attribute__((weak));

// A static program has no loader to ask.
#pragma weak dlopen
#pragma weak dlsym
#pragma weak dlclose

struct thrower {
    void *(*allocate)(size_t size);
    void (*throw_it)(void *exception, void *type, void (*destroy)(void *));
    void **type;
    void **functions;
    void (*destroy)(void *exception);
};

static bool is_complete(const struct thrower *t)
{
    return t->allocate != NULL && t->throw_it != NULL && t->type != NULL && t->functions != NULL &&
           t->destroy != NULL;
}

static bool find_in_library(const char *library, struct thrower *t)
{
    void *handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);

    if (handle == NULL) {
        return false;
    }
    *(void **)&t->allocate = dlsym(handle, "__cxa_allocate_exception");
    *(void **)&t->throw_it = dlsym(handle, "__cxa_throw");
    t->type = dlsym(handle, "_ZTISt9bad_alloc");
    t->functions = dlsym(handle, "_ZTVSt9bad_alloc");
    *(void **)&t->destroy = dlsym(handle, "_ZNSt9bad_allocD1Ev");
    dlclose(handle); // whoever called operator new holds it
    return is_complete(t);
}

// The references above are empty where a C program has loaded a C++ library for
// itself alone, as a module of python: then the C++ run-time is searched by name.
static bool find_thrower(struct thrower *t)
{
    *t = (struct thrower){__cxa_allocate_exception, __cxa_throw, _ZTISt9bad_alloc, _ZTVSt9bad_alloc,
                          _ZNSt9bad_allocD1Ev};
    if (is_complete(t)) {
        return true;
    }
    if (dlopen == NULL || dlsym == NULL || dlclose == NULL) {
        return false;
    }
    return find_in_library("libstdc++.so.6", t) || find_in_library("libc++abi.so.1", t);
}

static COLD _Noreturn void throw_bad_alloc(size_t size)
{
    struct thrower thrower;
    void **exception;

    if (!find_thrower(&thrower)) {
        report_cannot_throw(size);
    }
    // The object is nothing but a pointer to the virtual functions, which
    // follow two words at the front of their table.
    exception = thrower.allocate(sizeof(void *));
    *exception = &thrower.functions[2];
    thrower.throw_it(exception, thrower.type, thrower.destroy);
    report_cannot_throw(size);
}

static void *try_new(size_t size, size_t alignment, enum call call)
{
    return alignment <= BLOCK_ALIGNMENT ? alloc_block_for(size, call)
                                        : alloc_aligned(alignment, size, call);
}

// Asks the program's handler for memory until there is some; NULL when there
// is no handler. The handler may also throw, or end the program.
static void *ask_handler(size_t size, size_t alignment, enum call call)
{
    for (;;) {
        new_handler handler = _ZSt15get_new_handlerv != NULL ? _ZSt15get_new_handlerv() : NULL;
        void *p;

        if (handler == NULL) {
            return NULL;
        }
        handler();
        p = try_new(size, alignment, call);
        if (p != NULL) {
            return p;
        }
    }
}

static COLD void *new_with_handler(size_t size, size_t alignment)
{
    return ask_handler(size, alignment, CALL_NEW);
}

static COLD void *new_array_with_handler(size_t size, size_t alignment)
{
    return ask_handler(size, alignment, CALL_NEW_ARRAY);
}

static COLD void *new_or_throw(size_t size, size_t alignment, enum call call)
{
    void *p = ask_handler(size, alignment, call);

    if (p == NULL) {
        throw_bad_alloc(size);
    }
    return p;
}

// The plain operators. Their public names are given to them below.
static void *plain_new(size_t size)
{
    void *p = alloc_block_for(size, CALL_NEW);

    return likely(p != NULL) ? p : new_or_throw(size, BLOCK_ALIGNMENT, CALL_NEW);
}

static void *plain_new_aligned(size_t size, size_t alignment)
{
    void *p = try_new(size, alignment, CALL_NEW);

    return likely(p != NULL) ? p : new_or_throw(size, alignment, CALL_NEW);
}

static void plain_delete(void *p)
{
    free_block_for(p, CALL_DELETE);
}

static void plain_delete_aligned(void *p, size_t alignment)
{
    if (unlikely(checked_mode()))
        checked_free_told(p, 0, alignment, CALL_DELETE);
    else
        free_block_for(p, CALL_DELETE);
}

// The operators as the program sees them: its own where it has replaced them.
// These are second names of what is defined further down, which the compiler
// must not know: it would take ours for certain.
EXPORT void *program_new(size_t size) __asm__(CXX_TEXT(_Znw, ));
EXPORT void *program_new_array(size_t size) __asm__(CXX_TEXT(_Zna, ));
EXPORT void *program_new_aligned(size_t size, size_t alignment) __asm__(CXX_TEXT(_Znw, St11align_val_t));
EXPORT void *program_new_array_aligned(size_t size,
                                       size_t alignment) __asm__(CXX_TEXT(_Zna, St11align_val_t));
EXPORT void program_delete(void *p) __asm__("_ZdlPv");
EXPORT void program_delete_array(void *p) __asm__("_ZdaPv");
EXPORT void program_delete_aligned(void *p, size_t alignment) __asm__("_ZdlPvSt11align_val_t");
EXPORT void program_delete_array_aligned(void *p,
                                         size_t alignment) __asm__("_ZdaPvSt11align_val_t");

typedef void (*any_function)(void);

// Volatile, or the compiler would know that two names are two functions.
static bool is_ours(any_function volatile seen, any_function ours)
{
    return seen == ours;
}

static bool is_plain_ours(void)
{
    return is_ours((any_function)program_new, (any_function)plain_new);
}

static bool is_aligned_ours(void)
{
    return is_ours((any_function)program_new_aligned, (any_function)plain_new_aligned);
}

// In the checked modes the forms that the plain ones serve say which they are, as long as
// the program has not replaced those.
static void *array_new(size_t size)
{
    void *p;

    if (likely(!checked_mode()) || !is_plain_ours())
        return program_new(size);
    p = checked_alloc(size, BLOCK_ALIGNMENT, false, CALL_NEW_ARRAY);
    return likely(p != NULL) ? p : new_or_throw(size, BLOCK_ALIGNMENT, CALL_NEW_ARRAY);
}

static void *array_new_aligned(size_t size, size_t alignment)
{
    void *p;

    if (likely(!checked_mode()) || !is_aligned_ours())
        return program_new_aligned(size, alignment);
    p = checked_alloc(size, alignment, false, CALL_NEW_ARRAY);
    return likely(p != NULL) ? p : new_or_throw(size, alignment, CALL_NEW_ARRAY);
}

static bool tells(any_function program, any_function ours)
{
    return unlikely(checked_mode()) && is_ours(program, ours);
}

static void *call_new(size_t size, size_t alignment)
{
    (void)alignment;
    return program_new(size);
}

static void *call_new_array(size_t size, size_t alignment)
{
    (void)alignment;
    return program_new_array(size);
}

// The nothrow forms: the call itself where it is ours, and so does not throw
// for want of memory, else whatever the replacement does, with NULL for a throw.
static void *new_or_null(size_t size, size_t alignment, bool ours, catch_call replacement,
                         enum call call)
{
    void *p;

    if (!ours) {
        return catch_all(replacement, size, alignment);
    }
    p = try_new(size, alignment, call);
    if (likely(p != NULL)) {
        return p;
    }
    return catch_all(call == CALL_NEW ? new_with_handler : new_array_with_handler, size, alignment);
}

static void *nothrow_new(size_t size, const void *tag)
{
    (void)tag;
    return new_or_null(size, BLOCK_ALIGNMENT, is_plain_ours(), call_new, CALL_NEW);
}

static void *nothrow_new_array(size_t size, const void *tag)
{
    bool ours =
        is_plain_ours() && is_ours((any_function)program_new_array, (any_function)array_new);

    (void)tag;
    return new_or_null(size, BLOCK_ALIGNMENT, ours, call_new_array, CALL_NEW_ARRAY);
}

static void *nothrow_new_aligned(size_t size, size_t alignment, const void *tag)
{
    (void)tag;
    return new_or_null(size, alignment, is_aligned_ours(), program_new_aligned, CALL_NEW);
}

static void *nothrow_new_array_aligned(size_t size, size_t alignment, const void *tag)
{
    bool ours = is_aligned_ours() &&
                is_ours((any_function)program_new_array_aligned, (any_function)array_new_aligned);

    (void)tag;
    return new_or_null(size, alignment, ours, program_new_array_aligned, CALL_NEW_ARRAY);
}

// The further forms of delete: the nothrow tag says nothing, the size and the alignment
// nothing that we need. What is told is compared in the checked modes.
static void delete_array(void *p)
{
    if (tells((any_function)program_delete, (any_function)plain_delete))
        checked_free_told(p, 0, 0, CALL_DELETE_ARRAY);
    else
        program_delete(p);
}

static void delete_array_aligned(void *p, size_t alignment)
{
    if (tells((any_function)program_delete_aligned, (any_function)plain_delete_aligned))
        checked_free_told(p, 0, alignment, CALL_DELETE_ARRAY);
    else
        program_delete_aligned(p, alignment);
}

static void delete_sized(void *p, size_t size)
{
    if (tells((any_function)program_delete, (any_function)plain_delete))
        checked_free_told(p, size, 0, CALL_DELETE);
    else
        program_delete(p);
}

static void delete_array_sized(void *p, size_t size)
{
    if (tells((any_function)program_delete_array, (any_function)delete_array))
        checked_free_told(p, size, 0, CALL_DELETE_ARRAY);
    else
        program_delete_array(p);
}

static void delete_sized_aligned(void *p, size_t size, size_t alignment)
{
    if (tells((any_function)program_delete_aligned, (any_function)plain_delete_aligned))
        checked_free_told(p, size, alignment, CALL_DELETE);
    else
        program_delete_aligned(p, alignment);
}

static void delete_array_sized_aligned(void *p, size_t size, size_t alignment)
{
    if (tells((any_function)program_delete_array_aligned, (any_function)delete_array_aligned))
        checked_free_told(p, size, alignment, CALL_DELETE_ARRAY);
    else
        program_delete_array_aligned(p, alignment);
}

static void delete_nothrow(void *p, const void *tag)
{
    (void)tag;
    program_delete(p);
}

static void delete_array_nothrow(void *p, const void *tag)
{
    (void)tag;
    program_delete_array(p);
}

static void delete_nothrow_aligned(void *p, size_t alignment, const void *tag)
{
    (void)tag;
    program_delete_aligned(p, alignment);
}

static void delete_array_nothrow_aligned(void *p, size_t alignment, const void *tag)
{
    (void)tag;
    program_delete_array_aligned(p, alignment);
}

// The mangled names: w is new, a is new[], l and a after d are delete and
// delete[], CXX_NAME puts the letter of size_t between, Pv is void *.
void *CXX_NAME(_Znw, )(size_t size) ALIAS(plain_new);
void *CXX_NAME(_Zna, )(size_t size) ALIAS(array_new);
void *CXX_NAME(_Znw, St11align_val_t)(size_t size, size_t alignment) ALIAS(plain_new_aligned);
void *CXX_NAME(_Zna, St11align_val_t)(size_t size, size_t alignment) ALIAS(array_new_aligned);
void *CXX_NAME(_Znw, RKSt9nothrow_t)(size_t size, const void *tag) ALIAS(nothrow_new);
void *CXX_NAME(_Zna, RKSt9nothrow_t)(size_t size, const void *tag) ALIAS(nothrow_new_array);
void *CXX_NAME(_Znw, St11align_val_tRKSt9nothrow_t)(size_t size, size_t alignment, const void *tag)
    ALIAS(nothrow_new_aligned);
void *CXX_NAME(_Zna, St11align_val_tRKSt9nothrow_t)(size_t size, size_t alignment, const void *tag)
    ALIAS(nothrow_new_array_aligned);
void _ZdlPv(void *p) ALIAS(plain_delete);
void _ZdaPv(void *p) ALIAS(delete_array);
void CXX_NAME(_ZdlPv, )(void *p, size_t size) ALIAS(delete_sized);
void CXX_NAME(_ZdaPv, )(void *p, size_t size) ALIAS(delete_array_sized);
void _ZdlPvSt11align_val_t(void *p, size_t alignment) ALIAS(plain_delete_aligned);
void _ZdaPvSt11align_val_t(void *p, size_t alignment) ALIAS(delete_array_aligned);
void CXX_NAME(_ZdlPv, St11align_val_t)(void *p, size_t size, size_t alignment) ALIAS(delete_sized_aligned);
void CXX_NAME(_ZdaPv, St11align_val_t)(void *p, size_t size, size_t alignment)
    ALIAS(delete_array_sized_aligned);
void _ZdlPvRKSt9nothrow_t(void *p, const void *tag) ALIAS(delete_nothrow);
void _ZdaPvRKSt9nothrow_t(void *p, const void *tag) ALIAS(delete_array_nothrow);
void _ZdlPvSt11align_val_tRKSt9nothrow_t(void *p, size_t alignment, const void *tag)
    ALIAS(delete_nothrow_aligned);
void _ZdaPvSt11align_val_tRKSt9nothrow_t(void *p, size_t alignment, const void *tag)
    ALIAS(delete_array_nothrow_aligned);
