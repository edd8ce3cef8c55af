# SPDX-License-Identifier: MIT
# zstd and lz4: several levels, two threads, large windows.
# Programs: zstd lz4
# Packages: zstd lz4
awk -v n=$((200000 * SCALE)) 'BEGIN {
    for (i = 0; i < n; i++) print i * 7919 % 1000003, "line", i * i
}' >plain
for level in 1 6 12; do
    zstd -q -T2 -$level -c plain >packed || exit 1
    cksum packed
    zstd -q -dc packed | cmp - plain || exit 1
done
zstd -q --long=27 -3 -c plain | cksum
lz4 -q -9 -c plain | lz4 -q -dc | cmp - plain && echo 'lz4: the same'
