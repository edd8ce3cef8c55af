# SPDX-License-Identifier: MIT
# A database that forks a process for each client: set up, loaded, queried by several at once.
# Programs: pg_ctlcluster psql
# Packages: postgresql
bin=$(find /usr/lib/postgresql -name initdb | sort | tail -n 1)
bin=${bin%/initdb}
[ -n "$bin" ] || { echo "initdb is missing" >&2; exit 1; }

# The server refuses to run as root.
run()
{
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
    else
        "$@"
    fi
}
# Its files and its socket, in a folder with a short name that it may enter.
home=$(mktemp -d /tmp/pg.XXXXXX) || exit 1
trap 'run "$bin/pg_ctl" -D data -m immediate stop >/dev/null 2>&1; cd /; rm -rf "$home"' EXIT
[ "$(id -u)" != 0 ] || chown postgres "$home"
cd "$home" || exit 1
PGHOST=$home
PGPORT=5432
export PGHOST PGPORT
run "$bin/initdb" -D data -A trust -U tester --no-locale -E UTF8 >setup.log 2>&1 ||
    { tail -n 3 setup.log >&2; exit 1; }
run "$bin/pg_ctl" -D data -w -l data/log -o "-k $home -h ''" start >setup.log ||
    { tail -n 3 data/log >&2; exit 1; }
run "$bin/createdb" -U tester bank || exit 1
run "$bin/pgbench" -U tester -i -s "$SCALE" -q bank >setup.log 2>&1 || exit 1
run "$bin/pgbench" -U tester -c 8 -j 2 -t $((200 * SCALE)) bank 2>setup.log |
    grep -E 'actually processed|failed'
run "$bin/psql" -U tester -At bank <<END
select count(*), sum(length(md5(aid::text))) from pgbench_accounts;
select sum(bbalance) = (select sum(abalance) from pgbench_accounts) from pgbench_branches;
select md5(string_agg(x::text, ',' order by x % 1009, x)) from generate_series(1, 50000 * $SCALE) x;
create table papers as select i, jsonb_build_object('key', i, 'text', repeat('x', i % 100)) as paper
    from generate_series(1, 25000 * $SCALE) i;
create index on papers using gin (paper);
select sum((paper->>'key')::int), sum(length(paper->>'text')) from papers;
select count(*) from papers where paper @> '{"key": 77}';
END
run "$bin/pg_ctl" -D data -m fast stop >setup.log
echo "server ended with $?"
grep -E 'FATAL|PANIC|signal' data/log
exit 0
