# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: MIT
# What the programs beside this file share. A script sets `packages`, defines `inputs` (writes its
# files into $input) and `work` (runs the program with `launch`, says on stdout what came out) and
# ends with `main "$@"`. What `work` says without a library at `prepare` is what it has to say in
# every run. A script is called as
#
#   NAME.sh packages       prints the Debian packages it needs
#   NAME.sh prepare DIR    makes its inputs in DIR, once
#   NAME.sh run DIR        runs once under $MEASURE_PRELOAD through the launcher $MEASURE, and
#                          prints seconds, peak KiB and minor faults
set -u
script=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)/$(basename -- "$0") || exit 1
name=$(basename -- "$0" .sh)

# A system's programs are measured, not those a version manager puts before them, and no setting of
# the caller's changes what they do.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
TZ=UTC
PYTHONHASHSEED=0
PERL_HASH_SEED=0
GIT_CONFIG_NOSYSTEM=1
export PATH LC_ALL TZ PYTHONHASHSEED PERL_HASH_SEED GIT_CONFIG_NOSYSTEM
unset LD_PRELOAD CDPATH PYTHONPATH PYTHONHOME PYTHONMALLOC PERL5LIB PERL5OPT NODE_OPTIONS RUBYOPT \
    RUBYLIB LUA_INIT LUA_INIT_5_4 GIT_DIR GIT_WORK_TREE GS_OPTIONS GS_LIB XZ_OPT XZ_DEFAULTS \
    MAKEFLAGS MAKELEVEL CC CFLAGS CPATH PGDATA PGHOST PGPORT PGUSER PGDATABASE PGOPTIONS

die()
{
    printf '%s\n' "$name: $*" >&2
    exit 1
}

# Runs the program under test; several in one run add up. At `prepare` it is run as it is.
launch()
{
    if [ "$mode" = run ]; then
        "$MEASURE" "$@" 3>>"$scratch/cost" 2>>"$scratch/errors"
    else
        "$@" 2>>"$scratch/errors"
    fi
}

# Runs a client of the server under test, never under the library; its time is then the figure.
client()
{
    if [ "$mode" = run ]; then
        MEASURE_PRELOAD='' "$MEASURE" "$@" 3>>"$scratch/client" 2>>"$scratch/errors"
    else
        "$@" 2>>"$scratch/errors"
    fi
}

# Starts the server under test behind this script and waits until a file or socket of it is there.
serve()
{
    ready=$1
    shift
    if [ "$mode" = run ]; then
        "$MEASURE" "$@" 3>>"$scratch/cost" >"$scratch/server" 2>&1 &
    else
        "$@" >"$scratch/server" 2>&1 &
    fi
    server=$!
    tries=0
    until [ -e "$ready" ]; do
        tries=$((tries + 1))
        if [ $tries -gt 500 ] || ! kill -0 "$server" 2>/dev/null; then
            tail -n 3 "$scratch/server" >&2
            die "the server does not start"
        fi
        sleep 0.02
    done
    [ "$mode" != run ] || [ -z "$MEASURE_PRELOAD" ] ||
        grep -qF "$(realpath -- "$MEASURE_PRELOAD")" "/proc/$(server_itself)/maps" ||
        die "the server runs without the library"
}

# Prints the server's process number; at `run` it is the launcher's child.
server_itself()
{
    child=
    [ "$mode" != run ] || read -r child _ 2>/dev/null <"/proc/$server/task/$server/children"
    printf '%s\n' "${child:-$server}"
}

# The launcher waits for the server and passes no signal on, so the server itself is signalled.
signal_server()
{
    kill "-$1" "$(server_itself)" 2>/dev/null
}

# Ends the server in its regular way and takes its cost.
finish_server()
{
    signal_server "$1"
    wait "$server"
    status=$?
    server=
    [ $status -eq 0 ] || die "the server ended with status $status"
}

# Unpacks the original source of a Debian package into $input/PACKAGE. The system need not list
# source packages: apt keeps the lists for that here, and nothing of the system is changed.
source_of()
{
    [ ! -d "$input/$1" ] || return 0
    mkdir -p "$scratch/apt/partial" "$scratch/$1" || return 1
    for keyring in /usr/share/keyrings/debian-archive-keyring.gpg \
        /usr/share/keyrings/ubuntu-archive-keyring.gpg; do
        [ ! -e $keyring ] || break
    done
    # shellcheck disable=SC2016 # these are apt's names
    apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(RELEASE)' 'Created-By: Packages' \
        'Component: main' | awk -v keyring="$keyring" '$1 == "Debian" || $1 == "Ubuntu" {
            print "deb-src [signed-by=" keyring "]", $2, $3, "main" }' |
        sort -u >"$scratch/apt.list"
    [ -s "$scratch/apt.list" ] || die "apt knows of no archive; apt-get update comes first"
    set -- "$1" -qq -o "Dir::Etc::SourceList=$scratch/apt.list" -o Dir::Etc::SourceParts=/dev/null \
        -o "Dir::State::Lists=$scratch/apt" -o APT::Sandbox::User=root
    package=$1
    shift
    apt-get "$@" update >&2 && apt-get "$@" source --download-only "$package" >&2 &&
        tar -xf "$scratch/$package"_*.orig.tar.* -C "$scratch/$package" --strip-components=1 &&
        mv "$scratch/$package" "$input/$package"
}

clean_up()
{
    if [ -n "$server" ]; then
        signal_server INT
        tries=0
        while kill -0 "$server" 2>/dev/null && [ $tries -lt 100 ]; do
            tries=$((tries + 1))
            sleep 0.02
        done
        signal_server KILL
        wait "$server"
    fi
    rm -rf "$scratch"
}

# Works in a directory of its own, so that several runs can share their inputs.
enter()
{
    server=
    [ $# -eq 1 ] || die "the directory of the inputs is missing"
    [ "$mode" = run ] || mkdir -p -- "$1"
    input=$(CDPATH='' cd -- "$1" && pwd) || exit 1
    scratch=$(mktemp -d) || exit 1
    trap clean_up EXIT
    trap 'exit 1' HUP INT TERM
    HOME=$scratch
    export HOME
    cd "$scratch" || exit 1
}

# Whether the inputs are there and were made by the scripts as they are now.
prepared()
{
    stamp=$(cat -- "$script" "$(dirname -- "$script")/common.sh" | cksum)
    [ "$stamp" = "$(cat "$input/$name.stamp" 2>/dev/null)" ]
}

# Inputs are made again when the scripts that made them have changed.
prepare()
{
    ! prepared || return 0
    inputs >&2 || die "the inputs cannot be made"
    work >"$scratch/answer" || die "$(tail -n 3 "$scratch/errors")"
    [ -s "$scratch/answer" ] || die "the program says nothing"
    cp "$scratch/answer" "$input/$name.answer" && printf '%s\n' "$stamp" >"$input/$name.stamp"
}

run()
{
    [ -x "${MEASURE:-}" ] || die "MEASURE does not name the launcher"
    prepared || die "prepare comes before run"
    library=${MEASURE_PRELOAD-}
    [ -z "$library" ] || LD_PRELOAD=$library grep -qF "$(realpath -- "$library")" /proc/self/maps ||
        die "$library cannot be preloaded"
    work >"$scratch/answer" || die "failed: $(tail -n 3 "$scratch/errors")"
    cmp -s "$scratch/answer" "$input/$name.answer" || die "the output is wrong"
    [ -e "$scratch/client" ] || ln "$scratch/cost" "$scratch/client"
    awk 'FILENAME ~ /client$/ { seconds += $1; next }
        { if ($3 > peak) peak = $3; faults += $4 }
        END { printf "%.4f %d %d\n", seconds, peak, faults }' "$scratch/client" "$scratch/cost"
}

# A path from here would mean another file from the directory that the work is done in.
absolute()
{
    case $1 in
    /* | '') printf '%s\n' "$1" ;;
    *) realpath -- "$1" ;;
    esac
}

main()
{
    mode=${1-}
    [ $# -eq 0 ] || shift
    case $mode in
    packages)
        printf '%s\n' "$packages"
        ;;
    prepare)
        unset MEASURE_PRELOAD
        enter "$@"
        prepare
        ;;
    run)
        MEASURE=$(absolute "${MEASURE-}") && MEASURE_PRELOAD=$(absolute "${MEASURE_PRELOAD-}") ||
            exit 1
        export MEASURE MEASURE_PRELOAD
        enter "$@"
        run
        ;;
    *) die "usage: $0 packages | prepare DIR | run DIR" ;;
    esac
}
