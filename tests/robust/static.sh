#!/bin/sh
# SPDX-License-Identifier: MIT
# The archive and the object in programs without a dynamic linker, where threads, fork and C++ must
# work on static TLS that the C library sets up: fully static, static-pie, and the usual way.
. "$(dirname -- "$0")/common.sh"

archive=$build/libikyoalloc.a
object=$build/ikyoalloc.o
for file in "$archive" "$object"; do
    [ -f "$file" ] || die "$file is not built"
done

# whose PROGRAM: the program has a malloc of its own, which is ours.
whose()
{
    nm "$1" >names || die "nm $1"
    grep -q ' T ikyo_version$' names && grep -q ' [Tt] malloc$' names || echo "malloc is not ours"
}

for flavour in "$archive" "$object"; do
    for language in c cpp; do
        for kind in -static -static-pie -pie -no-pie; do
            compile program work.$language $kind -fPIE "$flavour"
            name="$kind program in $language with $(basename "$flavour")"
            reason=$(whose program)
            if [ -n "$reason" ]; then
                judge "$name" "$reason"
            else
                expect "$name" right ./program
            fi
        done
    done
done
finish
