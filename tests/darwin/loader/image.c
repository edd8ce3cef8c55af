// SPDX-License-Identifier: MIT
// A Mach-O file: mapped, rebased and bound as its dyld information says. Files with chained
// fixups, as they are for macOS 12 and later, are refused.
#include "loader.h"
#include "macho.h"

#include <endian.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__x86_64__)
enum { OWN_CPU = CPU_X86_64 };
#else
enum { OWN_CPU = CPU_ARM64 };
#endif

enum { SEGMENTS = 16 };

static const struct command *first_command(const struct image *image)
{
    return (const struct command *)(image->base + sizeof(struct header));
}

static const struct command *next_command(const struct command *c)
{
    return (const struct command *)((const char *)c + c->size);
}

static uint32_t command_count(const struct image *image)
{
    return ((const struct header *)image->base)->command_count;
}

static const struct command *find_command(const struct image *image, uint32_t kind)
{
    const struct command *c = first_command(image);

    for (uint32_t i = 0; i < command_count(image); i++, c = next_command(c))
        if (c->kind == kind)
            return c;
    return NULL;
}

static unsigned segments_of(const struct image *image, const struct segment *list[SEGMENTS])
{
    const struct command *c = first_command(image);
    unsigned count = 0;

    for (uint32_t i = 0; i < command_count(image); i++, c = next_command(c))
        if (c->kind == LC_SEGMENT_64 && count < SEGMENTS)
            list[count++] = (const struct segment *)c;
    return count;
}

// The whole file, and where the part for this CPU begins in it.
static const char *read_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat s;
    const char *file;

    if (fd < 0 || fstat(fd, &s) != 0)
        loader_die("cannot open %s", path);
    file = mmap(NULL, (size_t)s.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (file == MAP_FAILED)
        loader_die("cannot read %s", path);
    if (be32toh(((const struct fat_header *)file)->magic) == FAT_MAGIC) {
        const struct fat_part *part = (const struct fat_part *)(file + sizeof(struct fat_header));
        uint32_t count = be32toh(((const struct fat_header *)file)->count);

        while (count > 0 && be32toh(part->cpu) != OWN_CPU) {
            part++;
            count--;
        }
        if (count == 0)
            loader_die("%s has no part for this CPU", path);
        file += be32toh(part->offset);
    }
    if (((const struct header *)file)->magic != MACHO_MAGIC)
        loader_die("%s is no Mach-O file", path);
    return file;
}

static void place_segments(struct image *image, const char *file)
{
    struct image in_file = {.base = (char *)(uintptr_t)file};
    const struct segment *list[SEGMENTS];
    unsigned count = segments_of(&in_file, list);
    uint64_t low = UINT64_MAX, high = 0;

    for (unsigned i = 0; i < count; i++) {
        if (list[i]->protection == 0 && list[i]->file_size == 0)
            continue; // __PAGEZERO
        low = list[i]->address < low ? list[i]->address : low;
        high = list[i]->address + list[i]->size > high ? list[i]->address + list[i]->size : high;
    }
    image->base = mmap(NULL, high - low, PROT_READ | PROT_WRITE | PROT_EXEC,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (image->base == MAP_FAILED)
        loader_die("no room for %s", image->path);
    image->slide = (uintptr_t)image->base - low;
    for (unsigned i = 0; i < count; i++)
        memcpy((char *)(image->slide + list[i]->address), file + list[i]->offset,
               list[i]->file_size);
}

static uint64_t read_leb128(const uint8_t **at)
{
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte;

    do {
        byte = *(*at)++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while ((byte & 0x80) != 0);
    return value;
}

// The bytes of a table in the last segment, which is mapped like the others.
static const uint8_t *table_at(const struct image *image, uint32_t offset)
{
    const struct segment *list[SEGMENTS];
    unsigned count = segments_of(image, list);

    for (unsigned i = 0; i < count; i++)
        if (offset >= list[i]->offset && offset < list[i]->offset + list[i]->file_size)
            return (const uint8_t *)(image->slide + list[i]->address + offset - list[i]->offset);
    loader_die("%s has a table outside of its segments", image->path);
}

static uintptr_t segment_start(const struct image *image, unsigned number)
{
    const struct segment *list[SEGMENTS];

    if (number >= segments_of(image, list))
        loader_die("%s binds in a segment that it has not", image->path);
    return image->slide + list[number]->address;
}

static uintptr_t rebase_times(const struct image *image, uintptr_t at, uint64_t count,
                              uint64_t skip)
{
    for (; count > 0; count--, at += sizeof(uintptr_t) + skip)
        *(uintptr_t *)at += image->slide;
    return at;
}

static void rebase(const struct image *image, const uint8_t *at, const uint8_t *end)
{
    uintptr_t place = 0;
    uint64_t count;

    while (at < end) {
        uint8_t low = *at & 15;

        switch (*at++ & 0xf0) {
        case 0x00: // done
            return;
        case 0x10: // the kind: all are pointers
            break;
        case 0x20:
            place = segment_start(image, low) + read_leb128(&at);
            break;
        case 0x30:
            place += read_leb128(&at);
            break;
        case 0x40:
            place += low * sizeof(uintptr_t);
            break;
        case 0x50:
            place = rebase_times(image, place, low, 0);
            break;
        case 0x60:
            place = rebase_times(image, place, read_leb128(&at), 0);
            break;
        case 0x70:
            place = rebase_times(image, place, 1, 0) + read_leb128(&at);
            break;
        case 0x80:
            count = read_leb128(&at);
            place = rebase_times(image, place, count, read_leb128(&at));
            break;
        default:
            loader_die("%s has an unknown way to rebase", image->path);
        }
    }
}

// What the next binding is about.
struct binding {
    uintptr_t place;
    const char *name;
    int library;
    bool weak;
    int64_t addend;
};

static void bind_one(const struct image *image, struct binding *b)
{
    uintptr_t address = image_resolve(image, b->name, b->library, b->weak);

    *(uintptr_t *)b->place = address != 0 ? address + (uintptr_t)b->addend : 0;
    b->place += sizeof(uintptr_t);
}

static void bind_times(const struct image *image, struct binding *b, uint64_t count, uint64_t skip)
{
    for (; count > 0; count--) {
        bind_one(image, b);
        b->place += skip;
    }
}

// A lazy table has an end behind each binding, and is bound at once here.
static void bind(const struct image *image, const uint8_t *at, const uint8_t *end)
{
    struct binding b = {0};
    uint64_t count;

    while (at < end) {
        uint8_t low = *at & 15;

        switch (*at++ & 0xf0) {
        case 0x00: // done, or the next one of a lazy table
        case 0x50: // the kind: all are pointers
            break;
        case 0x10:
            b.library = low;
            break;
        case 0x20:
            b.library = (int)read_leb128(&at);
            break;
        case 0x30: // negative: any library, or the program
            b.library = low != 0 ? low - 16 : 0;
            break;
        case 0x40:
            b.weak = (low & BIND_WEAK_IMPORT) != 0;
            b.name = (const char *)at;
            at += strlen(b.name) + 1;
            break;
        case 0x60: // by two's complement
            b.addend = (int64_t)read_leb128(&at);
            break;
        case 0x70:
            b.place = segment_start(image, low) + read_leb128(&at);
            break;
        case 0x80:
            b.place += read_leb128(&at);
            break;
        case 0x90:
            bind_one(image, &b);
            break;
        case 0xa0:
            bind_one(image, &b);
            b.place += read_leb128(&at);
            break;
        case 0xb0:
            bind_times(image, &b, 1, low * sizeof(uintptr_t));
            break;
        case 0xc0:
            count = read_leb128(&at);
            bind_times(image, &b, count, read_leb128(&at));
            break;
        default:
            loader_die("%s has an unknown way to bind", image->path);
        }
    }
}

static const struct dyld_info *dyld_info(const struct image *image)
{
    const struct command *info = find_command(image, LC_DYLD_INFO_ONLY);

    if (info == NULL)
        info = find_command(image, LC_DYLD_INFO);
    if (info == NULL)
        loader_die("%s has no dyld information%s", image->path,
                   find_command(image, LC_CHAINED_FIXUPS) ? ", but chained fixups" : "");
    return (const struct dyld_info *)info;
}

static void look_at_sections(struct image *image, const struct segment *s)
{
    const struct section *section = (const struct section *)(s + 1);

    for (uint32_t i = 0; i < s->section_count; i++, section++) {
        if ((section->flags & SECTION_TYPE) >= SECTION_THREAD_LOCAL)
            loader_die("%s has thread-local variables", image->path);
        if (strncmp(section->name, "__interpose", sizeof(section->name)) == 0) {
            image->interposed = (const struct interpose *)(image->slide + section->address);
            image->interposed_count = section->size / sizeof(struct interpose);
        }
    }
}

static void look_at_commands(struct image *image)
{
    const struct command *c = first_command(image);

    for (uint32_t i = 0; i < command_count(image); i++, c = next_command(c)) {
        const char *name = (const char *)c + ((const struct dylib *)c)->name;

        if (c->kind == LC_SEGMENT_64)
            look_at_sections(image, (const struct segment *)c);
        else if (c->kind == LC_ID_DYLIB)
            image->install_name = name;
        else if ((c->kind == LC_LOAD_DYLIB || c->kind == LC_LOAD_WEAK_DYLIB) &&
                 image->library_count < LIBRARIES)
            image->libraries[image->library_count++] = name;
        else if (c->kind == LC_MAIN)
            *(void **)&image->entry = image->base + ((const struct entry_point *)c)->offset;
    }
}

void image_map(struct image *image, const char *path)
{
    const struct dyld_info *info;

    image->path = path;
    place_segments(image, read_file(path));
    look_at_commands(image);
    info = dyld_info(image);
    if (info->rebase_size != 0) {
        const uint8_t *table = table_at(image, info->rebase);

        rebase(image, table, table + info->rebase_size);
    }
}

void image_bind(struct image *image)
{
    const struct dyld_info *info = dyld_info(image);
    const uint32_t tables[][2] = {{info->bind, info->bind_size},
                                  {info->lazy, info->lazy_size},
                                  {info->weak, info->weak_size}};
    const struct segment *list[SEGMENTS];
    unsigned count = segments_of(image, list);

    for (unsigned i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        if (tables[i][1] != 0) {
            const uint8_t *table = table_at(image, tables[i][0]);

            bind(image, table, table + tables[i][1]);
        }
    for (unsigned i = 0; i < count; i++) {
        bool constant = strncmp(list[i]->name, "__DATA_CONST", sizeof(list[i]->name)) == 0;

        if (list[i]->protection != 0 &&
            mprotect((void *)(image->slide + list[i]->address), list[i]->size,
                     constant ? PROT_READ : (int)list[i]->protection) != 0)
            loader_die("cannot protect %s", image->path);
    }
}

uintptr_t image_export(const struct image *image, const char *name)
{
    const struct symtab *table = (const struct symtab *)find_command(image, LC_SYMTAB);
    const struct nlist *symbol = (const struct nlist *)table_at(image, table->symbols);
    const char *names = (const char *)table_at(image, table->names);

    for (uint32_t i = 0; i < table->symbol_count; i++, symbol++)
        if ((symbol->type & SYMBOL_EXTERNAL) != 0 &&
            (symbol->type & SYMBOL_TYPE) == SYMBOL_IN_SECTION &&
            strcmp(names + symbol->name, name) == 0)
            return image->slide + symbol->value;
    return 0;
}

static void run_initialisers(const struct image *image, const struct section *section, int count,
                             char **arguments)
{
    extern char **environ;
    void (**list)(int, char **, char **, char **) =
        (void (**)(int, char **, char **, char **))(image->slide + section->address);

    for (size_t i = 0; i < section->size / sizeof(*list); i++)
        list[i](count, arguments, environ, NULL);
}

void image_initialise(const struct image *image, int count, char **arguments)
{
    const struct segment *list[SEGMENTS];
    unsigned segments = segments_of(image, list);

    for (unsigned i = 0; i < segments; i++) {
        const struct section *section = (const struct section *)(list[i] + 1);

        for (uint32_t j = 0; j < list[i]->section_count; j++, section++)
            if ((section->flags & SECTION_TYPE) == SECTION_INITIALISERS)
                run_initialisers(image, section, count, arguments);
    }
}
