#!/bin/sh
# SPDX-License-Identifier: MIT
# A graph laid out and drawn by Graphviz: dictionaries and lists of small records, arrays that grow.
. "$(dirname -- "$0")/common.sh"
packages=graphviz

inputs()
{
    awk 'BEGIN {
        print "digraph g {"
        for (i = 1; i < 420; i++)
            printf "n%d -> n%d [label=\"%d\"];\nn%d -> n%d;\n", int(i / 2), i, i, i, i * 7 % 61 + i
        print "}"
    }' >"$input/graph.dot"
}

work()
{
    launch dot -Tsvg -Gnslimit=1 -Gmclimit=0.2 -o "$scratch/graph.svg" "$input/graph.dot" ||
        return 1
    cksum <"$scratch/graph.svg"
}

main "$@"
