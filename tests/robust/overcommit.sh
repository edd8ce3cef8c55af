#!/bin/sh
# SPDX-License-Identifier: MIT
# Strict accounting of memory, for one process: a limit on private writable memory (ulimit -d),
# which the kernel counts as it does for the whole machine with vm.overcommit_memory=2. What is
# reserved must not count; what is committed must be available to the last.
. "$(dirname -- "$0")/common.sh"

compile work work.c
compile work++ work.cpp
compile charge charge.c

# charge_of LIBRARY: the writable memory of a small program, in KiB.
charge_of()
{
    LD_PRELOAD=$1 grep VmData /proc/self/status | grep -o '[0-9][0-9]*'
}

# needs PROGRAM LIBRARY: the least limit, in steps of 1 MiB, that the program ends well under.
needs()
{
    limit=1
    # shellcheck disable=SC3045 # Every shell on Linux has these limits.
    until (ulimit -c 0 && ulimit -d $((limit * 1024)) && LD_PRELOAD=$2 exec "$1") \
        >out 2>/dev/null && [ "$(cat out)" = right ]; do
        limit=$((limit + 1))
        [ $limit -lt 200 ] || break
    done
    echo $limit
}

plain=$(charge_of '')
ours=$(charge_of "$library")
reason=
[ "$ours" -le $((plain + 2048)) ] || reason="$ours KiB, the C library $plain"
judge "a small program is charged at most 2 MiB more ($ours KiB, $plain)" "$reason"

for program in ./work ./work++; do
    # The shell tells of each run that was aborted.
    plain=$(needs $program '' 2>/dev/null)
    ours=$(needs $program "$library" 2>/dev/null)
    [ "$plain" -lt 200 ] || die "$program fails even with 200 MiB"
    reason=
    [ "$ours" -le $((plain + 8)) ] || reason="it needs $ours MiB, on the C library $plain"
    judge "$program needs at most 8 MiB more ($ours, $plain)" "$reason"
done

# shellcheck disable=SC2016 # The inner shell expands it.
limited='ulimit -d 65536 && exec "$@"'
for size in 16 100 1000 5000 30000 100000 500000 3000000; do
    expect "blocks of $size take 85 % of the limit, again and in a child" right \
        sh -c "$limited" sh env LD_PRELOAD="$library" ./charge $size 85
done
finish
