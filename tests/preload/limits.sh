#!/bin/sh
# SPDX-License-Identifier: MIT
# What the library may cost a small program, measured: page faults, memory and text.
#
#   limits.sh [--report|--text] LIBRARY     status 1 when a limit is missed; --report only prints,
#                                           --text looks at the text alone
#
# Memory is a median of interleaved runs, so that one noisy run decides nothing. Pages of text are
# those that callgrind saw executed, the same every time. What a pair of calls costs in
# instructions is counted by tests/counts.
set -u
LC_ALL=C
export LC_ALL
unset LD_PRELOAD MEASURE_PRELOAD IKYO_OPTIONS

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
strict=yes
misses=0
rounds=15

die()
{
    printf '%s\n' "limits: $*" >&2
    exit 2
}

as_root()
{
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# need PROGRAM PACKAGE
need()
{
    command -v "$1" >/dev/null 2>&1 && return
    printf '%s\n' "limits: installing $2"
    { as_root apt-get update -qq && as_root apt-get install -y -qq --no-install-recommends "$2"; } \
        >/dev/null 2>&1
    command -v "$1" >/dev/null 2>&1 || die "$1 is needed and could not be installed"
}

# row NAME VALUE LIMIT UNIT
row()
{
    verdict=$(awk -v value="$2" -v limit="$3" 'BEGIN { print value <= limit ? "ok" : "MISS" }')
    case $2 in
    '' | *[!0-9.+-]*) verdict=MISS ;;
    esac
    [ "$verdict" = ok ] || misses=$((misses + 1))
    printf '%-52s %10s %10s %-13s %s\n' "$1" "$2" "$3" "$4" "$verdict"
}

median()
{
    sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# Runs a program by turns under the two libraries (- for none) and leaves the four figures of each
# run in the files a and b: by_turns ROUNDS LIBRARY-A LIBRARY-B PROGRAM ARGUMENT...
by_turns()
{
    turns=$1
    first=${2#-}
    second=${3#-}
    shift 3
    : >a
    : >b
    while [ "$turns" -gt 0 ]; do
        MEASURE_PRELOAD=$first ./measure "$@" 3>>a >/dev/null 2>>errors ||
            die "$* failed plain: $(tail -n 1 errors)"
        MEASURE_PRELOAD=$second ./measure "$@" 3>>b >/dev/null 2>>errors ||
            die "$* failed preloaded: $(tail -n 1 errors)"
        turns=$((turns - 1))
    done
}

# The median of one column of the figures: column FILE NUMBER.
column()
{
    awk -v n="$2" '{ print $n }' "$1" | median
}

build()
{
    cc -O2 -o measure "$here/../../bench/measure.c" || die "bench/measure.c does not compile"
    cc -std=c11 -O2 -pthread -o large_reuse "$here/../stress/stress_large_reuse.c" ||
        die "stress_large_reuse.c does not compile"
    : >empty.c
    cc -shared -fPIC -Wl,-z,noseparate-code -o empty.so empty.c || die "an empty library"
    cat >allocate.c <<'END'
#include <stdlib.h>
#include <string.h>
int main(void)
{
    static void *live[1000];
    unsigned long random = 1;
    for (int n = 0; n < 50000; n++) {
        random = random * 6364136223846793005UL + 1442695040888963407UL;
        void **slot = &live[(random >> 40) % 1000];
        size_t size = 1 + (random >> 20) % (n % 100 == 0 ? 60000 : 800);
        if (n % 10 == 0) {
            *slot = realloc(*slot, size);
        } else {
            free(*slot);
            *slot = n % 7 == 0 ? calloc(1, size) : malloc(size);
        }
        memset(*slot, 1, size);
    }
    return 0;
}
END
    cc -O2 -fno-builtin -o allocate allocate.c || die "allocate.c does not compile"
}

faults_of_true()
{
    by_turns $rounds "$work/empty.so" "$library" /bin/true
    row 'minor faults of /bin/true over an empty library' \
        $(($(column b 4) - $(column a 4))) 4 faults
}

# memory_of NAME PROGRAM ARGUMENT...
memory_of()
{
    name=$1
    shift
    by_turns $rounds - "$library" "$@"
    row "peak RSS of $name over the C library" "$(awk -v a="$(column a 3)" -v b="$(column b 3)" \
        'BEGIN { printf "%+.1f", (b / a - 1) * 100 }')" 6 %
}

# Pages of the library whose instructions were executed by a program that only allocates, and where
# the last of them ends. Residence would not do: the kernel maps 16 pages for each that is touched,
# those that begin at a multiple of 64 KiB, of which the first have the names that the loader reads.
text_touched()
{
    LD_PRELOAD=$library valgrind --tool=callgrind --dump-instr=yes --compress-pos=no \
        --compress-strings=no --callgrind-out-file=touched ./allocate >/dev/null 2>>errors ||
        die "callgrind failed: $(tail -n 1 errors)"
    awk -v library="$library" '
        /^ob=/ { ours = substr($0, 4) == library }
        ours && /^0x/ { print substr($1, 1, length($1) - 3) }' touched | sort -u >pages
    row 'text executed by a program that only allocates' $((4 * $(wc -l <pages))) 32 KiB
    row 'end of the last page of it' "$(while read -r page; do
        echo $((4 * (page + 1)))
    done <pages | sort -n | tail -n 1)" 64 KiB
}

# Prints the medians of "minor faults" and "peak KiB" as the program itself reports them.
reuse_figures()
{
    awk '/^minor faults/ { print $3 }' "$1" | median
    awk '/^peak KiB/ { print $3 }' "$1" | median
}

large_reuse()
{
    : >plain
    : >ours
    while [ "$(grep -c '^minor' ours)" -lt 3 ]; do
        ./large_reuse >>plain || die 'large_reuse failed plain'
        LD_PRELOAD=$library ./large_reuse >>ours || die 'large_reuse failed preloaded'
    done
    # shellcheck disable=SC2046 # Two words each.
    set -- $(reuse_figures plain) $(reuse_figures ours)
    printf '%s\n' "  10,000 blocks of 1 to 4 MiB: faults $1 and $3, peak KiB $2 and $4"
    row 'their minor faults over those of the C library' \
        "$(awk -v a="$1" -v b="$3" 'BEGIN { printf "%.3f", b / a }')" 1.0 times
    row 'their peak RSS over that of the C library' \
        "$(awk -v a="$2" -v b="$4" 'BEGIN { printf "%.3f", b / a }')" 1.05 times
}

all=yes
case ${1-} in
--report) strict=no; shift ;;
--text) all=no; shift ;;
esac
[ $# -eq 1 ] || die "usage: limits.sh [--report|--text] LIBRARY"
library=$(realpath -- "$1") || die "no such library: $1"
need cc gcc
need valgrind valgrind
need python3 python3
# The interpreter itself: a wrapper script in front of it would be measured instead.
python=$(python3 -c 'import os, sys; print(os.path.realpath(sys.executable))') || die 'python3'
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
cd "$work" || exit 1
LD_PRELOAD=$library grep -qF "$library" /proc/self/maps 2>probe || die "$library: $(cat probe)"
[ ! -s probe ] || die "$library is not silent: $(cat probe)"

build
printf '%-52s %10s %10s\n' '' measured limit
text_touched
if [ $all = yes ]; then
    faults_of_true
    memory_of 'ls /' ls /
    memory_of 'bash -c :' bash -c :
    memory_of 'python3 -S -c pass' "$python" -S -c pass
    large_reuse
fi
printf '%s\n' "$misses missed"
[ $misses -eq 0 ] || [ $strict = no ]
