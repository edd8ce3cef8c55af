# SPDX-License-Identifier: MIT
# Linux on 64-bit ARM. Here too the hit path of malloc and free has its length, for two compilers.
triple=aarch64-linux-gnu
qemu=aarch64
preset=linux-aarch64
. tests/platforms/linux_cpu.sh

tier_of()
{
    echo quick
}

build()
{
    build_for_cpu
    ! command -v clang-14 >/dev/null || {
        cmake -S . -B "$out/clang" -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF \
            -DCMAKE_TOOLCHAIN_FILE="$PWD/cmake/platforms/linux-aarch64.cmake" \
            -DCMAKE_C_COMPILER=clang-14 -DCMAKE_C_COMPILER_TARGET=$triple
        cmake --build "$out/clang" -j "$(nproc)" --target ikyoalloc
    }
}

run()
{
    run_on_cpu
    within=
    check "hit path by gcc" sh tests/platforms/fastpath_aarch64.sh \
        "build/$preset/libikyoalloc.so" "gcc-$($triple-gcc -dumpversion)"
    if [ -d "$out/clang" ]; then
        check "hit path by clang" sh tests/platforms/fastpath_aarch64.sh \
            "$out/clang/libikyoalloc.so" clang-14
    else
        remark "no clang-14: the hit path of gcc only"
    fi
}
