# SPDX-License-Identifier: MIT
# A program that runs out of memory, says so, and goes on.
# Programs: python3
# Packages: python3
ulimit -v 500000 || exit 1
exec python3 - <<'END'
import os
caught = 0
for n in range(2 * int(os.environ["SCALE"])):
    hoard = []
    try:
        while True:
            hoard.append(bytes(50000) if n % 2 else [None] * 300)
    except MemoryError:
        size = len(hoard)
        hoard = None
        caught += size > 1000
    try:
        bytearray(1 << 40)
    except MemoryError:
        caught += 1
print("MemoryError caught", caught, "times")
print(sum(len(bytes(k)) for k in range(3000)))
END
