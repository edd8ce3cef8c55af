#!/bin/sh
# SPDX-License-Identifier: MIT
# A shell script that starts hundreds of small programs: what a process pays before its first block.
. "$(dirname -- "$0")/common.sh"
packages='dash coreutils sed grep'

inputs()
{
    cat >"$input/small.sh" <<'SCRIPT'
i=0
total=0
while [ $i -lt 100 ]; do
    i=$((i + 1))
    word=$(printf 'word%d\n' $i | sed 's/word/item/')
    /bin/true
    name=$(basename "/some/directory/$word.c" .c)
    expr "$name" : 'item\([0-9]*\)' | grep -q "^$i\$" && total=$((total + i))
done
echo $total
SCRIPT
}

work()
{
    launch dash "$input/small.sh"
}

main "$@"
