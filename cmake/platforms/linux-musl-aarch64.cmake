# SPDX-License-Identifier: MIT
# Toolchain: Linux on 64-bit ARM with musl, from Debian's cross compiler and from what
# tests/platforms/linux-musl-aarch64.sh unpacks. The compiler's own helpers for atomics ask glibc.
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(kernel_headers /usr/aarch64-linux-gnu/include)
include(${CMAKE_CURRENT_LIST_DIR}/musl.cmake)
get_filename_component(musl ${CMAKE_CURRENT_LIST_DIR}/../../build/platforms/linux-musl-aarch64/root
    ABSOLUTE)
add_compile_options(-specs=${musl}/musl.specs -mno-outline-atomics)
add_link_options(-specs=${musl}/musl.specs)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static -L ${musl})
