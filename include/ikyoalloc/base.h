// SPDX-License-Identifier: MIT
// What every public header of ikyoalloc shares: how a declaration is exported
// and how it is made visible to C++.
#ifndef IKYOALLOC_BASE_H
#define IKYOALLOC_BASE_H

// The library is built with everything hidden; what carries IKYO_API is not.
// Windows exports by a .def file instead and its compilers refuse the attribute.
// Inline calls are laid out for what they can do without the library: IKYO_RARELY.
#ifdef _WIN32
#define IKYO_API
#define IKYO_RARELY(condition) (condition)
#else
#define IKYO_API __attribute__((visibility("default")))
#define IKYO_RARELY(condition) (__builtin_expect(condition, 0))
#endif

// Of a function that a macro declares: a program need not call all that it gets.
#define IKYO_UNUSED __attribute__((unused))

// Inline calls are C, with its casts and its NULL; C++ code may be compiled to refuse them.
#ifdef __cplusplus
#define IKYO_BEGIN_DECLS                                                                           \
    extern "C" {                                                                                   \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wold-style-cast\"")          \
        _Pragma("GCC diagnostic ignored \"-Wzero-as-null-pointer-constant\"")
#define IKYO_END_DECLS                                                                             \
    _Pragma("GCC diagnostic pop")                                                                  \
    }
#else
#define IKYO_BEGIN_DECLS
#define IKYO_END_DECLS
#endif

#endif
