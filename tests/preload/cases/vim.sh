# SPDX-License-Identifier: MIT
# An editor without a screen: substitutions, sorting, undo and folding of a large buffer.
# Programs: vim
# Packages: vim
awk -v n=$((60000 * SCALE)) 'BEGIN {
    for (i = 0; i < n; i++) print "line", i * 7919 % 10007, "of text"
}' >text
vim -u NONE -i NONE -n -es -c '%s/line \(\d*\)7/seven \1/' -c 'sort' -c 'g/99/m0' -c '%s/e/E/g' \
    -c 'undo' -c 'redo' -c 'v/seven/s/$/!/' -c 'w! result' -c 'qa!' text
cksum result
