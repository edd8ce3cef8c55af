// SPDX-License-Identifier: MIT
// The public calls that a scenario makes, besides malloc and free.
#ifndef MODEL_CALLS_H
#define MODEL_CALLS_H

void call_flush_thread(void);
void call_flush_all(void);
void call_trim(void);

#endif
