// SPDX-License-Identifier: MIT
#include "trace.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

// From addresses of living blocks to their numbers: a table with open addressing, of which at most
// half is in use. An address of 0 is an empty place.
struct entry {
    uint64_t address;
    size_t number;
};

struct living {
    struct entry *entries;
    size_t mask, count;
    size_t *unused; // numbers of blocks that are gone, as a stack
    size_t unused_count;
    size_t numbers; // ever given
};

static void *get(void *old, size_t count, size_t size)
{
    void *p = reallocarray(old, count, size);

    if (p == NULL) {
        perror("simulate");
        exit(1);
    }
    return p;
}

static size_t home(const struct living *l, uint64_t address)
{
    return (size_t)((address >> 4) * 0x9E3779B97F4A7C15u >> 20) & l->mask;
}

// Where an address is, or the empty place where it belongs.
static struct entry *find(const struct living *l, uint64_t address)
{
    size_t i = home(l, address);

    while (l->entries[i].address != 0 && l->entries[i].address != address)
        i = (i + 1) & l->mask;
    return &l->entries[i];
}

static void make_room(struct living *l)
{
    struct living wider = *l;
    size_t places = l->entries == NULL ? 1024 : 2 * (l->mask + 1);

    wider.mask = places - 1;
    wider.entries = calloc(places, sizeof(struct entry));
    if (wider.entries == NULL)
        exit(1);
    for (size_t i = 0; l->entries != NULL && i <= l->mask; i++)
        if (l->entries[i].address != 0)
            *find(&wider, l->entries[i].address) = l->entries[i];
    wider.unused = get(l->unused, places, sizeof(size_t));
    free(l->entries);
    *l = wider;
}

// A block that is there already was given back by a call that is not recorded.
static void insert(struct living *l, uint64_t address, size_t number)
{
    if (l->entries == NULL || l->count > l->mask / 2)
        make_room(l);
    if (find(l, address)->address != 0) {
        fprintf(stderr, "simulate: a block is handed out twice, so the trace is not whole\n");
        exit(1);
    }
    *find(l, address) = (struct entry){address, number};
    l->count++;
}

// Removes an address and returns its number, or 0. What stands behind it moves up, so that no
// search ends too early.
static size_t take_out(struct living *l, uint64_t address)
{
    struct entry *gone;
    size_t number, hole;

    if (address == 0 || l->entries == NULL || (gone = find(l, address))->address == 0)
        return 0;
    number = gone->number;
    hole = (size_t)(gone - l->entries);
    for (size_t i = (hole + 1) & l->mask; l->entries[i].address != 0; i = (i + 1) & l->mask) {
        size_t wanted = home(l, l->entries[i].address);

        if (((i - wanted) & l->mask) >= ((i - hole) & l->mask)) {
            l->entries[hole] = l->entries[i];
            hole = i;
        }
    }
    l->entries[hole].address = 0;
    l->count--;
    return number;
}

static size_t new_number(struct living *l)
{
    return l->unused_count > 0 ? l->unused[--l->unused_count] : ++l->numbers;
}

static void drop_number(struct living *l, size_t number)
{
    l->unused[l->unused_count++] = number;
}

// Numbers in the place of one event's addresses.
static struct event number_blocks(struct living *l, struct event e)
{
    size_t before = take_out(l, e.before);
    uint64_t address = e.after;

    e.before = before;
    if (address == 0) {
        if (before != 0)
            drop_number(l, before);
        return e;
    }
    e.after = before != 0 ? before : new_number(l);
    insert(l, address, e.after);
    return e;
}

struct trace trace_load(const char *path)
{
    struct living living = {0};
    struct trace t = {0};
    struct stat status;
    size_t records;
    int file = open(path, O_RDONLY);

    if (file < 0 || fstat(file, &status) != 0) {
        perror(path);
        exit(1);
    }
    t.events = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    if (t.events == MAP_FAILED) {
        perror(path);
        exit(1);
    }
    close(file);
    records = (size_t)status.st_size / sizeof(struct event);
    for (size_t i = 0; i < records; i++) {
        struct event e = t.events[i];

        if (e.before == 0 && e.after == 0)
            break;
        e = number_blocks(&living, e);
        if (e.before != 0 || e.after != 0)
            t.events[t.count++] = e;
    }
    t.blocks = living.numbers;
    free(living.entries);
    free(living.unused);
    return t;
}
