# SPDX-License-Identifier: MIT
# The programs that walk directories and read binaries, over a part of the system.
# Programs: find grep file readelf
# Packages: findutils grep file binutils
find /usr/share/doc /usr/share/zoneinfo -xdev -type f 2>/dev/null | sort | cksum
ls -lR /usr/include | cksum
find /usr/bin -type f | sort | head -n $((50 * SCALE)) | xargs file -b |
    cut -d, -f1 | sort | uniq -c
grep -rhc include /usr/include 2>/dev/null | awk '{ n += $1 } END { print n }'
readelf -Ws /lib/x86_64-linux-gnu/libc.so.6 2>/dev/null | cksum
