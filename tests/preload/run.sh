#!/bin/sh
# SPDX-License-Identifier: MIT
# The matrix of real programs: each case of cases/ runs plain and with the library preloaded, and
# must give the same output, the same messages and the same exit status both times.
#
#   run.sh [--quick] LIBRARY            each case twice; --quick: the short ones, less work each
#   run.sh --soak SECONDS LIBRARY       all cases at once, preloaded, over and over
#
# --check MODE, behind these, has the library look for bugs (IKYO_CHECK), of which the programs must
# have none; memory that they do not free is not counted as one.
#
# A case names the programs and Debian packages it needs in its first lines. What is missing is
# installed; what cannot be installed is a failure. SCALE tells a case how much work to do.
set -u
LC_ALL=C
TZ=UTC
export LC_ALL TZ
unset LD_PRELOAD IKYO_OPTIONS IKYO_CHECK

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
mode=full
seconds=0
limit=600
check=fast

die()
{
    printf '%s\n' "preload: $*" >&2
    exit 2
}

# What a case says about itself: meta CASE KEY.
meta()
{
    sed -n "s/^# $2: *//p" "$here/cases/$1.sh"
}

as_root()
{
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# Installs what the chosen cases miss, all at once.
install_missing()
{
    packages=
    for case in $cases; do
        for program in $(meta "$case" Programs); do
            command -v "$program" >/dev/null 2>&1 || packages="$packages $(meta "$case" Packages)"
        done
    done
    [ -n "$packages" ] || return 0
    command -v apt-get >/dev/null 2>&1 || return 0
    printf '%s\n' "preload: installing$packages"
    # shellcheck disable=SC2086 # The packages are words.
    { as_root apt-get update -qq &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
            --no-install-recommends $packages; } >"$work/install.log" 2>&1 ||
        sed 's/^/  /' "$work/install.log"
}

# Runs a case in a fresh directory and leaves PREFIX.out, .err and .status:
# run_case CASE PREFIX [LIBRARY]
run_case()
{
    rm -rf "$2.dir"
    mkdir -p "$2.dir" || return 1
    (
        cd "$2.dir" || exit 125
        if [ $# -gt 2 ]; then
            exec timeout -k 10 "$limit" env LD_PRELOAD="$3" IKYO_CHECK="$check" IKYO_LEAKS=off \
                sh "$here/cases/$1.sh"
        fi
        exec timeout -k 10 "$limit" sh "$here/cases/$1.sh"
    ) >"$2.out" 2>"$2.err" </dev/null
    echo $? >"$2.status"
    rm -rf "$2.dir"
}

# Says why a case failed, or nothing when it passed: judge PLAIN PRELOADED.
judge()
{
    if [ "$(cat "$1.status")" != 0 ]; then
        echo "the plain run ended with status $(cat "$1.status"): $(tail -n 1 "$1.err")"
    elif [ ! -s "$1.out" ]; then
        echo "the plain run printed nothing"
    elif [ "$(cat "$2.status")" != 0 ]; then
        echo "status $(cat "$2.status"): $(tail -n 1 "$2.err")"
    elif ! cmp -s "$1.out" "$2.out"; then
        echo "another output: $(diff "$1.out" "$2.out" | sed -n 2,3p | tr '\n' ' ' | cut -c 1-200)"
    elif ! cmp -s "$1.err" "$2.err"; then
        echo "more messages: $(diff "$1.err" "$2.err" | sed -n 2,3p | tr '\n' ' ' | cut -c 1-200)"
    fi
}

# The first program of the case that is not there.
missing_program()
{
    for program in $(meta "$1" Programs); do
        command -v "$program" >/dev/null 2>&1 || { echo "$program"; return; }
    done
}

report()
{
    if [ -z "$3" ]; then
        passed=$((passed + 1))
        printf 'ok    %-14s %s\n' "$1" "$2"
    else
        failed=$((failed + 1))
        printf 'FAIL  %-14s %s\n' "$1" "$3"
    fi
}

run_matrix()
{
    for case in $cases; do
        missing=$(missing_program "$case")
        if [ -n "$missing" ]; then
            report "$case" '' "$missing is not installed"
            continue
        fi
        begin=$(date +%s%N)
        run_case "$case" "$work/plain"
        middle=$(date +%s%N)
        run_case "$case" "$work/ours" "$library"
        end=$(date +%s%N)
        report "$case" "$(awk -v a="$begin" -v b="$middle" -v c="$end" \
            'BEGIN { printf "%6.2f s plain, %6.2f s preloaded", (b - a) / 1e9, (c - b) / 1e9 }')" \
            "$(judge "$work/plain" "$work/ours")"
    done
}

# One case of the soak: run after run until the time is over or one fails.
soak_case()
{
    runs=0
    reason=
    while [ -z "$reason" ] && [ "$(date +%s)" -lt "$deadline" ]; do
        run_case "$1" "$work/$1.ours" "$library"
        reason=$(judge "$work/$1.plain" "$work/$1.ours")
        runs=$((runs + 1))
    done
    printf '%s\n%s\n' "$runs runs at once with all others" "$reason" >"$work/$1.result"
}

run_soak()
{
    loops=
    for case in $cases; do
        missing=$(missing_program "$case")
        [ -z "$missing" ] && run_case "$case" "$work/$case.plain"
        printf '\n%s\n' "$missing is not installed" >"$work/$case.result"
    done
    deadline=$(($(date +%s) + seconds))
    for case in $cases; do
        [ -z "$(missing_program "$case")" ] || continue
        soak_case "$case" &
        loops="$loops $!"
    done
    # shellcheck disable=SC2086 # The loops are words.
    wait $loops
    for case in $cases; do
        report "$case" "$(sed -n 1p "$work/$case.result")" "$(sed -n 2p "$work/$case.result")"
    done
}

case ${1-} in
--quick)
    mode=quick
    shift
    ;;
--soak)
    mode=soak
    seconds=${2-}
    [ "$seconds" -gt 0 ] 2>/dev/null || die "--soak needs a number of seconds"
    limit=1800
    shift 2
    ;;
esac
if [ "${1-}" = --check ]; then
    check=${2-}
    case $check in hardened | full) ;; *) die "--check needs a mode: hardened or full" ;; esac
    shift 2
fi
[ $# -ge 1 ] || die "usage: run.sh [--quick | --soak SECONDS] [--check MODE] LIBRARY [CASE...]"
library=$(realpath -- "$1") || die "no such library: $1"
shift
SCALE=4
[ $mode = quick ] && SCALE=1
export SCALE

cases=$*
if [ -z "$cases" ]; then
    for file in "$here"/cases/*.sh; do
        case=$(basename "$file" .sh)
        [ $mode = quick ] && [ "$(meta "$case" Quick)" != yes ] && continue
        cases="$cases $case"
    done
fi

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
passed=0
failed=0
LD_PRELOAD=$library grep -qF "$library" /proc/self/maps 2>"$work/probe" ||
    die "$library cannot be preloaded: $(cat "$work/probe")"
[ ! -s "$work/probe" ] || die "$library is not silent: $(cat "$work/probe")"
install_missing
if [ $mode = soak ]; then
    run_soak
else
    run_matrix
fi
printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
