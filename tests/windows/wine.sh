#!/bin/sh
# SPDX-License-Identifier: MIT
# Begins or ends the wine server of a build folder, in which programs then start within 0.1 s.
# Usage: wine.sh begin|end BUILD_DIR
set -u
export WINEPREFIX="$2/wine" WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml="
unset DISPLAY

# The server and the services of a new prefix inherit, and never close, what is open here: so
# they are started with nothing of ours, or the pipe that ctest reads would never end.
begin()
{
    command -v wine >/dev/null || {
        echo "FAILED: wine is missing; install it as root: apt-get install wine64 wine" >&2
        exit 1
    }
    mkdir -p "$WINEPREFIX"
    timeout 20 wineserver -p </dev/null >/dev/null 2>&1
    timeout 120 wine wineboot -i </dev/null >/dev/null 2>&1 || {
        echo "FAILED: wine could not make its prefix" >&2
        exit 1
    }
    wine --version
}

case $1 in
begin) begin ;;
end) wineserver -k </dev/null >/dev/null 2>&1 || true ;;
esac
