# SPDX-License-Identifier: MIT
# Toolchain: Linux on IBM Z, big endian.
set(CMAKE_SYSTEM_PROCESSOR s390x)
set(triple s390x-linux-gnu)
set(emulator qemu-s390x-static)
include(${CMAKE_CURRENT_LIST_DIR}/linux.cmake)
