#!/bin/sh
# SPDX-License-Identifier: MIT
# nginx serving a small file as it is and a larger one compressed: pools made and freed per request.
. "$(dirname -- "$0")/common.sh"
packages='nginx apache2-utils'

inputs()
{
    mkdir -p "$input/site" && echo 'A small page.' >"$input/site/small.html" &&
        awk 'BEGIN {
            for (i = 0; i < 1200; i++)
                print "<p>Paragraph", i, "says", i * 7919 % 10007 "</p>"
        }' >"$input/site/large.html"
}

# Every process has a loopback address of its own here, so that no two runs meet on a port.
configure()
{
    address=127.$(($$ >> 16 & 127 | 64)).$(($$ >> 8 & 255)).$(($$ & 255)):8642
    [ "$(id -u)" != 0 ] || echo 'user root;'
    cat <<EOF
daemon off;
worker_processes 1;
pid $scratch/pid;
error_log $scratch/log;
events { worker_connections 64; }
http {
    access_log off;
    types { text/html html; }
    gzip on;
    gzip_min_length 1000;
    keepalive_requests 100;
    client_body_temp_path $scratch/1;
    proxy_temp_path $scratch/2;
    fastcgi_temp_path $scratch/3;
    uwsgi_temp_path $scratch/4;
    scgi_temp_path $scratch/5;
    server { listen $address; root $input/site; }
}
EOF
}

# Sends COUNT requests for PAGE and prints what came back: requests, failures, bytes of the page.
load()
{
    client ab -q -k -c 4 -n "$1" -H 'Accept-Encoding: gzip' "http://$address/$2" >"$scratch/ab" ||
        die "the client failed"
    grep -E '^(Complete requests|Failed requests|Non-2xx responses|HTML transferred)' "$scratch/ab"
}

work()
{
    configure >"$scratch/nginx.conf"
    serve "$scratch/pid" nginx -e "$scratch/log" -p "$scratch" -c "$scratch/nginx.conf"
    load 15000 small.html
    load 1500 large.html
    finish_server QUIT
}

main "$@"
