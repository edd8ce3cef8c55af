// SPDX-License-Identifier: MIT
// What os_fork_hooks was given. macOS calls nobody later before a fork, and nobody earlier
// after it, than the malloc zones; so ours (darwin/zone.c) calls these, and pthread_atfork,
// which would call them a second time, is not asked.
#ifndef OS_DARWIN_FORK_H
#define OS_DARWIN_FORK_H

struct fork_hooks {
    void (*prepare)(void), (*parent)(void), (*child)(void);
};

extern struct fork_hooks fork_hooks; // fixed once the library has started

#endif
