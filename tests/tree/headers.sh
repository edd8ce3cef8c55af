#!/bin/sh
# SPDX-License-Identifier: MIT
# Every public header stands alone, and neither gcc nor clang has a word to say about it in a program
# that asks for many warnings: in C99 to C23 and C++17 to C++20. What a header's macro declares is
# looked at as well, since warnings there are of the program's own file.
# Usage: headers.sh SOURCE_DIR ...
set -u
headers=$1/include
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
for compiler in gcc g++ clang clang++; do
    command -v $compiler >/dev/null || { echo "$compiler is missing"; exit 1; }
done
tried=0
refused=0

# try SOURCE COMPILER STANDARD FLAG...
try()
{
    source=$1
    shift
    tried=$((tried + 1))
    "$@" -fsyntax-only -I"$headers" -Werror -Wall -Wextra -Wshadow -Wundef -Wconversion -pedantic \
        "$source" >"$work/log" 2>&1 && return
    echo "refused by $*:"
    cat "$source" "$work/log"
    refused=$((refused + 1))
}

# C2x is how compilers from before 2024 call C23.
try_c()
{
    for standard in c99 c11 c2x; do
        try "$1" gcc -std=$standard
        try "$1" clang -std=$standard
    done
}

try_cxx()
{
    for standard in c++17 c++20; do
        try "$1" g++ -std=$standard -Wold-style-cast -Wzero-as-null-pointer-constant
        try "$1" clang++ -std=$standard -Wold-style-cast -Wzero-as-null-pointer-constant
    done
}

for header in "$headers"/ikyoalloc/*.h "$headers"/ikyoalloc/*.hpp; do
    printf '#include <ikyoalloc/%s>\nextern int nothing;\n' "${header##*/}" >"$work/alone.c"
    cp "$work/alone.c" "$work/alone.cpp"
    [ "${header##*.}" = hpp ] || try_c "$work/alone.c"
    try_cxx "$work/alone.cpp"
done
printf '#include <ikyoalloc/buffer.h>\nIKYO_BUFFER(numbers, double);\n' >"$work/macro.c"
try_c "$work/macro.c"

echo "$tried compilations, $refused refused"
[ "$refused" = 0 ]
