# SPDX-License-Identifier: MIT
# The C compiler on one large generated file; the assembly must not differ by a byte.
# Programs: gcc
# Packages: gcc libc6-dev
# Quick: yes
awk -v n=$((200 * SCALE)) 'BEGIN {
    print "#include <stdio.h>\n#include <string.h>"
    for (i = 0; i < n; i++) {
        printf "struct s%d { int a, b; char name[%d]; };\n", i, i % 50 + 8
        printf "int f%d(struct s%d *s, int n)\n{\n    int r = 0;\n", i, i
        printf "    for (int i = 0; i < n; i++) {\n        switch ((s->a + i) %% 5) {\n"
        for (k = 0; k < 5; k++)
            printf "        case %d: r += s->b * %d + (int)strlen(s->name); break;\n", k, i + k
        printf "        }\n        if (r %% %d == 0)\n", i % 7 + 2
        printf "            printf(\"%%d\\n\", r);\n"
        printf "    }\n    return r;\n}\n"
    }
}' >big.c
gcc -O2 -S big.c -o big.s || exit 1
cksum big.s
gcc -O0 -g -c big.c -o big.o || exit 1
size big.o
