# SPDX-License-Identifier: MIT
# The sqlite3 shell: inserts, an index, joins, text search and an integrity check.
# Programs: sqlite3
# Packages: sqlite3
exec sqlite3 data.db <<END
pragma synchronous = off;
create table item (id integer primary key, name text, size integer);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000 * $SCALE)
insert into item select i, 'name ' || (i * 7919 % 100003), i % 977 from n;
create index by_name on item (name);
create index by_size on item (size, name);
select count(*), min(name), max(name), sum(size) from item;
select a.size, count(*) from item a join item b on a.id = b.id + 1 where a.size < 5 group by a.size;
create virtual table words using fts5(text);
insert into words select name || ' of size ' || size from item where id < 5000 * $SCALE;
select count(*) from words where words match 'size AND 97';
delete from item where id % 3 = 0;
vacuum;
pragma integrity_check;
select group_concat(name, ',') from (select name from item order by name limit 5);
END
