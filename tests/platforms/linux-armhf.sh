# SPDX-License-Identifier: MIT
# Linux on 32-bit ARM. Its unwinder has other calls than all others, and the C++ operators that catch
# exceptions (src/new_catch.h) are not written for it, so there is nothing to build yet.
triple=arm-linux-gnueabihf
qemu=arm
preset=linux-armhf
. tests/platforms/linux_cpu.sh

tier_of()
{
    echo long
}

build()
{
    unavailable "not supported: src/new_catch.h knows no unwinder of 32-bit ARM"
}
