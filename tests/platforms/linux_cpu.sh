# SPDX-License-Identifier: MIT
# Linux on another CPU: what those platforms share. They set $triple, $qemu, the emulator's name for
# the CPU, or nothing where this machine runs the programs itself, and $preset; if $page is set,
# pages are that large. They may have a `build` and a `run` of their own around those of here.
#
# An emulator has this machine's order of memory accesses, accepts advice on less than a page, and
# gives no memory back for advice that it does not know. So neither is tested by it.

packages()
{
    debian=$(echo "$triple" | tr _ -)
    echo cmake make gcc libc6-dev "gcc-$debian" "g++-$debian" ${qemu:+qemu-user-static}
}

build_for_cpu()
{
    cmocka "$triple-gcc"
    # shellcheck disable=SC2086 # Arguments are words.
    build_preset "$preset" $cmocka_arguments
    program "$out/plain_mremap" plain_mremap.c cc -static
    for file in work.c work.cpp new_names.cpp dlopen.c; do
        compiler=$triple-gcc
        [ "${file#*.}" = c ] || compiler=$triple-g++
        program "$out/$file.program" "$file" "$compiler" -ldl
    done
    program "$out/static" work.c "$triple-gcc" -static "build/$preset/libikyoalloc.a"
}

# Unit tests, those of the calls and of misuse, stress with little memory, and programs that know
# nothing of the library.
run_on_cpu()
{
    if [ -n "$qemu" ]; then
        PLAIN_MREMAP=$out/plain_mremap
        IKYO_TEST_STEPS=12000
        export PLAIN_MREMAP IKYO_TEST_STEPS
        [ -z "${page-}" ] || export QEMU_PAGESIZE="$page"
        within="sh tests/platforms/emulate.sh $qemu $triple"
    fi
    built=$PWD/build/$preset
    run_ctest "$built" -L '^(unit|api|abuse)$'
    IKYO_STRESS_SMALL=1 run_ctest "$built" -L '^stress$'
    for file in work.c work.cpp new_names.cpp; do
        check "preloaded into $file" env LD_PRELOAD="$built/libikyoalloc.so" "$out/$file.program"
    done
    check "loaded by dlopen" "$out/dlopen.c.program" "$built/libikyoalloc-dlopen.so"
    check "linked statically" "$out/static"
}

build()
{
    build_for_cpu
}

run()
{
    run_on_cpu
}
