#!/bin/sh
# SPDX-License-Identifier: MIT
# Tier: long
# The real vm.overcommit_memory=2, for the whole machine and for as short as it takes. Where it may
# not be set the reason is printed, and what can be said without it is what overcommit.sh says.
. "$(dirname -- "$0")/common.sh"

setting=/proc/sys/vm/overcommit_memory
need python3 python3
compile work work.c
compile work++ work.cpp
compile charge charge.c

before=$(cat $setting) || die "$setting cannot be read"
# shellcheck disable=SC2016 # Expanded at the end.
at_end='echo "$before" 2>/dev/null >$setting'
if ! (echo 2 >$setting) 2>refused; then
    echo "vm.overcommit_memory cannot be set here: $(cat refused)"
    sh "$here/overcommit.sh" "$build" "$cc" "$cxx"
    exit
fi
[ "$(cat $setting)" = 2 ] || die "vm.overcommit_memory was set to 2 and is $(cat $setting)"

expect 'strict overcommit: a C program with threads and a fork' right \
    env LD_PRELOAD="$library" ./work
expect 'strict overcommit: a C++ program with threads' right env LD_PRELOAD="$library" ./work++
expect 'strict overcommit: bash forks' 'a-b' env LD_PRELOAD="$library" \
    bash -c 'echo $(echo a)-$(echo b)'
expect 'strict overcommit: python3 with threads and a child' 'right' env LD_PRELOAD="$library" \
    python3 -c '
import os, threading
def work():
    return [bytes(n % 5000) for n in range(20000)]
threads = [threading.Thread(target=work) for _ in range(8)]
for t in threads: t.start()
for t in threads: t.join()
pid = os.fork()
if pid == 0:
    os._exit(0 if len(work()) == 20000 else 1)
print("right" if os.waitpid(pid, 0)[1] == 0 else "wrong")'
# shellcheck disable=SC2016 # The inner shell expands it.
expect 'strict overcommit: memory runs out and comes back' right \
    sh -c 'ulimit -d 65536 && exec "$@"' sh env LD_PRELOAD="$library" ./charge 1000 85
echo "$before" >$setting
reason=
[ "$(cat $setting)" = "$before" ] || reason="it is $(cat $setting)"
judge 'the setting is restored' "$reason"
finish
