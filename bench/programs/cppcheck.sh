#!/bin/sh
# SPDX-License-Identifier: MIT
# C sources checked by cppcheck: a C++ program of lists and strings, a node for every token.
. "$(dirname -- "$0")/common.sh"
packages=cppcheck

inputs()
{
    awk 'BEGIN {
        for (i = 0; i < 450; i++) {
            printf "struct s%d { int a; char b[%d]; struct s%d *next; };\n", i, i + 4, i
            printf "int f%d(struct s%d *p, int n)\n{\n    int sum = 0;\n", i, i
            print "    for (int k = 0; k < n; k++) {"
            printf "        if (p->a %% %d == 0) sum += p->b[k %% %d];\n", i % 5 + 2, i + 4
            printf "        else if (k > %d) { p = p->next; if (!p) break; }\n", i % 9
            printf "        switch (k & 3) { case 0: sum++; break; case 1: sum -= %d; break; }\n", i
            print "    }\n    return sum;\n}"
        }
        print "int last(void)\n{\n    int a[4];\n    a[4] = 1;\n    return a[0];\n}"
    }' >"$input/checked.c"
}

# The one fault in the file is found at its end.
work()
{
    launch cppcheck -q --template='{line} {id}' "$input/checked.c" >&2 || return 1
    grep arrayIndexOutOfBounds "$scratch/errors"
}

main "$@"
