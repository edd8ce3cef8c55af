// SPDX-License-Identifier: MIT
// Starts a program on Windows with ikyoalloc as its malloc: ikyo-run [--stats] PROGRAM ARGUMENT...
//
// The program is not changed on disk. It is started without running, made to load
// ikyoalloc-patch.dll, which lies beside this program, and then run. ucrtbase.dll is loaded
// first, so that it is patched also where the program loads it later.
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <windows.h>

enum { FAILED = 125, LINE_SIZE = 32768 }; // the longest command line there is

static int fail(const char *what)
{
    fprintf(stderr, "ikyo-run: %s: error %lu\n", what, GetLastError());
    return FAILED;
}

// Of our own command line, what is behind `words` words: quoted as the program must have it.
static char *rest_of_command_line(int words)
{
    char *at = GetCommandLineA();

    for (; words > 0; words--) {
        bool quoted = false;

        for (; *at != '\0' && (quoted || (*at != ' ' && *at != '\t')); at++) {
            quoted ^= *at == '"';
        }
        at += strspn(at, " \t");
    }
    return at;
}

// The address of LoadLibraryA is the same in all processes: kernel32.dll is loaded once a boot.
static bool load_into(HANDLE process, const char *library, bool *loaded)
{
    size_t size = strlen(library) + 1;
    void *there = VirtualAllocEx(process, NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    LPTHREAD_START_ROUTINE load = (LPTHREAD_START_ROUTINE)(void *)GetProcAddress(
        GetModuleHandleA("kernel32.dll"), "LoadLibraryA");
    HANDLE thread;
    DWORD result = 0;

    if (there == NULL || load == NULL || !WriteProcessMemory(process, there, library, size, NULL)) {
        return false;
    }
    thread = CreateRemoteThread(process, NULL, 0, load, there, 0, NULL);
    if (thread == NULL) {
        return false;
    }
    WaitForSingleObject(thread, INFINITE);
    GetExitCodeThread(thread, &result);
    CloseHandle(thread);
    VirtualFreeEx(process, there, 0, MEM_RELEASE);
    *loaded = result != 0;
    return true;
}

static bool library_beside_us(char *path, size_t size)
{
    static const char name[] = "ikyoalloc-patch.dll";
    DWORD length = GetModuleFileNameA(NULL, path, (DWORD)size);
    char *end = strrchr(path, '\\');

    if (length == 0 || end == NULL || (size_t)(end + 1 - path) + sizeof(name) > size) {
        return false;
    }
    memcpy(end + 1, name, sizeof(name));
    return true;
}

static int run(char *command)
{
    char library[MAX_PATH];
    STARTUPINFOA start = {.cb = sizeof(start)};
    PROCESS_INFORMATION process;
    bool loaded = false;
    DWORD code = FAILED;

    if (!library_beside_us(library, sizeof(library))) {
        return fail("ikyoalloc-patch.dll");
    }
    if (!CreateProcessA(NULL, command, NULL, NULL, TRUE, CREATE_SUSPENDED, NULL, NULL, &start,
                        &process)) {
        return fail(command);
    }
    if (!load_into(process.hProcess, "ucrtbase.dll", &loaded) ||
        !load_into(process.hProcess, library, &loaded) || !loaded) {
        TerminateProcess(process.hProcess, FAILED);
        return fail(library);
    }
    if (ResumeThread(process.hThread) == (DWORD)-1 ||
        WaitForSingleObject(process.hProcess, INFINITE) != WAIT_OBJECT_0 ||
        !GetExitCodeProcess(process.hProcess, &code)) {
        return fail(command);
    }
    return (int)code;
}

int main(int count, char **words)
{
    static char command[LINE_SIZE];
    int first = count > 1 && strcmp(words[1], "--stats") == 0 ? 2 : 1;

    if (count <= first) {
        fprintf(stderr, "usage: ikyo-run [--stats] PROGRAM ARGUMENT...\n");
        return FAILED;
    }
    if (first == 2) {
        SetEnvironmentVariableA("IKYO_RUN_STATS", "1");
    }
    strncpy(command, rest_of_command_line(first), sizeof(command) - 1);
    return run(command);
}
