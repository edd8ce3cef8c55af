// SPDX-License-Identifier: MIT
// Ranges of bits, against an array of one bool a bit.
#include "base/bitmap.h"

#include "core.h"

enum { BITS = 64 * 5, EXHAUSTIVE = 64 * 2 + 3 };

struct model {
    bool bit[BITS];
    uint64_t words[BITS / 64];
};

static size_t model_find(const struct model *m, size_t first, size_t end, bool value)
{
    while (first < end && m->bit[first] != value)
        first++;
    return first;
}

static size_t model_count(const struct model *m, size_t first, size_t count)
{
    size_t ones = 0;

    for (size_t i = first; i < first + count; i++)
        ones += m->bit[i];
    return ones;
}

static size_t model_set_below(const struct model *m, size_t end)
{
    size_t n = 0;

    while (n < end && m->bit[end - 1 - n])
        n++;
    return n;
}

static void write_range(struct model *m, size_t first, size_t count, bool value)
{
    for (size_t i = first; i < first + count; i++)
        m->bit[i] = value;
    if (value)
        bitmap_set(m->words, first, count);
    else
        bitmap_clear(m->words, first, count);
}

static void require_same_bits(const struct model *m)
{
    for (size_t i = 0; i < BITS; i++)
        require_equal(bitmap_test(m->words, i), m->bit[i]);
}

static void every_range_is_set_and_cleared_alone(void)
{
    for (size_t first = 0; first < EXHAUSTIVE; first++)
        for (size_t count = 0; first + count <= EXHAUSTIVE; count++) {
            struct model m = {{false}, {0}};

            write_range(&m, first, count, true);
            require_same_bits(&m);
            require_equal(bitmap_count(m.words, 0, BITS), count);
            memset(m.bit, true, sizeof(m.bit));
            memset(m.words, 0xff, sizeof(m.words));
            write_range(&m, first, count, false);
            require_same_bits(&m);
        }
}

static void find_in_every_range_stops_at_its_end(void)
{
    struct model m = {{false}, {0}};

    for (size_t first = 0; first <= EXHAUSTIVE; first++)
        for (size_t end = first; end <= EXHAUSTIVE; end++) {
            require_equal(bitmap_find(m.words, first, end, true), end);
            require_equal(bitmap_find(m.words, first, end, false), first);
        }
}

static void random_ranges_answer_as_the_model(void)
{
    struct core_random r = core_random_start();
    struct model m = {{false}, {0}};

    for (int step = 0; step < 20000; step++) {
        size_t first = core_random_below(&r, BITS);
        size_t count = core_random_below(&r, step % 2 ? 9 : BITS) % (BITS - first + 1);
        bool value = core_random_next(&r) & 1;

        write_range(&m, first, count, value);
        first = core_random_below(&r, BITS);
        count = core_random_below(&r, BITS - first + 1);
        require_equal(bitmap_count(m.words, first, count), model_count(&m, first, count));
        require_equal(bitmap_find(m.words, first, first + count, true),
                      model_find(&m, first, first + count, true));
        require_equal(bitmap_find(m.words, first, first + count, false),
                      model_find(&m, first, first + count, false));
        require_equal(bitmap_set_below(m.words, first), model_set_below(&m, first));
        require_equal(bitmap_set_below(m.words, BITS), model_set_below(&m, BITS));
    }
    require_same_bits(&m);
}

static void set_below_in_full_words_reaches_the_start(void)
{
    uint64_t words[BITS / 64];

    memset(words, 0xff, sizeof(words));
    for (size_t end = 0; end <= BITS; end++)
        require_equal(bitmap_set_below(words, end), end);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(every_range_is_set_and_cleared_alone),
        alone(find_in_every_range_stops_at_its_end),
        alone(random_ranges_answer_as_the_model),
        alone(set_below_in_full_words_reaches_the_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
