#!/bin/sh
# SPDX-License-Identifier: MIT
# JSON documents written and read by Python: many small strings, lists and dicts that live together.
. "$(dirname -- "$0")/common.sh"
packages=python3

inputs()
{
    cat >"$input/json.py" <<'PYTHON'
import json
import zlib

rows = [
    {"id": i, "name": "row %d" % i, "price": i / 7, "tags": ["t%d" % j for j in range(i % 9)],
     "place": {"x": i % 180, "y": i % 90, "known": i % 3 == 0}}
    for i in range(25000)
]
for indent in (None, 1):
    text = json.dumps(rows, indent=indent)
    back = json.loads(text)
    assert back == rows
    print(len(text), zlib.crc32(text.encode()))
PYTHON
}

work()
{
    launch python3 -I "$input/json.py"
}

main "$@"
