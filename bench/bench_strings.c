// SPDX-License-Identifier: MIT
// 20,000 strings that grow by pieces, with realloc when malloc_usable_size says so, then copied.
#include "bench.h"

#include <malloc.h>

enum { STRINGS = 20000, TURNS = 8000000, PIECE = 32 };

struct string {
    char *text; // being built
    char *copy; // the one before, complete, of exactly its length
    size_t length, limit;
};

static void append(struct string *s, const char *piece, size_t length)
{
    if (s->text == NULL || malloc_usable_size(s->text) < s->length + length) {
        s->text = bench_need(realloc(s->text, s->length + length));
    }
    memcpy(s->text + s->length, piece, length);
    s->length += length;
}

static void finish(struct string *s, uint64_t *random)
{
    free(s->copy);
    s->copy = NULL;
    if (s->length > 0) {
        s->copy = memcpy(bench_need(malloc(s->length)), s->text, s->length);
    }
    free(s->text);
    s->text = NULL;
    s->length = 0;
    s->limit = 32 + bench_below(random, 1000);
}

int main(void)
{
    static struct string string[STRINGS];
    static const char piece[PIECE] = "a piece of text to append, 32 B";
    uint64_t random = 1;
    double began = bench_now();

    for (size_t i = 0; i < TURNS; i++) {
        struct string *s = &string[bench_below(&random, STRINGS)];

        if (s->length >= s->limit) {
            finish(s, &random);
        }
        append(s, piece, 1 + bench_below(&random, PIECE));
    }
    return bench_report(began, TURNS);
}
