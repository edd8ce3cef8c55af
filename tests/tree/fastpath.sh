#!/bin/sh
# SPDX-License-Identifier: MIT
# The length of the hit path of malloc and free, in instructions up to `ret`, from the disassembly of
# the release library: at most 16 and 24, and equal to fastpath.golden. The path falls through every
# conditional jump, because the compiler is told which way is likely, and follows plain ones.
# The golden file is for one compiler; with another only the limits hold, and this says so.
# Usage: fastpath.sh SOURCE_DIR BUILD_DIR COMPILER [--update]
set -u
library=$2/libikyoalloc.so
golden=$1/tests/tree/fastpath.golden
[ -f "$library" ] || { echo "$library is missing"; exit 1; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
compiler=$("$3" -dM -E - </dev/null | awk '
    $2 == "__GNUC__" { gcc = $3 } $2 == "__clang_major__" { clang = $3 }
    END { print clang ? "clang-" clang : "gcc-" gcc }')

objdump -d --no-show-raw-insn "$library" >"$work/code"
for name in malloc free; do
    start=$(nm -D --defined-only "$library" | awk -v name=$name '$3 == name { print $1 }')
    [ -n "$start" ] || { echo "$name is not shown"; exit 1; }
    awk -v name=$name -v start="$start" '
    # Addresses are compared as text without leading zeroes; awk has no large integers.
    function plain(a) { sub(/^0+/, "", a); return a }
    /^ *[0-9a-f]+:\t/ {
        address = plain($1)
        sub(/:$/, "", address)
        if (last != "") following[last] = address
        last = address
        text = $0
        sub(/^[^\t]*\t/, "", text)
        code[address] = text
    }
    END {
        at = plain(start)
        while (count < 1000) {
            if (!(at in code)) { fault = "the path leaves the code"; break }
            $0 = code[at]
            if ($1 ~ /^(endbr|nop)/) { at = following[at]; continue }
            count++
            print "    " $0 >"/dev/stderr"
            if ($1 ~ /^(bnd|repz?)$/) { $1 = ""; $0 = $0 }
            if ($1 ~ /^ret/) break
            if ($1 ~ /^call/) { fault = "the path makes a call"; break }
            if ($1 == "lock" || $1 ~ /^xchg/ && /\(/) atomics++
            if ($1 ~ /^jmp/) {
                if ($2 !~ /^[0-9a-f]+$/) { fault = "the path jumps through a pointer"; break }
                at = plain($2)
                continue
            }
            if ($1 ~ /^j/) jumps++
            if (/\(/ && $1 !~ /^(lea|nop)/) memory++
            at = following[at]
        }
        if (fault != "") { print name ": " fault >"/dev/stderr"; exit 1 }
        print name, "instructions", count, "jumps", jumps + 0, "memory", memory + 0, "atomics", atomics + 0
    }' "$work/code" >>"$work/counts" 2>"$work/path" || { cat "$work/path"; exit 1; }
    echo "$name:"
    cat "$work/path"
done
sed "s/^/$compiler: /" "$work/counts" | tee "$work/now"

awk '{ limit = $1 == "malloc" ? 16 : 24 } $3 > limit { print $1 " is above " limit; bad = 1 }
    END { exit bad }' "$work/counts" || exit 1
if [ "${4-}" = --update ]; then
    { grep -v "^$compiler:" "$golden" 2>/dev/null; cat "$work/now"; } >"$work/golden"
    cp "$work/golden" "$golden"
elif [ ! -s "$golden" ]; then
    echo "fastpath.golden is missing; run this with --update"
    exit 1
elif grep -q "^$compiler:" "$golden"; then
    grep "^$compiler:" "$golden" | diff - "$work/now" ||
        { echo "the hit path has changed; if that is meant, run this with --update"; exit 1; }
else
    echo "fastpath.golden has no line for $compiler: only the limits were compared"
fi
