// SPDX-License-Identifier: MIT
// A server with threads: a pool for its connections, and a scope for each request.
//
// The main thread accepts connections and owns their pool; the workers that answer them give
// them back. What a worker needs for a request is gone with the request.
#include <ikyoalloc/ikyoalloc.h>

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORKERS = 3, OPEN_AT_ONCE = 64, REQUESTS = 20000 };

struct connection {
    unsigned number;
    char request[52];
};

// One of the `name=value` of a request.
struct parameter {
    struct parameter *next;
    const char *name;
    int value;
};

static struct ikyo_thread_pool *connections;
static int queue[2]; // a pipe of connections
static long answers[WORKERS];

static struct parameter *parse(struct ikyo_scope *scope, const char *request)
{
    size_t size = strlen(request) + 1;
    char *text = ikyo_scope_alloc(scope, size, 1), *rest;
    struct parameter *all = NULL;

    memcpy(text, request, size);
    for (char *name = strtok_r(text, "?&", &rest); (name = strtok_r(NULL, "?&", &rest));) {
        struct parameter *p = ikyo_scope_alloc(scope, sizeof(*p), sizeof(void *));
        char *equals = strchr(name, '=');

        *equals = '\0';
        *p = (struct parameter){.next = all, .name = name, .value = atoi(equals + 1)};
        all = p;
    }
    return all;
}

static void *work(void *argument)
{
    struct ikyo_scope *scope = ikyo_scope_create(0, NULL);
    struct connection *c;
    long *sum = argument;

    while (read(queue[0], &c, sizeof(c)) == sizeof(c)) {
        for (struct parameter *p = parse(scope, c->request); p != NULL; p = p->next)
            *sum += p->value;
        ikyo_scope_release_all(scope);
        ikyo_thread_pool_give(connections, c);
    }
    ikyo_scope_destroy(scope);
    return NULL;
}

static struct connection *accept_next(unsigned number)
{
    struct connection *c;

    // All are open: one must be given back first.
    while ((c = ikyo_thread_pool_take(connections)) == NULL)
        sched_yield();
    c->number = number;
    snprintf(c->request, sizeof(c->request), "/add?a=%u&b=%u&c=1", number, number / 2);
    return c;
}

int main(void)
{
    pthread_t worker[WORKERS];
    long sum = 0, expected = 0;

    connections = ikyo_thread_pool_create(sizeof(struct connection), 64, OPEN_AT_ONCE, NULL);
    if (connections == NULL || pipe(queue) != 0)
        return 1;
    for (int i = 0; i < WORKERS; i++)
        if (pthread_create(&worker[i], NULL, work, &answers[i]) != 0)
            return 1;
    for (unsigned n = 0; n < REQUESTS; n++) {
        struct connection *c = accept_next(n);

        expected += n + n / 2 + 1;
        if (write(queue[1], &c, sizeof(c)) != sizeof(c))
            return 1;
    }
    close(queue[1]);
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(worker[i], NULL);
        sum += answers[i];
    }
    printf("%d requests, answered with %ld, in %zu bytes of connections\n", REQUESTS, sum,
           ikyo_thread_pool_stats(connections).bytes);
    ikyo_thread_pool_destroy(connections);
    return sum != expected;
}
