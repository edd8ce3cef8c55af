# SPDX-License-Identifier: MIT
# The results of bugs.sh as a table in Markdown: awk -f table.awk cases.txt results results
#
# A row per bug, and one more where a second thread makes a difference in any column. A cell has one
# word if all sizes agree. What the words mean is printed below the table.

BEGIN {
    title["fast"] = "fast"; title["sample"] = "fast, `sample=1`"
    title["hardened"] = "hardened"; title["full"] = "full"
    title["glibc"] = "glibc"; title["glibc_check"] = "glibc, `MALLOC_CHECK_=3`"
    title["scudo"] = "scudo"; title["valgrind"] = "valgrind"
    sizes = split("small medium large huge", size)
}

/^#/ { next }

FILENAME == ARGV[1] {
    name = $1 " " $2
    order[++bugs] = name
    words[name] = $4
    for (i = 5; i <= NF; i++) {
        words[name] = words[name] " " $i
    }
    next
}

FNR == 1 {
    before = columns
    for (i = 5; i <= NF; i++) {
        column[++columns] = $i
    }
    next
}

{
    for (i = 5; i <= NF; i++) {
        at = before + i - 4
        result[$1 " " $2, $3, $4, at] = $i
        caught[at] += $1 != "no_bug" && $i !~ /no|crash/
    }
    cases += !before && $1 != "no_bug"
}

function explain()
{
    print ""
    print "Several words, with slashes: of small, medium, large and huge blocks (104 bytes, 20 KB, 300 KB,"
    print "33 MB). With *or*: it is left to chance."
    print ""
    print "| word | the bug is noticed |"
    print "|---|---|"
    print "| once | by a report at the bug itself |"
    print "| free | by a report when the blocks are freed after it |"
    print "| reuse | by a report when memory is asked for again |"
    print "| exit | by a report when the program ends |"
    print "| fault | without a report: the processor stops the program at the bug |"
    print "| poison | without a report: what is read shows that it is no data |"
    print "| prevented | not at all, and does no harm |"
    print "| crash | without a report, when the program dies of it later: luck, so not counted |"
    print "| - | not at all |"
}

function cell(name, threads, i,    s, all, same, first, one)
{
    same = 1
    for (s = 1; s <= sizes; s++) {
        if ((name, size[s], threads, i) in result) {
            one = result[name, size[s], threads, i]
            sub(/^no$/, "-", one)
            gsub(",", " or ", one)
            first = first == "" ? one : first
            same = same && one == first
            all = all (all == "" ? "" : " / ") one
        }
    }
    return same ? first : all
}

function differs(name,    s, i)
{
    for (s = 1; s <= sizes; s++) {
        for (i = 1; i <= columns; i++) {
            if ((name, size[s], "two", i) in result &&
                    result[name, size[s], "two", i] != result[name, size[s], "one", i]) {
                return 1
            }
        }
    }
    return 0
}

function row(name, threads, what,    i, line)
{
    line = "| " what
    for (i = 1; i <= columns; i++) {
        line = line " | " cell(name, threads, i)
    }
    print line " |"
}

END {
    line = "| bug"
    rule = "|---"
    for (i = 1; i <= columns; i++) {
        line = line " | " title[column[i]]
        rule = rule "|---"
    }
    print line " |"
    print rule "|"
    for (b = 1; b <= bugs; b++) {
        row(order[b], "one", words[order[b]])
        if (differs(order[b])) {
            row(order[b], "two", words[order[b]] ", by another thread")
        }
    }
    line = "| noticed or prevented, of " cases " runs with a bug"
    for (i = 1; i <= columns; i++) {
        line = line " | " caught[i]
    }
    print line " |"
    explain()
}
