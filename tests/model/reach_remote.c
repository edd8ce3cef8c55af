// SPDX-License-Identifier: MIT
#include "tls/remote.c"

#include "reach.h"

void reach_inbox(struct thread_cache *t, void (*visit)(const struct block *b))
{
    for (struct block *at = t->inbox; at != NULL;) {
        struct message *m = (struct message *)at;
        struct message saved = *m;
        struct block *last;
        uint32_t count;

        check(unpack(slab_head(desc_at(m)), m, &last, &count), report_corrupted_list("free", m));
        for (const struct block *b = at; count > 0; b = b->next, count--)
            visit(b);
        *m = saved;
        at = saved.next;
    }
}
