// SPDX-License-Identifier: MIT
// A program on the C library's malloc that opens a second allocator by dlopen, in its own scope,
// and uses it from threads older and younger than that; then closes it with blocks still alive.
// Usage: dlopen LIBRARY; prints "right".
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OLD = 3, YOUNG = 3, STEPS = 20000, SLOTS = 100 };

static void *(*take)(size_t);
static void *(*resize)(void *, size_t);
static void (*give)(void *);
static size_t (*room)(void *);
static pthread_barrier_t opened;
static pthread_barrier_t used;

static void require(int fact, const char *what)
{
    if (!fact) {
        fprintf(stderr, "dlopen: %s\n", what);
        _exit(1);
    }
}

static void use(unsigned self)
{
    unsigned char *slots[SLOTS] = {NULL};
    size_t sizes[SLOTS] = {0};

    for (unsigned n = 0; n < STEPS; n++) {
        unsigned at = n * 31u % SLOTS;

        if (slots[at] != NULL) {
            slots[at] = resize(slots[at], sizes[at] * 2);
            require(slots[at] != NULL, "realloc of the library");
            require(room(slots[at]) >= sizes[at] * 2, "malloc_usable_size of the library");
            require(slots[at][0] == self && slots[at][sizes[at] - 1] == self, "contents");
            give(slots[at]);
        }
        sizes[at] = n % 500 == 0 ? 300000 : 1 + n * 7919u % 2000;
        slots[at] = take(sizes[at]);
        require(slots[at] != NULL, "malloc of the library");
        memset(slots[at], (int)self, sizes[at]);
        free(malloc(sizes[at]));
    }
    for (unsigned at = 0; at < SLOTS; at++)
        give(slots[at]);
}

static void *old_thread(void *argument)
{
    free(malloc(100));
    pthread_barrier_wait(&opened);
    use((unsigned)(uintptr_t)argument);
    pthread_barrier_wait(&used);
    return NULL;
}

static void *young_thread(void *argument)
{
    use((unsigned)(uintptr_t)argument);
    return NULL;
}

static void *find(void *library, const char *name)
{
    void *p = dlsym(library, name);

    require(p != NULL, name);
    return p;
}

static void open_and_find(const char *path, void **library)
{
    *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (*library == NULL)
        fprintf(stderr, "%s\n", dlerror());
    require(*library != NULL, "dlopen");
    take = (void *(*)(size_t))find(*library, "malloc");
    resize = (void *(*)(void *, size_t))find(*library, "realloc");
    give = (void (*)(void *))find(*library, "free");
    room = (size_t(*)(void *))find(*library, "malloc_usable_size");
    require(take != malloc && give != free, "the program keeps a malloc of its own");
}

static void use_in_child(void)
{
    int status = 1;
    pid_t child = fork();

    require(child >= 0, "fork");
    if (child == 0) {
        use(9);
        _exit(0);
    }
    require(waitpid(child, &status, 0) == child && status == 0, "the child uses the library");
}

int main(int count, char **arguments)
{
    pthread_t old[OLD], young[YOUNG];
    void *library;
    char *kept;

    require(count == 2, "usage");
    pthread_barrier_init(&opened, NULL, OLD + 1);
    pthread_barrier_init(&used, NULL, OLD + 1);
    for (unsigned n = 0; n < OLD; n++)
        require(pthread_create(&old[n], NULL, old_thread, (void *)(uintptr_t)(n + 1)) == 0,
                "thread");
    open_and_find(arguments[1], &library);
    kept = strcpy(take(100), "kept");
    pthread_barrier_wait(&opened);
    for (unsigned n = 0; n < YOUNG; n++)
        require(pthread_create(&young[n], NULL, young_thread, (void *)(uintptr_t)(n + 5)) == 0,
                "thread");
    use(8);
    use_in_child();
    for (unsigned n = 0; n < YOUNG; n++)
        pthread_join(young[n], NULL);
    // The old threads end after this, with caches of a library that was closed.
    require(dlclose(library) == 0, "dlclose");
    pthread_barrier_wait(&used);
    for (unsigned n = 0; n < OLD; n++)
        pthread_join(old[n], NULL);
    require(strcmp(kept, "kept") == 0, "a block outlives dlclose");
    open_and_find(arguments[1], &library);
    give(kept);
    use(7);
    puts("right");
    return 0;
}
