#!/bin/sh
# SPDX-License-Identifier: MIT
# Lua built from its sources by make and gcc: many short processes, most of them compilers.
. "$(dirname -- "$0")/common.sh"
packages='gcc libc6-dev make'

inputs()
{
    source_of lua5.4
}

work()
{
    cp -R "$input/lua5.4/src" "$scratch/src" || return 1
    launch make -s -j2 -C "$scratch/src" linux \
        CFLAGS='-std=gnu99 -O0 -DLUA_COMPAT_5_3 -DLUA_USE_LINUX' >&2 || return 1
    "$scratch/src/lua" -e 'local t = {} for i = 1, 9 do t[i] = i ^ 2 end
        print(table.concat(t, " "))'
}

main "$@"
