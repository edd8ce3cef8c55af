// SPDX-License-Identifier: MIT
// What every public header of ikyoalloc shares: how a declaration is exported
// and how it is made visible to C++.
#ifndef IKYOALLOC_BASE_H
#define IKYOALLOC_BASE_H

// The library is built with everything hidden; what carries IKYO_API is not.
// Windows exports by a .def file instead and its compilers refuse the attribute.
#ifdef _WIN32
#define IKYO_API
#else
#define IKYO_API __attribute__((visibility("default")))
#endif

// Of a function that a macro declares: a program need not call all that it gets.
#define IKYO_UNUSED __attribute__((unused))

// Inline calls are C, which has one kind of cast; C++ code may be compiled to refuse it.
#ifdef __cplusplus
#define IKYO_BEGIN_DECLS                                                                           \
    extern "C" {                                                                                   \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wold-style-cast\"")
#define IKYO_END_DECLS                                                                             \
    _Pragma("GCC diagnostic pop")                                                                  \
    }
#else
#define IKYO_BEGIN_DECLS
#define IKYO_END_DECLS
#endif

#endif
