#!/bin/sh
# SPDX-License-Identifier: MIT
# Shows that the tests bite: breaks a copy of the allocator in one place after the other, each row
# of mutations/table.txt, and demands that a test of that row fails. A row that changes nothing or
# does not build is a failure, as is a mutation that survives.
# Usage: mutate.sh [--table] [NAME...]   --table writes the results of all rows to mutations.md
set -u
tests=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
root=$(dirname "$tests")
rows=$tests/mutations/table.txt
table=
if [ "${1-}" = --table ]; then
    table=$tests/mutations.md
    shift
    [ $# -eq 0 ] || { echo "mutate.sh: the table is of all rows" >&2; exit 2; }
fi

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
copy=$work/tree
build=$work/build
log=$work/log
mkdir "$copy" || exit 1
: >"$work/results"

(cd "$root" && cp -R CMakeLists.txt bench cmake docs examples include src tests \
    tools "$copy") || exit 1
# What hangs is caught too, but sooner.
sed 's/TIMEOUT 120/TIMEOUT 60/' "$root/tests/CMakeLists.txt" >"$copy/tests/CMakeLists.txt"

# The names of a row, then what belongs to one of them.
names()
{
    awk '/^[a-z]/ { print $1 }' "$rows"
}

row()
{
    awk -v name="$1" '/^[a-z]/ { on = $1 == name } on && /^[a-z]/' "$rows"
}

script()
{
    awk -v name="$1" '/^[a-z]/ { on = $1 == name } on && /^ /' "$rows"
}

# What has to be built for a test.
targets()
{
    for test; do
        case $test in
        stress.*) echo "$test" ikyoalloc ;;
        unit.* | api.* | abuse.*) echo "$test" ;;
        model.*) echo model ;;
        *) echo ikyoalloc ;;
        esac
    done | tr ' ' '\n' | sort -u
}

# shellcheck disable=SC2046
build()
{
    cmake --build "$build" -j 2 --target $(targets "$@") >"$log" 2>&1
}

# Runs the tests until one fails.
run()
{
    pattern=$(printf '|%s' "$@" | sed 's/^|//; s/\./\\./g')
    (cd "$build" && ctest --no-tests=error --stop-on-failure --output-on-failure \
        -R "^($pattern)\$") >"$log" 2>&1
}

# The test that failed in the log, and the case in it that cmocka names.
failed()
{
    test=$(sed -n 's/^[\t ]*[0-9][0-9]* - \([a-z_.0-9]*\) (.*/\1/p' "$log" | head -n 1)
    case=$(sed -n 's/^\[  FAILED  \] \([a-z][a-z_0-9]*\)$/\1/p' "$log" | head -n 1)
    grep -q '(Timeout)' "$log" && case="${case:+$case }(hung)"
    echo "$test${case:+ $case}"
}

# The first line that differs and what became of it, as code of a markdown table.
change()
{
    diff "$1" "$2" | awk '
        /^< / && !old { old = substr($0, 3) }
        /^> / && !new { new = substr($0, 3) }
        END {
            gsub(/^ +/, "", old); gsub(/^ +/, "", new)
            line = "`" old "`" (new == "" ? " is gone" : " is `" new "`")
            gsub(/\|/, "\\|", line)
            print line
        }'
}

# mutate NAME FILE TEST...
mutate()
{
    name=$1
    file=$2
    shift 2
    script "$name" >"$work/script"
    cp "$copy/$file" "$work/whole"
    sed -f "$work/script" "$work/whole" >"$copy/$file"
    change=$(change "$work/whole" "$copy/$file")
    if cmp -s "$work/whole" "$copy/$file"; then
        result="CHANGES NOTHING in $file"
    elif ! build "$@"; then
        result="DOES NOT BUILD"
        grep -m 3 'error' "$log"
    elif run "$@"; then
        result="SURVIVED $*"
    elif by=$(failed) && [ -n "$by" ]; then
        result="caught by $by"
    else
        result="THE TESTS DID NOT END"
    fi
    cp "$work/whole" "$copy/$file"
    echo "$name: $result"
    echo "$name|$file|$result|$change" >>"$work/results"
}

write_table()
{
    echo "# Mutations"
    echo
    echo "Deliberate faults of the allocator, one at a time, and the test that failed with each:"
    echo "$(wc -l <"$work/results") of them, all tried on $(date +%Y-%m-%d)."
    echo "Written by \`tests/mutate.sh --table\`."
    echo
    echo "| fault | file | changed line | result |"
    echo "|---|---|---|---|"
    awk -F '|' '{
        change = substr($0, length($1 $2 $3) + 4)
        gsub(/_/, " ", $1)
        print "| " $1 " | " $2 " | " change " | " $3 " |"
    }' "$work/results"
}

# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- $(names)
for name; do
    [ -n "$(row "$name")" ] || { echo "mutate.sh: no row $name" >&2; exit 2; }
done
# shellcheck disable=SC2046
all=$(for name; do row "$name"; done | cut -d ' ' -f 3- | tr ' ' '\n' | sort -u)
# shellcheck disable=SC2086
if ! cmake -S "$copy" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release >"$log" 2>&1 ||
    ! build $all || ! run $all; then
    tail -n 40 "$log" >&2
    echo "mutate.sh: the tests fail, or do not build, without any mutation" >&2
    exit 1
fi
for name; do
    # shellcheck disable=SC2046
    mutate $(row "$name")
done
caught=$(grep -c '|caught by ' "$work/results")
echo "$caught of $# mutations were caught"
[ -z "$table" ] || write_table >"$table"
[ "$caught" = $# ]
