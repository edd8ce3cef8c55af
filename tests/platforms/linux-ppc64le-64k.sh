# SPDX-License-Identifier: MIT
# linux-ppc64le with pages of 64 KiB, as far as the emulator has them.
triple=powerpc64le-linux-gnu
qemu=ppc64le
preset=linux-ppc64le
page=65536
. tests/platforms/linux_cpu.sh

tier_of()
{
    echo long
}
