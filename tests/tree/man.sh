#!/bin/sh
# SPDX-License-Identifier: MIT
# The manual pages know all that there is: every call that the library shows or a header has inline,
# with a page that leads there; every field, option, variable and figure. They render without a
# word from mandoc, and from groff where it is installed.
# Usage: man.sh SOURCE_DIR BUILD_DIR ...
set -u
source=$1
calls=$2/man/man3/ikyoalloc.3
library=$2/man/man7/ikyoalloc.7
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
LC_ALL=C
export LC_ALL

fault()
{
    echo "$*" | tee -a "$work/faults"
}

# expect PAGE WHAT: the words on standard input stand in the page in bold, and there are some.
expect()
{
    sort -u >"$work/words"
    grep -oE '^\.BI? .*|\\fB[^\]*' "$1" | sed 's/^\\fB//; s/\\ / /g' | tr -sc 'A-Za-z0-9_' '\n' |
        sort -u >"$work/bold"
    [ -s "$work/words" ] || fault "no $2 were found to look for"
    comm -23 "$work/words" "$work/bold" | while read -r word; do
        fault "${1##*/} does not have $word, one of the $2"
    done
    echo "${1##*/}: $(wc -l <"$work/words") $2"
}

for file in "$calls" "$library" "$2/libikyoalloc.so"; do
    [ -s "$file" ] || { echo "$file is missing"; exit 1; }
done
command -v mandoc >/dev/null || { echo "mandoc is missing"; exit 1; }

{
    nm -D --defined-only "$2/libikyoalloc.so" | awk '$3 ~ /^ikyo_/ { print $3 }'
    sed -nE 's/^static inline .*\b(ikyo_[a-z0-9_]+)\(.*/\1/p' "$source"/include/ikyoalloc/*.h
} >"$work/calls"
expect "$calls" calls <"$work/calls"
while read -r name; do
    grep -qsx '\.so man3/ikyoalloc\.3' "$2/man/man3/$name.3" || fault "$name(3) leads nowhere"
done <"$work/calls"
for page in "$2"/man/man3/ikyo_*.3; do
    name=${page##*/}
    grep -qx "${name%.3}" "$work/calls" || fault "$name is of no call"
done
sed -nE '/^struct .*\{$/,/^}/s/^ +[a-z][^/]*[ *]([a-z_]+);.*/\1/p' "$source"/include/ikyoalloc/*.h |
    expect "$calls" 'fields of structs'

options=$source/src/base/option.def
sed -nE 's/^OPTION\(([a-z_]+).*/\1/p' "$options" | expect "$library" options
sed -nE 's/^CHOICE\([a-z_]+, ([a-z_]+).*/\1/p' "$options" | expect "$library" 'words of options'
sed -nE 's/^OPTION\(([a-z_]+).*/IKYO_\1/p' "$options" | tr '[:lower:]' '[:upper:]' |
    expect "$library" 'variables of options'
sed -nE 's/^ +\{"([a-z_]+)", OPTION_[A-Z_]+\},$/MALLOC_\1/p' "$source/src/base/option.c" |
    tr '[:lower:]' '[:upper:]' | expect "$library" 'variables of glibc'
sed -nE 's/^STAT\(([a-z_]+).*/\1/p' "$source/src/base/stat.def" | expect "$library" figures

mandoc -T lint "$calls" "$library" >"$work/lint"
[ ! -s "$work/lint" ] || fault "$(cat "$work/lint")"
if command -v groff >/dev/null; then
    groff -man -ww -T utf8 "$calls" "$library" 2>"$work/lint" >"$work/text"
    [ ! -s "$work/lint" ] || fault "$(cat "$work/lint")"
else
    echo "groff is not installed: only mandoc has seen the pages"
fi
[ ! -e "$work/faults" ]
