# SPDX-License-Identifier: MIT
# Linux on 64-bit RISC-V.
triple=riscv64-linux-gnu
qemu=riscv64
preset=linux-riscv64
. tests/platforms/linux_cpu.sh

tier_of()
{
    echo long
}
