#!/bin/sh
# SPDX-License-Identifier: MIT
# The amalgamation of SQLite, 240,000 lines in one file, parsed by gcc: one large, growing heap.
. "$(dirname -- "$0")/common.sh"
packages='gcc libc6-dev make tcl'

inputs()
{
    source_of sqlite3 || return 1
    cp -R "$input/sqlite3" "$scratch/build" &&
        (cd "$scratch/build" && ./configure -q && make -s sqlite3.c) >/dev/null &&
        cp "$scratch/build/sqlite3.c" "$input/"
}

# The prototypes that gcc found show that it has read the file to its end.
work()
{
    launch gcc -fsyntax-only -w -aux-info "$scratch/prototypes" "$input/sqlite3.c" || return 1
    sed 's/^.*\*\/ //' "$scratch/prototypes" | cksum
}

main "$@"
