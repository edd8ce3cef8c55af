#!/bin/sh
# SPDX-License-Identifier: MIT
# A log searched and rewritten with Python's regular expressions: short-lived matches and strings.
. "$(dirname -- "$0")/common.sh"
packages=python3

inputs()
{
    cat >"$input/regex.py" <<'PYTHON'
import re
import zlib

line = ('10.%d.%d.%d - user%d [%02d/Nov/2020:%02d:%02d:%02d] '
        '"%s /item/%d?page=%d" %d %d "agent/%d.%d"')
words = ("GET", "POST", "PUT", "HEAD")
log = "\n".join(
    line % (i % 251, i % 241, i % 239, i % 997, i % 28 + 1, i % 24, i % 60, i % 59, words[i % 4],
            i * 7919 % 10007, i % 13, 200 + i % 5 * 100, i * 31 % 65536, i % 9, i % 7)
    for i in range(30000)
)
entry = re.compile(r'^(?P<ip>[\d.]+) - (?P<user>\w+) \[(?P<time>[^\]]+)\] '
                   r'"(?P<verb>\w+) (?P<path>[^"]*)" (?P<status>\d+) (?P<size>\d+)', re.M)
rows = [m.groupdict() for m in entry.finditer(log)]
assert len(rows) == 30000
found = re.findall(r"item/(\d+)\?page=(\d+)", log)
hidden = re.sub(r"\d+\.\d+\.\d+\.(\d+)", lambda m: "x.x.x." + m.group(1), log)
fields = [re.split(r'[\s"\[\]]+', text) for text in hidden.split("\n")]
print(len(found), sum(int(a) * int(b) for a, b in found), sum(map(len, fields)),
      sum(int(r["size"]) for r in rows if r["status"] == "200"), zlib.crc32(hidden.encode()))
PYTHON
}

work()
{
    launch python3 -I "$input/regex.py"
}

main "$@"
