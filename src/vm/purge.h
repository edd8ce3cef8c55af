// SPDX-License-Identifier: MIT
// When the memory of free extents goes back to the OS.
//
// A dirty free page is worth about 2 us, so it is kept unless the peak would rise
// or the process has become idle:
//   on growth  clean pages are about to raise the peak: as many dirty ones are
//              purged, if more than 256 KiB and half as many as are used lie about
//   by age     while more than 1/8 of the used ones are dirty: half of those that
//              were not needed in a period of purge_delay, so that a peak decays
// Purging cuts the extent out, so LOCK_EXTENT is not held during the system call.
#ifndef VM_PURGE_H
#define VM_PURGE_H

#include <stdbool.h>
#include <stddef.h>

// What to purge after a range was taken, `clean` granules of which raise what is
// resident, and after one was given back: a number for purge_granules. Need
// LOCK_EXTENT.
size_t purge_note_take(size_t clean);
size_t purge_note_give(void);

// Purges what has come of age. Cheap while nothing ages; for every slow path.
void purge_tick(void);

// Purges about this many granules, longest extents first. Without a lock.
void purge_granules(size_t count);

// Gives back all dirty free memory down to `keep` bytes. True if some went back.
bool purge_all(size_t keep);

#endif
