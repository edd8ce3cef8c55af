# SPDX-License-Identifier: MIT
# Linux on 64-bit ARM.
triple=aarch64-linux-gnu
qemu=aarch64
preset=linux-aarch64
. tests/platforms/linux_cpu.sh

tier_of()
{
    echo quick
}
