// SPDX-License-Identifier: MIT
// Signals as macOS numbers and describes them: what Linux raises for an access that the protection
// of memory refuses is a SIGBUS there, and a handler gets Apple's records.
#include "loader.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

enum {
    MAC_SIGBUS = 10,
    MAC_SIGSEGV = 11,
    MAC_SIGINFO = 0x40,
};

struct mac_action {
    void (*handler)(int, void *, void *);
    uint32_t mask;
    int flags;
};

struct mac_info {
    int number, error, code, process;
    uint32_t user;
    int status;
    const void *address;
    uintptr_t value;
    long band;
    unsigned long unused[7];
};

// What a handler may read of the machine: as much of Apple's record as is written here.
#if defined(__x86_64__)
struct mac_machine {
    uint16_t trap, cpu;
    uint32_t error;
    uint64_t fault_address;
    uint64_t registers[21]; // rax rbx rcx rdx rdi rsi rbp rsp r8..r15 rip flags cs fs gs
    char rest[768];
};
#else
struct mac_machine {
    uint64_t fault_address;
    uint32_t syndrome, exception;
    uint64_t registers[33]; // x0..x28 fp lr sp pc
    char rest[768];
};
#endif

struct mac_context {
    int on_stack;
    uint32_t mask;
    struct {
        void *base;
        size_t size;
        int flags;
    } stack;
    struct mac_context *link;
    size_t machine_size;
    struct mac_machine *machine;
};

static struct mac_action actions[32];

#if defined(__x86_64__)
enum { MAC_RBP = 6, MAC_RSP = 7, MAC_RIP = 16 };

static void describe(struct mac_machine *m, const ucontext_t *c)
{
    m->error = (uint32_t)c->uc_mcontext.gregs[REG_ERR];
    m->fault_address = (uint64_t)c->uc_mcontext.gregs[REG_CR2];
    m->registers[MAC_RBP] = (uint64_t)c->uc_mcontext.gregs[REG_RBP];
    m->registers[MAC_RSP] = (uint64_t)c->uc_mcontext.gregs[REG_RSP];
    m->registers[MAC_RIP] = (uint64_t)c->uc_mcontext.gregs[REG_RIP];
}
#else
enum { MAC_SP = 31, MAC_PC = 32 };

// What the CPU would say of an access, by its instruction: an emulator may not tell.
static uint32_t syndrome_of(uint32_t instruction)
{
    const uint32_t data_abort = 0x24u << 26, write = 1 << 6;
    bool is_pair = (instruction & 0x3a000000) == 0x28000000;
    bool is_load = (instruction >> 22 & (is_pair ? 1 : 3)) != 0;

    return is_load ? data_abort : data_abort | write;
}

static void describe(struct mac_machine *m, const ucontext_t *c)
{
    const uint32_t *record = (const uint32_t *)c->uc_mcontext.__reserved; // magic, size, ...

    memcpy(m->registers, c->uc_mcontext.regs, 31 * sizeof(uint64_t));
    m->registers[MAC_SP] = c->uc_mcontext.sp;
    m->registers[MAC_PC] = c->uc_mcontext.pc;
    m->fault_address = c->uc_mcontext.fault_address;
    while (record[0] != 0 && record[0] != ESR_MAGIC)
        record = (const uint32_t *)((const char *)record + record[1]);
    m->syndrome = record[0] == ESR_MAGIC ? record[2]
                                         : syndrome_of(*(const uint32_t *)c->uc_mcontext.pc);
}
#endif

// Both come in as the host's SIGSEGV.
static void on_fault(int host, siginfo_t *info, void *context)
{
    int number = info->si_code == SEGV_ACCERR ? MAC_SIGBUS : MAC_SIGSEGV;
    struct mac_machine machine = {0};
    struct mac_context mac = {.machine_size = sizeof(machine), .machine = &machine};
    struct mac_info mac_info = {.number = number, .code = info->si_code, .address = info->si_addr};
    struct mac_action *action = &actions[number];

    if (action->handler == NULL) {
        signal(host, SIG_DFL);
        return;
    }
    describe(&machine, context);
    action->handler(number, &mac_info, &mac);
}

static int mac_sigaction(int number, const struct mac_action *action, struct mac_action *before)
{
    struct sigaction host = {.sa_sigaction = on_fault,
                             .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};

    if (number != MAC_SIGBUS && number != MAC_SIGSEGV)
        loader_die("sigaction for the signal %d", number);
    if (before != NULL)
        *before = actions[number];
    if (action != NULL) {
        if (action->handler != NULL && (action->flags & MAC_SIGINFO) == 0)
            loader_die("a handler without SA_SIGINFO");
        actions[number] = *action;
        sigaction(SIGSEGV, &host, NULL);
    }
    return 0;
}

static int mac_sigmask(int how, const uint32_t *set, uint32_t *before)
{
    (void)how;
    (void)set;
    if (before != NULL)
        *before = 0;
    return 0;
}

const struct symbol fault_symbols[] = {
    {"sigaction", (uintptr_t)mac_sigaction},
    {"pthread_sigmask", (uintptr_t)mac_sigmask},
    {NULL, 0},
};
