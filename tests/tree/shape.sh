#!/bin/sh
# SPDX-License-Identifier: MIT
# The figures of the source: largest file, longest function, conditionals, macros, lines of test per
# line of code. Fails on a function above 60 lines, a file without its licence line, and a note to
# self left in the source.
# Usage: shape.sh SOURCE_DIR ...
set -u
cd "$1" || exit 1

find include src -name '*.[ch]' -o -name '*.hpp' -o -name '*.def' | sort | xargs awk '
function complain(text) { print FILENAME ":" FNR ": " text; bad++ }
FNR == 1 {
    files++
    start = 0
    if (!/SPDX-License-Identifier: MIT/) complain("no SPDX line")
}
{ lines++; if (FNR > largest) { largest = FNR; largest_name = FILENAME } }
# A function starts where its brace stands alone in the first column, and so does its end.
/^\{/ { start = FNR }
/^\}/ && start {
    length_ = FNR - start
    functions++
    if (length_ > longest) { longest = length_; longest_name = FILENAME ":" start }
    if (length_ > 60) complain("a function of " length_ " lines")
    start = 0
}
/^[ \t]*#[ \t]*(if|ifdef|ifndef|elif)([ \t]|$)/ && !/_H$/ { conditionals++ }
/^[ \t]*#[ \t]*define[ \t]+[A-Za-z0-9_]+\(/ { macros++ }
/(TODO|FIXME|XXX|HACK)([^A-Za-z]|$)/ { complain("an open point is an issue, not a comment") }
END {
    print files + 0 " files, " lines + 0 " lines, " functions + 0 " functions"
    print "largest file: " largest + 0 " (" largest_name ")"
    print "longest function: " longest + 0 " (" longest_name ")"
    if (lines) printf "conditionals per 1,000 lines: %.1f; function macros: %.1f\n",
        conditionals * 1000 / lines, macros * 1000 / lines
    exit files == 0 || bad != 0
}' || exit 1

lines_of()
{
    find "$@" -name '*.[ch]' -o -name '*.cpp' -o -name '*.def' | xargs cat | wc -l
}
awk -v tests="$(lines_of tests)" -v code="$(lines_of src)" \
    'BEGIN { printf "lines of test per line of code: %.2f\n", tests / code }'
