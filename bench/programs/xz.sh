#!/bin/sh
# SPDX-License-Identifier: MIT
# Text compressed by xz on all cores and expanded again: few blocks, each of them large.
. "$(dirname -- "$0")/common.sh"
packages=xz-utils

inputs()
{
    awk 'BEGIN {
        for (i = 0; i < 120000; i++) {
            x = (x * 75 + 74) % 65537
            printf "%d record %d of the table, value %x%x\n", i % 977, x % 4099, x * 31,
                i * 7 % 1009
        }
    }' >"$input/text"
}

work()
{
    launch xz -T0 -2 --block-size=1MiB -c "$input/text" >"$scratch/text.xz" &&
        launch xz -T0 -dc "$scratch/text.xz" >"$scratch/text" || return 1
    cksum <"$scratch/text"
}

main "$@"
