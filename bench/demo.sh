#!/bin/sh
# SPDX-License-Identifier: MIT
# The demonstration of ./dev run: everyday programs on the C library's malloc and on ikyoalloc, time
# and peak memory side by side. Usage: demo.sh MEASURE LIBRARY
set -u
LC_ALL=C
export LC_ALL
unset LD_PRELOAD MEASURE_PRELOAD

measure=$1
library=$2
rounds=3
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
cd "$work" || exit 1
failures=0

# Input of a few seconds' work at most, the same for every run.
prepare()
{
    awk 'BEGIN { srand(1); for (i = 0; i < 400000; i++) print int(rand() * 1e9), "record", i }' >lines
    awk 'BEGIN {
        print "#include <stdio.h>"
        for (i = 0; i < 800; i++)
            printf "int f%d(int a, int b) { int s = 0; for (int i = a; i < b; i++) { if (i %% %d)" \
                " s += i * %d; else printf(\"%%d\", s); } return s; }\n", i, i % 7 + 2, i
        print "int main(void) { return f1(1, 2); }"
    }' >big.c
    cat >work.py <<'END'
import json
rows = [{"id": i, "name": "row %d" % i, "tags": [str(j) for j in range(i % 9)]} for i in range(30000)]
for _ in range(2):
    text = json.dumps(rows)
    assert json.loads(text) == rows
END
    cat >work.pl <<'END'
my %h; for my $i (1 .. 200000) { $h{"key" . ($i * 7919 % 400009)} .= "value $i"; }
my $n = 0; for my $k (sort keys %h) { $n += length $h{$k}; } print "$n\n";
END
    cat >work.sh <<'END'
declare -A seen
for ((i = 0; i < 60000; i++)); do seen[k$((i % 5000))]+=x; done
echo ${#seen[@]}
END
    cat >work.awk <<'END'
{ count[$1 % 50021] = count[$1 % 50021] " " $3 } END { for (k in count) n += length(count[k]); print n }
END
    command -v git >/dev/null 2>&1 || return 0
    git init -q repository && split -a 4 -l 200 lines repository/part &&
        git -C repository add . && git -C repository -c user.name=demo -c user.email=demo@localhost \
        commit -q -m demo
}

# One line in the table: row NAME PROGRAM ARGUMENT... ; left out when the program is not installed.
row()
{
    name=$1
    shift
    command -v "$1" >/dev/null 2>&1 || return 0
    : >plain
    : >ours
    round=0
    while [ $round -lt $rounds ]; do
        "$measure" "$@" 3>>plain >plain.out 2>/dev/null || { complain "$name" "C library"; return; }
        MEASURE_PRELOAD=$library "$measure" "$@" 3>>ours >ours.out 2>/dev/null ||
            { complain "$name" ikyoalloc; return; }
        round=$((round + 1))
    done
    cmp -s plain.out ours.out || { complain "$name" "the output differs on ikyoalloc"; return; }
    awk -v name="$name" '
        function share(cost) { return sprintf("%+.0f%%", (cost["ours"] / cost["plain"] - 1) * 100) }
        { file = FILENAME; if (!(file in time) || $1 < time[file]) time[file] = $1 + 0
          if (!(file in peak) || $3 < peak[file]) peak[file] = $3 / 1 }
        END { printf "%-26s %8.3f %8.3f %7s   %8.1f %8.1f %7s\n", name,
            time["plain"], time["ours"], share(time), peak["plain"] / 1024, peak["ours"] / 1024, share(peak) }
    ' plain ours
}

complain()
{
    printf '%-26s failed: %s\n' "$1" "$2"
    failures=$((failures + 1))
}

prepare
printf '%-26s %26s   %26s\n' '' 'seconds' 'peak MiB'
printf '%-26s %8s %8s %7s   %8s %8s %7s\n' program libc ikyo '' libc ikyo ''
row 'sort, 400,000 lines' sort -S 64M lines
row 'python3, JSON both ways' python3 work.py
row 'perl, a hash' perl work.pl
row 'awk, an array' awk -f work.awk lines
row 'bash, a loop' bash work.sh
row 'cc -O1, a large file' cc -O1 -c big.c -o big.o
row 'c++, the standard headers' c++ -std=c++17 -fsyntax-only -x c++ -include regex -include map /dev/null
row 'xz' xz -0 -k -c lines
row 'git, 2,000 files packed' git -C repository repack -adfq
row 'ls /' ls /
printf '%s\n' "The best of $rounds interleaved runs each; less is better in every column."
[ $failures -eq 0 ]
