// SPDX-License-Identifier: MIT
// The parts of Mach-O that image.c reads.
#ifndef MACHO_H
#define MACHO_H

#include <stdint.h>

enum {
    FAT_MAGIC = 0xcafebabe,
    MACHO_MAGIC = 0xfeedfacf,
    CPU_X86_64 = 0x01000007,
    CPU_ARM64 = 0x0100000c,
    TYPE_PROGRAM = 2,
    SECTION_TYPE = 0xff,
    SECTION_THREAD_LOCAL = 0x11, // the first of several kinds
    SECTION_INITIALISERS = 9,
    BIND_WEAK_IMPORT = 1,
    SYMBOL_EXTERNAL = 1,
    SYMBOL_TYPE = 0x0e,
    SYMBOL_IN_SECTION = 0x0e,
};

#define LC_REQUIRED 0x80000000u

enum {
    LC_SYMTAB = 0x2,
    LC_LOAD_DYLIB = 0xc,
    LC_ID_DYLIB = 0xd,
    LC_SEGMENT_64 = 0x19,
    LC_DYLD_INFO = 0x22,
};
#define LC_MAIN (0x28u | LC_REQUIRED)
#define LC_DYLD_INFO_ONLY (LC_DYLD_INFO | LC_REQUIRED)
#define LC_CHAINED_FIXUPS (0x34u | LC_REQUIRED)
#define LC_LOAD_WEAK_DYLIB (0x18u | LC_REQUIRED)

struct fat_header {
    uint32_t magic, count; // big endian, as the parts
};
struct fat_part {
    uint32_t cpu, subtype, offset, size, align;
};
struct header {
    uint32_t magic, cpu, subtype, type, command_count, command_bytes, flags, reserved;
};
struct command {
    uint32_t kind, size;
};
struct segment {
    struct command command;
    char name[16];
    uint64_t address, size, offset, file_size;
    uint32_t most, protection, section_count, flags;
};
struct section {
    char name[16], segment[16];
    uint64_t address, size;
    uint32_t offset, align, relocations, relocation_count, flags, reserved[3];
};
struct dylib {
    struct command command;
    uint32_t name, timestamp, version, compatible;
};
struct entry_point {
    struct command command;
    uint64_t offset, stack;
};
struct symtab {
    struct command command;
    uint32_t symbols, symbol_count, names, name_bytes;
};
struct nlist {
    uint32_t name;
    uint8_t type, section;
    uint16_t description;
    uint64_t value;
};
struct dyld_info {
    struct command command;
    uint32_t rebase, rebase_size, bind, bind_size, weak, weak_size, lazy, lazy_size;
    uint32_t trie, trie_size;
};

#endif
