# SPDX-License-Identifier: MIT
# linux-aarch64 with pages of 64 KiB, as far as the emulator has them.
triple=aarch64-linux-gnu
qemu=aarch64
preset=linux-aarch64
page=65536
. tests/platforms/linux_cpu.sh

tier_of()
{
    echo long
}
