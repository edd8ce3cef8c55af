# SPDX-License-Identifier: MIT
# Windows on x86-64: built with mingw, run by wine. Then two real programs, the SQLite shell and Lua,
# built from their sources: plain, with the archive, with the DLL; and plain under ikyo-run.
preset=windows-x64
compiler=x86_64-w64-mingw32-gcc-posix

tier_of()
{
    echo quick
}

packages()
{
    echo cmake make gcc tcl gcc-mingw-w64-x86-64-posix g++-mingw-w64-x86-64-posix wine64 wine
}

# real_program NAME SOURCE...: $out/NAME.{plain,archive,dll}.exe, the latter two with their figures
# at the end.
real_program()
{
    program=$1
    shift
    rm -rf "$out/$program" && mkdir "$out/$program"
    (cd "$out/$program" && $compiler -O1 -w -c "$@")
    set -- "$out/$program"/*.o -static
    $compiler "$@" -o "$out/$program.plain.exe"
    set -- -Iinclude tests/windows/stats_at_exit.c "$@"
    $compiler "$@" "build/$preset/libikyoalloc.a" -o "$out/$program.archive.exe"
    $compiler "$@" "build/$preset/libikyoalloc.dll.a" -o "$out/$program.dll.exe"
}

build()
{
    cmocka $compiler
    # shellcheck disable=SC2086 # The arguments are words.
    build_preset $preset $cmocka_arguments
    debian_source sqlite3
    debian_source lua5.4
    sources=$PWD/build/platforms/sources
    [ -f "$sources/sqlite3/shell.c" ] ||
        (cd "$sources/sqlite3" && ./configure --disable-tcl --disable-readline && make sqlite3.c shell.c)
    real_program sqlite3 -DSQLITE_ENABLE_FTS5 "$sources/sqlite3/shell.c" "$sources/sqlite3/sqlite3.c"
    real_program lua5.4 $(ls "$sources"/lua5.4/src/*.c | grep -v '/luac\.c$')
    cp "build/$preset/ikyoalloc.dll" "$out"
}

# A case of tests/preload, in which its program is a command under wine: real_case CASE PROGRAM WAY
# COMMAND... Its output is $out/CASE.WAY.out, what it says of our library $out/CASE.WAY.err.
real_case()
{
    case=$1
    program=$2
    way=$3
    shift 3
    mkdir -p "$out/bin" "$out/work" && rm -f "$out"/work/*
    printf '#!/bin/sh\nexec wine %s "$@"\n' "$*" >"$out/bin/$program"
    chmod +x "$out/bin/$program"
    (cd "$out/work" && SCALE=1 PATH=$out/bin:$PATH timeout 120 sh "$root/tests/preload/cases/$case.sh") \
        >"$out/$case.$way.out" 2>"$out/$case.$way.err"
}

# Ends well, prints what the plain program prints, and had its blocks from us.
as_plain()
{
    real_case "$@" || { cat "$out/$1.$3.err"; return 1; }
    cmp "$out/$1.plain.out" "$out/$1.$3.out" || return 1
    blocks=$(sed -n 's/^allocations *\([0-9]*\) .*/\1/p' "$out/$1.$3.err")
    echo "$1, $3: ${blocks:-no} blocks"
    [ "${blocks:-0}" -gt 1000 ]
}

counted()
{
    if "$@" >"$out/check.log" 2>&1; then
        echo "1 1" >>"$out/counts"
    else
        echo "1 0" >>"$out/counts"
        say "FAILED: $*"
        tail -n 15 "$out/check.log" >&2
    fi
    cat "$out/check.log" >>"$out/run.log"
}

run()
{
    root=$PWD
    built=$PWD/build/$preset
    run_ctest "$built"
    export WINEPREFIX="$built/wine" WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml="
    unset DISPLAY
    sh tests/windows/wine.sh begin "$built" >/dev/null
    for pair in sqlite:sqlite3 lua:lua5.4; do
        case=${pair%:*}
        program=${pair#*:}
        counted real_case $case $program plain "$out/$program.plain.exe"
        counted as_plain $case $program archive "$out/$program.archive.exe"
        counted as_plain $case $program dll "$out/$program.dll.exe"
        counted as_plain $case $program run "$built/ikyo-run.exe" --stats "$out/$program.plain.exe"
    done
    sh tests/windows/wine.sh end "$built"
    remark "wine is not Windows: run on wine $(wine --version | sed 's/wine-\([0-9.]*\).*/\1/') only"
}
