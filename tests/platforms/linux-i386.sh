# SPDX-License-Identifier: MIT
# Linux on 32-bit x86, without an emulator.
triple=i686-linux-gnu
qemu=
preset=linux-i386
. tests/platforms/linux_cpu.sh

tier_of()
{
    echo quick
}
