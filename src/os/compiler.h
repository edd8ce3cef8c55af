// SPDX-License-Identifier: MIT
// The dialects of C: every attribute and builtin the project uses, under one
// name. The only file that tests for a compiler or a CPU.
#ifndef OS_COMPILER_H
#define OS_COMPILER_H

#if defined(__GNUC__)

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))
#define COLD __attribute__((cold, noinline))
// Runs at the start and hardly ever again: laid apart from what runs for ever.
#if defined(__ELF__)
#define ON_START __attribute__((noinline, section(".text.startup")))
#else
#define ON_START COLD
#endif
// Constants that every program reads, on a page that each process has of its own anyway; a page of
// other constants would be mapped with its neighbours.
#if defined(__ELF__)
#define READ_BY_ALL __attribute__((section(".data.rel.ro.read_by_all")))
#else
#define READ_BY_ALL
#endif
#define PRINTF_LIKE(format, first) __attribute__((format(printf, format, first)))
// The result is a new block of as many bytes as the numbered parameters say.
#define MALLOC_ATTR(...) __attribute__((malloc, alloc_size(__VA_ARGS__)))
#define CACHE_ALIGNED __attribute__((aligned(64)))
// On a boundary of pages, whatever size vm_init is told that they have.
#if defined(_WIN32)
#define PAGES_ALIGNED __attribute__((aligned(4096)))
#elif defined(__APPLE__)
#define PAGES_ALIGNED __attribute__((aligned(16384)))
#else
#define PAGES_ALIGNED __attribute__((aligned(65536)))
#endif
// Of a type: it takes whole pages of the machine.
#if defined(__x86_64__) || defined(__i386__)
#define TAKES_PAGES __attribute__((aligned(4096)))
#else
#define TAKES_PAGES PAGES_ALIGNED
#endif
// Of a function ON_START: the page that it begins has nothing of what is laid in front.
#define BEGINS_PAGE __attribute__((aligned(4096)))
#define CONSTRUCTOR __attribute__((constructor))
#define DESTRUCTOR __attribute__((destructor))

#elif defined(_MSC_VER)

#define likely(x) (x)
#define unlikely(x) (x)
#define ALWAYS_INLINE static __forceinline
#define NOINLINE __declspec(noinline)
#define COLD __declspec(noinline)
#define ON_START COLD
#define READ_BY_ALL
#define PRINTF_LIKE(format, first)
#define MALLOC_ATTR(...) __declspec(restrict)
#define CACHE_ALIGNED __declspec(align(64))
#define BEGINS_PAGE
#define CONSTRUCTOR
#define DESTRUCTOR

#endif

// EXPORT: seen by the application. HIDDEN: of data that another file defines, so that a hit path
// need not look its address up in a table. ALIAS(f): one more name of f, which is defined in the
// same file. PE files export by a list of names instead.
#if defined(__ELF__) || defined(__APPLE__)
#define EXPORT __attribute__((visibility("default")))
#define HIDDEN __attribute__((visibility("hidden")))
#else
#define EXPORT
#define HIDDEN
#endif
#if defined(__ELF__)
#define ALIAS(target) __attribute__((visibility("default"), alias(#target)))
#elif defined(_WIN32)
#define ALIAS(target) __attribute__((alias(#target)))
#endif

// A mangled C++ name around the letter of size_t: m where that is unsigned long, j
// where it is unsigned int. CXX_TEXT is the name as a string.
#if defined(__SIZEOF_POINTER__) && __SIZEOF_POINTER__ == 4
#define CXX_NAME(before, after) before##j##after
#else
#define CXX_NAME(before, after) before##m##after
#endif
#define CXX_TEXT(before, after) CXX_STRING(CXX_NAME(before, after))
#define CXX_STRING(name) CXX_LITERAL(name)
#define CXX_LITERAL(name) #name

// A thread's own variable, read with one instruction and never allocated.
// A library that is to be loaded by dlopen cannot count on the static room
// that this needs, and is built with IKYO_DLOPEN.
#if defined(__ELF__) && defined(IKYO_DLOPEN)
#define THREAD_LOCAL_IE _Thread_local __attribute__((tls_model("global-dynamic")))
#elif defined(__ELF__)
#define THREAD_LOCAL_IE _Thread_local __attribute__((tls_model("initial-exec")))
#elif defined(_WIN32)
#define THREAD_LOCAL_IE __attribute__((section(".tls$IKYO")))
#else
#define THREAD_LOCAL_IE _Thread_local
#endif

// Where the calling thread has such a variable. The thread-local variables of gcc for
// Windows are found by a call, which allocates; so there it is done as the system's own
// compiler does it: the thread's block of this program or library, and the place in it.
#if defined(_WIN32)
#define THREAD_PLACE(variable)                                                                     \
    ({                                                                                             \
        __typeof__(variable) *place_;                                                              \
        __asm__("leaq %c2@SECREL32(%1), %0"                                                        \
                : "=r"(place_)                                                                     \
                : "r"(os_tls_block()), "i"(&(variable)));                                          \
        place_;                                                                                    \
    })

extern unsigned int _tls_index; // of the C library's start: our number among the blocks

static inline char *os_tls_block(void)
{
    enum { TEB_TLS_BLOCKS = 0x58 };
    char **blocks;

    __asm__("movq %%gs:%c1, %0" : "=r"(blocks) : "i"(TEB_TLS_BLOCKS));
    return blocks[_tls_index];
}
#else
#define THREAD_PLACE(variable) (&(variable))
#endif

// For the body of a loop that waits for another thread to write.
static inline void os_cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || (defined(__ARM_ARCH) && __ARM_ARCH >= 7)
    __asm__ volatile("yield" ::: "memory");
#elif defined(__powerpc__)
    __asm__ volatile("or 27,27,27" ::: "memory");
#elif defined(__GNUC__)
    __asm__ volatile("" ::: "memory");
#endif
}

#endif
