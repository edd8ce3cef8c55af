#!/bin/sh
# SPDX-License-Identifier: MIT
# The Windows files of src/os and src/vm, in the quick run: built with mingw without a warning, then
# run under wine by the contract test. All else of Windows is for ./dev platforms windows-x64. What
# is missing is installed where apt-get and the right to use it are.
# Usage: wine.sh SOURCE_DIR BUILD_DIR ...
set -u
source=$1
work=$2/wine
cc=x86_64-w64-mingw32-gcc

missing=
command -v $cc >/dev/null || missing=" gcc-mingw-w64-x86-64-posix"
command -v wine >/dev/null || missing="$missing wine64 wine"
if [ -n "$missing" ]; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "FAILED: this test needs mingw and wine; install as root: apt-get install$missing" >&2
        exit 1
    fi
    echo "installing:$missing"
    export DEBIAN_FRONTEND=noninteractive
    get="apt-get -qq -o DPkg::Lock::Timeout=120 install -y --no-install-recommends $missing"
    $get >/dev/null 2>&1 || { apt-get -qq update && $get; } >/dev/null 2>&1 || {
        echo "FAILED: apt-get could not install$missing" >&2
        exit 1
    }
fi

rm -rf "$work"
mkdir -p "$work" && cd "$work" || exit 1
$cc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
    -Werror -I"$source/include" -I"$source/src" -I"$source/tests/unit" -o contract.exe \
    "$source/tests/windows/test_contract.c" "$source/src/vm/windows.c" "$source/src/vm/public.c" \
    "$source/src/os/windows.c" "$source/src/os/windows_exit.c" || exit 1

export WINEPREFIX="$work/wine" WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml=" HOME="$work"
unset DISPLAY
server=$source/tests/windows/wine.sh
trap 'sh "$server" end "$work"; cd /; rm -rf "$work/wine"' EXIT
sh "$server" begin "$work" || exit 1
timeout 60 wine ./contract.exe </dev/null >contract.out 2>contract.err
status=$?
tr -d '\r' <contract.out
[ $status = 0 ] && grep -q '^done' contract.out && exit 0
cat contract.err >&2
echo "FAILED: contract.exe ended with status $status" >&2
exit 1
