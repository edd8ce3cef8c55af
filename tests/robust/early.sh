#!/bin/sh
# SPDX-License-Identifier: MIT
# Code that allocates before all other code of the process, whichever side of us it is loaded on:
# constructors of the highest priority, IFUNC resolvers, auditors of the dynamic linker. A resolver
# runs when its symbol is first bound; while libraries are still being relocated none may allocate
# but from the C library itself, because no other library's data are in place then.
. "$(dirname -- "$0")/common.sh"

compile ifunc.so early_ifunc.c -shared -fPIC -Wl,-z,lazy
compile early early.c -ldl
compile work work.c
compile audit.so early_audit.c -shared -fPIC
for side in first last; do
    both=$library:$work/ifunc.so
    [ $side = last ] && both=$work/ifunc.so:$library
    expect "a library that allocates early, ours is $side" right env LD_PRELOAD="$both" ./early
done
expect 'auditor, C library alone' right env LD_AUDIT=./audit.so ./work
expect 'auditor, ours preloaded' right env LD_AUDIT=./audit.so LD_PRELOAD="$library" ./work
expect 'ours preloaded twice, by two names' right \
    env LD_PRELOAD="$library:$build/libikyoalloc.so.0" ./work
expect 'everything bound at start' right env LD_BIND_NOW=1 LD_PRELOAD="$library" ./work
for flavour in nocxx dlopen; do
    expect "ours preloaded before the $flavour flavour" right \
        env LD_PRELOAD="$library:$build/libikyoalloc-$flavour.so" ./work
    expect "ours preloaded behind the $flavour flavour" right \
        env LD_PRELOAD="$build/libikyoalloc-$flavour.so:$library" ./work
done
finish
