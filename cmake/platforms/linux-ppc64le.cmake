# SPDX-License-Identifier: MIT
# Toolchain: Linux on 64-bit POWER, little endian.
set(CMAKE_SYSTEM_PROCESSOR ppc64le)
set(triple powerpc64le-linux-gnu)
set(emulator qemu-ppc64le-static)
include(${CMAKE_CURRENT_LIST_DIR}/linux.cmake)
