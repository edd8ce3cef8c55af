#!/bin/sh
# SPDX-License-Identifier: MIT
# Words counted and lines indexed in gawk's arrays: strings of one line and tables that double.
. "$(dirname -- "$0")/common.sh"
packages=gawk

inputs()
{
    awk 'BEGIN {
        for (i = 0; i < 120000; i++) {
            x = (x * 75 + 74) % 65537
            print "word" x % 9973, "of line", i, "and word" i * 31 % 4099, x
        }
    }' >"$input/words"
}

work()
{
    # shellcheck disable=SC2016 # the names are awk's
    launch gawk '{
        for (i = 1; i <= NF; i++)
            count[$i]++
        lines[$1] = lines[$1] " " $4
        seen[$1, NR % 7] = $0
    }
    END {
        for (w in count) total += count[w]
        for (l in lines) size += length(lines[l])
        n = asorti(lines, sorted)
        print total, size, length(seen), n, sorted[1], sorted[n]
    }' "$input/words"
}

main "$@"
