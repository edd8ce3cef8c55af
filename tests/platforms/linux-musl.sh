# SPDX-License-Identifier: MIT
# Linux on x86-64 with musl, run by this machine.
preset=linux-musl
compiler=musl-gcc
loader=/lib/ld-musl-x86_64.so.1
. tests/platforms/linux_musl.sh

tier_of()
{
    echo quick
}

packages()
{
    echo cmake make gcc linux-libc-dev musl musl-tools
}

build()
{
    [ "$(uname -m)" = x86_64 ] || unavailable "runs on x86-64 only"
    build_musl
}
