# SPDX-License-Identifier: MIT
# A real kernel on 64-bit ARM that is older than light guards (6.13) and knows no mseal.
triple=aarch64-linux-gnu
preset=linux-aarch64
architecture=arm64
kernel=linux-image-cloud-arm64
machine=qemu-system-arm
. tests/platforms/kernel.sh

boot()
{
    qemu-system-aarch64 -M virt -cpu max -m 2G -smp 2 -nographic -nodefaults -serial stdio \
        -no-reboot -kernel "$1" -initrd "$2" -append 'console=ttyAMA0 quiet panic=-1'
}
