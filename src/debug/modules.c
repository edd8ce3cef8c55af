// SPDX-License-Identifier: MIT
// A module is a row of mappings of one file, at least one of which may be executed.
#include "debug/modules.h"

#include "os/image.h"
#include "os/os.h"

#include <string.h>

// The text of /proc/self/maps, a character at a time.
struct reader {
    int fd;
    size_t next, end;
    char buffer[1024];
};

struct mapping {
    uintptr_t start, end, offset;
    bool readable, executable;
};

static int next_char(struct reader *r)
{
    if (r->next == r->end) {
        r->next = 0;
        r->end = os_read(r->fd, r->buffer, sizeof(r->buffer));
        if (r->end == 0)
            return '\n';
    }
    return (unsigned char)r->buffer[r->next++];
}

// A number, and the one character behind it.
static uintptr_t next_hex(struct reader *r)
{
    uintptr_t value = 0;

    for (;;) {
        int c = next_char(r);

        if (c >= '0' && c <= '9')
            value = value << 4 | (uintptr_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            value = value << 4 | (uintptr_t)(c - 'a' + 10);
        else
            return value;
    }
}

static void skip_word(struct reader *r)
{
    int c;

    do
        c = next_char(r);
    while (c != ' ' && c != '\n');
}

// Puts the path, which is the rest of a line, where the next one goes; NULL: there is none, or
// no room for it.
static const char *next_path(struct reader *r, struct modules *m)
{
    char *path = m->paths + m->path_bytes;
    size_t room = MODULE_PATHS - m->path_bytes, length = 0;
    int c;

    do
        c = next_char(r);
    while (c == ' ');
    for (; c != '\n'; c = next_char(r))
        if (length < room)
            path[length++] = (char)c;
    if (length == room || path[0] != '/')
        return NULL;
    path[length] = '\0';
    return path;
}

// start-end rwxp offset device inode path. An end of 0 ends the list.
static const char *next_mapping(struct reader *r, struct modules *m, struct mapping *p)
{
    p->start = next_hex(r);
    p->end = next_hex(r);
    if (p->end == 0)
        return NULL;
    p->readable = next_char(r) == 'r';
    next_char(r);
    p->executable = next_char(r) == 'x';
    skip_word(r);
    p->offset = next_hex(r);
    skip_word(r);
    skip_word(r);
    return next_path(r, m);
}

static uintptr_t bias_of(const struct mapping *p)
{
    uintptr_t bias;

    if (p->readable && p->offset == 0 && os_image_bias(p->start, &bias))
        return bias;
    return p->start - p->offset;
}

static struct module *last_of(struct modules *m)
{
    return m->count > 0 ? &m->entries[m->count - 1] : NULL;
}

static void drop_last_without_code(struct modules *m)
{
    if (m->count > 0 && !last_of(m)->has_code)
        m->path_bytes = (size_t)(m->entries[--m->count].path - m->paths);
}

static bool add(struct modules *m, const struct mapping *p, const char *path)
{
    struct module *last = last_of(m);

    if (last == NULL || strcmp(last->path, path) != 0) {
        char *kept;

        drop_last_without_code(m);
        if (m->count == MODULES)
            return false;
        kept = m->paths + m->path_bytes;
        memmove(kept, path, strlen(path) + 1);
        m->path_bytes += strlen(kept) + 1;
        last = &m->entries[m->count++];
        *last = (struct module){.start = p->start, .bias = bias_of(p), .path = kept};
    }
    last->end = p->end;
    last->has_code |= p->executable;
    return true;
}

void modules_read(struct modules *m)
{
    struct reader r = {.fd = os_open_read("/proc/self/maps")};
    const char *path;
    struct mapping p;

    m->count = 0;
    m->path_bytes = 0;
    if (r.fd < 0)
        return;
    do
        path = next_mapping(&r, m, &p);
    while (p.end != 0 && (path == NULL || add(m, &p, path)));
    drop_last_without_code(m);
    os_close(r.fd);
}

bool modules_find(const struct modules *m, uintptr_t address, struct module_address *a)
{
    for (size_t i = 0; i < m->count; i++) {
        const struct module *e = &m->entries[i];

        if (address >= e->start && address < e->end) {
            *a = (struct module_address){e->path, address - e->bias};
            return true;
        }
    }
    return false;
}
