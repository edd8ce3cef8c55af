#!/bin/sh
# SPDX-License-Identifier: MIT
# Puts a copy of one source file with a fault into OUT_DIR. The script of the fault names the file
# in a line `# file:`. Fails when the source is not as the script expects it.
# Usage: seed.sh SOURCE_DIR SCRIPT OUT_DIR
set -eu
file=$(sed -n 's/^# file: //p' "$2")
mkdir -p "$3/$(dirname "$file")"
sed -f "$2" "$1/$file" >"$3/$file.new"
if cmp -s "$1/$file" "$3/$file.new"; then
    echo "$2 changes nothing in $file"
    exit 1
fi
mv "$3/$file.new" "$3/$file"
