# SPDX-License-Identifier: MIT
# Linux with musl: what those platforms share. They set $preset, $compiler, the words of a command
# that makes programs, and $loader, musl's dynamic linker; $within if another CPU runs them.
#
# Debian has no C++ library for musl, so the tests in C++ are left out, and so are those of what
# only glibc has. A distribution that is built on musl runs all of ./dev test instead.

build_musl()
{
    # shellcheck disable=SC2086 # The compiler is words, and so are the arguments.
    {
        cmocka $compiler -D_UINTPTR_T_DEFINED
        build_preset "$preset" $cmocka_arguments
        for file in work.c libc_block.c; do
            program "$out/$file.program" "$file" $compiler
        done
        for archive in ikyoalloc.o libikyoalloc.a; do
            program "$out/static.$archive" work.c $compiler -static "build/$preset/$archive"
        done
    }
}

run()
{
    built=$PWD/build/$preset
    run_ctest "$built" -L '^(unit|litmus|api|abuse)$'
    IKYO_STRESS_SMALL=1 run_ctest "$built" -L '^stress$'
    for file in work.c libc_block.c; do
        check "LD_PRELOAD of $file" env LD_PRELOAD="$built/libikyoalloc.so" "$out/$file.program"
        check "--preload of $file" "$loader" --preload "$built/libikyoalloc.so" \
            "$out/$file.program"
    done
    for archive in ikyoalloc.o libikyoalloc.a; do
        check "static program with $archive" "$out/static.$archive"
    done
}
