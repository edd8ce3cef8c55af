# SPDX-License-Identifier: MIT
# JSON, regular expressions, a database and threads in python3.
# Programs: python3
# Packages: python3
# Quick: yes
exec python3 - <<'END'
import hashlib, json, os, re, sqlite3, threading, zlib
scale = int(os.environ["SCALE"])
rows = [{"id": i, "name": "row %d" % i, "tags": [str(j) for j in range(i % 9)]}
        for i in range(30000 * scale)]
text = json.dumps(rows)
print(json.loads(text) == rows, hashlib.sha256(text.encode()).hexdigest())
print(len(re.findall(r"row (\d+)7\b", text)))
base = sqlite3.connect(":memory:")
base.execute("create table t (id integer primary key, name text, size integer)")
base.executemany("insert into t values (?, ?, ?)",
                 ((r["id"], r["name"], len(r["tags"])) for r in rows))
base.execute("create index by_name on t (name)")
print(base.execute("select size, count(*), max(name) from t group by size").fetchall())
results = [0] * 6
def work(n):
    for i in range(60 * scale):
        data = bytes((i * n * k) % 251 for k in range(2000)) * 20
        results[n] += len(zlib.compress(data, 6)) + len({k: str(k) for k in range(500)})
threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(results)
END
