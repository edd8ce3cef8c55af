#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs each workload under each allocator by turns, and prints the shortest time with the median of
# peak memory and of minor faults. Fewer is better everywhere.
#
#   run.sh [--rounds N] [--only NAME] [LIBRARY...]
#
# The C library always takes part; without a LIBRARY the release build of this tree does too.
set -u
LC_ALL=C
export LC_ALL
unset LD_PRELOAD MEASURE_PRELOAD IKYO_OPTIONS

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
rounds=7
only=

die()
{
    printf '%s\n' "bench: $*" >&2
    exit 1
}

median()
{
    sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# Runs a workload once under a library (- for none) and appends "figure KiB faults" to a file.
run_once()
{
    MEASURE_PRELOAD=${2#-} "$work/measure" "$work/$1" 3>"$work/cost" >"$work/figure" 2>"$work/error" ||
        die "$1 under $2 failed: $(tail -n 1 "$work/error")"
    printf '%s %s\n' "$(cat "$work/figure")" "$(cut -d' ' -f3,4 "$work/cost")" >>"$3"
}

# One workload: all rounds by turns, then a row for each library.
compare()
{
    round=0
    while [ $round -lt "$rounds" ]; do
        index=0
        for library in $libraries; do
            index=$((index + 1))
            run_once "$1" "$library" "$work/$1.$index"
        done
        round=$((round + 1))
    done
    index=0
    for library in $libraries; do
        index=$((index + 1))
        name=$(basename "$library" | sed 's/^-$/C library/; s/^lib//; s/\.so.*//')
        printf '%-10s %-20s %12s %10s %10s\n' "$1" "$name" \
            "$(cut -d' ' -f1 "$work/$1.$index" | sort -n | head -n 1)" \
            "$(cut -d' ' -f2 "$work/$1.$index" | median | awk '{ printf "%.1f", $1 / 1024 }')" \
            "$(cut -d' ' -f3 "$work/$1.$index" | median)"
    done
}

while [ $# -gt 0 ]; do
    case $1 in
    --rounds) rounds=${2-} ;;
    --only) only=${2-} ;;
    *) break ;;
    esac
    shift 2 || die "$1 needs a value"
done
[ "$rounds" -gt 0 ] 2>/dev/null || die "--rounds needs a number"
[ $# -gt 0 ] || set -- "$here/../build/release/libikyoalloc.so"
libraries=-
for library in "$@"; do
    library=$(realpath -- "$library") || die "no such library: $library"
    case $library in
    *' '*) die "a path with a space: $library" ;;
    esac
    LD_PRELOAD=$library grep -qF "$library" /proc/self/maps || die "$library cannot be preloaded"
    libraries="$libraries $library"
done

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
cc -O2 -o "$work/measure" "$here/measure.c" || die "measure.c does not compile"
printf '%-10s %-20s %12s %10s %10s\n' workload allocator 'ns/operation' 'peak MiB' faults
for source in "$here"/bench_*.c; do
    name=$(basename "$source" .c | sed 's/^bench_//')
    [ -z "$only" ] || [ "$only" = "$name" ] || continue
    cc -std=c11 -O2 -Wall -Wextra -fno-builtin -pthread -o "$work/$name" "$source" ||
        die "$source does not compile"
    compare "$name"
done
