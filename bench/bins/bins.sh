#!/bin/sh
# SPDX-License-Identifier: MIT
# Which size classes and which unit need the least memory? Records real programs of bench/programs
# and replays each trace with all tables and units. Usage: bins.sh [PROGRAM...]
#
# Prints Markdown tables of the peaks of heap and of slabs alone, as ratios to the first table with
# units of 16 KiB. A program that is not installed is named and left out.
set -u
LC_ALL=C
export LC_ALL

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
inputs=${here%/bench/bins}/build/bench/inputs
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
[ $# -gt 0 ] || set -- python_json perl_hashes gcc_sqlite git sqlite_speed jq gawk ghostscript \
    ruby_objects lua_tables graphviz cppcheck z3

say()
{
    printf '%s\n' "bins: $*" >&2
}

build()
{
    flags='-std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra'
    # shellcheck disable=SC2086 # these are several words
    cc $flags -o "$work/measure" "$here/../measure.c" &&
        cc $flags -fno-builtin -fPIC -shared -pthread -o "$work/record.so" "$here/record.c" &&
        (cd "$here" && cc $flags -o "$work/simulate" simulate.c model.c cache.c slab.c classes.c \
            trace.c)
}

# Records a program; the trace is that of the process with the most calls, as one program may
# start several. Files are sparse, so it is the one with the most blocks on disk.
record()
{
    mkdir "$work/traces" &&
        MEASURE=$work/measure MEASURE_PRELOAD=$work/record.so RECORD_TO=$work/traces \
            "$here/../programs/$1.sh" run "$inputs" >/dev/null || return 1
    trace=$(du -k "$work"/traces/* | sort -n | tail -n 1 | cut -f 2)
}

study()
{
    "$here/../programs/$1.sh" prepare "$inputs" >/dev/null || { say "$1 is left out"; return 0; }
    say "$1"
    record "$1" && "$work/simulate" "$trace" >"$work/figures" || return 1
    sed "s/^/$1 /" "$work/figures" >>"$work/all"
    rm -r "$work/traces"
}

# table COLUMN HEADING UNIT: ratios of this column of simulate's lines to those of the first table.
table()
{
    awk -v column="$1" -v heading="$2" -v unit="$3" '
        { candidate = $2 " " $3; value = $column + 0 }
        !(candidate in rank) { rank[candidate] = ++candidates; name[candidates] = candidate }
        !($1 in base) { base[$1] = value; program[++programs] = $1 }
        { ratio[$1, candidate] = value / base[$1]; logs[candidate] += log(value / base[$1]) }
        function row(first, i) {
            line = "| " first " |"
            for (i = 1; i <= candidates; i++)
                line = line " " cell(name[i]) " |"
            print line
        }
        function cell(candidate) {
            if (kind == "names") return candidate
            if (kind == "rule") return "---:"
            if (kind == "means") return sprintf("%.3f", exp(logs[candidate] / programs))
            return sprintf("%.3f", ratio[kind, candidate])
        }
        END {
            kind = "names"; row(heading)
            kind = "rule"; row("---")
            for (p = 1; p <= programs; p++) {
                kind = program[p]
                row(program[p] ", " base[program[p]] " " unit)
            }
            kind = "means"; row("**geometric mean**")
        }' "$work/all"
}

build || exit 1
for program in "$@"; do
    study "$program" || { say "$program failed"; exit 1; }
done
[ -s "$work/all" ] || { say "no program is installed"; exit 1; }
table 4 'peak of the heap' KiB
printf '\n'
table 5 'peak of the slabs' KiB
printf '\n'
table 6 'lost to rounding at that peak' KiB
printf '\n'
table 7 'slabs created' slabs
