# SPDX-License-Identifier: MIT
# libxml2 parses, formats and queries a large document.
# Programs: xmllint
# Packages: libxml2-utils
awk -v n=$((60000 * SCALE)) 'BEGIN {
    print "<?xml version=\"1.0\"?><list>"
    for (i = 0; i < n; i++)
        printf "<item id=\"i%d\" size=\"%d\"><name>name %d</name><tag/>text &amp; more</item>",
            i, i % 77, i
    print "</list>"
}' >list.xml
xmllint --format list.xml | cksum
xmllint --xpath 'count(//item[@size="7"])' list.xml
echo
xmllint --c14n list.xml | cksum
xmllint --noout --stream list.xml && echo valid
