// SPDX-License-Identifier: MIT
// Every form of new and delete reaches the same library as malloc does; std::size_t has another
// letter in their names on each kind of processor. Prints "right".
#include <cstdio>
#include <dlfcn.h>
#include <new>

static bool same_library(const char *name, void *function)
{
    Dl_info here, wanted;

    if (dladdr(function, &here) == 0 || dladdr(dlsym(RTLD_DEFAULT, "malloc"), &wanted) == 0 ||
        here.dli_fbase != wanted.dli_fbase) {
        std::fprintf(stderr, "%s is not where malloc is\n", name);
        return false;
    }
    return true;
}

#define CHECK(type, name) ok &= same_library(#name " as " #type, (void *)(type)(name))

int main()
{
    using size = std::size_t;
    using aligned = std::align_val_t;
    using nothrow = const std::nothrow_t &;
    bool ok = true;

    CHECK(void *(*)(size), operator new);
    CHECK(void *(*)(size), operator new[]);
    CHECK(void *(*)(size, nothrow), operator new);
    CHECK(void *(*)(size, nothrow), operator new[]);
    CHECK(void *(*)(size, aligned), operator new);
    CHECK(void *(*)(size, aligned), operator new[]);
    CHECK(void *(*)(size, aligned, nothrow), operator new);
    CHECK(void *(*)(size, aligned, nothrow), operator new[]);
    CHECK(void (*)(void *), operator delete);
    CHECK(void (*)(void *), operator delete[]);
    CHECK(void (*)(void *, size), operator delete);
    CHECK(void (*)(void *, size), operator delete[]);
    CHECK(void (*)(void *, nothrow), operator delete);
    CHECK(void (*)(void *, nothrow), operator delete[]);
    CHECK(void (*)(void *, aligned), operator delete);
    CHECK(void (*)(void *, aligned), operator delete[]);
    CHECK(void (*)(void *, size, aligned), operator delete);
    CHECK(void (*)(void *, size, aligned), operator delete[]);
    CHECK(void (*)(void *, aligned, nothrow), operator delete);
    CHECK(void (*)(void *, aligned, nothrow), operator delete[]);
    if (!ok)
        return 1;
    std::puts("right");
}
