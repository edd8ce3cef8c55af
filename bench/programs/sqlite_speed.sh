#!/bin/sh
# SPDX-License-Identifier: MIT
# The speed test of SQLite's own authors in the sqlite3 shell's library: pages, records, statements.
. "$(dirname -- "$0")/common.sh"
packages='gcc libc6-dev libsqlite3-dev'

inputs()
{
    source_of sqlite3 || return 1
    gcc -O1 -w -o "$input/speedtest1" "$input/sqlite3/test/speedtest1.c" -lsqlite3
}

# The hash is of all the rows that the queries of the test have read.
work()
{
    launch "$input/speedtest1" --size 25 --verify --memdb >"$scratch/report" || return 1
    grep 'Verification Hash' "$scratch/report"
}

main "$@"
