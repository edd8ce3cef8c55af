#!/bin/sh
# SPDX-License-Identifier: MIT
# The script of each platform can be read and says of which tier it is; the long one is all of them.
# Usage: rows.sh SOURCE_DIR ...
set -u
cd "$1/tests/platforms" || exit 1
quick=$(sh run.sh --list) || exit 1
long=$(sh run.sh --list --long) || exit 1
all=$(ls ./*-*.sh | sed 's,^\./,,; s,\.sh$,,')
[ "$long" = "$all" ] || { echo "the long tier is not all platforms: $long"; exit 1; }
for name in $quick; do
    printf '%s\n' "$all" | grep -qx "$name" || { echo "$name is no platform"; exit 1; }
done
count=$(printf '%s\n' "$quick" | wc -l)
[ "$count" -ge 2 ] || { echo "the quick tier has $count platforms"; exit 1; }
echo "$count platforms are quick, $(printf '%s\n' "$all" | wc -l) are all"
