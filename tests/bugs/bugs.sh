#!/bin/sh
# SPDX-License-Identifier: MIT
# When each bug of cases.txt is caught, by this library in each of its modes, and by others:
#
#   bugs.sh LIBRARY [--update [ROUNDS] | --table]
#
# Compares the library's columns with expected.txt and fails on any difference. --update writes that
# file anew, with all that came up in several rounds, for chance has a part in some of it. --table
# compares, runs the other checkers that are installed as well, and prints all as Markdown.
# The compilers are $CC and $CXX, else cc and c++. What the words mean stands below the table.
set -u
LC_ALL=C
export LC_ALL
unset LD_PRELOAD IKYO_OPTIONS MALLOC_CHECK_ MALLOC_PERTURB_ GLIBC_TUNABLES
# shellcheck disable=SC3045 # Every shell has it.
ulimit -c 0

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
sizes='small medium large huge'

die()
{
    printf '%s\n' "bugs: $*" >&2
    exit 1
}

# No warnings: they would all be about the bugs. No optimisation: it would leave the bugs out.
compile()
{
    for source in "$here"/*.c "$here"/*.cpp; do
        program=$(basename "${source%.c*}")
        case $source in
        *.cpp) set -- "${CXX:-c++}" -std=c++17 ;;
        *) set -- "${CC:-cc}" -std=c11 ;;
        esac
        "$@" -D_GNU_SOURCE -O0 -g -w -fno-builtin -pthread -o "$program" "$source" ||
            die "$source does not compile"
    done
}

# command_of COLUMN: what stands in front of the program. Nothing if the checker is not installed.
command_of()
{
    case $1 in
    fast) echo "env LD_PRELOAD=$library" ;;
    sample) echo "env LD_PRELOAD=$library IKYO_SAMPLE=1" ;;
    hardened) echo "env LD_PRELOAD=$library IKYO_CHECK=hardened" ;;
    full) echo "env LD_PRELOAD=$library IKYO_CHECK=full" ;;
    glibc) echo env ;;
    glibc_check)
        ldconfig -p | grep -q libc_malloc_debug.so.0 &&
            echo env MALLOC_CHECK_=3 LD_PRELOAD=libc_malloc_debug.so.0
        ;;
    scudo)
        find /usr/lib -name "libclang_rt.scudo_standalone-$(uname -m).so" | sort -V | tail -n 1 |
            sed 's|.*|env SCUDO_OPTIONS=dealloc_type_mismatch=1:quarantine_size_kb=4096:thread_local_quarantine_size_kb=64:quarantine_max_chunk_size=65536 LD_PRELOAD=&|'
        ;;
    valgrind)
        command -v valgrind >/dev/null &&
            echo valgrind -q --leak-check=full --show-leak-kinds=definite
        ;;
    esac
}

# outcome STATUS: one word for what a program printed and how it ended. A report counts from where it
# stands; death without one is a fault at the bug itself and a crash when it comes later.
outcome()
{
    awk -v status="$1" '
    BEGIN { when["bug"] = "once"; when["free"] = "free"; when["reuse"] = "reuse"; when["exit"] = "exit" }
    /^@/ {
        word = substr($0, 2)
        if (word in when) { phase = when[word] } else { seen = word }
        next
    }
    /^ikyoalloc: |^==[0-9]+== |Scudo ERROR|^(free|malloc|realloc|calloc|munmap_chunk|corrupted|double free)/ {
        print phase == "" ? "broken" : phase
        done = 1
        exit
    }
    END {
        if (done) { exit }
        if (phase == "") { print "broken" }
        else if (status > 128) { print phase == "once" ? "fault" : "crash" }
        else if (status != 0 || phase != "exit") { print "broken" }
        else { print seen == "" ? "no" : seen }
    }' output
}

# run PROGRAM VARIANT SIZE THREADS: a line for `results` with the outcome in every column.
run()
{
    line="$1 $2 $3 $4"
    for column in $columns; do
        eval "front=\$front_$column"
        # What the shell itself says of a signal is left out.
        # shellcheck disable=SC2086 # A command of several words.
        { $front "./$1" "$2" "$3" "$4" >output 2>&1 </dev/null; } 2>/dev/null
        line="$line $(outcome $?)"
    done
    echo "$line"
}

run_all()
{
    echo "program variant size threads$columns"
    grep -v '^#' "$here/cases.txt" | while read -r program variant which _; do
        for size in $sizes; do
            run "$program" "$variant" "$size" one
            [ "$which" = one ] && break
            [ "$size" = huge ] || run "$program" "$variant" "$size" two
        done
    done
}

# The versions of the other checkers, as a sentence.
name_others()
{
    echo
    printf 'The others are %s' "$(getconf GNU_LIBC_VERSION)"
    for column in $columns; do
        case $column in
        scudo) printf ', scudo of LLVM %s' "$(command_of scudo | sed 's|.*/clang/\([0-9.]*\)/.*|\1|')" ;;
        valgrind) printf ', %s' "$(valgrind --version)" ;;
        esac
    done
    echo ". scudo has its checks of sizes and families and a quarantine on, which are off by default."
}

# columns_of COLUMN...: keeps those that can be run.
columns_of()
{
    columns=
    for column; do
        front=$(command_of "$column")
        [ -n "$front" ] && columns="$columns $column" && eval "front_$column=\$front"
    done
}

# What is not in expected.txt.
compare()
{
    awk 'FILENAME != "results" { known[$1, $2, $3, $4] = $0; next }
    FNR == 1 { for (i = 5; i <= NF; i++) { column[i] = $i } }
    {
        split(known[$1, $2, $3, $4], words)
        for (i = 5; i <= NF; i++) {
            if (index("," words[i] ",", "," $i ",") == 0) {
                print $1, $2, $3, $4 ", " column[i] ": " $i ", not " words[i]
                bad = 1
            }
        }
    }
    END { exit bad || FNR < 2 }' "$expected" results
}

# Adds the words of `results` to those of `seen`, in the order in which things happen.
merge()
{
    awk 'BEGIN { count = split("once free reuse exit fault crash prevented poison no", order) }
    FILENAME != "results" { known[$1, $2, $3, $4] = $0; next }
    FNR > 1 {
        split(known[$1, $2, $3, $4], words)
        for (i = 5; i <= NF; i++) {
            all = "," words[i] "," $i ","
            $i = ""
            for (o = 1; o <= count; o++) {
                if (index(all, "," order[o] ",")) { $i = $i ($i == "" ? "" : ",") order[o] }
            }
        }
    }
    { print }' seen results >merged && mv merged seen
}

run_ours()
{
    run_all >results
    ! grep broken results || die 'these did not get as far as their bug'
    ! grep '^no_bug ' results | grep -v ' no no no no$' || die 'these have no bug'
}

mode=${2-}
case $mode in
'' | --update | --table) ;;
*) die 'usage: bugs.sh LIBRARY [--update [ROUNDS] | --table]' ;;
esac
library=$(realpath -e -- "${1-}") || die "no such library: ${1-}"
expected=$here/expected.txt
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work" || exit 1
compile

columns_of fast sample hardened full
if [ "$mode" = --update ]; then
    touch seen
    for _ in $(seq "${3-10}"); do
        run_ours
        merge
    done
    cp seen "$expected"
    exit
fi
run_ours
compare || die 'not as in expected.txt; if that is meant, run this with --update'
if [ "$mode" = --table ]; then
    columns_of glibc glibc_check scudo valgrind
    run_all >others
    awk -f "$here/table.awk" "$here/cases.txt" "$expected" others
    name_others
fi
