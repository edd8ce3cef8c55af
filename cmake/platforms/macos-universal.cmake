# SPDX-License-Identifier: MIT
# Builds for macOS elsewhere, for both CPUs at once: clang and lld, and in the directory MACOS_SDK
# of the environment usr/include and usr/lib of an SDK and bin with `ld64.lld` and `lipo`
# (tests/platforms/macos-universal.sh makes one). A Mac needs no such file.
set(CMAKE_SYSTEM_NAME Darwin)
set(CMAKE_OSX_ARCHITECTURES "arm64;x86_64" CACHE STRING "")
set(CMAKE_OSX_DEPLOYMENT_TARGET 11.0 CACHE STRING "")
set(CMAKE_OSX_SYSROOT $ENV{MACOS_SDK} CACHE PATH "")

set(CMAKE_C_COMPILER clang-14 -B$ENV{MACOS_SDK}/bin)
set(CMAKE_C_COMPILER_TARGET arm64-apple-macos11)
set(CMAKE_AR llvm-ar-14 CACHE FILEPATH "")
set(CMAKE_RANLIB llvm-ranlib-14 CACHE FILEPATH "")
set(CMAKE_INSTALL_NAME_TOOL llvm-install-name-tool-14 CACHE FILEPATH "")
set(CMAKE_SHARED_LINKER_FLAGS_INIT -fuse-ld=lld)
set(CMAKE_EXE_LINKER_FLAGS_INIT -fuse-ld=lld)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
