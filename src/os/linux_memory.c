// SPDX-License-Identifier: MIT
// A process that looks at itself, on Linux: what /proc says of it, and one system call
// that reads memory without the risk of a fault.
#include "os/memory.h"

#include "os/os.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// The twentieth word of the line. The second is a name that may hold anything, but ends
// with the last parenthesis.
size_t os_thread_count(void)
{
    char line[512];
    int fd = os_open_read("/proc/self/stat");
    size_t length, count = 0;

    if (fd < 0) {
        return 0;
    }
    length = os_read(fd, line, sizeof(line) - 1);
    os_close(fd);
    line[length] = '\0';
    const char *at = strrchr(line, ')');

    for (int word = 2; at != NULL && word < 20; word++) {
        at = strchr(at + 1, ' ');
    }
    while (at != NULL && *++at >= '0' && *at <= '9') {
        count = count * 10 + (size_t)(*at - '0');
    }
    return count;
}

// A file of /proc, byte by byte.
struct reader {
    int fd;
    size_t at, length;
    char bytes[1024];
};

static int next_byte(struct reader *r)
{
    if (r->at == r->length) {
        r->length = os_read(r->fd, r->bytes, sizeof(r->bytes));
        r->at = 0;
        if (r->length == 0) {
            return -1;
        }
    }
    return (unsigned char)r->bytes[r->at++];
}

// Reads a hexadecimal number and the byte behind it.
static uintptr_t next_number(struct reader *r, int *byte)
{
    static const char digits[] = "0123456789abcdef";
    uintptr_t number = 0;

    for (*byte = next_byte(r); *byte > 0; *byte = next_byte(r)) {
        const char *digit = strchr(digits, *byte);

        if (digit == NULL) {
            break;
        }
        number = number << 4 | (uintptr_t)(digit - digits);
    }
    return number;
}

// A line is `start-end rw-p ...`. False: there is none.
static bool next_range(struct reader *r, uintptr_t *start, uintptr_t *end, char access[4])
{
    int byte;

    *start = next_number(r, &byte);
    if (byte != '-') {
        return false;
    }
    *end = next_number(r, &byte);
    for (int i = 0; i < 4; i++) {
        access[i] = (char)next_byte(r);
    }
    while (byte != '\n' && byte >= 0) {
        byte = next_byte(r);
    }
    return byte == '\n';
}

struct visit {
    bool (*call)(uintptr_t start, uintptr_t end, void *context);
    void *context;
};

// Each page has a word in /proc/self/pagemap. Its first bits: it is there, it is in swap, it is
// as in the file or shared. A page that the process has written is one of the first two only.
static bool is_written(uint64_t entry)
{
    return entry >> 62 != 0 && (entry >> 61 & 1) == 0;
}

// Visits the parts of a mapping that were written. To read the others would tell nothing, and
// give them page tables.
static bool visit_written(struct visit visit, int pagemap, uintptr_t start, uintptr_t end)
{
    uint64_t entries[512];
    size_t page = os_page_size(), left = 0;
    const uint64_t *entry = entries;
    uintptr_t first = end;

    lseek(pagemap, (off_t)(start / page * sizeof(*entries)), SEEK_SET);
    for (uintptr_t at = start; at < end; at += page, entry++, left--) {
        if (left == 0) {
            left = os_read(pagemap, (char *)entries, sizeof(entries)) / sizeof(*entries);
            entry = entries;
        }
        if (left == 0) { // none are known: the rest is visited as a whole
            return visit.call(first < at ? first : at, end, visit.context);
        }
        if (is_written(*entry) && first == end) {
            first = at;
        } else if (!is_written(*entry) && first < at) {
            if (!visit.call(first, at, visit.context)) {
                return false;
            }
            first = end;
        }
    }
    return first == end || visit.call(first, end, visit.context);
}

// What is shared with other processes, files or devices is not this one's own, but what may not
// be written now may have been once, as much of a program is while it starts. Mappings longer
// than any memory are the tables of sanitizers.
static bool may_be_own(const char access[4], uintptr_t size, int pagemap)
{
    return access[0] == 'r' && access[3] == 'p' && (access[1] == 'w' || pagemap >= 0) &&
           (uint64_t)size >> 40 == 0;
}

bool os_memory_visit(bool (*visit)(uintptr_t start, uintptr_t end, void *context), void *context)
{
    struct reader r = {.fd = os_open_read("/proc/self/maps")};
    int pagemap = os_open_read("/proc/self/pagemap");
    uintptr_t start, end;
    char access[4];
    int saved = errno;
    bool any = false, more = r.fd >= 0;

    while (more && next_range(&r, &start, &end, access)) {
        any = true;
        if (may_be_own(access, end - start, pagemap)) {
            more = visit_written((struct visit){visit, context}, pagemap, start, end);
        }
    }
    os_close(r.fd);
    os_close(pagemap);
    errno = saved;
    return any;
}

// The line `Seccomp:` is missing where the kernel has no filters.
bool os_memory_may_copy(void)
{
    static const char key[] = "\nSeccomp:\t";
    struct reader r = {.fd = os_open_read("/proc/self/status")};
    size_t matched = 0;
    int byte = 0;

    while (byte >= 0 && key[matched] != '\0') {
        byte = next_byte(&r);
        matched = byte == key[matched] ? matched + 1 : byte == key[0];
    }
    if (byte >= 0) {
        byte = next_byte(&r);
    }
    os_close(r.fd);
    return r.fd >= 0 && (byte < 0 || byte == '0');
}

// Unlike /proc/self/mem, this call heeds the protection of pages, and needs no file.
size_t os_memory_copy(void *to, uintptr_t from, size_t size)
{
    struct iovec here = {to, size}, there = {(void *)from, size};
    int saved = errno;
    long copied = syscall(SYS_process_vm_readv, (long)os_process_id(), &here, 1L, &there, 1L, 0L);

    errno = saved;
    return copied > 0 ? (size_t)copied : 0;
}

// The frame of a function that is called lies below all of its caller's.
static NOINLINE void use_stack(void (*use)(uintptr_t stack, void *context), void *context)
{
    use((uintptr_t)__builtin_frame_address(0), context);
}

void os_show_registers(void (*use)(uintptr_t stack, void *context), void *context)
{
    __builtin_unwind_init();
    use_stack(use, context);
    // The call must not be the last thing done, for which the frame would be given up.
    __asm__ volatile("" ::: "memory");
}
