// SPDX-License-Identifier: MIT
// Tags: what they say, what breaks them, and the canary bytes in front of them.
#include "debug/tag.h"

#include "core.h"

enum { ROOM = 4096, ADDRESSES = 256 };

static _Alignas(64) unsigned char block[ROOM];

static void start(void)
{
    tag_init(0x1234567890abcdef);
}

static void write_live(void *p, size_t usable, size_t size)
{
    tag_write(p, usable, &(struct tag){.state = TAG_LIVE, .size = size});
}

static void require_facts(size_t usable, const struct tag *expected)
{
    struct tag tag = tag_read(block, usable);

    require_equal(tag.state, expected->state);
    require_equal(tag.size, expected->size);
    require_equal(tag.family, expected->family);
    require_equal(tag.alignment_shift, expected->alignment_shift);
}

static void tag_reads_as_it_was_written_while_live_and_when_freed(void)
{
    static const size_t usables[] = {16, 24, 32, 1024, ROOM};

    start();
    for (size_t i = 0; i < sizeof(usables) / sizeof(usables[0]); i++)
        for (size_t size = 0; size <= usables[i] - TAG_BYTES; size++) {
            struct tag tag = {.state = TAG_LIVE,
                              .family = (enum family)(size % 3),
                              .alignment_shift = (unsigned)(size % 64),
                              .size = size};

            tag_write(block, usables[i], &tag);
            require_facts(usables[i], &tag);
            tag = tag_read(block, usables[i]);
            require(tag_end_life(block, usables[i], tag.word));
            tag.state = TAG_FREED;
            require_facts(usables[i], &tag);
        }
}

static void life_ends_once(void)
{
    struct tag first, second;

    start();
    write_live(block, 64, 40);
    first = tag_read(block, 64);
    second = tag_read(block, 64);
    require(tag_end_life(block, 64, first.word));
    require(!tag_end_life(block, 64, second.word));
    require_equal(tag_read(block, 64).state, TAG_FREED);
}

// Neither what the application has in front nor the tag behind, which a thread that frees the
// next block looks at meanwhile in full.
static void canary_is_written_to_its_own_bytes_only(void)
{
    const size_t end = 128;

    start();
    for (size_t slack = 0; slack <= 80; slack++) {
        memset(block, 0x55, sizeof(block));
        tag_write_canary(block, (char *)block + end, slack);
        require(core_reads_only((char *)block, end - slack, 0x55));
        require(core_reads_only((char *)block + end - slack, slack, tag_canary(block)));
        require(core_reads_only((char *)block + end, TAG_BYTES, 0x55));
    }
}

static void require_each_bit_counts(size_t usable)
{
    for (size_t bit = 0; bit < 64; bit++) {
        unsigned char *byte = &block[usable - TAG_BYTES + bit / 8];

        *byte ^= (unsigned char)(1 << bit % 8);
        require_equal(tag_read(block, usable).state, TAG_BROKEN);
        *byte ^= (unsigned char)(1 << bit % 8);
    }
}

static void tag_that_was_taken_away_is_blank(void)
{
    start();
    write_live(block, 64, 40);
    tag_blank(block, 64);
    require_equal(tag_read(block, 64).state, TAG_BLANK);
    require_each_bit_counts(64);
    memcpy(block + 64 - TAG_BYTES, &tag_secret.blank, TAG_BYTES);
    require_equal(tag_read(block, 64).state, TAG_BLANK);
}

static void tag_with_one_bit_changed_is_broken(void)
{
    struct tag tag;

    start();
    write_live(block, 64, 40);
    require_each_bit_counts(64);
    tag = tag_read(block, 64);
    require(tag_end_life(block, 64, tag.word));
    require_each_bit_counts(64);
}

static void tag_that_was_filled_with_one_byte_is_broken(void)
{
    start();
    for (int byte = 0; byte < 256; byte++) {
        memset(block + 64 - TAG_BYTES, byte, TAG_BYTES);
        require_equal(tag_read(block, 64).state, TAG_BROKEN);
    }
}

static void tag_of_another_block_is_broken(void)
{
    start();
    write_live(block, 16, 8);
    for (size_t i = 1; i < ADDRESSES; i++) {
        memcpy(block + 16 * i, block, 16);
        require_equal(tag_read(block + 16 * i, 16).state, TAG_BROKEN);
    }
    require_equal(tag_read(block, 16).state, TAG_LIVE);
}

static void tag_of_another_secret_is_broken(void)
{
    start();
    write_live(block, 64, 40);
    tag_init(0x1234567890abcdee);
    require_equal(tag_read(block, 64).state, TAG_BROKEN);
}

static void tag_that_claims_more_slack_than_the_block_has_is_broken(void)
{
    start();
    write_live(block, 1024, 0);
    memcpy(block + 64 - TAG_BYTES, block + 1024 - TAG_BYTES, TAG_BYTES);
    require_equal(tag_read(block, 64).state, TAG_BROKEN);
}

static void every_overwritten_canary_byte_is_seen(void)
{
    enum { SIZE = 21, USABLE = 64, END = USABLE - TAG_BYTES };
    struct tag tag;
    size_t count;

    start();
    write_live(block, USABLE, SIZE);
    tag = tag_read(block, USABLE);
    require(tag_damage(block, USABLE, &tag, &count) == NULL);
    for (size_t from = SIZE; from < END; from++)
        for (size_t last = from; last < END; last++) {
            block[from] ^= 0x40;
            if (last != from)
                block[last] ^= 0x40;
            require(tag_damage(block, USABLE, &tag, &count) == block + from);
            require_equal(count, last - from + 1);
            write_live(block, USABLE, SIZE);
        }
}

static void block_without_slack_has_no_canary(void)
{
    struct tag tag;
    size_t count;

    start();
    write_live(block, 64, 64 - TAG_BYTES);
    tag = tag_read(block, 64);
    require(tag_damage(block, 64, &tag, &count) == NULL);
}

static void canary_depends_on_the_address_and_is_odd(void)
{
    bool differ = false;

    start();
    for (size_t i = 0; i < ADDRESSES; i++) {
        require_equal(tag_canary(block + 16 * i) & 1, 1);
        differ = differ || tag_canary(block + 16 * i) != tag_canary(block);
    }
    require(differ);
}

static void most_slack_is_kept_and_guarded_to_its_end(void)
{
    size_t usable = (size_t)TAG_SLACK_MOST + 105 + TAG_BYTES, count;
    char *p = malloc(usable);
    struct tag tag;

    start();
    require(p != NULL);
    write_live(p, usable, 105);
    tag = tag_read(p, usable);
    require_equal(tag.state, TAG_LIVE);
    require_equal(tag.size, 105);
    require(tag_damage(p, usable, &tag, &count) == NULL);
    p[usable - TAG_BYTES - 1] ^= 1;
    require(tag_damage(p, usable, &tag, &count) == p + usable - TAG_BYTES - 1);
    require_equal(count, 1);
    free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        alone(tag_reads_as_it_was_written_while_live_and_when_freed),
        alone(life_ends_once),
        alone(canary_is_written_to_its_own_bytes_only),
        alone(tag_that_was_taken_away_is_blank),
        alone(tag_with_one_bit_changed_is_broken),
        alone(tag_that_was_filled_with_one_byte_is_broken),
        alone(tag_of_another_block_is_broken),
        alone(tag_of_another_secret_is_broken),
        alone(tag_that_claims_more_slack_than_the_block_has_is_broken),
        alone(every_overwritten_canary_byte_is_seen),
        alone(block_without_slack_has_no_canary),
        alone(canary_depends_on_the_address_and_is_odd),
        alone(most_slack_is_kept_and_guarded_to_its_end),
    };

    return cmocka_run_group_tests_name("tag", tests, NULL, NULL);
}
