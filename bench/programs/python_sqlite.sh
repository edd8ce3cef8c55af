#!/bin/sh
# SPDX-License-Identifier: MIT
# A database in memory filled and queried by Python's sqlite3: pages, statements and Python rows.
. "$(dirname -- "$0")/common.sh"
packages=python3

inputs()
{
    cat >"$input/database.py" <<'PYTHON'
import sqlite3

db = sqlite3.connect(":memory:")
db.executescript("""
    create table person (id integer primary key, name text, town integer, age integer);
    create table town (id integer primary key, name text);
    create index person_town on person (town, age);
""")
db.executemany("insert into town values (?, ?)", ((i, "town %d" % i) for i in range(500)))
db.executemany("insert into person values (?, ?, ?, ?)",
               ((i, "name %d" % (i * 7919 % 100003), i * 31 % 500, i * 17 % 90)
                for i in range(100000)))
rows = db.execute("select p.name, t.name, p.age from person p join town t on t.id = p.town "
                  "where p.age > 30 order by p.name").fetchall()
names = db.execute("select town, group_concat(name, ', ') from person group by town").fetchall()
for i in range(20000):
    count = db.execute("select count(*) from person where town = ? and age < ?",
                       (i % 500, i % 90)).fetchone()[0]
db.execute("update person set name = name || ' of ' || town where age % 3 = 0")
db.execute("delete from person where age % 7 = 1")
assert db.execute("pragma integrity_check").fetchone() == ("ok",)
print(len(rows), sum(len(n) for _, n in names), count,
      db.execute("select count(*), sum(length(name)) from person").fetchone())
PYTHON
}

work()
{
    launch python3 -I "$input/database.py"
}

main "$@"
