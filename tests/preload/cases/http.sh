# SPDX-License-Identifier: MIT
# curl and wget fetch files from a threaded server on loopback.
# Programs: python3 curl wget
# Packages: python3 curl wget
mkdir files
for n in 1 2 3 4 5 6 7 8; do
    awk -v n=$((n * 20000)) 'BEGIN { for (i = 0; i < n; i++) print i * 7919 % 1000003 }' >files/$n
done
: >server.log
python3 -u -m http.server --bind 127.0.0.1 --directory files 0 >server.log 2>/dev/null &
server=$!
trap 'kill $server 2>/dev/null' EXIT
port=
tries=0
until [ -n "$port" ] || [ $tries -ge 200 ]; do
    sleep 0.3
    port=$(sed -n 's/.* port \([0-9]*\) .*/\1/p' server.log)
    tries=$((tries + 1))
done
round=0
while [ $round -lt $((5 * SCALE)) ]; do
    for n in 1 2 3 4 5 6 7 8; do
        curl -sf --noproxy '*' "http://127.0.0.1:$port/$n" >got || exit 1
        cmp got files/$n || exit 1
    done
    round=$((round + 1))
done
curl -sf --noproxy '*' --parallel "http://127.0.0.1:$port/[1-8]" -o 'curl.#1' 2>curl.log || exit 1
cksum curl.?
wget -q --no-proxy -r -np -nd -P wget "http://127.0.0.1:$port/" || exit 1
cd wget && cksum 1 2 3 4 5 6 7 8
