#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the library into a temporary prefix and builds consumers with find_package, with
# pkg-config, and with the archive and the object, also wholly static. Each must run on our malloc
# and meet the version of the package.
# Usage: run.sh BUILD_DIR C_COMPILER CXX_COMPILER
set -eu
build=$1
cc=$2
cxx=$3
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
passed=0

# check NAME PROGRAM: the consumer runs and prints the version of the package.
check()
{
    version=$("$2") || { echo "$1: the consumer failed"; exit 1; }
    [ "$version" = "$expected" ] || { echo "$1: version $version, not $expected"; exit 1; }
    echo "$1: version $version, malloc is ours"
    passed=$((passed + 1))
}

cmake --install "$build" --prefix "$prefix" >/dev/null
libdir=$(dirname "$(find "$prefix" -name 'libikyoalloc.so')")
for file in libikyoalloc.a ikyoalloc.o libikyoalloc-nocxx.so libikyoalloc-dlopen.so; do
    [ -f "$libdir/$file" ] || { echo "$file is not installed"; exit 1; }
done
for page in man7/ikyoalloc.7 man3/ikyoalloc.3 man3/ikyo_arena_create.3 man3/ikyo_pool_take.3; do
    [ -s "$prefix/share/man/$page" ] || { echo "$page is not installed"; exit 1; }
done

command -v pkg-config >/dev/null || { echo "pkg-config is missing"; exit 1; }
PKG_CONFIG_PATH=$libdir/pkgconfig
export PKG_CONFIG_PATH
expected=$(pkg-config --modversion ikyoalloc)

cmake -S "$here" -B "$work/project" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc" \
    -DCMAKE_CXX_COMPILER="$cxx" >"$work/log" 2>&1 &&
    cmake --build "$work/project" >>"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
for name in shared_c shared_cxx nocxx_c archive_c archive_cxx object_c; do
    check "find_package $name" "$work/project/$name"
done

"$cc" "$here/consumer.c" -o "$work/pc" $(pkg-config --cflags --libs ikyoalloc) -Wl,-rpath,"$libdir"
check 'pkg-config shared' "$work/pc"

"$cc" -static "$here/consumer.c" -o "$work/static" -I"$prefix/include" "$libdir/libikyoalloc.a" -pthread
check 'static archive' "$work/static"
"$cxx" -std=c++17 -static "$here/consumer.cpp" -o "$work/static++" -I"$prefix/include" \
    "$libdir/libikyoalloc.a" -pthread
check 'static archive, C++' "$work/static++"
"$cc" -static "$here/consumer.c" -o "$work/object" -I"$prefix/include" "$libdir/ikyoalloc.o" -pthread
check 'static object' "$work/object"

# Nothing of the inside may be visible, as short internal names would clash with a program's.
visible=$(nm -g --defined-only "$libdir/ikyoalloc.o" | awk '$2 ~ /[A-Z]/ { print $3 }' |
    grep -vE '^(ikyo_|_Z|__libc_|__posix_memalign$|DW\.ref\.)' | sort | tr '\n' ' ')
for name in $visible; do
    case $name in
    *alloc* | free* | *memalign | cfree | mall* | vfree) ;;
    *) echo "ikyoalloc.o shows $name"; exit 1 ;;
    esac
done
echo "$passed consumers passed"
