#!/bin/sh
# SPDX-License-Identifier: MIT
# A plug-in opened with RTLD_DEEPBIND would take malloc and free from the C library although ours is
# preloaded, so our dlopen ignores the flag. Where it is kept, what the plug-in allocates may be
# freed, grown and measured by the program: our calls hand such a block on. The other way round
# nothing can be done: the plug-in's free never reaches us, and the C library aborts on our block,
# also on one that its own strdup took from us.
. "$(dirname -- "$0")/common.sh"

compile plugin.so deepbind_plugin.c -shared -fPIC
compile deepbind deepbind.c -ldl

for action in plugin_alone program_frees program_frees_copy plugin_frees plugin_frees_copy; do
    expect "$action on the C library alone" right ./deepbind ./plugin.so $action
    expect "$action with ours preloaded" right \
        env LD_PRELOAD="$library" ./deepbind ./plugin.so $action
done

for action in plugin_alone program_frees program_frees_copy; do
    expect "$action with the flag kept" right \
        env IKYO_DEEPBIND=keep LD_PRELOAD="$library" ./deepbind ./plugin.so $action
done

# The C library asks who calls its dlopen: only the program has a path to this plug-in.
mkdir elsewhere
cp plugin.so elsewhere/far.so
compile with_path deepbind.c -ldl -Wl,--enable-new-dtags,-rpath,"$work/elsewhere"
expect 'a search path of the caller on the C library alone' right ./with_path far.so plugin_alone
expect 'a search path of the caller with ours preloaded' right \
    env LD_PRELOAD="$library" ./with_path far.so plugin_alone

# ends NAME MESSAGE COMMAND...: the command is aborted with a line that begins like this.
ends()
{
    name=$1
    message=$2
    shift 2
    # The shell tells of the abort on its own standard error.
    { timeout 60 "$@" >out 2>err </dev/null; } 2>/dev/null
    status=$?
    reason=
    [ "$(head -c ${#message} err)" = "$message" ] || reason="says $(head -n 1 err)"
    [ $status -eq 134 ] || reason="status $status"
    judge "$name" "$reason"
}

ends 'program_frees with foreign_free=abort' 'ikyoalloc: malloc_usable_size(0x' \
    env IKYO_OPTIONS=deepbind=keep,foreign_free=abort LD_PRELOAD="$library" ./deepbind ./plugin.so program_frees
for action in plugin_frees plugin_frees_copy; do
    ends "$action with the flag kept" 'free(): invalid' \
        env IKYO_DEEPBIND=keep LD_PRELOAD="$library" ./deepbind ./plugin.so $action
done
finish
