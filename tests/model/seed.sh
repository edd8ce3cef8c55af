#!/bin/sh
# SPDX-License-Identifier: MIT
# Puts a copy of one source file with a fault into OUT_DIR. The script of the fault names the file
# in a line `# file:`. When the source is no more as the script expects it, the copy is without the
# fault, which the test then does not find.
# Usage: seed.sh SOURCE_DIR SCRIPT OUT_DIR
set -eu
file=$(sed -n 's/^# file: //p' "$2")
mkdir -p "$3/$(dirname "$file")"
sed -f "$2" "$1/$file" >"$3/$file"
if cmp -s "$1/$file" "$3/$file"; then
    echo "$2 changes nothing in $file"
fi
