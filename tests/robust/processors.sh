#!/bin/sh
# SPDX-License-Identifier: MIT
# Tier: long
# The library on other processors: 64 bit ARM with pages of 4, 16 and 64 KiB, big endian s390x, both
# in an emulator, and 32 bit x86, which runs here as it is. The emulator has this machine's order of
# memory accesses and accepts advice on less than a page, so neither is tested by this. The pages
# that MREMAP_DONTUNMAP leaves in place it takes for unmapped, so it is not let use that flag.
. "$(dirname -- "$0")/common.sh"

need cmake cmake
need make make
need qemu-aarch64-static qemu-user-static
need qemu-s390x-static qemu-user-static
for triple in aarch64-linux-gnu s390x-linux-gnu i686-linux-gnu; do
    need $triple-gcc gcc-$triple g++-$triple
    need $triple-g++ gcc-$triple g++-$triple
done

# Static, so that the library for the other processor does not hinder it.
compile plain_mremap plain_mremap.c -static

# Builds the library and the programs for TRIPLE in a folder of that name.
build_for()
{
    triple=$1
    { cmake -S "$source" -B "$triple" -DCMAKE_SYSTEM_NAME=Linux \
        -DCMAKE_SYSTEM_PROCESSOR="${triple%%-*}" -DCMAKE_C_COMPILER="$triple-gcc" \
        -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF &&
        cmake --build "$triple" -j 2; } >"$triple.log" 2>&1 ||
        die "$triple: $(grep -m 3 -E 'error|Error' "$triple.log")"
    judge "$triple: built without a warning" "$(grep -m 1 warning: "$triple.log")"
    cc=$triple-gcc
    cxx=$triple-g++
    compile "$triple/work" work.c
    compile "$triple/work++" work.cpp
    compile "$triple/dlopen" dlopen.c -ldl
    compile "$triple/static" work.c -static "$triple/libikyoalloc.a"
    compile "$triple/names" new_names.cpp -ldl
}

# Every program for $triple under $emulator: all_run WHERE
all_run()
{
    where=$1
    preload=$work/$triple/libikyoalloc.so
    for program in work work++ names; do
        # shellcheck disable=SC2086 # The emulator and its options are words.
        expect "$where: $program" right env LD_PRELOAD="$preload" $emulator ./$triple/$program
    done
    # shellcheck disable=SC2086
    expect "$where: dlopen" right $emulator ./$triple/dlopen "$triple/libikyoalloc-dlopen.so"
    # shellcheck disable=SC2086
    expect "$where: a static program" right $emulator ./$triple/static
}

build_for aarch64-linux-gnu
for page in 4096 16384 65536; do
    emulator="./plain_mremap qemu-aarch64-static -p $page -L /usr/aarch64-linux-gnu"
    all_run "aarch64 with pages of $page"
done
build_for s390x-linux-gnu
emulator="./plain_mremap qemu-s390x-static -L /usr/s390x-linux-gnu"
all_run 's390x'
build_for i686-linux-gnu
emulator=
all_run 'i386'
finish
