#!/bin/sh
# SPDX-License-Identifier: MIT
# Differences between systems are chosen as files: conditionals on system, CPU or compiler stand in
# src/os and src/vm only. Elsewhere a conditional is an include guard, the C++ test of a public
# header, NDEBUG in base/check.h, or one of our own IKYO_ words; ikyoalloc/base.h, which a program
# includes without src/os, may ask for the system once more.
# Usage: platform.sh SOURCE_DIR ...
set -u
cd "$1" || exit 1

find src include -name '*.[ch]' -o -name '*.hpp' -o -name '*.def' | sort | xargs awk '
FNR == 1 {
    files++
    guard = ""
    free = FILENAME ~ /^src\/(os|vm)\// || FILENAME == "include/ikyoalloc/base.h"
}
/^[ \t]*#[ \t]*(if|ifdef|ifndef|elif)([ \t]|$)/ && !free {
    words = $0
    sub(/^[ \t]*#[ \t]*(if|ifdef|ifndef|elif)/, "", words)
    sub(/\/\/.*/, "", words)
    gsub(/defined/, " ", words)
    count = split(words, word, /[^A-Za-z0-9_]+/)
    for (i = 1; i <= count; i++) {
        if (word[i] == "" || word[i] ~ /^[0-9]/) continue
        if (guard == "" && /ifndef/) { guard = word[i]; continue }
        if (word[i] ~ /^IKYO_/ || word[i] == "__cplusplus") continue
        if (word[i] == "NDEBUG" && FILENAME == "src/base/check.h") continue
        print FILENAME ":" FNR ": a conditional on " word[i] " belongs in src/os or src/vm"
        bad++
    }
}
END {
    print files + 0 " files, " bad + 0 " misplaced conditionals"
    exit files == 0 || bad != 0
}'
