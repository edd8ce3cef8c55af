# SPDX-License-Identifier: MIT
# A sort with two threads that must spill, and its small relatives.
# Programs: sort uniq join comm cut
# Packages: coreutils
# Quick: yes
awk -v n=$((300000 * SCALE)) 'BEGIN {
    for (i = 0; i < n; i++) print i * 7919 % 1000003, "line", i % 977
}' >lines
sort --parallel=2 -S 8M lines | cksum
sort --parallel=2 -k3,3n -k1,1nr -s lines | cksum
cut -d' ' -f3 lines | sort -n | uniq -c | sort -rn | head -n 3
sort -u -k1,1 lines >left
sort -k1,1 lines | awk 'NR % 2' >right
join left right | cksum
comm -12 left right | wc -l
shuf --random-source=lines lines | cksum
