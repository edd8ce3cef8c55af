#!/bin/sh
# SPDX-License-Identifier: MIT
# What a program links the library for, beside malloc and std::pmr: `./dev bench --engine` runs it.
#
#   run.sh LIBRARY [OUT]
#
# Each program is run RUNS times, and of each figure the least counts. Writes OUT/engine.csv, a row
# for each way of a row, and OUT/engine.md, the table, which is printed as well.
set -u
LC_ALL=C
export LC_ALL
unset IKYO_OPTIONS LD_PRELOAD
RUNS=3

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
[ $# -ge 1 ] || { echo "usage: run.sh LIBRARY [OUT]" >&2; exit 2; }
library=$(realpath -- "$1") || exit 1
out=${2:-$here/../results}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

for name in arenas pools heaps spaces buffers; do
    c++ -std=c++17 -O2 -I"$here/../../include" -o "$work/$name" "$here/$name.cpp" "$library" \
        -Wl,-rpath,"$(dirname -- "$library")" -pthread || exit 1
done
for run in $(seq $RUNS); do
    for name in arenas pools heaps spaces buffers; do
        "$work/$name" >>"$work/all" || exit 1
    done
done

mkdir -p "$out" || exit 1
awk -F, -v table="$work/engine.md" '
BEGIN { ways = split("ours malloc monotonic growing unsynchronized synchronized", way, " ") }
!(($1, $2) in least) { if (!($1 in known)) { known[$1]; row[++rows] = $1 } }
!(($1, $2) in least) || $3 < least[$1, $2] { least[$1, $2] = $3 }
END {
    print "row,way,ns"
    for (r = 1; r <= rows; r++) for (w = 1; w <= ways; w++)
        if ((row[r], way[w]) in least) print row[r] "," way[w] "," least[row[r], way[w]]

    printf "| ns |" >table
    for (w = 1; w <= ways; w++) printf " %s |", w == 1 ? "**ours**" : way[w] >table
    printf " best other / ours |\n|---|" >table
    for (w = 1; w <= ways + 1; w++) printf "---|" >table
    print "" >table
    for (r = 1; r <= rows; r++) {
        best = 0
        printf "| %s |", row[r] >table
        for (w = 1; w <= ways; w++) {
            if (!((row[r], way[w]) in least)) { printf " |" >table; continue }
            figure = least[row[r], way[w]]
            printf w == 1 ? " **%.2f** |" : " %.2f |", figure >table
            if (w > 1 && (best == 0 || figure < best)) best = figure
        }
        printf " %.2f |\n", best / least[row[r], "ours"] >table
    }
}' "$work/all" >"$out/engine.csv" && cp "$work/engine.md" "$out/engine.md" && cat "$out/engine.md"
