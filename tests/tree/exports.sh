#!/bin/sh
# SPDX-License-Identifier: MIT
# What the shared library shows and needs: exactly the names of src/exports.map, and of ours only
# those that a public header declares; no library but libc; at most 16 bytes of static TLS.
# Usage: exports.sh SOURCE_DIR BUILD_DIR ...
set -u
source=$1
library=$2/libikyoalloc.so
[ -f "$library" ] || { echo "$library is missing"; exit 1; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
LC_ALL=C
export LC_ALL
bad=0

fault()
{
    echo "$*"
    bad=1
}

sed -e 's,/\*.*\*/,,' "$source/src/exports.map" | sed -n '/^global:/,/^local:/p' |
    tr -s ' ;' '\n\n' | grep -E '^[A-Za-z_][A-Za-z0-9_]*$' | sort >"$work/promised"
nm -D --defined-only "$library" | awk '{ print $3 }' | sort >"$work/shown"
# Of the C++ names that differ with the width of size_t those of the other width are not there.
case $(readelf -hW "$library") in
*ELF32*) other=m ;;
*) other=j ;;
esac
grep -vE "^_Z(n[wa]|d[la]Pv)$other" "$work/promised" >"$work/promised.here"
mv "$work/promised.here" "$work/promised"
# cmake/products.cmake says where dlopen is ours.
case $(readelf -hdW "$library") in
*PowerPC64* | *libc.musl-* | *'[libc.so]'*) sed -i '/^dlopen$/d' "$work/promised" ;;
esac
grep -v '^ikyo_' "$work/shown" >"$work/shown.libc"
grep '^ikyo_' "$work/shown" >"$work/shown.ours"
grep -ohE '\bikyo_[a-z0-9_]+\(' "$source"/include/ikyoalloc/*.h | tr -d '(' | sort -u >"$work/declared"

[ -s "$work/promised" ] || fault "no name was read from src/exports.map"
[ -s "$work/shown.ours" ] || fault "no ikyo_ name is shown"
diff "$work/promised" "$work/shown.libc" >"$work/diff" ||
    fault "promised (<) is not what is shown (>):" && cat "$work/diff"
undeclared=$(comm -13 "$work/declared" "$work/shown.ours")
[ -z "$undeclared" ] || fault "shown, but in no public header:" $undeclared

for file in "$library" "${library%.so}-nocxx.so" "${library%.so}-dlopen.so"; do
    name=${file##*/}
    [ -f "$file" ] || { fault "$name is missing"; continue; }
    for needed in $(readelf -dW "$file" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
        case $needed in
        libc.so.* | libc.musl-*) ;;
        # The dynamic linker is where the dlopen flavour finds __tls_get_addr.
        ld-*) [ "$name" = libikyoalloc-dlopen.so ] || fault "$name needs $needed" ;;
        *) fault "$name needs $needed" ;;
        esac
    done
    tls=$(readelf -lW "$file" | awk '$1 == "TLS" { print $6 }')
    [ "$((${tls:-0}))" -le 16 ] || fault "$name has $((tls)) bytes of TLS"
    echo "$name: $(nm -D --defined-only "$file" | wc -l) names, $((${tls:-0})) bytes of TLS"
done
nm -D --defined-only "${library%.so}-nocxx.so" | grep ' _Z' && fault "the nocxx flavour shows operators"
readelf -dW "${library%.so}-dlopen.so" | grep STATIC_TLS && fault "the dlopen flavour has static TLS"
readelf -dW "$library" | grep -q 'SONAME.*\[libikyoalloc\.so\.[0-9]*\]' || fault "no versioned soname"
exit $bad
