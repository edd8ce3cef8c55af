# SPDX-License-Identifier: MIT
# linux-aarch64 with pages of 16 KiB, as far as the emulator has them.
triple=aarch64-linux-gnu
qemu=aarch64
preset=linux-aarch64
page=16384
. tests/platforms/linux_cpu.sh

tier_of()
{
    echo long
}
