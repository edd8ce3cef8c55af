// SPDX-License-Identifier: MIT
// Blocks that pass between a program and a plug-in opened with RTLD_DEEPBIND, which has another
// malloc. Usage: deepbind PLUGIN ACTION; prints "right".
#include <dlfcn.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *(*plugin_malloc)(size_t);
static void (*plugin_free)(void *);
static char *(*plugin_strdup)(const char *);

static void require(int fact, const char *what)
{
    if (!fact) {
        fprintf(stderr, "deepbind: %s\n", what);
        _exit(1);
    }
}

static void plugin_alone(void)
{
    for (size_t n = 1; n < 3000; n++) {
        void *p = plugin_malloc(n * 50);

        require(p != NULL, "malloc of the plug-in");
        memset(p, 1, n * 50);
        plugin_free(p);
    }
}

static void program_frees(void)
{
    for (size_t n = 1; n < 3000; n++) {
        char *p = plugin_malloc(n * 50);

        require(p != NULL && malloc_usable_size(p) >= n * 50, "size of the plug-in's block");
        memset(p, 'p', n * 50);
        if (n % 2 == 0) {
            p = realloc(p, n * 100);
            require(p != NULL && p[0] == 'p' && p[n * 50 - 1] == 'p', "realloc keeps the contents");
        }
        free(p);
    }
}

static void program_frees_copy(void)
{
    for (int n = 0; n < 3000; n++) {
        char *p = plugin_strdup("allocated by the C library");

        require(p != NULL && strcmp(p, "allocated by the C library") == 0, "strdup");
        free(p);
    }
}

int main(int count, char **arguments)
{
    static const struct {
        const char *name;
        void (*action)(void);
    } actions[] = {
        {"plugin_alone", plugin_alone},
        {"program_frees", program_frees},
        {"program_frees_copy", program_frees_copy},
    };
    void *plugin;

    require(count == 3, "usage");
    plugin = dlopen(arguments[1], RTLD_NOW | RTLD_DEEPBIND);
    require(plugin != NULL, "dlopen");
    plugin_malloc = (void *(*)(size_t))dlsym(plugin, "plugin_malloc");
    plugin_free = (void (*)(void *))dlsym(plugin, "plugin_free");
    plugin_strdup = (char *(*)(const char *))dlsym(plugin, "plugin_strdup");
    require(plugin_malloc && plugin_free && plugin_strdup, "dlsym");
    if (strcmp(arguments[2], "plugin_frees") == 0)
        plugin_free(memset(malloc(100), 0, 100));
    else if (strcmp(arguments[2], "plugin_frees_copy") == 0)
        plugin_free(plugin_strdup("allocated by the C library"));
    for (size_t n = 0; n < sizeof actions / sizeof *actions; n++) {
        if (strcmp(arguments[2], actions[n].name) == 0)
            actions[n].action();
    }
    puts("right");
    return 0;
}
