#!/bin/sh
# SPDX-License-Identifier: MIT
# The hit path of malloc and free on 64-bit ARM, as tests/tree/fastpath.sh counts it on x86-64: the
# instructions up to `ret`, through every conditional branch, from the disassembly of a release
# library. They are what fastpath_aarch64.golden says; for another compiler there is nothing to
# compare with, and this says so.
# Usage: fastpath_aarch64.sh LIBRARY COMPILER_NAME [--update]
set -u
library=$1
compiler=$2
golden=$(dirname -- "$0")/fastpath_aarch64.golden
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

aarch64-linux-gnu-objdump -d --no-show-raw-insn "$library" >"$work/code" || exit 1
for name in malloc free; do
    start=$(aarch64-linux-gnu-nm -D --defined-only "$library" |
        awk -v name=$name '$3 == name { print $1 }')
    [ -n "$start" ] || { echo "$name is not shown"; exit 1; }
    awk -v name=$name -v start="$start" -v compiler="$compiler" '
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
        for (count = 0; count < 1000; ) {
            if (!(at in code)) { fault = "the path leaves the code"; break }
            $0 = code[at]
            if ($1 ~ /^(bti|nop)$/) { at = following[at]; continue }
            count++
            print "    " $0 >"/dev/stderr"
            if ($1 == "ret") break
            if ($1 ~ /^blr?$/) { fault = "the path makes a call"; break }
            if ($1 == "br") { fault = "the path jumps through a pointer"; break }
            if ($1 == "b") { at = plain($2); continue }
            if ($1 ~ /^(b\.|cbn?z|tbn?z)/) jumps++
            if ($1 ~ /^(ld|st)/) memory++
            if ($1 ~ /^(ldx|ldax|stx|stlx|cas|swp|ldadd|ldset|ldclr|ldeor|dmb)/) atomics++
            at = following[at]
        }
        if (fault != "") { print name ": " fault >"/dev/stderr"; exit 1 }
        print compiler ":", name, "instructions", count, "jumps", jumps + 0, "memory", memory + 0,
            "atomics", atomics + 0
    }' "$work/code" >>"$work/now" 2>"$work/path" || { cat "$work/path"; exit 1; }
    echo "$name:"
    cat "$work/path"
done
cat "$work/now"

if [ "${3-}" = --update ]; then
    { grep -v "^$compiler:" "$golden" 2>/dev/null; cat "$work/now"; } >"$work/golden"
    cp "$work/golden" "$golden"
elif ! grep -q "^$compiler:" "$golden"; then
    echo "fastpath_aarch64.golden has no line for $compiler"
else
    grep "^$compiler:" "$golden" | diff - "$work/now" ||
        { echo "the hit path has changed; if that is meant, run this with --update"; exit 1; }
fi
