# SPDX-License-Identifier: MIT
# Linux on 32-bit ARM, whose unwinder has calls of its own.
triple=arm-linux-gnueabihf
qemu=arm
preset=linux-armhf
. tests/platforms/linux_cpu.sh

tier_of()
{
    echo long
}
