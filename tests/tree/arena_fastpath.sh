#!/bin/sh
# SPDX-License-Identifier: MIT
# The length of ikyo_arena_alloc where it is inlined, in instructions up to and with the return, as
# the compiler writes them at -O2: at most 12 where the alignment is a constant, as in nearly all
# programs, and 18 where it is known at run time only. The promise is of x86-64; aarch64 is as good.
# Usage: arena_fastpath.sh SOURCE_DIR BUILD_DIR COMPILER
set -u
case $("$3" -dumpmachine) in
x86_64* | aarch64*) ;;
*)
    echo "nothing is promised for $("$3" -dumpmachine)"
    exit 0
    ;;
esac
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

cat >"$work/use.c" <<'END'
#include "ikyoalloc/arena.h"
void *constant(struct ikyo_arena *arena)
{
    return ikyo_arena_alloc(arena, 48, 16);
}
void *sized(struct ikyo_arena *arena, size_t size)
{
    return ikyo_arena_alloc(arena, size, 16);
}
void *framed(struct ikyo_frame_arena *frame, size_t size)
{
    return ikyo_frame_arena_alloc(frame, size, 8);
}
void *aligned(struct ikyo_arena *arena, size_t size, size_t alignment)
{
    return ikyo_arena_alloc(arena, size, alignment);
}
END
"$3" -std=c11 -O2 -fno-asynchronous-unwind-tables -I"$1/include" -S -o "$work/use.s" \
    "$work/use.c" || exit 1

# Straight code counts once it is seen to lead elsewhere than to the slow path.
awk '
function finish() {
    if (name == "") return
    limit = name == "aligned" ? 18 : 12
    print name ": " count " instructions"
    if (!returned || !slow) { print name ": no hit path was found"; bad = 1 }
    if (count > limit) { print name ": above " limit; bad = 1 }
    functions++
}
/^(constant|sized|framed|aligned):/ {
    finish()
    name = $1
    sub(/:.*/, "", name)
    count = block = returned = slow = 0
    next
}
name == "" { next }
# Labels start a new piece of straight code.
/^[.A-Za-z_0-9]+:/ { count += block; block = 0; next }
/^[ \t]*[.#@\/;]/ || /^[ \t]*$/ { next }
{
    if ($1 ~ /^endbr/) next
    block++
    if ($1 ~ /^(j[^m]|b\.|cb|tb)/) { count += block; block = 0 }
    if (/ikyo_arena_alloc_slow/) { slow = 1; block = 0 }
    if ($1 ~ /^retq?$/) returned = 1
}
END {
    count += block
    finish()
    if (functions != 4) { print functions + 0 " functions were read, not 4"; bad = 1 }
    exit bad
}' "$work/use.s"
