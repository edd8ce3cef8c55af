# SPDX-License-Identifier: MIT
# A tree packed and unpacked again: tar, xz with two threads, bzip2 and gzip.
# Programs: tar xz bzip2 gzip
# Packages: tar xz-utils bzip2 gzip
# Quick: yes
mkdir tree
awk -v n=$((60000 * SCALE)) 'BEGIN {
    for (i = 0; i < n; i++) print i * 7919 % 1000003, "line", i * i
}' |
    split -a 3 -l 1000 - tree/
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=2020-01-01 -cf tree.tar tree || exit 1
cksum tree.tar
xz -T2 --block-size=1MiB -2 -k tree.tar && cksum tree.tar.xz || exit 1
xz -dc tree.tar.xz | cmp - tree.tar || exit 1
bzip2 -k tree.tar && cksum tree.tar.bz2 && bzip2 -dc tree.tar.bz2 | cmp - tree.tar || exit 1
gzip -n -k tree.tar && cksum tree.tar.gz || exit 1
mkdir again && tar -C again -xJf tree.tar.xz && diff -r tree again/tree && echo 'the same tree'
