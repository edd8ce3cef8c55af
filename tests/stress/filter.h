// SPDX-License-Identifier: MIT
// A seccomp filter built rule by rule, for the programs that test which system calls are made.
#ifndef STRESS_FILTER_H
#define STRESS_FILTER_H

#include "stress.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

enum { FILTER_ROOM = 256 };

struct filter {
    struct sock_filter code[FILTER_ROOM];
    unsigned short length;
};

static inline void filter_add(struct filter *f, struct sock_filter instruction)
{
    stress_expect(f->length < FILTER_ROOM, "the filter has room");
    f->code[f->length++] = instruction;
}

// Every rule starts here: the number of the system call is loaded anew.
static inline void filter_load_call(struct filter *f)
{
    filter_add(f, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                               offsetof(struct seccomp_data, nr)));
}

// System call `number` is answered with `answer`.
static inline void filter_call(struct filter *f, long number, unsigned answer)
{
    filter_load_call(f);
    filter_add(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1));
    filter_add(f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer));
}

// System call `number` is answered with `answer` when `test` (BPF_JGE, BPF_JSET) of the low word
// of argument `index` with `value` holds.
static inline void filter_argument(struct filter *f, long number, unsigned index,
                                   unsigned short test, unsigned value, unsigned answer)
{
    unsigned at = (unsigned)offsetof(struct seccomp_data, args) + 8 * index;

    filter_load_call(f);
    filter_add(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 3));
    filter_add(f, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at));
    filter_add(f, (struct sock_filter)BPF_JUMP(BPF_JMP | test | BPF_K, value, 0, 1));
    filter_add(f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer));
}

// Everything else is answered with `answer`; the filter then holds for all threads.
static inline void filter_install(struct filter *f, unsigned answer)
{
    struct sock_fprog program = {0, f->code};

    filter_add(f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer));
    program.len = f->length;
    stress_expect(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "PR_SET_NO_NEW_PRIVS");
    stress_expect(
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0,
        "seccomp");
}

#endif
