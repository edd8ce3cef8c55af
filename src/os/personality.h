// SPDX-License-Identifier: MIT
// How an unwinder asks C code whether an exception that passes a frame ends there: it calls the
// routine that the compiler names for all frames of C with cleanups, twice for each, to look for the
// one that stops the exception, and to unwind. 32-bit ARM has its own form of that call.
//
// What it asks is answered by the two functions of who includes this, src/new_catch.h. The routine
// is hidden, so it is that of this library alone. What is forced, the end of a thread, goes on.
#ifndef OS_PERSONALITY_H
#define OS_PERSONALITY_H

#include "os/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unwind.h>

// Where a frame goes on with an exception: `table` is the compiler's for the function that starts at
// `start`, and `call` an address within the call that the frame is in. 0: the exception passes.
static inline uintptr_t personality_landing(const unsigned char *table, uintptr_t start,
                                            uintptr_t call);
// Ends the exception, which the landing cannot know; nobody looks at it again.
static inline void personality_end(void *exception);

#if defined(__arm__)

extern __typeof__(_Unwind_VRS_Get) _Unwind_VRS_Get __attribute__((weak));
extern __typeof__(_Unwind_VRS_Set) _Unwind_VRS_Set __attribute__((weak));
extern __typeof__(__gnu_unwind_frame) __gnu_unwind_frame __attribute__((weak));

// For frames without cleanups the assembler names the unwinder's own routines, which is how others
// make sure that they are linked. Nobody calls them by these names, which need no library here.
HIDDEN void __aeabi_unwind_cpp_pr0(void)
{
}

HIDDEN void __aeabi_unwind_cpp_pr1(void)
{
}

// The unwinder is there when something throws.
static inline bool personality_is_possible(void)
{
    return _Unwind_VRS_Get != NULL && _Unwind_VRS_Set != NULL && __gnu_unwind_frame != NULL;
}

enum { PERSONALITY_SP = 13, PERSONALITY_PC = 15 };

// In front of the compiler's table stand the address of the routine and words that say how to unwind
// the frame, of which the first has the number of the others in its highest byte.
static inline const unsigned char *personality_table(const struct _Unwind_Control_Block *exception)
{
    const uint32_t *unwinding = (const uint32_t *)exception->pr_cache.ehtp + 1;

    return (const unsigned char *)(unwinding + 1 + (*unwinding >> 24));
}

_Unwind_Reason_Code __gcc_personality_v0(_Unwind_State state,
                                         struct _Unwind_Control_Block *exception,
                                         struct _Unwind_Context *context);
HIDDEN _Unwind_Reason_Code __gcc_personality_v0(_Unwind_State state,
                                                struct _Unwind_Control_Block *exception,
                                                struct _Unwind_Context *context)
{
    uintptr_t landing = 0;

    // The lowest bit of an address is not a part of it, and a return address may belong to the next
    // call already.
    if (personality_is_possible() && (state & _US_FORCE_UNWIND) == 0)
        landing = personality_landing(personality_table(exception), exception->pr_cache.fnstart,
                                      _Unwind_GetIP(context) - 1);
    if (landing == 0)
        return __gnu_unwind_frame(exception, context) == _URC_OK ? _URC_CONTINUE_UNWIND
                                                                 : _URC_FAILURE;
    // C++ frames on the way must see that it is none of them that was found.
    if ((state & _US_ACTION_MASK) == _US_VIRTUAL_UNWIND_FRAME) {
        exception->barrier_cache.sp = _Unwind_GetGR(context, PERSONALITY_SP);
        return _URC_HANDLER_FOUND;
    }
    personality_end(exception);
    _Unwind_SetGR(context, PERSONALITY_PC, landing | (_Unwind_GetGR(context, PERSONALITY_PC) & 1));
    return _URC_INSTALL_CONTEXT;
}

#else

extern __typeof__(_Unwind_GetLanguageSpecificData) _Unwind_GetLanguageSpecificData
    __attribute__((weak));
extern __typeof__(_Unwind_GetRegionStart) _Unwind_GetRegionStart __attribute__((weak));
extern __typeof__(_Unwind_GetIPInfo) _Unwind_GetIPInfo __attribute__((weak));
extern __typeof__(_Unwind_SetIP) _Unwind_SetIP __attribute__((weak));

// The unwinder is there when something throws.
static inline bool personality_is_possible(void)
{
    return _Unwind_GetLanguageSpecificData != NULL && _Unwind_GetRegionStart != NULL &&
           _Unwind_GetIPInfo != NULL && _Unwind_SetIP != NULL;
}

_Unwind_Reason_Code __gcc_personality_v0(int version, _Unwind_Action actions,
                                         _Unwind_Exception_Class class,
                                         struct _Unwind_Exception *exception,
                                         struct _Unwind_Context *context);
HIDDEN _Unwind_Reason_Code __gcc_personality_v0(int version, _Unwind_Action actions,
                                                _Unwind_Exception_Class class,
                                                struct _Unwind_Exception *exception,
                                                struct _Unwind_Context *context)
{
    uintptr_t landing = 0;
    int before = 0;

    (void)version;
    (void)class;
    // A return address may belong to the next call already.
    if (personality_is_possible() && (actions & _UA_FORCE_UNWIND) == 0) {
        uintptr_t address = _Unwind_GetIPInfo(context, &before);

        landing = personality_landing(_Unwind_GetLanguageSpecificData(context),
                                      _Unwind_GetRegionStart(context), address - (before ? 0 : 1));
    }
    if (landing == 0)
        return _URC_CONTINUE_UNWIND;
    if ((actions & _UA_SEARCH_PHASE) != 0)
        return _URC_HANDLER_FOUND;
    personality_end(exception);
    _Unwind_SetIP(context, landing);
    return _URC_INSTALL_CONTEXT;
}

#endif

#endif
