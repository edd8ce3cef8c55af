# SPDX-License-Identifier: MIT
# Linux on 64-bit ARM with musl, in an emulator. As on all other CPUs, that has this machine's order
# of memory accesses.
. tests/platforms/debian_packages.sh
preset=linux-musl-aarch64
root=$out/root
compiler="aarch64-linux-gnu-gcc -specs=$root/musl.specs -mno-outline-atomics"
loader=$root/lib/ld-musl-aarch64.so.1
. tests/platforms/linux_musl.sh

tier_of()
{
    echo long
}

packages()
{
    echo cmake make gcc libc6-dev gcc-aarch64-linux-gnu qemu-user-static
}

# The specification names places of the root of a system, which this folder is not.
build()
{
    debian_packages "$root" arm64 musl musl-dev
    sed -e "s|/usr/include|$root&|g" -e "s|/usr/lib/aarch64|$root&|g" \
        -e "s|-L/|-L$root/lib/aarch64-linux-musl &|" \
        "$root/usr/lib/aarch64-linux-musl/musl-gcc.specs" >"$root/musl.specs"
    program "$out/plain_mremap" plain_mremap.c cc -static
    build_musl
}
PLAIN_MREMAP=$out/plain_mremap
IKYO_TEST_STEPS=12000
export PLAIN_MREMAP IKYO_TEST_STEPS
within="sh tests/platforms/emulate.sh aarch64 $root"
