#!/bin/sh
# SPDX-License-Identifier: MIT
# PostgreSQL under pgbench, two clients: contexts of parsed and planned statements, many processes.
. "$(dirname -- "$0")/common.sh"
packages=postgresql

# PostgreSQL refuses to run as root; the user that its package makes does it then.
if [ "$(id -u)" = 0 ]; then
    as_user='setpriv --reuid postgres --regid postgres --clear-groups'
else
    as_user=
fi

# Makes a directory for that user, on the way to which nothing is closed to it.
enter_user()
{
    for bin in /usr/lib/postgresql/*/bin; do
        [ ! -x "$bin/pgbench" ] || PATH=$bin:$PATH
    done
    [ -d "$scratch/run" ] || mkdir "$scratch/run" || return 1
    [ -z "$as_user" ] || { chmod 711 "$scratch" && chown postgres "$scratch/run"; }
}

# The launcher becomes that user's, and neither it nor the library may lie where only root can read.
lend()
{
    [ "$mode" = run ] && [ -n "$as_user" ] || return 0
    cp "$MEASURE" "$scratch/launcher" && chmod 755 "$scratch/launcher" || return 1
    cat >"$scratch/measure" <<EOF
#!/bin/sh
exec $as_user "$scratch/launcher" "\$@"
EOF
    MEASURE=$scratch/measure
    chmod 755 "$MEASURE"
    [ -n "$MEASURE_PRELOAD" ] || return 0
    cp "$MEASURE_PRELOAD" "$scratch/" || return 1
    MEASURE_PRELOAD=$scratch/$(basename -- "$MEASURE_PRELOAD")
    chmod 755 "$MEASURE_PRELOAD"
}

settings()
{
    cat <<'EOF'
listen_addresses = ''
shared_buffers = 16MB
max_connections = 10
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
jit = off
huge_pages = off
log_min_messages = error
EOF
}

inputs()
{
    enter_user && rm -rf "$input/cluster" || return 1
    # shellcheck disable=SC2086 # a command and its options
    $as_user initdb -D "$scratch/run/data" -U bench -A trust -E UTF8 --locale=C --no-sync \
        --wal-segsize=1 >/dev/null || return 1
    settings >>"$scratch/run/data/postgresql.conf"
    start_server && pgbench -i -q -h "$scratch/run" -U bench postgres || return 1
    finish_server INT
    mv "$scratch/run/data" "$input/cluster"
}

start_server()
{
    set -- postgres -D "$scratch/run/data" -k "$scratch/run"
    # shellcheck disable=SC2086 # a command and its options
    [ "$mode" = run ] || set -- $as_user "$@"
    serve "$scratch/run/.s.PGSQL.5432" "$@"
    until pg_isready -q -h "$scratch/run"; do
        kill -0 "$server" || return 1
        sleep 0.02
    done
}

# The random numbers of the clients are the same in every run, so the sums are too.
work()
{
    enter_user && cp -Rp "$input/cluster" "$scratch/run/data" && lend && start_server || return 1
    client pgbench -n -c 2 -j 1 -t 700 --random-seed=1 -h "$scratch/run" -U bench postgres \
        >/dev/null || die "the client failed"
    psql -X -A -t -h "$scratch/run" -U bench postgres <<'EOF' || die "the query failed"
select count(*), sum(delta) from pgbench_history;
select sum(abalance) from pgbench_accounts;
select sum(tbalance) from pgbench_tellers;
EOF
    finish_server INT
}

main "$@"
