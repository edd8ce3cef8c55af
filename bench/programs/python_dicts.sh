#!/bin/sh
# SPDX-License-Identifier: MIT
# Dicts of lists that grow, shrink and are regrouped in Python: realloc of small and large tables.
. "$(dirname -- "$0")/common.sh"
packages=python3

inputs()
{
    cat >"$input/dicts.py" <<'PYTHON'
seed = 1


def random(n):
    global seed
    seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
    return (seed >> 8) % n


groups = {}
for i in range(350000):
    groups.setdefault("key%d" % random(50000), []).append(i)
sizes = {}
for key, values in groups.items():
    sizes.setdefault(len(values), []).append(key)
for key in [key for key in groups if len(groups[key]) % 2]:
    del groups[key]
for i in range(120000):
    groups.setdefault(random(50000), []).append((i, str(i)))
merged = {}
for key, values in groups.items():
    merged.setdefault(hash(len(values)), []).extend(values)
assert sum(map(len, groups.values())) == sum(map(len, merged.values()))
print(len(groups), len(sizes), sorted((k, len(v)) for k, v in merged.items()))
PYTHON
}

work()
{
    launch python3 -I "$input/dicts.py"
}

main "$@"
