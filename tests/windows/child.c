// SPDX-License-Identifier: MIT
#include "child.h"

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <windows.h>

enum { CHILD_MS = 60000, CHILD_ENDED_LATE = 97, STARTS = 5 };

// The results so far lie in a file, one behind the other; a child is told its name.
static const char child_variable[] = "IKYO_TEST_CHILD";
static int child_calls, child_number = -1; // of this process: the call it was started for
static char child_history[MAX_PATH];
static int child_stderr = -1;

static _Noreturn void child_give_up(const char *what)
{
    fprintf(stderr, "child.h: %s: error %lu\n", what, GetLastError());
    exit(99);
}

// Before main: a child is silent until it comes to its own part.
__attribute__((constructor)) static void child_begin(void)
{
    const char *told = getenv(child_variable);

    _setmode(2, _O_BINARY);
    if (told == NULL) {
        if (GetTempFileNameA(".", "chi", 0, child_history) == 0)
            child_give_up("GetTempFileName");
        return;
    }
    if (sscanf(told, "%d %259[^\n]", &child_number, child_history) != 2)
        child_give_up(child_variable);
    child_stderr = _dup(2);
    if (freopen("NUL", "w", stdout) == NULL || freopen("NUL", "w", stderr) == NULL)
        child_give_up("freopen");
}

__attribute__((destructor)) static void child_end(void)
{
    if (child_number < 0)
        remove(child_history);
}

static struct child child_replay(int call)
{
    struct child child;
    FILE *file = fopen(child_history, "rb");

    if (file == NULL || fseek(file, (long)sizeof child * call, SEEK_SET) != 0 ||
        fread(&child, sizeof child, 1, file) != 1)
        child_give_up("the history is short");
    fclose(file);
    return child;
}

static void child_record(const struct child *child)
{
    FILE *file = fopen(child_history, "ab");

    if (file == NULL || fwrite(child, sizeof *child, 1, file) != 1 || fclose(file) != 0)
        child_give_up("the history cannot be written");
}

static _Noreturn void child_act(void (*run)(void))
{
    signal(SIGABRT, SIG_DFL);
    // That of cmocka would turn a fault into an exit, too.
    SetUnhandledExceptionFilter(NULL);
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
    _putenv_s(child_variable, "");
    fflush(stderr);
    if (_dup2(child_stderr, 2) != 0)
        child_give_up("dup2");
    SetStdHandle(STD_ERROR_HANDLE, (HANDLE)_get_osfhandle(2));
    run();
    fflush(NULL);
    TerminateProcess(GetCurrentProcess(), 0);
    abort();
}

static HANDLE child_start(int call, HANDLE error)
{
    char program[MAX_PATH], told[MAX_PATH + 16];
    STARTUPINFOA start = {.cb = sizeof start,
                          .dwFlags = STARTF_USESTDHANDLES,
                          .hStdInput = GetStdHandle(STD_INPUT_HANDLE),
                          .hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE),
                          .hStdError = error};
    PROCESS_INFORMATION process;

    snprintf(told, sizeof told, "%d %s", call, child_history);
    GetModuleFileNameA(NULL, program, sizeof program);
    _putenv_s(child_variable, told);
    // wine, while it is busy, says now and then that it has an internal error.
    for (int left = STARTS;
         !CreateProcessA(program, NULL, NULL, NULL, TRUE, 0, NULL, NULL, &start, &process);
         Sleep(100))
        if (--left == 0 || GetLastError() != ERROR_INTERNAL_ERROR)
            child_give_up("CreateProcess");
    _putenv_s(child_variable, "");
    CloseHandle(process.hThread);
    return process.hProcess;
}

static void child_ended(struct child *child, DWORD code)
{
    switch (code) {
    case 3: // what abort ends with
        child->signal = SIGABRT;
        break;
    case EXCEPTION_ACCESS_VIOLATION:
        child->signal = SIGSEGV;
        break;
    default:
        child->status = (int)code;
    }
}

struct child child_run(void (*run)(void))
{
    struct child child = {.status = -1};
    int call = child_calls++;
    HANDLE ends[2], process;
    size_t length = 0;
    DWORD got, code = CHILD_ENDED_LATE;

    if (call < child_number)
        return child_replay(call);
    if (call == child_number)
        child_act(run);
    if (!CreatePipe(&ends[0], &ends[1], NULL, 1 << 16) ||
        !SetHandleInformation(ends[1], HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT))
        child_give_up("CreatePipe");
    process = child_start(call, ends[1]);
    CloseHandle(ends[1]);
    if (WaitForSingleObject(process, CHILD_MS) == WAIT_OBJECT_0)
        GetExitCodeProcess(process, &code);
    else
        TerminateProcess(process, code);
    while (length < sizeof child.text - 1 &&
           ReadFile(ends[0], child.text + length, (DWORD)(sizeof child.text - 1 - length), &got,
                    NULL) && got > 0)
        length += got;
    CloseHandle(ends[0]);
    CloseHandle(process);
    child_ended(&child, code);
    child_record(&child);
    return child;
}
