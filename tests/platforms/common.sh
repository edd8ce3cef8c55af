# SPDX-License-Identifier: MIT
# What the platforms' scripts share: packages, cmocka, an emulator, and tests that are counted.
# run.sh says what a script may use.

say()
{
    printf '%s: %s\n' "$name" "$*" >&2
}

remark()
{
    printf '%s\n' "$*" >>"$out/remarks"
}

# Ends this platform as a row that was not run.
unavailable()
{
    remark "$*"
    exit 4
}

# Installs those of the Debian packages that are missing, and names them first.
install_packages()
{
    missing=
    for package; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' ||
            missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    command -v apt-get >/dev/null || unavailable "needs Debian's packages$missing"
    as_root=
    [ "$(id -u)" = 0 ] || as_root=sudo
    say "installing with apt-get:$missing"
    # shellcheck disable=SC2086 # Packages are words.
    set -- $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 \
        install -y --no-install-recommends $missing
    { "$@" || { $as_root apt-get -qq update && "$@"; }; } >"$out/install.log" 2>&1 ||
        unavailable "cannot install$missing: $(tail -n 1 "$out/install.log")"
}

# Fetches the source of a Debian package into the folder build/platforms/sources/NAME, once. Apt is
# given folders of its own, as a system seldom lists sources.
debian_source()
{
    sources=$PWD/build/platforms/sources
    [ ! -d "$sources/$1" ] || return 0
    apt=$sources/apt
    mkdir -p "$apt/lists/partial" "$apt/archives/partial"
    [ -f "$apt/sources.list" ] || cat >"$apt/sources.list" <<END
deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main
END
    set -- "$1" -o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$apt/lists" -o Dir::Cache="$apt" -o APT::Sandbox::User=root
    package=$1
    shift
    ls "$apt"/lists/*Sources* >/dev/null 2>&1 || apt-get -qq "$@" update
    (cd "$apt" && apt-get -qq "$@" source --download-only "$package")
    mkdir "$sources/$package.new"
    tar -xf "$apt/${package}"_*.orig.tar.?z -C "$sources/$package.new" --strip-components=1
    mv "$sources/$package.new" "$sources/$package"
}

# Makes cmocka for the target with a C compiler: cmocka COMPILER [FLAG...]. Its folder is
# $out/cmocka, and $cmocka_arguments what CMake must be told.
cmocka()
{
    debian_source cmocka
    folder=$PWD/build/platforms/sources/cmocka
    mkdir -p "$out/cmocka"
    "$@" -O1 -g -w -DHAVE_SIGNAL_H -DHAVE_STRUCT_TIMESPEC -DHAVE_STDINT_H -DHAVE_INTTYPES_H \
        -I"$folder/include" -c "$folder/src/cmocka.c" -o "$out/cmocka/cmocka.o"
    cp "$folder"/include/cmocka*.h "$out/cmocka"
    rm -f "$out/cmocka/libcmocka.a"
    ar rcs "$out/cmocka/libcmocka.a" "$out/cmocka/cmocka.o"
    cmocka_arguments="-DCMOCKA_INCLUDE_DIR=$out/cmocka -DCMOCKA_LIBRARY=$out/cmocka/libcmocka.a"
}

# Configures and builds a preset, in build/PRESET: build_preset PRESET [CMAKE_ARGUMENT...]
build_preset()
{
    cmake --preset "$@" -DBUILD_TESTING=ON
    cmake --build "build/$1" -j "$(nproc)"
}

# The tests that not_run.txt leaves out here, as a regular expression; the rows go to $out/left_out.
left_out()
{
    awk -v name="$name" -v rows="$out/left_out" '
        /^#/ || NF == 0 { next }
        name ~ ("^(" $1 ")$") {
            all = all (all == "" ? "" : "|") "^" $2 "$"
            sub(/^[^ ]+ +/, "")
            print >>rows
        }
        END { print all == "" ? "^$" : all }' tests/platforms/not_run.txt
}

# Those of them that a build folder has, as an expression with one group: CTest takes but a few, and
# leaves nothing out if there are more.
left_out_of()
{
    pattern=$(left_out)
    names=$(ctest --test-dir "$1" -N | sed -n 's/^ *Test *#[0-9]*: \([^ ]*\).*/\1/p' |
        grep -E "$pattern" | tr '\n' '|')
    printf '^(%s)$' "${names%|}"
}

# Runs and counts tests of a folder: run_ctest BUILD_FOLDER CTEST_ARGUMENT...; a failing one is shown.
run_ctest()
{
    folder=$1
    shift
    log=$out/ctest.log
    ${within-} ctest --test-dir "$folder" --output-on-failure --no-tests=error -j "$(nproc)" \
        -E "$(left_out_of "$folder")" "$@" >"$log" 2>&1
    status=$?
    cat "$log" >>"$out/run.log"
    [ $status -eq 0 ] || grep -v ' Passed ' "$log" | grep -v ' Start ' | tail -n 60 >&2
    total=$(sed -n 's/.* tests failed out of \([0-9]*\)$/\1/p' "$log")
    passed=$(grep -c '^ *[0-9]*/[0-9]* .* Passed ' "$log")
    # A run that ends without a count is a test that failed.
    echo "${total:-1} $passed" >>"$out/counts"
    grep 'Not Run (Disabled)' "$log" |
        sed 's/.*: \([^ ]*\) .*/\1 is not for this system (disabled by CMake)/' >>"$out/left_out"
}

# The programs of tests/robust, which know nothing of the library: program OUTPUT FILE COMPILER...
program()
{
    output=$1
    file=tests/robust/programs/$2
    shift 2
    "$@" -D_GNU_SOURCE -O1 -g -fno-builtin -pthread "$file" -o "$output"
}

# One test that is a command, by its status within two minutes: check WHAT COMMAND...
check()
{
    what=$1
    shift
    if ${within-} timeout -k 5 120 "$@" >"$out/check.log" 2>&1; then
        echo "1 1" >>"$out/counts"
    else
        echo "1 0" >>"$out/counts"
        say "FAILED: $what: $*"
        tail -n 15 "$out/check.log" >&2
    fi
    { echo "$what: $*"; cat "$out/check.log"; } >>"$out/run.log"
}
