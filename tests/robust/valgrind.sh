#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs under valgrind's memcheck: as it comes it puts its own malloc over ours by name, and what
# it does not know by name must still fit; told to leave ours alone, it must find no fault in us.
. "$(dirname -- "$0")/common.sh"

need valgrind valgrind libc6-dbg
compile work work.c
compile names valgrind_names.c -ldl

# run HEAP NAME VALGRIND-OPTION PROGRAM ARGUMENT...: HEAP says whose malloc must have served.
run()
{
    heap=$1
    name=$2
    option=$3
    shift 3
    "$@" >plain </dev/null || die "$* fails without us"
    # shellcheck disable=SC2086 # There may be no option.
    LD_PRELOAD=$library timeout 120 valgrind --error-exitcode=9 --log-file=log $option "$@" \
        >out 2>err </dev/null
    status=$?
    reason=
    if [ $status -ne 0 ]; then
        reason="status $status: $(sed -n 's/^==[0-9]*== //p' log |
            grep -m 1 -A 2 -E 'Invalid|uninitialised' | tr -s '\n ' '  ')"
    elif ! cmp -s plain out; then
        reason="another output"
    elif [ -s err ]; then
        reason="says $(head -n 1 err)"
    elif [ $heap = theirs ] && ! grep -q 'total heap usage: [1-9]' log; then
        reason="memcheck's malloc was not used"
    elif [ $heap = ours ] && ! grep -q 'total heap usage: 0 allocs' log; then
        reason="our malloc was not used"
    fi
    judge "$name" "$reason"
}

for heap in theirs ours; do
    option=
    [ $heap = ours ] && option=--soname-synonyms=somalloc=nouserintercepts
    run $heap "ls, malloc is $heap" "$option" ls /
    # shellcheck disable=SC2016 # The inner shell expands it.
    run $heap "bash, malloc is $heap" "$option" \
        bash -c 'x=$(echo a b c); echo "${x/b/d}" | tr a-z A-Z'
    run $heap "a C program with threads, malloc is $heap" "$option" ./work
    run $heap "names that valgrind does not know, malloc is $heap" "$option" ./names
done
finish
