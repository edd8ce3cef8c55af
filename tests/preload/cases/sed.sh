# SPDX-License-Identifier: MIT
# Whatever awk the system has, with sed behind it.
# Programs: awk sed
# Packages: mawk sed
# Quick: yes
awk -v n=$((300000 * SCALE)) 'BEGIN {
    for (i = 0; i < n; i++) v["key" (i * 7919 % 50021)] = "value " i
    for (i = 0; i < 50021; i++) print "key" i, v["key" i]
}' | sed -e 's/key\([0-9]*\)7/\1 seven/; s/value \(.\)/\1\1\1/g; /99/d' -e '1~3!G' | cksum
awk 'BEGIN { for (i = 0; i < 3000; i++) printf "word%d ", i; print "" }' |
    sed -e ':again; s/word\([0-9]*\) word/w\1,word/; t again' | cksum
