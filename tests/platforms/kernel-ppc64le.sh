# SPDX-License-Identifier: MIT
# A real kernel with pages of 64 KiB, on POWER: what is not aligned to them is refused.
triple=powerpc64le-linux-gnu
preset=linux-ppc64le
architecture=ppc64el
kernel=linux-image-powerpc64le
machine=qemu-system-ppc
. tests/platforms/kernel.sh

# One processor: with two, emulators older than QEMU 9.1 let one go on with pages that the other has
# taken away, and programs of any kind lose stores when they fork amid threads.
boot()
{
    qemu-system-ppc64 -M pseries -cpu power9 -m 2G -smp 1 -nographic -nodefaults -serial stdio \
        -no-reboot -kernel "$1" -initrd "$2" -append 'console=hvc0 quiet panic=-1'
}
