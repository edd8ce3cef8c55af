# SPDX-License-Identifier: MIT
# What every script of this folder starts with. All take the same three arguments:
#   NAME.sh BUILD_DIR C_COMPILER CXX_COMPILER
# A missing tool is installed where that is allowed, and is a failure where it is not.
set -u
[ $# -eq 3 ] || { echo "usage: $0 BUILD_DIR C_COMPILER CXX_COMPILER" >&2; exit 2; }
build=$1
cc=$2
cxx=$3
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
source=$(CDPATH='' cd -- "$here/../.." && pwd) || exit 1
programs=$here/programs
library=$build/libikyoalloc.so
LC_ALL=C
export LC_ALL
unset LD_PRELOAD IKYO_OPTIONS
passed=0
failed=0
at_end=
work=$(mktemp -d) || exit 1
trap 'eval "$at_end"; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work" || exit 1

die()
{
    printf 'FAILED: %s\n' "$*" >&2
    exit 1
}

# The result of one case: judge NAME [REASON WHY IT FAILED]
judge()
{
    if [ -z "${2-}" ]; then
        passed=$((passed + 1))
        printf 'ok    %s\n' "$1"
    else
        failed=$((failed + 1))
        printf 'FAIL  %s: %s\n' "$1" "$2"
    fi
}

# The last word of every script.
finish()
{
    printf '%s passed, %s failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
    exit
}

# need PROGRAM PACKAGE...: the packages are installed when the program is not there.
need()
{
    wanted=$1
    shift
    command -v "$wanted" >/dev/null 2>&1 && return
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null ||
        die "$wanted is needed; install as root: apt-get install $*"
    echo "installing: $*"
    DEBIAN_FRONTEND=noninteractive
    export DEBIAN_FRONTEND
    get="apt-get -qq -o DPkg::Lock::Timeout=120 install -y --no-install-recommends $*"
    $get >/dev/null 2>&1 || { apt-get -qq update && $get; } >install.log 2>&1 ||
        die "apt-get could not install $*: $(tail -n 1 install.log)"
    command -v "$wanted" >/dev/null 2>&1 || die "$wanted is still missing after installing $*"
}

# compile OUTPUT SOURCE FLAG-OR-LIBRARY...: SOURCE is a file of programs/.
compile()
{
    output=$1
    file=$programs/$2
    shift 2
    case $file in
    *.cpp) set -- "$cxx" -std=c++17 "$file" "$@" ;;
    *) set -- "$cc" -std=c11 "$file" "$@" ;;
    esac
    "$@" -D_GNU_SOURCE -O1 -g -Wall -Wextra -fno-builtin -pthread -o "$output" \
        >compile.log 2>&1 || die "$file does not compile: $(head -n 3 compile.log)"
}

# expect NAME OUTPUT COMMAND...: the command ends with status 0 within a minute, prints just
# OUTPUT and says nothing on standard error.
expect()
{
    name=$1
    wanted=$2
    shift 2
    timeout -k 5 60 "$@" >out 2>err </dev/null
    status=$?
    reason=
    [ -s err ] && reason="says $(head -n 1 err)"
    [ "$(cat out)" = "$wanted" ] || reason="prints $(head -c 200 out) $(head -n 1 err)"
    [ $status -eq 0 ] || reason="status $status: $(tail -n 1 err)"
    judge "$name" "$reason"
}
