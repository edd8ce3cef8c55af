// SPDX-License-Identifier: MIT
// What the thread sanitizer cannot know, for the tests that meet it.
#ifndef TESTS_UNIT_CORE_TSAN_H
#define TESTS_UNIT_CORE_TSAN_H

// recycle, end, mapping_release: a record is given up before its mapping is, and taken over by
// whoever is given the address next; between the two is the kernel's own lock. stats_collect: the
// figures are read while threads work, and are allowed to be off by what passes through their
// hands. checked_look_at_all: it looks at blocks that come and go meanwhile, and once more at what
// seems to be wrong.
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "race:recycle\nrace:^end$\nrace:^mapping_release$\nrace:stats_collect\n"
           "race:checked_look_at_all\n";
}

#endif
