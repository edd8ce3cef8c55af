# SPDX-License-Identifier: MIT
# Toolchain: Linux on 32-bit x86, whose programs an x86-64 kernel runs itself.
set(CMAKE_SYSTEM_PROCESSOR i686)
set(triple i686-linux-gnu)
include(${CMAKE_CURRENT_LIST_DIR}/linux.cmake)
