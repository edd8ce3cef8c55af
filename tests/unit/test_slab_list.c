// SPDX-License-Identifier: MIT
// Circular lists of slabs, against an array.
#include "tls/slab_list.h"

#include "core.h"

enum { SLABS = 12, STEPS = 5000 };

static struct desc slabs[SLABS];
static struct desc *list;
static struct desc *model[SLABS];
static size_t length;

static void require_same(void)
{
    struct desc *d = list;

    require((list == NULL) == (length == 0));
    for (size_t i = 0; i < length; i++, d = d->next) {
        require(d == model[i]);
        require(d->next->prev == d);
    }
    require(d == list);
}

static size_t find(const struct desc *d)
{
    size_t i = 0;

    while (i < length && model[i] != d)
        i++;
    return i;
}

static void push(struct desc *d, bool front)
{
    if (front) {
        slab_list_push_front(&list, d);
        memmove(model + 1, model, length * sizeof(*model));
        model[0] = d;
    } else {
        slab_list_push_back(&list, d);
        model[length] = d;
    }
    length++;
}

static void pull(size_t i)
{
    slab_list_remove(&list, model[i]);
    memmove(model + i, model + i + 1, (--length - i) * sizeof(*model));
}

static void front_and_back_are_where_they_should_be(void)
{
    push(&slabs[0], false);
    require_same();
    push(&slabs[1], false);
    push(&slabs[2], true);
    require_same();
    require(list == &slabs[2] && list->prev == &slabs[1]);
}

static void removing_the_last_one_empties_the_list(void)
{
    push(&slabs[0], true);
    pull(0);
    require(list == NULL);
}

static void removing_the_first_one_makes_the_next_first(void)
{
    for (int i = 0; i < 3; i++)
        push(&slabs[i], false);
    pull(0);
    require_same();
    require(list == &slabs[1]);
}

static void random_pushes_and_removals_answer_as_the_model(void)
{
    struct core_random r = core_random_start();

    for (int step = 0; step < STEPS; step++) {
        struct desc *d = &slabs[core_random_below(&r, SLABS)];
        size_t i = find(d);

        if (i < length)
            pull(i);
        else
            push(d, core_random_next(&r) & 1);
        require_same();
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        alone(front_and_back_are_where_they_should_be),
        alone(removing_the_last_one_empties_the_list),
        alone(removing_the_first_one_makes_the_next_first),
        alone(random_pushes_and_removals_answer_as_the_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
