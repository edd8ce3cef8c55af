#!/bin/sh
# SPDX-License-Identifier: MIT
# The library as a second allocator that a running program opens by dlopen, beside the C library's
# malloc and beside our own preloaded one.
. "$(dirname -- "$0")/common.sh"

flavour=$build/libikyoalloc-dlopen.so
[ -f "$flavour" ] || die "$flavour is not built"
compile dlopen dlopen.c -ldl

expect 'opened in a program on another malloc' right ./dlopen "$flavour"
expect 'opened in a program that ours is preloaded into' right \
    env LD_PRELOAD="$library" ./dlopen "$flavour"
reason=
readelf -d "$flavour" >dynamic || die readelf
! grep -q STATIC_TLS dynamic || reason='it is marked STATIC_TLS'
judge 'it asks for no static TLS' "$reason"
expect 'preloaded itself' right env LD_PRELOAD="$flavour" ./dlopen "$library"
finish
