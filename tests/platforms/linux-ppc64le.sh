# SPDX-License-Identifier: MIT
# Linux on 64-bit POWER, little endian.
triple=powerpc64le-linux-gnu
qemu=ppc64le
preset=linux-ppc64le
. tests/platforms/linux_cpu.sh

tier_of()
{
    echo long
}
