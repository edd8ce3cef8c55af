# SPDX-License-Identifier: MIT
# Associative arrays and string work in two awks.
# Programs: gawk mawk
# Packages: gawk mawk
for awk in gawk mawk; do
    $awk -v n=$((300000 * SCALE)) 'BEGIN {
        for (i = 0; i < n; i++) {
            k = "key" (i * 7919 % 50021)
            v[k] = substr(v[k] " " i, 1, 200)
        }
        for (k in v) { count++; size += length(v[k]) }
        print count, size
        for (i = 0; i < 20000; i++) {
            s = s sprintf("%05d,", i * 31 % 977)
            if (length(s) > 5000) s = ""
        }
        m = split(s, parts, ",")
        gsub(/1/, "one", s)
        print m, length(s)
        for (k in v) delete v[k]
    }' || exit 1
done
