#!/bin/sh
# SPDX-License-Identifier: MIT
# Layers look down only: a file of src includes its own layer or a lower one, in the order of
# src/layers.txt, and layers on one line do not see each other. No file has more than 400 lines.
# Usage: layers.sh SOURCE_DIR ...
set -u
cd "$1" || exit 1

find src include -name '*.c' -o -name '*.h' -o -name '*.hpp' -o -name '*.def' | sort |
    xargs awk '
function complain(text) { print FILENAME ":" FNR ": " text; bad++ }
# The layer of a path below src: its folder, or "." for the files of src itself.
function layer_of(path) { return path ~ /\// ? substr(path, 1, index(path, "/") - 1) : "." }
function exists(path,    line, found) {
    found = (getline line < path) >= 0
    close(path)
    return found
}
BEGIN {
    while ((getline line < "src/layers.txt") > 0) {
        rank++
        count = split(line, names, " ")
        for (i = 1; i <= count; i++) height[names[i]] = rank
    }
    if (rank == 0) { print "src/layers.txt is missing"; exit 1 }
}
FNR == 1 {
    files++
    own = ""
    if (FILENAME ~ /^src\//) {
        own = layer_of(substr(FILENAME, 5))
        if (!(own in height)) complain("the folder " own " is not in src/layers.txt")
    }
}
FNR == 401 { complain("more than 400 lines") }
own != "" && match($0, /^[ \t]*#[ \t]*include[ \t]*"[^"]+"/) {
    target = $0
    sub(/^[^"]*"/, "", target)
    sub(/".*/, "", target)
    if (target ~ /^ikyoalloc\//) next
    here = FILENAME
    sub(/[^\/]*$/, "", here)
    if (target ~ /\.c$/) complain("a .c file is never included")
    if (target ~ /^\.\./) { complain("includes are written from src down"); next }
    if (exists("src/" target)) other = layer_of(target)
    else if (exists(here target)) next
    else { complain("no such header: " target); next }
    includes++
    if (!(other in height)) complain("the folder " other " is not in src/layers.txt")
    else if (other != own && height[other] >= height[own]) complain(own " may not include " other)
}
END {
    print files + 0 " files, " includes + 0 " includes between modules, " bad + 0 " faults"
    exit files == 0 || bad != 0
}'
