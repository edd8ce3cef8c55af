#!/bin/sh
# SPDX-License-Identifier: MIT
# What allocation costs in figures that need no quiet machine, held against golden.txt:
#
#   counts.sh instructions|engine|faults LIBRARY COMPILER [--update|--print]
#
# `instructions`: of a pair of calls by callgrind, the loop around them included (count_pairs.c).
# `engine`: the same of the calls that a program links the library for (count_engine.c).
# `faults`: minor page faults of programs with one thread, over those on the C library.
# Fails when a figure is above its golden one by more than the tolerance; --update writes the file,
# --print only prints. LIBRARY is any allocator then, so that others can be compared.
set -u
LC_ALL=C
export LC_ALL
unset LD_PRELOAD MEASURE_PRELOAD IKYO_OPTIONS

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
bench=$here/../../bench
golden=$here/golden.txt
kinds='pair-32 batch-32 random-16-271 calloc-64 pair-4K pair-20K pair-200K'
engine_kinds='arena-48 arena-aligned arena-reset frame-end shared-arena scope-48 pool-pair pool-grown
    thread-pool-pair heap-best heap-first heap-deferred'
programs='true ls bash python pairs random_medium big'

die()
{
    printf '%s\n' "counts: $*" >&2
    exit 1
}

# compile OUTPUT SOURCE ARGUMENT...
compile()
{
    output=$1
    source=$2
    shift 2
    "$compiler" -std=c11 -O2 -fno-builtin -pthread -I"$here/../../include" -o "$output" "$source" \
        "$@" || die "$source does not compile"
}

# Instructions of a whole run of a kind with so many loops.
collected()
{
    LD_PRELOAD=$library valgrind --tool=callgrind --callgrind-out-file=/dev/null \
        ./count "$1" "$2" >log 2>&1 || die "$1: $(tail -n 1 log)"
    sed -n 's/.*Collected : //p' log
}

# Both run lengths are whole batches and whole rounds of random steps.
instructions_of()
{
    few=$(collected "$1" 100000) && many=$(collected "$1" 200000) || exit 1
    awk -v a="$few" -v b="$many" 'BEGIN { printf "%.1f\n", (b - a) / 100000 }'
}

# smallest_faults ROUNDS LIBRARY PROGRAM ARGUMENT... What the kernel adds by chance is never less
# than nothing.
smallest_faults()
{
    turns=$(seq "$1")
    MEASURE_PRELOAD=$2
    export MEASURE_PRELOAD
    shift 2
    for _ in $turns; do
        ./measure "$@" 3>>faults >/dev/null 2>log || die "$*: $(tail -n 1 log)"
    done
    awk 'NR == 1 || $4 < least { least = $4 } END { print least }' faults
    rm faults
}

faults_of()
{
    rounds=7
    case $1 in
    true | ls) set -- "/bin/$1" ;;
    bash) set -- bash -c : ;;
    python) set -- "$python" -S -c pass ;;
    *)
        compile "$1" "$bench/bench_$1.c"
        set -- "./$1"
        rounds=2
        ;;
    esac
    plain=$(smallest_faults $rounds '' "$@") &&
        ours=$(smallest_faults $rounds "$library" "$@") || exit 1
    echo $((ours - plain))
}

# Prints each figure beside its golden one and leaves the lines of a new golden file in `now`.
compare()
{
    awk -v what="$what" -v platform="$platform" -v mode="$mode" '
    FILENAME != "figures" {
        if ($1 == platform && $2 == what) { known[$3] = $4; tolerance[$3] = $5; target[$3] = $6 }
        next
    }
    FNR == 1 { printf "%-16s %10s %10s %10s\n", what, "count", "golden", "target" }
    {
        printf "%-16s %10s %10s %10s", $1, $2, $1 in known ? known[$1] : "-", target[$1]
        if (mode == "--print") { print ""; next }
        room = $1 in tolerance ? tolerance[$1] : 0.5
        print platform, what, $1, $2, room, $1 in target ? target[$1] : "-" >"now"
        if (mode == "--update") { print ""; next }
        if (!($1 in known)) { print "  NOT KNOWN"; bad = 1 }
        else if ($2 > known[$1] + room) { print "  ABOVE"; bad = 1 }
        else { print $2 < known[$1] - room ? "  below: lower it with --update" : "" }
    }
    END { exit bad }' "$golden" figures
}

what=${1-}
compiler=${3-}
mode=${4-}
case $what:$#:$mode in
instructions:[34]:* | engine:[34]:* | faults:[34]:*) ;;
*) die "usage: counts.sh instructions|engine|faults LIBRARY COMPILER [--update|--print]" ;;
esac
library=$(realpath -- "$2") || die "no such library: $2"
command -v valgrind >/dev/null || [ "$what" = faults ] || die 'valgrind is needed'
# The interpreter itself: a wrapper script in front of it would be measured instead.
python=$(python3 -c 'import os, sys; print(os.path.realpath(sys.executable))') || die 'python3 is needed'
platform=$(uname -m)-$("$compiler" -dM -E - </dev/null | awk '
    $2 == "__GNUC__" { gcc = $3 } $2 == "__clang_major__" { clang = $3 }
    END { print clang ? "clang-" clang : "gcc-" gcc }')
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
cd "$work" || exit 1

case $what in
instructions)
    compile count "$here/count_pairs.c"
    ;;
engine)
    compile count "$here/count_engine.c" "$library"
    kinds=$engine_kinds
    ;;
faults)
    compile measure "$bench/measure.c"
    kinds=$programs
    ;;
esac
for kind in $kinds; do
    if [ "$what" = faults ]; then
        figure=$(faults_of "$kind")
    else
        figure=$(instructions_of "$kind")
    fi || exit 1
    echo "$kind $figure" >>figures
done
compare || die "more $what than golden.txt has; if that is meant, run this with --update"
if [ "$mode" = --update ]; then
    grep -v "^$platform $what " "$golden" >rest
    cat rest now >"$golden"
fi
