# SPDX-License-Identifier: MIT
# Toolchain: Linux on x86-64 with musl, from Debian's musl-tools.
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER musl-gcc)
set(kernel_headers /usr/include /usr/include/x86_64-linux-gnu)
include(${CMAKE_CURRENT_LIST_DIR}/musl.cmake)
