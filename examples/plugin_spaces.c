// SPDX-License-Identifier: MIT
// A server with plugins that it does not trust to free their memory: a space for each, with a bound.
//
// The plugin that leaks comes to its bound. It is ended with all that it holds and started anew;
// its neighbour never notices.
#include <ikyoalloc/ikyoalloc.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REQUESTS = 20000, LIMIT = 1 << 20, ANSWER = 200 };

struct plugin {
    const char *name;
    bool (*answer)(struct plugin *self, unsigned request); // false: it is out of memory
    struct ikyo_space *space;
    unsigned answers, starts;
};

// Blocks of a space are freed as any others are, also by code that knows nothing of spaces.
static bool polite(struct plugin *self, unsigned request)
{
    char *text = ikyo_space_alloc(self->space, ANSWER);

    if (text == NULL)
        return false;
    snprintf(text, ANSWER, "%s answers %u", self->name, request);
    free(text);
    return true;
}

static bool forgetful(struct plugin *self, unsigned request)
{
    char *text = ikyo_space_alloc(self->space, ANSWER);

    if (text == NULL)
        return false;
    snprintf(text, ANSWER, "%s answers %u and forgets to free this", self->name, request);
    return true;
}

static bool start(struct plugin *p)
{
    p->space = ikyo_space_create(&(struct ikyo_space_options){.limit = LIMIT});
    p->starts++;
    return p->space != NULL;
}

static bool serve(struct plugin *p, unsigned request)
{
    if (!p->answer(p, request)) {
        ikyo_space_destroy(p->space);
        if (!start(p) || !p->answer(p, request))
            return false;
    }
    p->answers++;
    return true;
}

int main(void)
{
    struct plugin plugins[] = {{.name = "polite", .answer = polite},
                               {.name = "forgetful", .answer = forgetful}};
    struct plugin *one = &plugins[0], *other = &plugins[1];

    if (!start(one) || !start(other))
        return 1;
    for (unsigned request = 0; request < REQUESTS; request++)
        if (!serve(one, request) || !serve(other, request))
            return 1;
    for (struct plugin *p = one; p <= other; p++) {
        struct ikyo_space_figures figures = ikyo_space_stats(p->space);

        printf("%s: %u answers, started %u times, holds %zu bytes, never more than %zu\n", p->name,
               p->answers, p->starts, figures.bytes, figures.peak_bytes);
        ikyo_space_destroy(p->space);
    }
    return one->starts != 1 || other->starts < 2;
}
