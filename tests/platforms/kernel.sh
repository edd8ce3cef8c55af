# SPDX-License-Identifier: MIT
# A real kernel in an emulated machine: what those platforms share. They set $triple, $preset and
# $kernel, a package of Debian's of $architecture, and `boot IMAGE INITRD` starts the machine.
#
# What runs there is the build of the CPU's own platform: unit tests, those of the calls and of
# misuse, short stress, and programs that know nothing of the library. The machine's first process
# is kernel_init.c, which tells of each on the console.
. tests/platforms/debian_packages.sh

tier_of()
{
    echo long
}

packages()
{
    echo cmake make gcc libc6-dev cpio gzip "gcc-$(echo "$triple" | tr _ -)" \
        "g++-$(echo "$triple" | tr _ -)" "$machine"
}

# The libraries of the C and C++ compilers, at the places where programs look for them.
copy_libraries()
{
    mkdir -p "$tree/lib"
    for library in "/usr/$triple/lib"/ld*.so.* "/usr/$triple/lib"/lib*.so.*; do
        case $(basename "$library") in
        ld*.so.* | libc.* | libm.* | libgcc_s.* | libstdc++.so.6 | libresolv.*)
            cp -L "$library" "$tree/lib" ;;
        esac
    done
    ln -sfn lib "$tree/lib64"
}

build()
{
    cmocka "$triple-gcc"
    # shellcheck disable=SC2086 # Arguments are words.
    build_preset "$preset" $cmocka_arguments
    only=./boot debian_packages "$out/kernel" "$architecture" "$kernel"
    tree=$out/tree
    rm -rf "$tree"
    mkdir -p "$tree/tests" "$tree/preload" "$tree/bin"
    copy_libraries
    only=./bin debian_packages "$tree" "$architecture" busybox-static
    for command in sh cat echo env false ls sleep true; do
        ln -s busybox "$tree/bin/$command"
    done
    "$triple-gcc" -static -O1 -Wall -D_GNU_SOURCE tests/platforms/kernel_init.c -o "$tree/init"
    for library in "build/$preset"/libikyoalloc*.so.0; do
        cp -L "$library" "$tree/lib"
        ln -sf "$(basename "$library")" "$tree/lib/$(basename "$library" .0)"
    done
    find "build/$preset/tests" -maxdepth 1 -type f -perm -u+x |
        sed 's|.*/||' | grep -E '^(unit|litmus|api|abuse|stress)\.|^plugin_.*\.so$' |
        grep -vE "$(left_out)" >"$out/programs"
    while read -r program; do
        folder=tests
        [ "${program%%.*}" != stress ] || folder=preload
        "$triple-strip" -o "$tree/$folder/$program" "build/$preset/tests/$program"
    done <"$out/programs"
    for file in work.c work.cpp new_names.cpp; do
        compiler=$triple-gcc
        [ "${file#*.}" = c ] || compiler=$triple-g++
        program "$tree/preload/$file.program" "$file" "$compiler" -ldl
    done
    program "$tree/tests/static.program" work.c "$triple-gcc" -static "build/$preset/libikyoalloc.a"
    (cd "$tree" && find . | cpio --quiet -o -H newc) | gzip -1 >"$out/initrd.gz"
}

run()
{
    console=$out/console.log
    image=$(ls "$out/kernel/boot"/vmlinu* | head -n 1)
    timeout -k 5 3000 sh -c ". tests/platforms/$name.sh; boot $image $out/initrd.gz" \
        </dev/null >"$console" 2>&1
    sed -i 's/\r//' "$console"
    remark "$(sed -n 's/^INIT \(kernel .*\)/\1/p' "$console")"
    sed -n '/^TEST .* FAILED /p; /^INIT .* status /p' "$console" >&2
    counts=$(sed -n 's/^TESTS \([0-9]* [0-9]*\)$/\1/p' "$console")
    if [ -n "$counts" ]; then
        echo "$counts" >>"$out/counts"
    else
        begun=$(grep -c '^TEST ' "$console")
        echo "$((begun + 1)) $(grep -c '^TEST .* passed ' "$console")" >>"$out/counts"
        say "the machine ended before its tests: $(tail -n 3 "$console")"
    fi
}
