# SPDX-License-Identifier: MIT
# A web server and a proxy in front of it, on loopback, under load and through a reload.
# Programs: nginx ab curl
# Packages: nginx-light apache2-utils curl
PATH=$PATH:/usr/sbin
port=$((20000 + $$ % 20000))
home=$(mktemp -d) || exit 1
trap 'nginx -p "$home" -c "$home/conf" -s stop 2>/dev/null; rm -rf "$home"' EXIT
chmod 755 "$home"
cd "$home" || exit 1
mkdir files
awk 'BEGIN { for (i = 0; i < 30000; i++) print i * 7919 % 100003 }' >files/numbers
cat >conf <<END
worker_processes 2;
pid $home/pid;
error_log $home/errors;
events { worker_connections 512; }
http {
    access_log off;
    client_body_temp_path $home/body;
    proxy_temp_path $home/proxy;
    fastcgi_temp_path $home/fastcgi;
    uwsgi_temp_path $home/uwsgi;
    scgi_temp_path $home/scgi;
    gzip on;
    gzip_types *;
    server { listen 127.0.0.1:$port; root $home/files; }
    server { listen 127.0.0.1:$((port + 1)); location / { proxy_pass http://127.0.0.1:$port; } }
}
END
nginx -p "$home" -c "$home/conf" 2>start.log || { cat start.log errors >&2; exit 1; }
load()
{
    ab -q -n "$1" -c 40 -H 'Accept-Encoding: gzip' "http://127.0.0.1:$2/numbers" 2>ab.log |
        grep -E 'Complete|Failed|Non-2xx'
}
load $((1500 * SCALE)) "$port"
load $((500 * SCALE)) $((port + 1))
nginx -p "$home" -c "$home/conf" -s reload 2>start.log || cat start.log
load $((500 * SCALE)) $((port + 1))
curl -s --noproxy '*' --compressed "http://127.0.0.1:$((port + 1))/numbers" | cksum
nginx -p "$home" -c "$home/conf" -s quit 2>start.log
tries=0
while [ -f pid ] && [ $tries -lt 100 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
echo "after $([ $tries -lt 100 ] && echo a clean) end:"
grep -E 'alert|crit|emerg|signal (6|11)' errors
exit 0
