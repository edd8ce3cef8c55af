// SPDX-License-Identifier: MIT
#include "base/sink.h"

#include "base/option.h"
#include "base/option_path.h"
#include "base/text.h"
#include "os/os.h"

#include <string.h>

enum {
    PATH_SIZE = 1024,
    STANDARD_OUTPUT = 1,
    STANDARD_ERROR = 2,
};

// Fixed at start. All zero if standard error was closed.
static struct os_file error_at_start;
static bool is_started;

// The name with each %p replaced. False if it is too long then.
static bool expand(struct text *path, const char *name)
{
    const char *mark;

    while ((mark = strstr(name, "%p")) != NULL) {
        text_add_bytes(path, name, (size_t)(mark - name));
        text_add_uint(path, os_process_id());
        name = mark + strlen("%p");
    }
    text_add(path, name);
    text_terminate(path);
    return path->length < path->capacity;
}

void sink_start(void)
{
    is_started = true;
    os_file_of(STANDARD_ERROR, &error_at_start);
}

static bool is_same(const struct os_file *a, const struct os_file *b)
{
    return a->device == b->device && a->number == b->number;
}

static bool is_data_of_the_program(int fd)
{
    struct os_file now, output;

    if (!is_started || fd != STANDARD_ERROR || !os_file_of(fd, &now)) {
        return false;
    }
    return !now.appends && !is_same(&now, &error_at_start) &&
           !(os_file_of(STANDARD_OUTPUT, &output) && is_same(&now, &output));
}

struct sink sink_open(void)
{
    int fd = (int)options.report_fd;
    const char *name = option_path(options.report_file);
    char buffer[PATH_SIZE];
    struct text path;

    text_init(&path, buffer, sizeof buffer);
    if (*name != '\0' && expand(&path, name)) {
        int file = os_open_append(buffer);

        if (file >= 0) {
            return (struct sink){file, true};
        }
    }
    return (struct sink){is_data_of_the_program(fd) ? -1 : fd, false};
}

void sink_close(struct sink s)
{
    if (s.is_file) {
        os_close(s.fd);
    }
}

bool sink_has_color(struct sink s)
{
    size_t color = options.color;

    return color == COLOR_ALWAYS || (color == COLOR_AUTO && os_is_terminal(s.fd));
}
