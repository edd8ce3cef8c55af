#!/bin/sh
# SPDX-License-Identifier: MIT
# tools/ikyo-addr2line: frames get their function and line, and all other text stays as it is.
# Usage: addr2line.sh SOURCE_DIR BUILD_DIR COMPILER
set -u
source=$1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/a dir" && cd "$work/a dir" || exit 1

printf 'int landmark(int x)\n{\n    return x;\n}\nint main(void)\n{\n    return landmark(0);\n}\n' >p.c
"$3" -g -O0 -o p+1 p.c || exit 1
offset=$(nm p+1 | sed -n 's/^0*\([0-9a-f]*\) T landmark$/\1/p')
[ -n "$offset" ] || { echo "landmark is not in the program"; exit 1; }

cat >report <<END
ikyoalloc: free(0x10): double free: the block is free already
    #0 $PWD/p+1+0x$offset
    #1 $PWD/none+0x12
    #2 0x1234
  #x \\t 100% of this	line, and the last one has no end
END
printf '    #12 %s' "$PWD/p+1+0x$offset" >>report
sed "s,+0x$offset\$,& landmark at $PWD/p.c:2," report >expected
echo >>expected

sh "$source/tools/ikyo-addr2line" <report >printed || exit 1
diff expected printed || exit 1
sh "$source/tools/ikyo-addr2line" report >printed || exit 1
diff expected printed || exit 1
ADDR2LINE=false sh "$source/tools/ikyo-addr2line" report >printed || exit 1
{ cat report; echo; } | diff - printed || exit 1
echo "frames are named, the rest is as it was"
