#!/bin/sh
# SPDX-License-Identifier: MIT
# Tier: long
# Transparent huge pages set to always, madvise and never, for the whole machine and for as short as
# it takes. A kernel that backs whatever it can by 2 MiB pages must not make small programs big.
. "$(dirname -- "$0")/common.sh"

setting=/sys/kernel/mm/transparent_hugepage/enabled
rounds=25
need python3 python3
python=$(python3 -c 'import os, sys; print(os.path.realpath(sys.executable))') || die python3
compile work work.c
compile work++ work.cpp
compile resident resident.c
"$cc" -O2 -o measure "$source/bench/measure.c" || die "bench/measure.c does not compile"

current()
{
    sed 's/.*\[\(.*\)\].*/\1/' $setting
}

median()
{
    sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# peak LIBRARY PROGRAM ARGUMENT...: the peak resident KiB of one run.
peak()
{
    preload=$1
    shift
    MEASURE_PRELOAD=$preload ./measure "$@" 3>figures >/dev/null || die "$* fails"
    awk '{ print $3 }' figures
}

# compare NAME PROGRAM ARGUMENT...: by turns on the C library and on ours, at most 6 % more.
compare()
{
    name=$1
    shift
    : >a
    : >b
    turn=0
    while [ $turn -lt $rounds ]; do
        peak '' "$@" >>a
        peak "$library" "$@" >>b
        turn=$((turn + 1))
    done
    plain=$(median <a)
    ours=$(median <b)
    reason=
    [ $((ours * 100)) -le $((plain * 106)) ] || reason="more than 6 % over"
    judge "$mode: peak of $name, $ours KiB, the C library $plain" "$reason"
}

before=$(current) || die "$setting cannot be read"
[ -n "$before" ] || die "$setting cannot be read"
# shellcheck disable=SC2016 # Expanded at the end.
at_end='echo "$before" 2>/dev/null >$setting'
(echo "$before" >$setting) 2>refused || die "$setting cannot be set: $(cat refused)"

for mode in never madvise always; do
    echo $mode >$setting
    [ "$(current)" = $mode ] || die "$setting was set to $mode and is $(current)"
    compare 'ls /' ls /
    compare 'bash -c :' bash -c :
    compare 'python3 -S -c pass' "$python" -S -c pass
    expect "$mode: a C program with threads and a fork" right env LD_PRELOAD="$library" ./work
    expect "$mode: a C++ program with threads" right env LD_PRELOAD="$library" ./work++
    for turn in 1 2 3; do
        LD_PRELOAD=$library ./resident || die 'resident fails'
    done | median >resident.$mode
done
echo "$before" >$setting
never=$(cat resident.never)
for mode in madvise always; do
    huge=$(cat resident.$mode)
    reason=
    [ $((huge * 100)) -le $((never * 106)) ] || reason='more than 6 % over'
    judge "$mode: a program of some size holds $huge KiB, with never $never" "$reason"
done
finish
