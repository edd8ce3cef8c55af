// SPDX-License-Identifier: MIT
// The DLL, which is never unloaded: its blocks outlive FreeLibrary.
#include <windows.h>

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID reserved);

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID reserved)
{
    HMODULE pinned;

    (void)reserved;
    return reason != DLL_PROCESS_ATTACH ||
           GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_PIN |
                                  GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                              (const char *)module, &pinned);
}
