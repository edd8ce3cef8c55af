#!/bin/sh
# SPDX-License-Identifier: MIT
# The length of the inline calls of arenas, scopes and pools, in instructions up to and with the
# return, as the compiler writes them at -O2. Of an arena's block at most 10 where the alignment is
# a constant, as in nearly all programs, and 12 where it is known at run time only. The promise is
# of x86-64; aarch64 has no instruction that works on memory, and may take 2 more.
# Usage: engine_fastpath.sh SOURCE_DIR BUILD_DIR COMPILER
set -u
case $("$3" -dumpmachine) in
x86_64*) more=0 ;;
aarch64*) more=2 ;;
*)
    echo "nothing is promised for $("$3" -dumpmachine)"
    exit 0
    ;;
esac
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

cat >"$work/use.c" <<'END_OF_C'
#include "ikyoalloc/arena.h"
#include "ikyoalloc/pool.h"
#include "ikyoalloc/scope.h"
void *arena_constant(struct ikyo_arena *arena)
{
    return ikyo_arena_alloc(arena, 48, 16);
}
void *arena_sized(struct ikyo_arena *arena, size_t size)
{
    return ikyo_arena_alloc(arena, size, 16);
}
void *arena_framed(struct ikyo_frame_arena *frame, size_t size)
{
    return ikyo_frame_arena_alloc(frame, size, 8);
}
void *arena_aligned(struct ikyo_arena *arena, size_t size, size_t alignment)
{
    return ikyo_arena_alloc(arena, size, alignment);
}
void *scope_sized(struct ikyo_scope *scope, size_t size)
{
    return ikyo_scope_alloc(scope, size, 16);
}
void *scope_aligned(struct ikyo_scope *scope, size_t size, size_t alignment)
{
    return ikyo_scope_alloc(scope, size, alignment);
}
void *pool_taken(struct ikyo_pool *pool)
{
    return ikyo_pool_take(pool);
}
enum ikyo_pool_result pool_given(struct ikyo_pool *pool, void *object)
{
    return ikyo_pool_give(pool, object);
}
END_OF_C
"$3" -std=c11 -O2 -fno-asynchronous-unwind-tables -I"$1/include" -S -o "$work/use.s" \
    "$work/use.c" || exit 1

# Straight code counts once it is seen to lead elsewhere than to the slow path.
awk -v more="$more" '
BEGIN {
    limits["arena_constant"] = limits["arena_sized"] = limits["arena_framed"] = 10
    limits["arena_aligned"] = 12
    limits["scope_sized"] = 10
    limits["scope_aligned"] = 13
    limits["pool_taken"] = 17 # the list and the fresh objects
    limits["pool_given"] = 10
}
function finish() {
    if (name == "") return
    print name ": " count " instructions"
    if (!returned || !slow) { print name ": no hit path was found"; bad = 1 }
    if (count > limits[name] + more) { print name ": above " limits[name] + more; bad = 1 }
    functions++
}
/^[a-z_]+:/ && substr($1, 1, index($1, ":") - 1) in limits {
    finish()
    name = substr($1, 1, index($1, ":") - 1)
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
    if (/ikyo_[a-z]+_(alloc|take)_slow|ikyo_pool_give_checked/) { slow = 1; block = 0 }
    if ($1 ~ /^retq?$/) returned = 1
}
END {
    count += block
    finish()
    if (functions != 8) { print functions + 0 " functions were read, not 8"; bad = 1 }
    exit bad
}' "$work/use.s"
