# SPDX-License-Identifier: MIT
# What the toolchain files of Linux on other processors share. They set `triple`, and `emulator` if
# this machine cannot run the programs itself. Debian has the libraries in /usr/<triple>.
set(CMAKE_SYSTEM_NAME Linux)
if(NOT DEFINED CMAKE_C_COMPILER)
    set(CMAKE_C_COMPILER ${triple}-gcc)
    set(CMAKE_CXX_COMPILER ${triple}-g++)
endif()
set(CMAKE_FIND_ROOT_PATH /usr/${triple})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
if(emulator)
    set(CMAKE_CROSSCOMPILING_EMULATOR ${emulator} -L /usr/${triple})
endif()
