// SPDX-License-Identifier: MIT
#include "debug/tag.h"

struct tag_secret tag_secret;

void tag_init(uint64_t secret)
{
    tag_secret.key = secret;
    tag_secret.blank = secret * 0xc4ceb9fe1a85ec53u | 1;
    tag_secret.turn = secret * 0xff51afd7ed558ccdu | 1;
}

const void *tag_damage(const void *start, size_t usable, const struct tag *tag, size_t *count)
{
    const unsigned char *at = (const unsigned char *)start + tag->size;
    const unsigned char *end = (const unsigned char *)start + usable - TAG_BYTES;
    unsigned char canary = tag_canary(start);

    while (at < end && *at == canary)
        at++;
    if (likely(at == end))
        return NULL;
    while (end[-1] == canary)
        end--;
    *count = (size_t)(end - at);
    return at;
}
