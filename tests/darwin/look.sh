#!/bin/sh
# SPDX-License-Identifier: MIT
# What the library for macOS shows and needs, in its part for each CPU: names, libraries, pairs of
# interposed functions, no thread-local variables. Usage: look.sh LIBRARY SOURCE_DIR
set -u
library=$1
source=$2
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

complain()
{
    echo "$cpu: $*"
    bad=1
}

# The lines of a file against those on standard input.
same()
{
    sort -u >"$work/wanted"
    sort -u "$2" | diff "$work/wanted" - >"$work/diff" || {
        complain "$1 (< wanted, > there):"
        cat "$work/diff"
    }
}

# Every name that the public headers declare, and the operators that all others end in.
public_names()
{
    cat "$source"/include/ikyoalloc/*.h | tr '\n' ' ' | grep -o 'IKYO_API [^(;]*ikyo_[a-z0-9_]*(' |
        sed 's/.*\(ikyo_[a-z0-9_]*\)(/_\1/'
    printf '%s\n' __Znwm __ZnwmSt11align_val_t __ZdlPv __ZdlPvSt11align_val_t
}

look()
{
    llvm-lipo-14 "$library" -thin "$cpu" -output "$work/thin" || exit 1
    llvm-objdump-14 --macho --private-headers "$work/thin" >"$work/headers" || exit 1
    llvm-objdump-14 --macho --bind --lazy-bind --weak-bind "$work/thin" >"$work/binds" || exit 1

    llvm-nm-14 -gjU "$work/thin" >"$work/shown"
    public_names | same "names that are shown" "$work/shown"

    awk '/__interpose/ { print $NF }' "$work/binds" >"$work/interposed"
    printf '_%s\n' malloc free calloc realloc reallocf aligned_alloc posix_memalign valloc vfree \
        malloc_size malloc_good_size | same "functions that are interposed" "$work/interposed"

    awk '/cmd LC_LOAD_/ { wanted = 1 } wanted && $1 == "name" { print $2; wanted = 0 }' \
        "$work/headers" >"$work/libraries"
    echo /usr/lib/libSystem.B.dylib | same "libraries it needs" "$work/libraries"

    # What only newer systems have may be missing.
    llvm-nm-14 -um "$work/thin" | awk '/ weak / && !/private/ { print $4 }' >"$work/weak"
    printf '_os_sync_%s\n' wait_on_address wake_by_address_any wake_by_address_all |
        same "what may be missing" "$work/weak"

    grep -q 'sectname __thread' "$work/headers" && complain "thread-local variables"
    grep -q 'tlv_bootstrap' "$work/binds" && complain "thread-local variables that allocate"
    llvm-objdump-14 --macho -d --dis-symname _own_malloc "$work/thin" >"$work/malloc"
    grep -q '%gs:(\|TPIDRRO_EL0' "$work/malloc" || complain "malloc does not read its thread's slot"
    grep -q 'minos 11.0' "$work/headers" || complain "is not for macOS 11.0 on"
    grep -q 'name @rpath/libikyoalloc' "$work/headers" || complain "has no name to be found by"
    [ "$cpu" = x86_64 ] || grep -q LC_CODE_SIGNATURE "$work/headers" || complain "is not signed"
}

llvm-lipo-14 "$library" -verify_arch x86_64 arm64 || { echo "not for both CPUs"; exit 1; }
for cpu in x86_64 arm64; do
    look
    echo "$cpu: $(wc -l <"$work/shown") names, $(wc -l <"$work/interposed") interposed"
done
exit $bad
