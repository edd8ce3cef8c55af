# SPDX-License-Identifier: MIT
# A parallel build of many small files: make, the shell, the compiler, the linker, by vfork.
# Programs: make gcc ar
# Packages: make gcc libc6-dev binutils
n=0
while [ $n -lt $((15 * SCALE)) ]; do
    printf '#include <stdlib.h>\nint f%d(int n)\n{\n' $n >f$n.c
    printf '    char *p = malloc(n + %d);\n    free(p);\n    return p != 0;\n}\n' $n >>f$n.c
    n=$((n + 1))
done
cat >Makefile <<'END'
OBJECTS := $(patsubst %.c,%.o,$(sort $(wildcard f*.c)))
program: main.o libf.a
	$(CC) -o $@ main.o -L. -lf
libf.a: $(OBJECTS)
	$(AR) rcsD $@ $^
END
cat >main.c <<'END'
#include <stdio.h>
int f0(int n);
int main(void) { return printf("%d\n", f0(9)) < 0; }
END
make -s -j2 CFLAGS=-O1 || exit 1
./program
nm libf.a | grep -c ' T f'
