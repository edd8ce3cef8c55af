#!/bin/sh
# SPDX-License-Identifier: MIT
# Records what jq asks of malloc while it groups 300 records, for heap_trace.h. It needs jq, python3
# and a C compiler; the trace depends on the version of jq.
#
#   heap_record.sh >heap_trace.inc
set -u
LC_ALL=C
export LC_ALL

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

cc -std=c11 -D_GNU_SOURCE -O2 -fno-builtin -fPIC -shared -pthread -o "$work/record.so" \
    "$here/../bins/record.c" || exit 1
awk 'BEGIN {
    for (i = 0; i < 300; i++) {
        printf "{\"id\": %d, \"name\": \"item%d\", \"price\": %.2f, ", i, i * 7919 % 1009, i * 1.25
        printf "\"tags\": [\"t%d\", \"t%d\", \"t%d\"]}\n", i % 2, i % 3, i % 7
    }
}' >"$work/records.json"
RECORD_TO=$work LD_PRELOAD=$work/record.so jq -cs '
    group_by(.tags[2]) |
    map({
        tag: .[0].tags[2],
        total: map(.price) | add,
        names: map(.name) | sort | unique | join(",")
    })
' "$work/records.json" >"$work/out" || exit 1
rm "$work/records.json" "$work/record.so" "$work/out"
python3 "$here/heap_record.py" "$work"/*
