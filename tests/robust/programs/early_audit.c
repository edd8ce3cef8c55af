// SPDX-License-Identifier: MIT
// An auditor of the dynamic linker: it lives in a name space with a C library of its own, and
// allocates there at every event of the program it watches.
#include <link.h>
#include <stdlib.h>
#include <string.h>

static void allocate(void)
{
    char *p = malloc(200);

    if (p == NULL)
        abort();
    memset(p, 'a', 200);
    free(p);
}

unsigned la_version(unsigned version)
{
    allocate();
    return version;
}

unsigned la_objopen(struct link_map *map, Lmid_t space, uintptr_t *cookie)
{
    (void)map, (void)space, (void)cookie;
    allocate();
    return LA_FLG_BINDTO | LA_FLG_BINDFROM;
}

uintptr_t la_symbind64(Elf64_Sym *symbol, unsigned index, uintptr_t *from, uintptr_t *to,
                       unsigned *flags, const char *name)
{
    (void)index, (void)from, (void)to, (void)flags, (void)name;
    allocate();
    return symbol->st_value;
}

void la_preinit(uintptr_t *cookie)
{
    (void)cookie;
    allocate();
}
