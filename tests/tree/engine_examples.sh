#!/bin/sh
# SPDX-License-Identifier: MIT
# The examples of docs/engine.md compile without a warning, do what they assert, and leave nothing
# broken or lost. One without a main() is the inside of it.
# Usage: engine_examples.sh SOURCE_DIR BUILD_DIR C_COMPILER
set -u
source=$1
build=$2
cc=$3
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

awk -v work="$work" '
/^```(c|cpp)$/ { file = sprintf("%s/%02d.%s", work, ++count, substr($0, 4)); next }
/^```/ { file = ""; next }
file != "" { print >file }' "$source/docs/engine.md"

cat >"$work/head.c" <<'END'
#include <assert.h>
#include <ikyoalloc/ikyoalloc.h>
#include <stdio.h>
#include <stdlib.h>
END
cat >"$work/head.cpp" <<'END'
#include <ikyoalloc/ikyoalloc.hpp>
#include <list>
#include <string>
#include <vector>
END

# compile EXAMPLE LANGUAGE FLAG...: to a program of its name without the ending.
compile()
{
    example=$1
    whole=$work/whole.$2
    cp "$work/head.$2" "$whole"
    if grep -q 'main(' "$example"; then
        cat "$example" >>"$whole"
    else
        { echo 'int main(void) {'; cat "$example"; echo '}'; } >>"$whole"
    fi
    shift 2
    "$cc" -Wall -Wextra -Werror -I"$source/include" "$whole" -o "${example%.*}" "$@" -L"$build" \
        -likyoalloc -Wl,-rpath,"$build"
}

for example in "$work"/[0-9]*; do
    if {
        case $example in
        *.c) compile "$example" c -std=c11 ;;
        *.cpp) compile "$example" cpp -std=c++17 -lstdc++ ;;
        esac && IKYO_CHECK=full "${example%.*}"
    } >"$work/log" 2>&1 && [ ! -s "$work/log" ]; then
        passed=$((passed + 1))
    else
        echo 'this example fails:'
        cat "$example" "$work/log"
        failed=$((failed + 1))
    fi
done
echo "$passed examples run, $failed fail"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
