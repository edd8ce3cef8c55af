# SPDX-License-Identifier: MIT
# Linux on IBM Z, big endian.
triple=s390x-linux-gnu
qemu=s390x
preset=linux-s390x
. tests/platforms/linux_cpu.sh

tier_of()
{
    echo quick
}
