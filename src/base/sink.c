// SPDX-License-Identifier: MIT
#include "base/sink.h"

#include "base/option.h"
#include "base/option_path.h"
#include "base/text.h"
#include "os/os.h"

#include <string.h>

enum { PATH_SIZE = 1024 };

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

struct sink sink_open(void)
{
    const char *name = option_path(options.report_file);
    char buffer[PATH_SIZE];
    struct text path;

    text_init(&path, buffer, sizeof buffer);
    if (*name != '\0' && expand(&path, name)) {
        int fd = os_open_append(buffer);

        if (fd >= 0) {
            return (struct sink){fd, true};
        }
    }
    return (struct sink){(int)options.report_fd, false};
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
