# SPDX-License-Identifier: MIT
# Toolchain: Linux on 32-bit ARM with floating point.
set(CMAKE_SYSTEM_PROCESSOR arm)
set(triple arm-linux-gnueabihf)
set(emulator qemu-arm-static)
include(${CMAKE_CURRENT_LIST_DIR}/linux.cmake)
