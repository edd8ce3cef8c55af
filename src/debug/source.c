// SPDX-License-Identifier: MIT
#include "debug/source.h"

#include "debug/json.h"
#include "os/memory.h"
#include "os/os.h"

#include <string.h>

enum {
    NAME_SIZE = 256,     // of a name in a text, its end included
    JSON_NAME_SIZE = 97, // in JSON, where a byte may take six
};

// For a process that may not make the call which is safe whatever happens meanwhile.
static size_t copy_directly(char *to, const char *from, size_t size)
{
    size_t page = os_page_size();
    size_t room = page - ((uintptr_t)from & (page - 1));

    if (!os_can_read(from))
        return 0;
    if (room < size && !os_can_read(from + room))
        size = room;
    size = strnlen(from, size - 1) + 1;
    memcpy(to, from, size);
    return size;
}

static const char *read_name(char *copy, size_t size, const char *name)
{
    size_t got = os_memory_may_copy() ? os_memory_copy(copy, (uintptr_t)name, size)
                                      : copy_directly(copy, name, size);

    if (got == 0)
        return "(unloaded)";
    copy[got - 1] = '\0';
    return copy;
}

static void add_name(struct text *t, const char *name)
{
    char copy[NAME_SIZE];

    text_add(t, read_name(copy, sizeof(copy), name));
}

void source_add(struct text *t, const struct source *source)
{
    add_name(t, source->file);
    text_add(t, ":");
    text_add_uint(t, (uint64_t)source->line);
    if (source->function != NULL) {
        text_add(t, " (");
        add_name(t, source->function);
        text_add(t, ")");
    }
}

static void add_json_name(struct text *t, const char *key, const char *name)
{
    char copy[JSON_NAME_SIZE];

    json_add_string(t, key, read_name(copy, sizeof(copy), name));
}

void source_add_json(struct text *t, const struct source *source)
{
    add_json_name(t, "{\"file\":", source->file);
    json_add_number(t, ",\"line\":", (uint64_t)source->line);
    if (source->function != NULL)
        add_json_name(t, ",\"function\":", source->function);
    text_add(t, "}");
}
