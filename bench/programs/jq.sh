#!/bin/sh
# SPDX-License-Identifier: MIT
# A JSON table grouped, sorted and printed by jq: counted values of a few dozen bytes, copied a lot.
. "$(dirname -- "$0")/common.sh"
packages=jq

inputs()
{
    awk 'BEGIN {
        for (i = 0; i < 30000; i++)
            printf "{\"id\":%d,\"name\":\"name %d\",\"group\":\"g%d\",\"values\":[%d,%d,%d]}\n", i,
                i * 7919 % 10007, i % 101, i % 7, i % 11, i % 13
    }' >"$input/table.json"
}

work()
{
    launch jq -s -c 'group_by(.group) | map({group: .[0].group, sum: map(.values | add) | add,
        names: map(.name) | sort | unique | join(" ")})' "$input/table.json"
}

main "$@"
