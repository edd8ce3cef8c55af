#!/bin/sh
# SPDX-License-Identifier: MIT
# redis-server under redis-benchmark: small strings replaced at random and lists that grow.
. "$(dirname -- "$0")/common.sh"
packages='redis-server redis-tools'

inputs()
{
    :
}

ask()
{
    redis-cli -s "$scratch/socket" "$@"
}

load()
{
    client redis-benchmark -q -s "$scratch/socket" -c 20 -d 100 "$@" >/dev/null ||
        die "the client failed"
}

work()
{
    serve "$scratch/socket" redis-server --port 0 --unixsocket "$scratch/socket" --save '' \
        --dir "$scratch" --io-threads 1 --daemonize no
    load -P 16 -n 150000 -r 50000 -t set,get,lpush
    load -n 5000 -t lrange_100
    # The keys are drawn anew in every run, so how many there are is known but for a few.
    ask set probe "$(printf '%0500d' 7)"
    ask get probe
    ask llen mylist
    ask lindex mylist 1000 | wc -c
    [ "$(ask dbsize)" -gt 40000 ] || die "keys are missing"
    finish_server TERM
}

main "$@"
