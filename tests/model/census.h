// SPDX-License-Identifier: MIT
// What must be true: of every state, and of those in which all threads are quiet.
#ifndef MODEL_CENSUS_H
#define MODEL_CENSUS_H

// Before the other calls.
void census_init(void);

// Every listed slab is a slab, of the bin it was listed in; every depot is a list of
// listed slabs of its bin, each once.
void census_step(void);

// Besides: every block is in exactly one place, every slab with room is within reach,
// every unit is in exactly one use, a cache without a thread has nothing. After a
// fork, what the threads left half done is excused.
void census_end(void);

#endif
