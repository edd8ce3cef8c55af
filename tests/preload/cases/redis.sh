# SPDX-License-Identifier: MIT
# A database server under load on loopback; what it holds afterwards is compared.
# Programs: redis-server redis-benchmark redis-cli
# Packages: redis-server redis-tools
port=$((20000 + $$ % 20000))
redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no --daemonize no \
    --dir . --enable-debug-command yes >server.log 2>&1 &
server=$!
trap 'kill $server 2>/dev/null' EXIT
tries=0
until redis-cli -p "$port" ping 2>/dev/null | grep -q PONG || [ $tries -ge 200 ]; do
    sleep 0.3
    tries=$((tries + 1))
done
redis-benchmark -p "$port" -q -n $((50000 * SCALE)) -P 8 -t set,get,lpush,lpop,sadd,hset,zadd,mset \
    >benchmark.log || { tail -n 3 server.log benchmark.log; exit 1; }
grep -c 'requests per second' benchmark.log
redis-cli -p "$port" flushall
awk -v n=$((4000 * SCALE)) 'BEGIN { for (i = 0; i < n; i++)
    printf "SET key:%d %s\nAPPEND key:%d %d\nRPUSH list:%d %d\nHSET hash:%d f%d %d\n",
        i, "value" i, i % 5000, i, i % 100, i, i % 300, i, i }' |
    redis-cli -p "$port" >answers.log
sort answers.log | uniq -c | sort -rn | awk 'NR <= 2 { print $2 }'
redis-cli -p "$port" dbsize
redis-cli -p "$port" debug digest
redis-cli -p "$port" bgsave
sleep 1
redis-cli -p "$port" memory purge
redis-cli -p "$port" shutdown nosave
wait $server
echo "server ended with $?"
