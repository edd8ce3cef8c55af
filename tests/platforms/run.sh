#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds and tests the platforms: run.sh [--list] [--long] [NAME...]; without a name, all of the
# tier. --list prints the names alone.
#
# A platform is a file NAME.sh beside this one, with a dash in its name. It is read by a shell that
# has common.sh and stands in the source tree; $name is its name, $out a folder for what it makes,
# $tier is quick or long. It defines
#   tier_of     prints quick or long: the tier from which on it is run without being named
#   packages    prints the Debian packages it needs
#   build       makes everything; its output is kept in a log, its status judged
#   run         tests what was built by `run_ctest` and `check`, which count
# and may say `remark TEXT`, or `unavailable REASON` anywhere to end as a row that is not run.
# Tests that a platform leaves out are lines of not_run.txt, with the reason.
set -u
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
cd "$here/../.." || exit 1
list=no
if [ "${1-}" = --list ]; then
    list=yes
    shift
fi
tier=quick
if [ "${1-}" = --long ]; then
    tier=long
    shift
fi
results=build/platforms

# One platform, start to end: its row is in $out/row.
one()
{
    name=$1
    out=$PWD/$results/$name
    mkdir -p "$out" && rm -f "$out"/row "$out"/counts "$out"/remarks "$out"/left_out "$out"/*.log
    begun=$(date +%s)
    (
        . "$here/common.sh"
        . "$here/$name.sh"
        # shellcheck disable=SC2046 # Packages are words.
        install_packages $(packages)
        say "building"
        (set -e; build) >"$out/build.log" 2>&1 </dev/null
        status=$?
        [ $status -ne 4 ] || exit 4
        [ $status -eq 0 ] || { tail -n 15 "$out/build.log" >&2; exit 3; }
        say "testing"
        run </dev/null
    )
    case $? in
    0) built=yes ;;
    3) built=NO ;;
    4) built=- ;;
    *) built=yes; echo "ended before its end" >>"$out/remarks" ;;
    esac
    touch "$out/counts" "$out/remarks"
    awk -v name="$name" -v built="$built" -v seconds=$(($(date +%s) - begun)) '
        FILENAME ~ /counts$/ { run += $1; passed += $2; next }
        { remark = remark (remark == "" ? "" : "; ") $0 }
        END {
            good = built == "-" || (built == "yes" && run > 0 && run == passed &&
                                    remark !~ /ended before its end/)
            printf "%-6s %-18s %5s %6d %6d %5ds  %s\n", good ? (built == "-" ? "not run" : "ok") :
                "FAILED", name, built, run, passed, seconds, remark
        }' "$out/counts" "$out/remarks" >"$out/row"
}

if [ $# -eq 0 ]; then
    for script in "$here"/*-*.sh; do
        name=$(basename "$script" .sh)
        out=$PWD/$results/$name
        wanted=$(. "$here/common.sh" && . "$script" && tier_of) || exit 1
        [ "$wanted" = long ] && [ $tier = quick ] || set -- "$@" "$name"
    done
fi
if [ $list = yes ]; then
    printf '%s\n' "$@"
    exit 0
fi
mkdir -p "$results" || exit 1
for platform; do
    [ -f "$here/$platform.sh" ] || { echo "platforms: no such platform: $platform" >&2; exit 2; }
done
for platform; do
    one "$platform"
done

printf '\n%-6s %-18s %5s %6s %6s %6s  %s\n' '' platform built run passed time remark
failed=0
for platform; do
    cat "$results/$platform/row"
    grep -q '^FAILED' "$results/$platform/row" && failed=1
done
for platform; do
    [ ! -s "$results/$platform/left_out" ] ||
        sort -u "$results/$platform/left_out" | sed "s/^/left out of $platform: /"
done
exit $failed
